"""Backup and restore: a copy that proves itself, and the way back (security.md, Backups)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import BadInput, IntegrityFailed, StoreFailed
from alluse_tui.engine.clock import Clock, new_york
from alluse_tui.engine.operations.staging_dir import remove_abandoned, staging_dir
from alluse_tui.engine.operations.verification import Verification, fold_records, run_checks
from alluse_tui.journal import Journal
from alluse_tui.journal.copies import copy_online, remove_beside, remove_copy, settle
from alluse_tui.journal.exchange import exchange
from alluse_tui.journal.replaced_files import REPLACED, no_book

if TYPE_CHECKING:
    from alluse_tui.security.age_files import AgeKey

SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written, read back and verified: records and head it holds."""

    path: Path
    records: int
    head: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What is at the journal's path now; `put_aside` is the file that was there before.

    `notes` say what failed afterwards, without harm to either.
    """

    records: int
    head: str
    put_aside: Path | None
    notes: tuple[str, ...]


def make_backup(journal: Path, target: Path, key: AgeKey | None, clock: Clock) -> Backup:
    """Copy the journal to `target` while others go on, sealed with `key` unless that is None.

    Into a folder it gets a name with the time. The backup is read back and verified before it
    counts. What killed ones left beside the target or the journal is removed. Raises NoBook,
    BadInput, StoreFailed, IntegrityFailed.
    """
    if not journal.exists():
        raise no_book(journal)
    if target.is_dir():
        kind = "journal.age" if key is not None else "journal"
        target = target / f"alluse-{time_suffix(clock)}.{kind}"
    if target.exists():
        raise BadInput("PATH", target, "already exists: choose a new file name")
    if not target.parent.is_dir():
        raise BadInput("PATH", target, "must be in an existing folder")
    remove_abandoned(Path(os.path.realpath(journal)).parent)
    with staging_dir(target.parent, "backup") as folder:
        plain = folder / "plain"
        copy_online(journal, plain)
        if key is None:
            made, proof = plain, plain
        else:
            from alluse_tui.security.age_files import decrypt_file, encrypt_file

            made, proof = folder / "sealed", folder / "opened"
            encrypt_file(plain, made, key)
            if key.passphrase or key.identities:
                decrypt_file(made, proof, key)
            else:
                proof = plain  # only the holder of the secret key can open it
        found = verified_copy(proof)
        remove_beside(proof)
        made.rename(target)
    return Backup(target, found.records, found.head, key is not None)


def restore_backup(backup: Path, journal: Path, key: AgeKey | None, clock: Clock) -> Restored:
    """Put the journal that `backup` holds at the path `journal`, once it is verified.

    A link at `journal` is followed. The file that is there is kept beside it under another name.
    Raises BadInput, IntegrityFailed, Busy, StoreFailed: nothing is changed then.
    """
    journal = Path(os.path.realpath(journal))
    journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with staging_dir(journal.parent, "restore") as folder:
        plain = folder / "plain"
        open_backup(backup, plain, key)
        found = verified_copy(plain)
        settle(plain)
        done = exchange(plain, journal, f"{REPLACED}-{time_suffix(clock)}")
    return Restored(found.records, found.head, done.kept, done.notes)


def open_backup(backup: Path, plain: Path, key: AgeKey | None) -> None:
    """The journal in `backup` as the new file `plain`. Raises BadInput."""
    if not backup.is_file():
        raise BadInput("PATH", backup, "is not a file")
    if is_plain_backup(backup):
        copy_online(backup, plain)
        return
    from alluse_tui.security.age_files import decrypt_file, is_age_file

    if not is_age_file(backup):
        raise BadInput("PATH", backup, "is not a backup made by this program")
    if key is None:
        raise BadInput(
            "--passphrase-file", None, "or --identity is needed: the backup is encrypted"
        )
    decrypt_file(backup, plain, key)


def is_plain_backup(backup: Path) -> bool:
    """Whether the backup can be read without a key."""
    with backup.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def verified_copy(path: Path) -> Verification:
    """Everything `verify` checks, on a copy. Raises IntegrityFailed where anything is wrong."""
    try:
        journal = Journal(path)
        try:
            found = run_checks(journal, fold_records(journal), None)
        finally:
            journal.close()
        wrong = [c for c in found.checks if not c.ok]
        if wrong:
            raise IntegrityFailed(f"the copy is damaged: {wrong[0].name}: {wrong[0].detail}")
    except StoreFailed as error:
        raise IntegrityFailed(f"the copy cannot be read: {error}") from error
    except IntegrityFailed:
        remove_copy(path)
        raise
    return found


def time_suffix(clock: Clock) -> str:
    """The time for a file's name: '20261124-093000'."""
    return new_york(clock.now_ns()).strftime("%Y%m%d-%H%M%S")
