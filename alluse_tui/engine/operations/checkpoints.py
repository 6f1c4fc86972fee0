"""Checkpoints: what this machine signed about a journal, and whether the journal extends it."""

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
"""After these a checkpoint is signed at once, where there is a key to sign it."""

CHECKPOINTS_LIMIT_BYTES = 64 * 1024 * 1024
"""A file of checkpoints is not larger: about 200,000 of them."""

_TITLE = "alluse checkpoint "


@dataclass(slots=True)
class Checkpoints:
    """Signs heads of one journal; what is signed by itself is kept in a file beside it."""

    journal: Journal
    path: Path
    keys: KeyStore
    _looked: date | None = None

    @property
    def file(self) -> Path:
        """The file of the checkpoints that are signed automatically: copy it elsewhere."""
        return self.path.with_suffix(".checkpoints")

    def make_key(self, *, new: bool = False) -> str:
        """Make the signing key where there never was one, or with `new` where it is missing.

        The answer names it, for the record. Raises BadInput for a key that is missing, or that is
        there although `new` was asked for; StoreFailed.
        """
        from alluse_tui.security.evidence import fingerprint, public_half

        before = self.keys.signing_key()
        key = self.keys.ensure_signing_key(existed=self._signed_before, new=new)
        what = "signed by new key" if before is None else "signed by"
        return f"{what} {fingerprint(public_half(key))}"

    def sign(self, head: Head, now_ns: int) -> str:
        """A checkpoint of `head`. Raises BadInput, StoreFailed, as `make_key`."""
        key = self.keys.ensure_signing_key(existed=self._signed_before)
        return self._signed(head, now_ns, key)

    def keep(self, head: Head, now_ns: int, commands: Iterable[str]) -> None:
        """Sign `head` after a day's first record or an act of high value, where there is a key."""
        if not (set(commands) & CHECKPOINT_COMMANDS or self._begins_a_day(now_ns)):
            return
        key = self.keys.signing_key()
        if key is not None:
            _append(self.file, self._signed(head, now_ns, key))

    def public_half(self) -> str:
        """The line by which what this machine signed is checked. Raises BadInput without a key."""
        from alluse_tui.security.evidence import public_half

        key = self.keys.signing_key()
        if key is None and (self._signed_before or self.keys.had_signing_key):
            said = "is missing; name its public half with --public-key, or restore it from a backup"
            raise BadInput("signing key", None, said)
        if key is None:
            said = "not found on this machine: `alluse checkpoint` creates one"
            raise BadInput("signing key", None, said)
        return public_half(key)

    def read(self, texts: Sequence[str], public: str) -> tuple[Checkpoint, ...]:
        """What the holder of `public`'s private half signed in `texts`, the oldest record first.

        Raises BadInput for what is no checkpoint of this journal, IntegrityFailed for a forged one:
        neither says anything of the journal.
        """
        from alluse_tui.security.evidence import checked

        found = []
        for number, text in enumerate(texts, start=1):
            which = f", number {number} of {len(texts)}" if len(texts) > 1 else ""
            try:
                one = checked(text, public)
            except BadInput as error:
                raise BadInput(f"{error.path}{which}", None, error.allowed) from None
            if one.origin != self._origin():
                said = f"is of another journal, {one.origin}; this is {self._origin()}"
                raise BadInput(f"--checkpoint{which}", None, said)
            found.append(one)
        return tuple(sorted(found, key=lambda one: one.seq))

    def check(self, signed: Sequence[Checkpoint]) -> Check:
        """Check that the journal extends all of them."""
        from alluse_tui.engine.operations.verification import Check

        newest = self.journal.head().seq
        for one in signed:
            if one.seq > newest:
                said = f"signed records {newest + 1} to {one.seq} are missing"
                return Check("checkpoint", False, said)
            if one.seq and self.journal.hash_of(one.seq).hex() != one.head:
                said = f"record {one.seq} differs from the signed one: the journal was rewritten"
                return Check("checkpoint", False, said)
        many = f", in {len(signed)} checkpoints" if len(signed) > 1 else ""
        said = f"extends what was signed at record {signed[-1].seq}{many}"
        return Check("checkpoint", True, said)

    def _signed(self, head: Head, now_ns: int, key: bytes) -> str:
        from alluse_tui.security.evidence import Checkpoint, signed

        return signed(Checkpoint(self._origin(), head.seq, head.hash.hex(), now_ns), key)

    @property
    def _signed_before(self) -> bool:
        """Whether checkpoints of this journal are kept beside it."""
        return os.path.lexists(self.file)

    def _origin(self) -> str:
        """The same for every copy of a journal, restored ones included."""
        return self.journal.identity().partition(".")[0]

    def _begins_a_day(self, now_ns: int) -> bool:
        """Whether nobody signed today; looked at once a day, since every turn asks."""
        today = new_york_date(now_ns)
        if today == self._looked:
            return False
        self._looked = today
        try:
            kept_ns = self.file.stat().st_mtime_ns
        except FileNotFoundError:
            return True
        except OSError as error:
            raise StoreFailed(f"{self.file} cannot be looked at: {error.strerror}") from error
        return new_york_date(kept_ns) != today


def checkpoints_in(path: Path) -> tuple[str, ...]:
    """Every checkpoint in a file of one or several. Raises BadInput where there is none.

    All of them count: whoever rewrites a journal can have the newest of them signed once more.
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
        raise StoreFailed(f"{path}: the checkpoint was not kept: {error.strerror}") from error
