"""The machine's keys, kept outside every book: the vault's key ring and the signing key."""

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
    """Finds keys in the environment, systemd's credentials or `folder`, and creates missing ones.

    By default the folder is ALLUSE_KEYS, or alluse/keys in the XDG configuration directory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Reads nothing yet."""
        self._folder = folder

    @cached_property
    def folder(self) -> Path:
        """The folder of the key files."""
        if self._folder is not None:
            return self._folder
        if named := os.environ.get("ALLUSE_KEYS"):
            return Path(named)
        import platformdirs

        return Path(platformdirs.user_config_dir("alluse")) / "keys"

    # -- the vault --------------------------------------------------------------------------

    def ring(self) -> Vault | None:
        """The vault's key ring; None if there is none yet. Raises BadInput, StoreFailed."""
        ring_and_source = self._ring()
        return ring_and_source[0] if ring_and_source else None

    def ids(self) -> tuple[tuple[str, ...], str]:
        """The ids of the ring's keys, newest first, and where the ring comes from."""
        ring, source = self._ring() or (None, str(self._ring_file))
        return (ring.ids if ring else (), source)

    def encrypt(self, text: str) -> str:
        """`text` encrypted with the newest key; the first use creates the ring. Raises BadInput."""
        return self.ensure_ring().encrypt(text)

    def decrypt(self, text: str) -> str:
        """The plain text; unencrypted text is returned. Raises MissingKey, IntegrityFailed."""
        from alluse_tui.security.vault import MissingKey, is_encrypted, key_id_in

        if not is_encrypted(text):
            return text
        ring = self.ring()
        if ring is None:
            raise MissingKey(key_id_in(text))
        return ring.decrypt(text)

    def ensure_ring(self) -> Vault:
        """The ring, created if there is none."""
        if ring := self.ring():
            return ring
        self.add()
        ring = self.ring()
        assert ring is not None
        return ring

    def add(self, key: str = "") -> str:
        """Add a key to the ring; its id. Raises BadInput.

        A new key becomes the first, which encrypts; older texts stay encrypted with their own keys,
        which stay in the ring. A `key` of another ring becomes the last, which only decrypts.
        """
        from alluse_tui.security.keys import write_key_file
        from alluse_tui.security.vault import Vault, key_id, new_key

        added = key or new_key()
        with self._locked_folder():
            ring, source = self._ring() or (None, "")
            if ring is None:
                text = f"{added}\n"
            elif source != f"the file {self._ring_file}":
                raise BadInput("keys", None, f"come from {source}: change them there")
            else:
                text = ring.with_old(added) if key else ring.with_new(added)
            Vault.of(text)
            write_key_file(self._ring_file, text.encode(), replace=True)
        return key_id(added)

    # -- checkpoints ------------------------------------------------------------------------

    def signing_key(self) -> bytes | None:
        """The private key that signs checkpoints (PEM); None if there is none yet."""
        from alluse_tui.security.keys import find_key

        key = find_key(SIGNING, self._signing_file)
        return key.content if key else None

    def ensure_signing_key(self, *, existed: bool = False, new: bool = False) -> bytes:
        """The private key that signs checkpoints, created if there never was one.

        There was one if `existed`, or if its public half is there. `new` replaces a missing key and
        renames its public half. Raises BadInput for a missing key without `new`, and for `new`
        although no key is missing.
        """
        from alluse_tui.security.evidence import new_signing_key, public_half
        from alluse_tui.security.keys import write_key_file

        with self._locked_folder():
            key = self.signing_key()
            if key is not None and new:
                raise BadInput("--new-key", None, "replaces a missing key; this one is not missing")
            if key is not None:
                return key
            if (existed or self.had_signing_key) and not new:
                raise BadInput("signing key", None, f"is missing: {self._replacement_advice}")
            key = new_signing_key()
            self._keep_old_public_half()
            write_key_file(self._signing_file, key)
            write_key_file(self._public_file, f"{public_half(key)}\n".encode(), replace=True)
        return key

    @property
    def had_signing_key(self) -> bool:
        """Whether the public half of a signing key is there."""
        return os.path.lexists(self._public_file)

    @property
    def _replacement_advice(self) -> str:
        return (
            f"restore {self._signing_file} from your backup, or pass --new-key to start with a new "
            "one; checkpoints of the old key then need its public half (--public-key)"
        )

    def _keep_old_public_half(self) -> None:
        """Rename the old public half, which alone verifies what the old key signed."""
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

        file = find_key(RING, self._ring_file)
        if file is None:
            return None
        try:
            return Vault.of(file.content.decode("ascii")), file.where
        except UnicodeDecodeError:
            raise BadInput(file.where, None, "must hold one key per line") from None

    @contextmanager
    def _locked_folder(self) -> Iterator[None]:
        """Lock the folder against other processes. Raises StoreFailed."""
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
    """The single key in a file that only its owner can read. Raises BadInput, StoreFailed."""
    from alluse_tui.security.keys import read_key_file

    lines = [line.strip() for line in read_key_file(path).decode("ascii", "replace").splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    if len(keys) != 1:
        raise BadInput("FILE", path, "must hold one key")
    return keys[0]
