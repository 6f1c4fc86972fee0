"""The machine's keys: the vault's ring and the key that signs checkpoints, outside every book."""

from __future__ import annotations

import fcntl
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import BadInput, StoreFailed

if TYPE_CHECKING:
    from alluse_tui.security.vault import Vault

RING = "vault"
SIGNING = "checkpoint"


class KeyStore:
    """Finds keys in the environment, systemd's credentials or `folder`; makes what is missing.

    By default the folder is ALLUSE_KEYS, or alluse/keys in the XDG configuration directory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Reads nothing yet."""
        self._folder = folder

    @cached_property
    def folder(self) -> Path:
        """Where key files lie."""
        if self._folder is not None:
            return self._folder
        if named := os.environ.get("ALLUSE_KEYS"):
            return Path(named)
        import platformdirs

        return Path(platformdirs.user_config_dir("alluse")) / "keys"

    # -- the vault --------------------------------------------------------------------------

    def ring(self) -> Vault | None:
        """The vault's ring; None where there is none yet. Raises BadInput, StoreFailed."""
        found = self._ring()
        return found[0] if found else None

    def ids(self) -> tuple[tuple[str, ...], str]:
        """The ids of the ring's keys, newest first, and where the ring was found."""
        found = self._ring()
        return (found[0].ids, found[1]) if found else ((), str(self._ring_file))

    def encrypt(self, text: str) -> str:
        """`text` under the newest key; the first use makes the ring. Raises BadInput."""
        return self.ensure_ring().encrypt(text)

    def decrypt(self, text: str) -> str:
        """What was sealed; a text that never was, as it is. Raises MissingKey, IntegrityFailed."""
        from alluse_tui.security.vault import MissingKey, is_encrypted, key_id_in

        if not is_encrypted(text):
            return text
        ring = self.ring()
        if ring is None:
            raise MissingKey(key_id_in(text))
        return ring.decrypt(text)

    def ensure_ring(self) -> Vault:
        """The ring, made where there is none."""
        if found := self.ring():
            return found
        self.add()
        made = self.ring()
        assert made is not None
        return made

    def add(self, key: str = "") -> str:
        """Put a key into the ring; its id. Raises BadInput.

        A new one comes first and seals from now on; what was sealed before stays under its own
        key, which stays in the ring. A `key` of another ring comes last, to open what it sealed.
        """
        from alluse_tui.security.keys import write_key_file
        from alluse_tui.security.vault import Vault, key_id, new_key

        added = key or new_key()
        with self._alone():
            found = self._ring()
            if found is not None and found[1] != f"the file {self._ring_file}":
                raise BadInput("keys", None, f"come from {found[1]}: change them there")
            if found is None:
                text = f"{added}\n"
            else:
                text = found[0].with_old(added) if key else found[0].with_new(added)
            Vault.of(text)
            write_key_file(self._ring_file, text.encode(), replace=True)
        return key_id(added)

    # -- checkpoints ------------------------------------------------------------------------

    def signing_key(self) -> bytes | None:
        """The private key of checkpoints (PEM); None where there is none yet."""
        from alluse_tui.security.keys import find_key

        found = find_key(SIGNING, self._signing_file)
        return found.content if found else None

    def ensure_signing_key(self, *, existed: bool = False, new: bool = False) -> bytes:
        """The private key of checkpoints, made where there never was one.

        There was one if `existed`, or if its public half is there. Raises BadInput when that key is
        missing, unless a `new` one is asked for: then the old public half gets another name. Raises
        BadInput too when `new` is asked for and nothing is missing.
        """
        from alluse_tui.security.evidence import new_signing_key, public_half
        from alluse_tui.security.keys import write_key_file

        with self._alone():
            key = self.signing_key()
            if key is not None and new:
                raise BadInput("--new-key", None, "is for a key that is missing; this one is not")
            if key is not None:
                return key
            if (existed or self.had_signing_key) and not new:
                raise BadInput("signing key", None, f"is missing: {self._how_to_go_on}")
            made = new_signing_key()
            self._keep_old_public_half()
            write_key_file(self._signing_file, made)
            write_key_file(self._public_file, f"{public_half(made)}\n".encode(), replace=True)
        return made

    @property
    def had_signing_key(self) -> bool:
        """Whether the public half of a signing key is there."""
        return os.path.lexists(self._public_file)

    @property
    def _how_to_go_on(self) -> str:
        return (
            f"restore {self._signing_file} from your backup, or pass --new-key to start with a new "
            "one; checkpoints of the old key then need its public half (--public-key)"
        )

    def _keep_old_public_half(self) -> None:
        """Under a name that is not taken: nothing else checks what the old key signed."""
        old = self._public_file
        if not self.had_signing_key:
            return
        names = (old.with_name(f"{SIGNING}.old-{n}.pub") for n in itertools.count(1))
        try:
            old.rename(next(name for name in names if not os.path.lexists(name)))
        except OSError as error:
            raise StoreFailed(f"{old} cannot be renamed: {error.strerror}") from error

    @property
    def _public_file(self) -> Path:
        return self.folder / f"{SIGNING}.pub"

    @property
    def _ring_file(self) -> Path:
        return self.folder / f"{RING}.keys"

    @property
    def _signing_file(self) -> Path:
        return self.folder / f"{SIGNING}.pem"

    def _ring(self) -> tuple[Vault, str] | None:
        from alluse_tui.security.keys import find_key
        from alluse_tui.security.vault import Vault

        found = find_key(RING, self._ring_file)
        if found is None:
            return None
        try:
            return Vault.of(found.content.decode("ascii")), found.where
        except UnicodeDecodeError:
            raise BadInput(found.where, None, "must hold keys, one a line") from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process changes the folder's files meanwhile. Raises StoreFailed."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise StoreFailed(f"{self.folder} cannot hold keys: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def key_in(path: Path) -> str:
    """The one key in a file that only its owner may read. Raises BadInput, StoreFailed."""
    from alluse_tui.security.keys import read_key_file

    lines = [line.strip() for line in read_key_file(path).decode("ascii", "replace").splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    if len(found) != 1:
        raise BadInput("FILE", path, "must hold one key")
    return found[0]
