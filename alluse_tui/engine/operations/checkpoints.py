"""Signing checkpoints of a journal, and checking that the journal extends them."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import BadInput, StoreFailed
from alluse_tui.domain.model.traits import commands_with
from alluse_tui.engine.auth.key_store import KeyStore
from alluse_tui.engine.clock import new_york_date
from alluse_tui.files import read_text
from alluse_tui.journal import Head, Journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alluse_tui.engine.operations.verification import Check
    from alluse_tui.security.evidence import Checkpoint

CHECKPOINT_COMMANDS = frozenset(commands_with(lambda t: t.checkpoint))
"""Commands after which a checkpoint is signed if there is a signing key."""

CHECKPOINTS_LIMIT_BYTES = 64 * 1024 * 1024
"""The largest size of a checkpoint file, which is about 200,000 checkpoints."""

_TITLE = "alluse checkpoint "


@dataclass(slots=True)
class Checkpoints:
    """Signs heads of one journal; automatic checkpoints are stored in a file next to it."""

    journal: Journal
    path: Path
    keys: KeyStore
    _checked_day: date | None = None

    @property
    def file(self) -> Path:
        """The file of the checkpoints that are signed automatically: copy it elsewhere."""
        return self.path.with_suffix(".checkpoints")

    def make_key(self, *, new: bool = False) -> str:
        """Create the signing key if there never was one, or with `new` if it is missing.

        Returns a description of the key for the record. Raises BadInput if the key is missing, or
        if `new` is set but the key exists; StoreFailed.
        """
        from alluse_tui.security.evidence import fingerprint, public_half

        before = self.keys.signing_key()
        key = self.keys.ensure_signing_key(existed=self._signed_before, new=new)
        prefix = "signed by new key" if before is None else "signed by"
        return f"{prefix} {fingerprint(public_half(key))}"

    def sign(self, head: Head, now_ns: int) -> str:
        """A signed checkpoint of `head`. Raises BadInput, StoreFailed, as `make_key`."""
        key = self.keys.ensure_signing_key(existed=self._signed_before)
        return self._signed(head, now_ns, key)

    def keep(self, head: Head, now_ns: int, commands: Iterable[str]) -> None:
        """Sign `head` if it is the day's first record or of a CHECKPOINT_COMMANDS, with a key."""
        if not (set(commands) & CHECKPOINT_COMMANDS or self._begins_a_day(now_ns)):
            return
        key = self.keys.signing_key()
        if key is not None:
            _append(self.file, self._signed(head, now_ns, key))

    def public_half(self) -> str:
        """The public key of this machine's checkpoints. Raises BadInput if there is no key."""
        from alluse_tui.security.evidence import public_half

        key = self.keys.signing_key()
        if key is None and (self._signed_before or self.keys.had_signing_key):
            message = "is missing; pass its public key with --public-key, or restore it"
            raise BadInput("signing key", None, message)
        if key is None:
            message = "not found on this machine: `alluse checkpoint` creates one"
            raise BadInput("signing key", None, message)
        return public_half(key)

    def read(self, texts: Sequence[str], public: str) -> tuple[Checkpoint, ...]:
        """The checkpoints in `texts`, verified with the key `public`, the oldest record first.

        Raises BadInput for a text that is not a checkpoint of this journal, IntegrityFailed for a
        forged one; neither means that the journal is damaged.
        """
        from alluse_tui.security.evidence import checked

        verified = []
        for number, text in enumerate(texts, start=1):
            position = f", number {number} of {len(texts)}" if len(texts) > 1 else ""
            try:
                checkpoint = checked(text, public)
            except BadInput as error:
                raise BadInput(f"{error.path}{position}", None, error.allowed) from None
            if checkpoint.origin != self._origin():
                message = f"is of another journal, {checkpoint.origin}; this is {self._origin()}"
                raise BadInput(f"--checkpoint{position}", None, message)
            verified.append(checkpoint)
        return tuple(sorted(verified, key=lambda checkpoint: checkpoint.seq))

    def check(self, signed: Sequence[Checkpoint]) -> Check:
        """Check that the journal extends all checkpoints."""
        from alluse_tui.engine.operations.verification import Check

        newest = self.journal.head().seq
        for checkpoint in signed:
            seq = checkpoint.seq
            if seq > newest:
                message = f"signed records {newest + 1} to {seq} are missing"
                return Check("checkpoint", False, message)
            if seq and self.journal.hash_of(seq).hex() != checkpoint.head:
                message = f"record {seq} differs from the signed one: the journal was rewritten"
                return Check("checkpoint", False, message)
        if len(signed) > 1:
            message = (
                f"extends all {len(signed)} checkpoints, the newest of record {signed[-1].seq}"
            )
        else:
            message = f"extends the checkpoint of record {signed[-1].seq}"
        return Check("checkpoint", True, message)

    def _signed(self, head: Head, now_ns: int, key: bytes) -> str:
        from alluse_tui.security.evidence import Checkpoint, signed

        return signed(Checkpoint(self._origin(), head.seq, head.hash.hex(), now_ns), key)

    @property
    def _signed_before(self) -> bool:
        """Whether there is a file of automatic checkpoints."""
        return os.path.lexists(self.file)

    def _origin(self) -> str:
        """The journal's origin, which all its copies share, including restored ones."""
        return self.journal.identity().partition(".")[0]

    def _begins_a_day(self, now_ns: int) -> bool:
        """Whether nothing was signed today; the file is checked only once per day."""
        today = new_york_date(now_ns)
        if today == self._checked_day:
            return False
        self._checked_day = today
        try:
            kept_ns = self.file.stat().st_mtime_ns
        except FileNotFoundError:
            return True
        except OSError as error:
            raise StoreFailed(f"{self.file} cannot be read: {error.strerror}") from error
        return new_york_date(kept_ns) != today


def checkpoints_in(path: Path) -> tuple[str, ...]:
    """All checkpoints in a file. Raises BadInput if there is none.

    All are checked, because after rewriting a journal the newest one could be signed again.
    """
    try:
        text = read_text(path, CHECKPOINTS_LIMIT_BYTES)
    except OSError as error:
        raise BadInput("--checkpoint", path, f"cannot be read: {error.strerror}") from None
    before, *others = f"\n{text}".split(f"\n{_TITLE}")
    if before.strip() or not others:
        raise BadInput("--checkpoint", path, "does not contain a checkpoint")
    return tuple(f"{_TITLE}{other.rstrip()}\n" for other in others)


def _append(path: Path, text: str) -> None:
    flags = os.O_CREAT | os.O_APPEND | os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags, 0o600)
        with open(descriptor, "ab") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "it is not a regular file")
            torn = status.st_size and os.pread(descriptor, 1, status.st_size - 1) != b"\n"
            file.write(b"\n" * bool(torn) + text.encode())
    except OSError as error:
        raise StoreFailed(
            f"{path}: the checkpoint could not be stored: {error.strerror}"
        ) from error
