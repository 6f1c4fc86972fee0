"""Files sealed in the age format, which the `age` tool opens without this program.

https://age-encryption.org/v1: X25519 recipients, or a passphrase through scrypt.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
from pyrage import passphrase, x25519

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import open_regular

MAGIC = b"age-encryption.org/"
PASSPHRASE_SHORTEST = 15
"""security.md, Passwords."""


@dataclass(frozen=True, slots=True)
class AgeKey:
    """What seals a file, or opens one: a passphrase, or recipients and identities."""

    passphrase: str = field(default="", repr=False)
    recipients: tuple[str, ...] = ()
    identities: tuple[str, ...] = field(default=(), repr=False)


def age_key(secret: str = "", recipients: tuple[str, ...] = (), identities: str = "") -> AgeKey:
    """The key that was typed; `identities` as in an age key file. Raises BadInput."""
    if secret and (recipients or identities):
        raise BadInput("passphrase", None, "not together with a recipient or an identity")
    if secret and len(secret) < PASSPHRASE_SHORTEST:
        raise BadInput("passphrase", None, f"must be at least {PASSPHRASE_SHORTEST} characters")
    for one in recipients:
        _recipient(one)
    lines = tuple(
        line.strip() for line in identities.splitlines() if line.strip() and line[:1] != "#"
    )
    for line in lines:
        _identity(line)
    return AgeKey(secret, recipients, lines)


def is_age_file(path: Path) -> bool:
    """Whether the file is in the age format. Raises OSError."""
    with open_regular(path) as file:
        return file.read(len(MAGIC)) == MAGIC


def encrypt_file(plain: Path, sealed: Path, key: AgeKey) -> None:
    """Write `plain` encrypted to `sealed`, a new file that only its owner reads."""
    _new_file(sealed)
    if key.passphrase:
        sealed.write_bytes(passphrase.encrypt(plain.read_bytes(), key.passphrase))
    else:
        pyrage.encrypt_file(
            os.fspath(plain), os.fspath(sealed), [_recipient(r) for r in key.recipients]
        )


def decrypt_file(sealed: Path, plain: Path, key: AgeKey) -> None:
    """Write `sealed` decrypted to `plain`, a new file that only its owner reads.

    Raises BadInput for another key than the one it was sealed with, or a damaged file.
    """
    _new_file(plain)
    try:
        if key.passphrase:
            plain.write_bytes(passphrase.decrypt(sealed.read_bytes(), key.passphrase))
        else:
            identities = [_identity(i) for i in key.identities]
            pyrage.decrypt_file(os.fspath(sealed), os.fspath(plain), identities)
    except (pyrage.DecryptError, OSError) as error:
        raise BadInput("backup", sealed, f"cannot be opened with this key: {error}") from None


def _recipient(text: str) -> x25519.Recipient:
    try:
        return x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise BadInput("--recipient", text, "must be an age public key (age1…)") from None


def _identity(text: str) -> x25519.Identity:
    try:
        return x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        allowed = "must hold age secret keys (AGE-SECRET-KEY-1…)"
        raise BadInput("--identity", None, allowed) from None


def _new_file(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
