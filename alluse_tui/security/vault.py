"""The vault: encryption of confidential texts with a ring of keys (security.md).

An encrypted text is `vault:KEY-ID:TOKEN` with a Fernet token; the key id names the key of the ring
that decrypts it. A token reveals the second of its encryption and the length of the text, but not
what it belongs to.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from alluse_tui.domain.model.errors import BadInput, IntegrityFailed, StoreFailed

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_ENCRYPTED = re.compile(r"vault:([0-9a-f]{8}):(.*)", re.DOTALL)


class MissingKey(StoreFailed):
    """A text is encrypted with a key that is not in the ring; `key_id` is its id."""

    def __init__(self, key_id: str) -> None:
        """`key_id`: 8 hex digits."""
        self.key_id = key_id
        super().__init__(
            f"key {key_id} is missing from the vault: `alluse vault list` shows the keys it has,"
            " `alluse vault add FILE` adds one"
        )


def new_key() -> str:
    """A new key, in the form of a line of a ring."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def key_id(key: str) -> str:
    """The id of a key: 8 hex digits of the SHA-256 of its 32 bytes. Raises BadInput."""
    return hashlib.sha256(_raw(key, "key")).hexdigest()[:8]


def is_encrypted(text: str) -> bool:
    """Whether `text` has the form of an encrypted text, intact or damaged."""
    return _ENCRYPTED.fullmatch(text) is not None


def key_id_in(text: str) -> str:
    """The id of the key that the encrypted `text` names. Raises IntegrityFailed."""
    return _parsed(text)[0]


class Vault:
    """A ring of keys: the newest one encrypts, and all of them decrypt."""

    __slots__ = ("_fernets", "_text", "ids")

    ids: Final[tuple[str, ...]]
    """The keys' ids, newest first."""

    def __init__(self, fernets: Mapping[str, Fernet], text: str) -> None:
        """Use `Vault.of`."""
        self._fernets, self._text = fernets, text
        self.ids = tuple(fernets)

    @classmethod
    def of(cls, text: str) -> Vault:
        """The ring in `text`: one key per line, newest first; blank and # lines are ignored.

        Raises BadInput that names every line without a valid new key.
        """
        from cryptography.fernet import Fernet

        fernets: dict[str, Fernet] = {}
        problems: list[tuple[str, object, str]] = []
        for number, line in enumerate(text.split("\n"), start=1):
            key, where = line.strip(), f"vault's ring, line {number}"
            if not key or key.startswith("#"):
                continue
            try:
                name = hashlib.sha256(_raw(key, where)).hexdigest()[:8]
            except BadInput as error:
                problems.append((error.path, None, error.allowed))
                continue
            if name in fernets:
                problems.append((where, None, f"has the id of an earlier key, {name}"))
            fernets.setdefault(name, Fernet(key))
        if problems:
            raise BadInput.of(problems)
        if not fernets:
            raise BadInput("vault's ring", None, "must hold at least one key")
        return cls(fernets, text)

    def __repr__(self) -> str:
        """The ids of the keys, never the keys."""
        return f"Vault(ids={self.ids!r})"

    def encrypt(self, text: str) -> str:
        """Encrypt `text` with the newest key. Raises BadInput for a lone surrogate."""
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise BadInput("text to encrypt", None, "must be whole characters")
        newest = self.ids[0]
        return f"vault:{newest}:{self._fernets[newest].encrypt(text.encode()).decode()}"

    def decrypt(self, encrypted: str) -> str:
        """Decrypt `encrypted`. Raises MissingKey, IntegrityFailed."""
        key, token = _parsed(encrypted)
        if key not in self._fernets:
            raise MissingKey(key)
        text = _decrypted(self._fernets[key], token)
        if text is None:
            raise IntegrityFailed(f"a text encrypted with key {key} is damaged")
        return text

    def reencrypted(self, encrypted: str) -> str:
        """The text encrypted with the newest key; `encrypted`, unchecked, if it already is.

        Raises MissingKey, IntegrityFailed.
        """
        if key_id_in(encrypted) == self.ids[0]:
            return encrypted
        return self.encrypt(self.decrypt(encrypted))

    def with_new(self, key: str) -> str:
        """The ring's text with `key` added as the newest. Raises BadInput."""
        self._check_new(key)
        return f"{key}\n{self._text}"

    def with_old(self, key: str) -> str:
        """The ring's text with `key` added as the oldest, only for decryption. Raises BadInput."""
        self._check_new(key)
        return f"{self._text.rstrip()}\n{key}\n"

    def pseudonym(self, text: str) -> str:
        """A pseudonym of `text`: 16 hex digits, which reveal nothing without the oldest key.

        It is stable as long as that key remains the oldest.
        """
        keys = [line.strip() for line in self._text.split("\n")]
        oldest = [k for k in keys if k and not k.startswith("#")][-1]
        message = b"ALL-USE pseudonym\0" + text.encode()
        return hmac.new(_raw(oldest, "key"), message, hashlib.sha256).hexdigest()[:16]

    def _check_new(self, key: str) -> None:
        if key_id(key) in self.ids:
            raise BadInput("key", None, f"is already in the vault's ring, as {key_id(key)}")


def _raw(key: str, path: str) -> bytes:
    """The 32 bytes of a key. Raises BadInput; Fernet itself ignores invalid characters."""
    if _KEY.fullmatch(key):
        raw = base64.urlsafe_b64decode(key)
        if base64.urlsafe_b64encode(raw).decode() == key:
            return raw
    raise BadInput(path, None, "must be a key from `alluse vault`: 44 base64 characters")


def _parsed(encrypted: str) -> tuple[str, str]:
    """The key id and token of an encrypted text. Raises IntegrityFailed."""
    match = _ENCRYPTED.fullmatch(encrypted)
    if match is None:
        raise IntegrityFailed("a text that should be encrypted is not, or is damaged")
    return match[1], match[2]


def _decrypted(fernet: Fernet, token: str) -> str | None:
    """The decrypted text; None if the token is damaged or not canonical base64.

    Returns None instead of raising, as the error would become the context of the next one.
    """
    from cryptography.fernet import InvalidToken

    try:
        if base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)).decode() != token:
            return None
        return fernet.decrypt(token).decode()
    except (InvalidToken, ValueError):
        return None
