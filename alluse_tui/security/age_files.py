"""Files encrypted in the age format, which the `age` tool decrypts without this program.

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
"""Characters (security.md, Passwords)."""


@dataclass(frozen=True, slots=True)
class AgeKey:
    """A key for encrypting or decrypting files: a passphrase, or recipients and identities."""

    passphrase: str = field(default="", repr=False)
    recipients: tuple[str, ...] = ()
    identities: tuple[str, ...] = field(default=(), repr=False)


def age_key(secret: str = "", recipients: tuple[str, ...] = (), identities: str = "") -> AgeKey:
    """The key from user input; `identities` as in an age key file. Raises BadInput."""
    if secret and (recipients or identities):
        raise BadInput("passphrase", None, "not together with a recipient or an identity")
    if secret and len(secret) < PASSPHRASE_SHORTEST:
        raise BadInput("passphrase", None, f"must be at least {PASSPHRASE_SHORTEST} characters")
    for recipient in recipients:
        _recipient(recipient)
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


def encrypt_file(plain: Path, encrypted: Path, key: AgeKey) -> None:
    """Encrypt `plain` into `encrypted`, a new file that only its owner can read."""
    _new_file(encrypted)
    if key.passphrase:
        encrypted.write_bytes(passphrase.encrypt(plain.read_bytes(), key.passphrase))
    else:
        pyrage.encrypt_file(
            os.fspath(plain), os.fspath(encrypted), [_recipient(r) for r in key.recipients]
        )


def decrypt_file(encrypted: Path, plain: Path, key: AgeKey) -> None:
    """Decrypt `encrypted` into `plain`, a new file that only its owner can read.

    Raises BadInput for a wrong key or a damaged file.
    """
    _new_file(plain)
    try:
        if key.passphrase:
            plain.write_bytes(passphrase.decrypt(encrypted.read_bytes(), key.passphrase))
        else:
            identities = [_identity(i) for i in key.identities]
            pyrage.decrypt_file(os.fspath(encrypted), os.fspath(plain), identities)
    except (pyrage.DecryptError, OSError) as error:
        raise BadInput("backup", encrypted, f"cannot be opened with this key: {error}") from None


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
