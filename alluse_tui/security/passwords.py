"""Checking, hashing and verifying passwords (security.md, Passwords).

Argon2id, or PBKDF2-HMAC-SHA256 in FIPS mode (OWASP Password Storage). Every function takes the
password as typed and normalizes it to NFC. Each raises BadInput, which never shows the password,
for an impossible one: with NUL, a lone surrogate, or more than LONGEST characters.
"""

from __future__ import annotations

import base64
import os
import re
import threading
import unicodedata
from typing import NamedTuple

from alluse_tui.domain.model.errors import BadInput, IntegrityFailed
from alluse_tui.security.guessing import is_guessable, repeats

SHORTEST = 15
SHORTEST_WITH_SECOND_FACTOR = 8
LONGEST = 1024
"""Characters after NFC; the limit bounds the cost of hashing."""

SALT_BYTES = 16
TAG_BYTES = 32
MEMORY_KIB = 64 * 1024
PASSES = 3
LANES = 4
PBKDF2_ITERATIONS = 600_000

_one_at_a_time = threading.Lock()
"""OpenSSL deadlocks if two threads start Argon2 with lanes at the same time."""

_COST_MOST = {"m": 1 << 20, "t": 64, "p": 64, "i": 100_000_000}
"""The highest plausible parameters; a stored hash with higher ones is damaged."""

_ARGON2 = re.compile(
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,9}),p=([1-9][0-9]{0,9})"
    r"\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})"
)
_PBKDF2 = re.compile(
    r"\$pbkdf2-sha256\$i=([1-9][0-9]{0,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})"
)


class _Stored(NamedTuple):
    """A parsed stored hash: parameters as in PHC (`m` in KiB), salt and tag."""

    parameters: dict[str, int]
    salt: bytes
    tag: bytes


def hash_password(password: str, *, fips: bool = False) -> str:
    """A salted hash of the password as a PHC string. Raises BadInput.

    Does not check the password's strength: see `check_password`.
    """
    key_material = _bytes(password)
    salt = os.urandom(SALT_BYTES)
    if fips:
        tag = _pbkdf2(salt, PBKDF2_ITERATIONS, key_material)
        return f"$pbkdf2-sha256$i={PBKDF2_ITERATIONS}${_b64(salt)}${_b64(tag)}"
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(
        salt=salt, length=TAG_BYTES, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB
    )
    with _one_at_a_time:
        return kdf.derive_phc_encoded(key_material)


def verify_password(password: str, stored: str) -> bool:
    """Whether `stored` is the hash of this password; takes constant time for equal parameters.

    Raises BadInput for an impossible password, IntegrityFailed for an invalid stored hash.
    """
    key_material = _bytes(password)
    parameters, salt, tag = _parsed(stored)
    from cryptography.hazmat.primitives.constant_time import bytes_eq

    if "i" in parameters:
        return bytes_eq(_pbkdf2(salt, parameters["i"], key_material), tag)
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(
        salt=salt,
        length=len(tag),
        iterations=parameters["t"],
        lanes=parameters["p"],
        memory_cost=parameters["m"],
    )
    with _one_at_a_time:
        derived = kdf.derive(key_material)
    return bytes_eq(derived, tag)


def dummy_hash(password: str, *, fips: bool = False) -> None:
    """Do the work of `verify_password` for an unknown user, so timing does not reveal who exists.

    Raises BadInput exactly where `verify_password` does.
    """
    zeros, tag = _b64(bytes(SALT_BYTES)), _b64(bytes(TAG_BYTES))
    if fips:
        verify_password(password, f"$pbkdf2-sha256$i={PBKDF2_ITERATIONS}${zeros}${tag}")
    else:
        parameters = f"m={MEMORY_KIB},t={PASSES},p={LANES}"
        verify_password(password, f"$argon2id$v=19${parameters}${zeros}${tag}")


def needs_rehash(stored: str, *, fips: bool = False) -> bool:
    """Whether `stored` uses another scheme than `hash_password` does now, or lower parameters.

    Raises IntegrityFailed as `verify_password`.
    """
    parameters, salt, tag = _parsed(stored)
    today = {"i": PBKDF2_ITERATIONS} if fips else {"m": MEMORY_KIB, "t": PASSES, "p": LANES}
    if parameters.keys() != today.keys() or len(salt) < SALT_BYTES or len(tag) < TAG_BYTES:
        return True
    return any(parameters[name] < least for name, least in today.items())


def check_password(password: str, *, name: str = "", second_factor: bool = False) -> None:
    """Refuse a password that is too short, too long or easily guessed (NIST SP 800-63B-4, 3.1.1.2).

    `name` is the user's. All characters are allowed, without rules of composition. Raises
    BadInput, which never shows the password.
    """
    text = _normal(password)
    shortest = SHORTEST_WITH_SECOND_FACTOR if second_factor else SHORTEST
    if len(text) < shortest:
        raise BadInput("password", None, f"must be at least {shortest} characters")
    if repeats(text, shortest):
        raise BadInput("password", None, "must not be something shorter, repeated")
    if is_guessable(text, name, least=(shortest + 1) // 2):
        easy = "common words, your name, rows of keys, sequences or repeats"
        raise BadInput("password", None, f"must not be made mostly of {easy}")


def _normal(password: str) -> str:
    if len(password) > LONGEST:
        raise BadInput("password", None, f"must be at most {LONGEST:,} characters")
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in password):
        raise BadInput("password", None, "must be whole characters, without NUL")
    return unicodedata.normalize("NFC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode()


def _pbkdf2(salt: bytes, iterations: int, key_material: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    return PBKDF2HMAC(SHA256(), TAG_BYTES, salt, iterations).derive(key_material)


def _parsed(stored: str) -> _Stored:
    if match := _ARGON2.fullmatch(stored):
        names = "mtp"
    elif match := _PBKDF2.fullmatch(stored):
        names = "i"
    else:
        raise IntegrityFailed("a stored password has an unknown form")
    *numbers, salt, tag = match.groups()
    parameters = {name: int(number) for name, number in zip(names, numbers, strict=True)}
    for name, number in parameters.items():
        if number > _COST_MOST[name] or (name == "m" and number < 8 * parameters["p"]):
            raise IntegrityFailed(f"a stored password has an impossible {name}={number}")
    if len(salt) % 4 == 1 or len(tag) % 4 == 1:
        raise IntegrityFailed("a stored password has an unknown form")
    return _Stored(parameters, _unb64(salt), _unb64(tag))


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
