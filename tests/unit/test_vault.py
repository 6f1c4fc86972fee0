"""The vault: what is sealed opens with its key, and shows itself to nothing else (security.md)."""

from __future__ import annotations

import base64
import subprocess
import sys
import traceback

import pytest
from cryptography.fernet import Fernet
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from alluse_tui.domain.model.errors import AllUseError, BadInput, IntegrityFailed, StoreFailed
from alluse_tui.security.vault import (
    MissingKey,
    Vault,
    is_encrypted,
    key_id,
    key_id_in,
    new_key,
)

KEY, OLDER, OTHER = (base64.urlsafe_b64encode(bytes([n] * 32)).decode() for n in (1, 2, 3))
RING = f"# the vault of Main\n\n{KEY}\n  {OLDER}\r\n"
PLANTED = "DE89 3704 0044 0532 0130 00"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def test_a_key_has_a_name_of_8_hex_digits() -> None:
    assert key_id(KEY) == "72cd6e84"
    assert len({key_id(KEY), key_id(OLDER), key_id(OTHER), key_id(new_key())}) == 4
    assert Vault.of(RING).ids == (key_id(KEY), key_id(OLDER))


@given(TEXTS)
def test_what_was_sealed_opens_again(text: str) -> None:
    vault = Vault.of(RING)
    sealed = vault.encrypt(text)
    assert vault.decrypt(sealed) == text
    assert is_encrypted(sealed) and key_id_in(sealed) == key_id(KEY)
    assert sealed.isascii() and sealed.isprintable()
    assert sealed != vault.encrypt(text)


def test_a_token_is_fernets_own() -> None:
    scheme, name, token = Vault.of(KEY).encrypt(PLANTED).split(":")
    assert (scheme, name) == ("vault", key_id(KEY))
    assert Fernet(KEY).decrypt(token).decode() == PLANTED


@settings(max_examples=examples(300))
@given(st.data())
def test_any_changed_sign_of_a_sealed_text_is_caught(data: st.DataObject) -> None:
    vault = Vault.of(RING)
    sealed = vault.encrypt(PLANTED)
    at = data.draw(st.integers(0, len(sealed) - 1))
    sign = data.draw(st.characters(max_codepoint=255) | st.sampled_from("=+/-_\nA"))
    changed = data.draw(
        st.sampled_from(
            [sealed[:at] + sign + sealed[at + 1 :], sealed[:at] + sign + sealed[at:], sealed[:at]]
        )
    )
    if changed == sealed:
        return
    with pytest.raises((IntegrityFailed, MissingKey)) as caught:
        vault.decrypt(changed)
    assert_silent(caught.value)


def test_the_last_sign_of_a_token_cannot_be_written_in_two_ways() -> None:
    """Base64 has spare bits at its end; Fernet takes any."""
    vault = Vault.of(KEY)
    for length in range(16):
        sealed = vault.encrypt("x" * length * 16)
        bare = sealed.rstrip("=")
        if bare == sealed:
            continue
        twin = bare[:-1] + chr(ord(bare[-1]) + 1) + sealed[len(bare) :]
        with pytest.raises(IntegrityFailed):
            vault.decrypt(twin)


def test_a_text_under_a_key_that_is_not_there_names_the_key() -> None:
    sealed = Vault.of(OTHER).encrypt(PLANTED)
    for use in (Vault.of(RING).decrypt, Vault.of(RING).reencrypted):
        with pytest.raises(MissingKey) as caught:
            use(sealed)
        assert isinstance(caught.value, StoreFailed)
        assert caught.value.key_id == key_id(OTHER)
        assert str(caught.value) == (
            f"key {key_id(OTHER)} is missing from the vault: `alluse vault list` shows"
            " the keys it has, `alluse vault add FILE` adds one"
        )


def test_a_text_that_names_another_key_of_the_ring_is_damaged() -> None:
    vault = Vault.of(RING)
    lied = vault.encrypt(PLANTED).replace(key_id(KEY), key_id(OLDER))
    for use in (vault.decrypt, vault.reencrypted):
        with pytest.raises(IntegrityFailed) as caught:
            use(lied)
        assert_silent(caught.value)


@pytest.mark.parametrize("text", ["", PLANTED, "vault:", "vault:12345678", "vault:1234567G:x"])
def test_a_text_in_clear_is_not_taken_for_a_sealed_one(text: str) -> None:
    assert not is_encrypted(text)
    for use in (Vault.of(RING).decrypt, Vault.of(RING).reencrypted, key_id_in):
        with pytest.raises(IntegrityFailed) as caught:
            use(text)
        assert_silent(caught.value)


def test_a_damaged_text_still_says_that_it_is_sealed() -> None:
    sealed = Vault.of(RING).encrypt(PLANTED)
    assert is_encrypted(sealed[:20] + "\n" + sealed[20:])
    assert is_encrypted(sealed[:15])


def test_what_was_sealed_as_something_else_than_text_is_damage() -> None:
    token = Fernet(KEY).encrypt(b"\xff" + PLANTED.encode()).decode()
    with pytest.raises(IntegrityFailed) as caught:
        Vault.of(KEY).decrypt(f"vault:{key_id(KEY)}:{token}")
    assert_silent(caught.value)


def test_half_a_character_is_not_sealed() -> None:
    with pytest.raises(BadInput, match="whole characters") as caught:
        Vault.of(KEY).encrypt(PLANTED + "\ud83d")
    assert_silent(caught.value)


@given(TEXTS)
def test_a_new_key_seals_and_the_old_ones_still_open(text: str) -> None:
    before = Vault.of(RING)
    sealed = before.encrypt(text)
    after = Vault.of(before.with_new(OTHER))
    assert after.ids == (key_id(OTHER), *before.ids)
    assert after.decrypt(sealed) == text
    again = after.reencrypted(sealed)
    assert key_id_in(again) == key_id(OTHER)
    assert after.decrypt(again) == text
    assert after.reencrypted(again) == again
    with pytest.raises(MissingKey):
        before.decrypt(again)


def test_a_ring_keeps_its_comments_and_refuses_a_key_it_holds() -> None:
    vault = Vault.of(RING)
    assert vault.with_new(OTHER) == f"{OTHER}\n{RING}"
    for held in (KEY, OLDER):
        with pytest.raises(BadInput, match="already") as caught:
            vault.with_new(held)
        assert_silent(caught.value)


@pytest.mark.parametrize(
    "bad",
    [
        KEY[:-1],
        KEY + "=",
        KEY[:-2] + "B=",
        "!" + KEY,
        KEY[:20] + " " + KEY[20:],
        KEY.replace("A", "ａ"),
        KEY[:10] + "+" + KEY[11:],
        "\ud83d" * 44,
    ],
)
def test_a_bad_key_is_named_by_its_line_and_never_shown(bad: str) -> None:
    with pytest.raises(BadInput) as caught:
        Vault.of(f"{OLDER}\n# old\n{bad}\n\n{OTHER}\n{bad}\n{OTHER}")
    told = str(caught.value)
    assert "line 3: must be a key" in told and "line 6: must be a key" in told
    assert f"line 7: has the id of an earlier key, {key_id(OTHER)}" in told
    assert "line 1" not in told and "line 5:" not in told
    assert_silent(caught.value, bad, bad[:20])
    for use in (key_id, Vault.of(OLDER).with_new):
        with pytest.raises(BadInput) as caught:
            use(bad)
        assert_silent(caught.value, bad, bad[:20])


def test_a_ring_without_a_key_is_none() -> None:
    for text in ("", "\n", "# only this\n\n"):
        with pytest.raises(BadInput, match="at least one key"):
            Vault.of(text)


def test_a_vault_shows_its_ids_and_nothing_else() -> None:
    vault = Vault.of(RING)
    for told in (repr(vault), str(vault), f"{vault}", f"{[vault]}"):
        assert key_id(KEY) in told
        assert KEY[:8] not in told and OLDER[:8] not in told


def test_the_security_room_loads_cryptography_only_when_it_works() -> None:
    code = """
import sys
from alluse_tui.security import evidence, keys, passwords, vault
passwords.check_password("glacier mustard violin tram")
print(vault.is_encrypted("x"), "cryptography" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False False\n"


def assert_silent(error: AllUseError, *secrets: str) -> None:
    """Neither the error nor what it carries along shows a key or the planted text."""
    assert error.__context__ is None and error.__cause__ is None
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    for secret in (PLANTED, KEY[:20], OLDER[:20], OTHER[:20], *secrets):
        assert secret not in told
