"""Passwords: how they are kept, and what may be one (security.md, Passwords)."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from alluse_tui.domain.model.errors import BadInput, IntegrityFailed
from alluse_tui.security import passwords
from alluse_tui.security.passwords import (
    check_password,
    dummy_hash,
    hash_password,
    needs_rehash,
    verify_password,
)

GOOD = "glacier mustard violin tram"
SALT = "A" * 22
TAG = "B" * 43
TODAY = f"$argon2id$v=19$m=65536,t=3,p=4${SALT}${TAG}"
TODAY_FIPS = f"$pbkdf2-sha256$i=600000${SALT}${TAG}"


pytestmark = pytest.mark.usefixtures("full_cost")


@pytest.fixture
def cheap(full_cost: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same scheme with little work, where the work is not the question."""
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)
    monkeypatch.setattr(passwords, "LANES", 1)
    monkeypatch.setattr(passwords, "PBKDF2_ITERATIONS", 10)


def test_a_password_is_kept_with_the_parameters_of_the_day_and_its_own_salt() -> None:
    stored = hash_password(GOOD)
    salt, tag = r"[A-Za-z0-9+/]{22}", r"[A-Za-z0-9+/]{43}"
    assert re.fullmatch(rf"\$argon2id\$v=19\$m=65536,t=3,p=4\${salt}\${tag}", stored)
    assert stored != hash_password(GOOD)
    assert verify_password(GOOD, stored)
    assert not verify_password(GOOD + " ", stored)
    assert not needs_rehash(stored)
    assert needs_rehash(stored, fips=True)


def test_fips_keeps_pbkdf2_with_600_000_iterations() -> None:
    stored = hash_password(GOOD, fips=True)
    assert re.fullmatch(r"\$pbkdf2-sha256\$i=600000\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}", stored)
    assert stored != hash_password(GOOD, fips=True)
    assert verify_password(GOOD, stored)
    assert not verify_password(GOOD.upper(), stored)
    assert not needs_rehash(stored, fips=True)
    assert needs_rehash(stored)


def test_what_others_made_is_read() -> None:
    """Argon2id by argon2-cffi's reference vector; PBKDF2 by the standard library."""
    import base64
    import hashlib

    argon2 = (
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
    )
    assert verify_password("password", argon2)
    assert not verify_password("passwore", argon2)
    tag = hashlib.pbkdf2_hmac("sha256", b"password", b"somesalt", 1000)
    b64 = base64.b64encode(tag).decode().rstrip("=")
    assert verify_password("password", f"$pbkdf2-sha256$i=1000$c29tZXNhbHQ${b64}")


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("fips", [False, True])
@settings(max_examples=examples(60))
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80))
def test_a_password_opens_in_either_form_of_its_letters(fips: bool, password: str) -> None:
    stored = hash_password(password, fips=fips)
    assert verify_password(unicodedata.normalize("NFD", password), stored)
    assert verify_password(unicodedata.normalize("NFC", password), stored)
    assert not verify_password(password + "x", stored)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "s3cr3t",
        TODAY + "\n",
        TODAY.replace("argon2id", "argon2i"),
        TODAY.replace("v=19", "v=16"),
        TODAY.replace("m=65536,t=3", "t=3,m=65536"),
        TODAY.replace("m=65536", "m=065536"),
        TODAY.replace("m=65536", "m=8"),
        TODAY.replace("m=65536", "m=4294967295"),
        TODAY.replace("t=3", "t=0"),
        TODAY.replace("t=3", "t=4000000000"),
        TODAY.replace("p=4", "p=65"),
        TODAY.replace(SALT, "A" * 21),
        TODAY.replace(SALT, "é" * 22),
        TODAY.replace(TAG, "B" * 6),
        TODAY_FIPS.replace("600000", "9999999999"),
        TODAY_FIPS.replace(TAG, TAG + "="),
    ],
)
def test_a_stored_text_that_nobody_made_is_damage_and_is_not_shown(stored: str) -> None:
    for look in (lambda: verify_password(GOOD, stored), lambda: needs_rehash(stored)):
        with pytest.raises(IntegrityFailed) as caught:
            look()  # type: ignore[no-untyped-call]
        told = repr(caught.value)
        assert not stored or stored not in told
        assert SALT not in told and TAG not in told and GOOD not in told


@pytest.mark.parametrize(
    "stored",
    [
        TODAY.replace("m=65536", "m=65535"),
        TODAY.replace("t=3", "t=2"),
        TODAY.replace("p=4", "p=1"),
        TODAY.replace(SALT, "A" * 16),
        TODAY.replace(TAG, "B" * 22),
        TODAY_FIPS,
    ],
)
def test_lower_parameters_and_other_schemes_are_outdated(stored: str) -> None:
    assert needs_rehash(stored)


def test_higher_parameters_are_not_outdated() -> None:
    assert not needs_rehash(TODAY.replace("m=65536", "m=131072").replace("t=3", "t=4"))
    assert not needs_rehash(TODAY_FIPS.replace("600000", "700000"), fips=True)
    assert needs_rehash(TODAY_FIPS.replace("600000", "599999"), fips=True)


@pytest.mark.parametrize("fips", [False, True])
def test_an_unknown_user_costs_the_same_derivation(
    fips: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = passwords.verify_password

    def watched(password: str, stored: str) -> bool:
        asked.append(stored)
        return real(password, stored)

    monkeypatch.setattr(passwords, "verify_password", watched)
    dummy_hash(GOOD, fips=fips)
    [dummy] = asked
    kept = hash_password(GOOD, fips=fips)
    assert dummy.split("$")[:-2] == kept.split("$")[:-2]
    assert [len(part) for part in dummy.split("$")] == [len(part) for part in kept.split("$")]
    assert not needs_rehash(dummy, fips=fips)


@pytest.mark.parametrize("password", ["a\0" * 10, "\ud83d" * 20, "x" * 1025])
def test_what_nobody_can_have_is_refused_everywhere_alike(password: str) -> None:
    told = set()
    for use in (
        hash_password,
        check_password,
        dummy_hash,
        lambda p: hash_password(p, fips=True),
        lambda p: dummy_hash(p, fips=True),
        lambda p: verify_password(p, TODAY),
        lambda p: verify_password(p, TODAY_FIPS),
    ):
        with pytest.raises(BadInput) as caught:
            use(password)
        told.add(str(caught.value))
    assert len(told) == 1
    assert password not in told.pop()


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "kümmel straße čočka dům",
        "これは長い合言葉でなければならない",
        "🦊🐌🌵🎲🧊🪁🧵🪴🧭🛶🪗🏮🧲🪐🫖",
        "               x  y  z qu  v   w  ",
        "830471956213478",
        "hxkqvtmzpjrwbnd",
        "Tr0ub4dor&3 again?",
        "the weather here was better before we were there",
        "purple monkey dishwasher",
    ],
)
def test_any_characters_make_a_password(password: str) -> None:
    check_password(password)


def test_length_is_counted_in_characters_after_composition() -> None:
    fifteen = "xkqvjzwmhtrbnpé"
    assert len(fifteen) == 15
    check_password(fifteen)
    with pytest.raises(BadInput, match="at least 15 characters"):
        check_password(unicodedata.normalize("NFD", fifteen[1:]))
    check_password(fifteen[:8], second_factor=True)
    with pytest.raises(BadInput, match="at least 8 characters"):
        check_password(fifteen[:7], second_factor=True)


def test_64_characters_and_1024_are_accepted_and_1025_are_not() -> None:
    import random

    letters = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=1025))
    check_password(letters[:64])
    check_password(letters[:1024])
    with pytest.raises(BadInput, match="at most 1,024 characters"):
        check_password(letters)


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaa",
        "passwordpassword",
        "PasswordPasswordPassword!",
        "xkcdxkcdxkcdxkcd",
        "x7Kq!mZ2x7Kq!mZ2",
        "123456789012345",
        "987654321098765",
        "abcdefghijklmnop",
        "qwertyuiopasdfgh",
        "QWERTYUIOP[]1234",
        "1q2w3e4r5t6y7u8i",
        "!@#$%^&*()!@#$%^",
        "zaq12wsxzaq1@WSX",
        "password1234567!",
        "P@ssw0rd20262026!!",
        "p4$$w0rd p4$$w0rd",
        "Summer2026Summer2026!",
        "letmein!!!!!!!!!",
        "iloveyou12345678",
        "correcthorsebatterystaple",
        "correct horse battery staple",
        "alluse-alluse-1",
        "ALL-USE account 1",
        "Compounding2026",
        "ｐａｓｓｗｏｒｄ１２３４５６７",
        "kodakodakoda1234",
        "dragon1963wolf1972",
    ],
)
def test_what_everybody_tries_first_is_refused_and_not_shown(password: str) -> None:
    with pytest.raises(BadInput, match=r"^password: must not be") as caught:
        check_password(password)
    assert password not in repr(caught.value)


@pytest.mark.parametrize(
    "password", ["wilhelmina.okoro1", "Okoro-Wilhelmina", "okoro2026okoro99", "0k0r0 w1lhelm1na!"]
)
def test_the_users_own_name_is_no_password(password: str) -> None:
    check_password(password)
    with pytest.raises(BadInput, match="your name"):
        check_password(password, name="Wilhelmina Okoro")


@pytest.mark.parametrize("password", ["password", "Dragon99", "qwer1234", "aaaabbbb", "alluse12"])
def test_eight_characters_are_looked_at_as_closely(password: str) -> None:
    with pytest.raises(BadInput, match="must not be"):
        check_password(password, second_factor=True)


def test_a_name_of_one_letter_or_none_forbids_nothing() -> None:
    for name in ("", "x", "é", "..."):
        check_password(GOOD, name=name)


def test_random_passwords_are_good_passwords() -> None:
    import random
    import string

    draw = random.Random(20261124)
    signs = string.ascii_letters + string.digits + string.punctuation
    for _ in range(200):
        check_password("".join(draw.choices(signs, k=15)))
        check_password("".join(draw.choices(string.ascii_lowercase, k=15)))


HASHING_AT_ONCE = """
import threading
from alluse_tui.security.passwords import hash_password, verify_password
stored = hash_password("two at the same time")
found = []
def work():
    found.append(verify_password("two at the same time", stored))
    hash_password("another")
threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert found == [True] * 4
"""


def test_several_threads_may_look_at_passwords_at_once() -> None:
    """In a process of its own: without turns OpenSSL hangs, and nothing stops a hanging thread."""
    subprocess.run([sys.executable, "-c", HASHING_AT_ONCE], check=True, timeout=60)
