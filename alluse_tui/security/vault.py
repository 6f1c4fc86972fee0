"""The vault: texts that must not lie in clear, sealed under a ring of keys (security.md).

A sealed text is `vault:KEY-ID:TOKEN`, the token Fernet's; its key id says which key of the ring
opens it. A token tells when it was sealed, to the second, and how long the text is; it does not
tell what it belongs to.
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
_SEALED = re.compile(r"vault:([0-9a-f]{8}):(.*)", re.DOTALL)


class MissingKey(StoreFailed):
    """A text is sealed under a key that the ring does not hold; `key_id` names it."""

    def __init__(self, key_id: str) -> None:
        """`key_id`: 8 hex digits."""
        self.key_id = key_id
        super().__init__(
            f"key {key_id} is missing from the vault's ring: `alluse vault list` shows which "
            "there are, `alluse vault add FILE` brings it in"
        )


def new_key() -> str:
    """A new key, as one line of a ring."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def key_id(key: str) -> str:
    """The name of a key: 8 hex digits of the SHA-256 of its 32 bytes. Raises BadInput."""
    return hashlib.sha256(_raw(key, "key")).hexdigest()[:8]


def is_encrypted(text: str) -> bool:
    """Whether `text` says that it is sealed, whole or damaged."""
    return _SEALED.fullmatch(text) is not None


def key_id_in(text: str) -> str:
    """The id of the key that `text` says it is sealed under. Raises IntegrityFailed."""
    return _taken_apart(text)[0]


class Vault:
    """A ring of keys: the newest seals, each opens what it sealed."""

    __slots__ = ("_fernets", "_text", "ids")

    ids: Final[tuple[str, ...]]
    """The keys' ids, newest first."""

    def __init__(self, fernets: Mapping[str, Fernet], text: str) -> None:
        """Use `Vault.of`."""
        self._fernets, self._text = fernets, text
        self.ids = tuple(fernets)

    @classmethod
    def of(cls, text: str) -> Vault:
        """The ring that `text` holds: one key a line, newest first; blank and # lines do not count.

        Raises BadInput that names every line that is no key of its own.
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
        """The ids: a key is never shown."""
        return f"Vault(ids={self.ids!r})"

    def encrypt(self, text: str) -> str:
        """`text` sealed under the newest key. Raises BadInput for half a character."""
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise BadInput("text to seal", None, "must be whole characters")
        newest = self.ids[0]
        return f"vault:{newest}:{self._fernets[newest].encrypt(text.encode()).decode()}"

    def decrypt(self, sealed: str) -> str:
        """The text that was sealed. Raises MissingKey, IntegrityFailed."""
        key, token = _taken_apart(sealed)
        if key not in self._fernets:
            raise MissingKey(key)
        opened = _opened(self._fernets[key], token)
        if opened is None:
            raise IntegrityFailed(f"what was sealed under key {key} is damaged")
        return opened

    def reencrypted(self, sealed: str) -> str:
        """The same text under the newest key; unchanged, and not looked into, if it already is.

        Raises MissingKey, IntegrityFailed.
        """
        return sealed if key_id_in(sealed) == self.ids[0] else self.encrypt(self.decrypt(sealed))

    def with_new(self, key: str) -> str:
        """The ring's text with `key` as its newest. Raises BadInput."""
        self._check_new(key)
        return f"{key}\n{self._text}"

    def with_old(self, key: str) -> str:
        """The ring's text with `key` as its oldest: it opens and never seals. Raises BadInput."""
        self._check_new(key)
        return f"{self._text.rstrip()}\n{key}\n"

    def pseudonym(self, text: str) -> str:
        """16 hex digits that stand for `text`, and tell nothing of it to who lacks the oldest key.

        They stay the same while that key stays the oldest.
        """
        keys = [line.strip() for line in self._text.split("\n")]
        oldest = [k for k in keys if k and not k.startswith("#")][-1]
        said = b"ALL-USE pseudonym\0" + text.encode()
        return hmac.new(_raw(oldest, "key"), said, hashlib.sha256).hexdigest()[:16]

    def _check_new(self, key: str) -> None:
        if key_id(key) in self.ids:
            raise BadInput("key", None, f"is in the vault's ring already, as {key_id(key)}")


def _raw(key: str, path: str) -> bytes:
    """The 32 bytes of a key. Fernet itself passes over signs that are not base64."""
    if _KEY.fullmatch(key):
        raw = base64.urlsafe_b64decode(key)
        if base64.urlsafe_b64encode(raw).decode() == key:
            return raw
    raise BadInput(path, None, "must be a key as `alluse vault` makes them: 44 base64 signs")


def _taken_apart(sealed: str) -> tuple[str, str]:
    """Key id and token."""
    match = _SEALED.fullmatch(sealed)
    if match is None:
        raise IntegrityFailed("a text that should be sealed is not, or is damaged")
    return match[1], match[2]


def _opened(fernet: Fernet, token: str) -> str | None:
    """None where the token is damaged, or is not the only way to write itself.

    No error leaves here: one that was being handled would ride along as the context of the next.
    """
    from cryptography.fernet import InvalidToken

    try:
        if base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)).decode() != token:
            return None
        return fernet.decrypt(token).decode()
    except (InvalidToken, ValueError):
        return None
