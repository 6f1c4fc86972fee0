"""Backup and restore, both with a verified copy (security.md, Backups)."""

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
    """A written and verified backup, with its number of records and its head."""

    path: Path
    records: int
    head: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """The restored journal; `put_aside` is the new name of the file that it replaced.

    `notes` are failures after the restore, which harm neither file.
    """

    records: int
    head: str
    put_aside: Path | None
    notes: tuple[str, ...]


def make_backup(journal: Path, target: Path, key: AgeKey | None, clock: Clock) -> Backup:
    """Copy the journal to `target` while others keep writing, encrypted with `key` unless None.

    If `target` is a folder, the file name has the time. The backup is read back and verified before
    it gets its name. Leftovers of killed backups next to the target or the journal are removed.
    Raises NoBook, BadInput, StoreFailed, IntegrityFailed.
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
            backup, proof = plain, plain
        else:
            from alluse_tui.security.age_files import decrypt_file, encrypt_file

            backup, proof = folder / "sealed", folder / "opened"
            encrypt_file(plain, backup, key)
            if key.passphrase or key.identities:
                decrypt_file(backup, proof, key)
            else:
                proof = plain  # only the holder of the secret key can decrypt the backup
        verified = verified_copy(proof)
        remove_beside(proof)
        backup.rename(target)
    return Backup(target, verified.records, verified.head, key is not None)


def restore_backup(backup: Path, journal: Path, key: AgeKey | None, clock: Clock) -> Restored:
    """Verify the journal in `backup` and put it at the path `journal`.

    A link at `journal` is followed. The old file is kept next to it under another name. Changes
    nothing if it raises BadInput, IntegrityFailed, Busy or StoreFailed.
    """
    journal = Path(os.path.realpath(journal))
    journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with staging_dir(journal.parent, "restore") as folder:
        plain = folder / "plain"
        open_backup(backup, plain, key)
        verified = verified_copy(plain)
        settle(plain)
        exchanged = exchange(plain, journal, f"{REPLACED}-{time_suffix(clock)}")
    return Restored(verified.records, verified.head, exchanged.kept, exchanged.notes)


def open_backup(backup: Path, plain: Path, key: AgeKey | None) -> None:
    """Write the journal in `backup` to the new file `plain`, decrypted. Raises BadInput."""
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
    """Run the checks of `verify` on a copy. Raises IntegrityFailed if one fails."""
    try:
        journal = Journal(path)
        try:
            verified = run_checks(journal, fold_records(journal), None)
        finally:
            journal.close()
        failed = [c for c in verified.checks if not c.ok]
        if failed:
            raise IntegrityFailed(f"the copy is damaged: {failed[0].name}: {failed[0].detail}")
    except StoreFailed as error:
        raise IntegrityFailed(f"the copy cannot be read: {error}") from error
    except IntegrityFailed:
        remove_copy(path)
        raise
    return verified


def time_suffix(clock: Clock) -> str:
    """The time for a file's name: '20261124-093000'."""
    return new_york(clock.now_ns()).strftime("%Y%m%d-%H%M%S")
