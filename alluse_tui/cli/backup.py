"""`alluse backup`, `restore`: copies that prove themselves, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alluse_tui.cli.asking import agreed, secret
from alluse_tui.cli.common import Common, os_user, reading
from alluse_tui.cli.input_files import secret_in
from alluse_tui.cli.output import print_json
from alluse_tui.domain.errors import BadInput, IntegrityFailed, StoreFailed
from alluse_tui.domain.views import printable
from alluse_tui.engine import SystemClock

if TYPE_CHECKING:
    from alluse_tui.security.sealing import Key

PASSPHRASE_FILE = click.option(
    "--passphrase-file", metavar="FILE", help="Its first line is the passphrase."
)
IDENTITY = click.option("--identity", metavar="FILE", help="A file of age secret keys.")
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("path")
@click.option("--plain", is_flag=True, help="Do not encrypt.")
@click.option("--recipient", "recipients", multiple=True, metavar="age1…", help="A public key.")
@PASSPHRASE_FILE
@IDENTITY
@reading
def backup(
    common: Common,
    path: str,
    plain: bool,
    recipients: tuple[str, ...],
    passphrase_file: str | None,
    identity: str | None,
) -> None:
    """Copy the journal to PATH, sealed, read back and verified.

    PATH is a new file, or a folder, where the file is named after the time. Without an option a
    passphrase is asked for.

    \b
      alluse backup backups/ --passphrase-file secret.txt
      alluse backup book.age --recipient age1…
      alluse backup book.journal --plain
    """
    from alluse_tui.engine.backup import make_backup

    if path.endswith("/") and not Path(path).is_dir():
        raise BadInput("PATH", path, "is no folder: make it first, or name a new file")
    if plain and (recipients or passphrase_file):
        raise BadInput("--plain", None, "not together with a passphrase or a recipient")
    key = None if plain else _key(common, passphrase_file, recipients, identity, new=True)
    admin_only(common, path)
    made = make_backup(common.db, Path(path), key, SystemClock())
    if common.as_json:
        print_json({
            "path": str(made.path), "records": made.records, "head": made.head,
            "sealed": made.sealed,
        })  # fmt: skip
    else:
        how = "sealed" if made.sealed else "not encrypted"
        click.echo(f"{made.path}: {made.records:,} records, verified, {how}")


@click.command()
@click.argument("path")
@PASSPHRASE_FILE
@IDENTITY
@YES
@reading
def restore(common: Common, path: str, passphrase_file: str | None, identity: str | None) -> None:
    """Put the journal in the backup PATH back.

    It is verified before anything is touched; what stands there now is put aside.
    """
    from alluse_tui.engine.backup import is_plain, restore_backup
    from alluse_tui.security.sealing import is_sealed

    source = Path(path)
    if not source.is_file():
        raise BadInput("PATH", path, "is no file")
    plain = is_plain(source)
    if not plain and not is_sealed(source):
        raise BadInput("PATH", path, "is no backup of this program")
    key = None if plain else _key(common, passphrase_file, (), identity, new=False)
    aside = " (what is there now is put aside)" if common.db.exists() else ""
    confirmed(common, "restore", f"Put {source} at {common.db}{aside}?")
    admin_only(common)
    done = restore_backup(source, common.db, key, SystemClock())
    if common.as_json:
        kept = str(done.put_aside) if done.put_aside else None
        print_json({
            "records": done.records, "head": done.head, "put_aside": kept,
            "notes": list(done.notes),
        })  # fmt: skip
    else:
        print_notes(done.notes)
        click.echo(f"{common.db} holds {done.records:,} records, verified")
        if done.put_aside:
            click.echo(f"what was there before: {done.put_aside}")


def admin_only(common: Common, target: str = "") -> str:
    """Whose name it is done in: where there are users, only who administers. A backup to
    `target` is put on record.

    A book that cannot be opened has nobody to ask: then who can write its files mends it.
    """
    if not common.db.exists():
        return os_user()
    try:
        with common.engine() as engine:
            engine.must_be_allowed("backup")
            if target:
                engine.note("backup", target)
            return engine.actor
    except (IntegrityFailed, StoreFailed) as error:
        click.echo(f"note: the book cannot be asked who may: {printable(str(error))}", err=True)
        return os_user()


def print_notes(notes: tuple[str, ...]) -> None:
    """What failed without harm, on stderr: it is done all the same."""
    for note in notes:
        click.echo(f"note: {printable(note)}", err=True)


def confirmed(common: Common, what: str, question: str) -> None:
    """Returns once it is agreed to. Raises Declined, and BadInput where nobody can be asked."""
    if common.yes:
        return
    if not common.interactive:
        raise BadInput("--yes", None, f"is needed for {what} without a terminal")
    agreed(question)


def _key(
    common: Common,
    passphrase_file: str | None,
    recipients: tuple[str, ...],
    identity: str | None,
    *,
    new: bool,
) -> Key:
    from alluse_tui.security.sealing import key_of

    if passphrase_file is None and not recipients and identity is None:
        if not common.interactive:
            other = "--recipient or --plain" if new else "--identity"
            raise BadInput("--passphrase-file", None, f"is needed without a terminal, or {other}")
        return key_of(secret("Passphrase", twice=new))
    if new and passphrase_file is None and not recipients:
        raise BadInput("--identity", None, "opens a backup; --recipient or a passphrase seals it")
    passphrase = _text("--passphrase-file", passphrase_file).split("\n", 1)[0]
    if passphrase_file is not None and not passphrase:
        raise BadInput("--passphrase-file", passphrase_file, "has no passphrase in its first line")
    return key_of(passphrase, recipients, _text("--identity", identity))


def _text(option: str, path: str | None) -> str:
    if path is None:
        return ""
    try:
        return secret_in(path, option).decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(option, path, "cannot be read: it is not text in UTF-8") from None
