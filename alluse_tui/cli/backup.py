"""`alluse backup`, `restore`: verified copies, and how to get back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, changing
from alluse_tui.cli.completion import complete_file
from alluse_tui.cli.input_files import secret_in
from alluse_tui.cli.open_engine import os_user
from alluse_tui.cli.output import print_json
from alluse_tui.cli.prompts import confirm, secret
from alluse_tui.domain.model.errors import BadInput, IntegrityFailed, StoreFailed
from alluse_tui.domain.views import printable
from alluse_tui.engine import SystemClock

if TYPE_CHECKING:
    from alluse_tui.engine import AgeKey

PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    metavar="FILE",
    help=texts.PASSPHRASE_FILE,
    shell_complete=complete_file,
)
IDENTITY = click.option(
    "--identity", metavar="FILE", help=texts.IDENTITY, shell_complete=complete_file
)
YES = click.option("--yes", is_flag=True, help=texts.YES)


@click.command()
@click.argument("path", shell_complete=complete_file)
@click.option("--plain", is_flag=True, help=texts.BACKUP_PLAIN)
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    metavar="age1…",
    help=texts.BACKUP_RECIPIENT,
)
@PASSPHRASE_FILE
@IDENTITY
@changing
def backup(
    common: Common,
    path: str,
    plain: bool,
    recipients: tuple[str, ...],
    passphrase_file: str | None,
    identity: str | None,
) -> None:
    """Back up the journal to PATH, encrypted and verified.

    PATH is a new file, or a directory, in which the file is named after the current time. Without
    an option, a passphrase is asked for.

    \b
      alluse backup backups/ --passphrase-file secret.txt
      alluse backup book.age --recipient age1…
      alluse backup book.journal --plain
    """
    from alluse_tui.engine import make_backup

    if path.endswith("/") and not Path(path).is_dir():
        raise BadInput("PATH", path, "is not a directory; create it first, or name a new file")
    if plain and (recipients or passphrase_file):
        raise BadInput("--plain", None, "cannot be used with a passphrase or a recipient")
    key = None if plain else _key(common, passphrase_file, recipients, identity, new=True)
    require_admin(common, path)
    copy = make_backup(common.db, Path(path), key, SystemClock())
    if common.as_json:
        print_json(
            {
                "path": str(copy.path),
                "records": copy.records,
                "head": copy.head,
                "sealed": copy.sealed,
            }
        )
    else:
        how = "encrypted" if copy.sealed else "not encrypted"
        click.echo(f"{copy.path}: {copy.records:,} records, verified, {how}")


@click.command()
@click.argument("path", shell_complete=complete_file)
@PASSPHRASE_FILE
@IDENTITY
@YES
@changing
def restore(common: Common, path: str, passphrase_file: str | None, identity: str | None) -> None:
    """Restore the journal from the backup PATH.

    The backup is verified before anything is changed; the current journal is kept under a new name.
    """
    from alluse_tui.engine import is_age_file, is_plain_backup, restore_backup

    source = Path(path)
    if not source.is_file():
        raise BadInput("PATH", path, "is not a file")
    plain = is_plain_backup(source)
    if not plain and not is_age_file(source):
        raise BadInput("PATH", path, "is not a backup made by this program")
    key = None if plain else _key(common, passphrase_file, (), identity, new=False)
    notice = " (the current journal is kept under a new name)" if common.db.exists() else ""
    require_confirmation(common, "restore", f"Restore {source} to {common.db}{notice}?")
    require_admin(common)
    restored = restore_backup(source, common.db, key, SystemClock())
    if common.as_json:
        print_json(
            {
                "records": restored.records,
                "head": restored.head,
                "put_aside": str(restored.put_aside) if restored.put_aside else None,
                "notes": list(restored.notes),
            }
        )
    else:
        print_notes(restored.notes)
        click.echo(f"{common.db} holds {restored.records:,} records, verified")
        if restored.put_aside:
            click.echo(f"the previous journal is kept as {restored.put_aside}")


def require_admin(common: Common, target: str = "") -> str:
    """The user's name, who must be an admin where there are users; records a backup to `target`.

    Where the book cannot be opened, permission to write its files is enough.
    """
    if not common.db.exists():
        return os_user()
    try:
        with common.engine() as engine:
            engine.operations.require_permission("backup")
            if target:
                engine.operations.audit("backup", target)
            return engine.actor
    except (IntegrityFailed, StoreFailed) as error:
        click.echo(f"note: permissions could not be checked: {printable(str(error))}", err=True)
        return os_user()


def print_notes(notes: tuple[str, ...]) -> None:
    """Print what failed without harm, on stderr."""
    for note in notes:
        click.echo(f"note: {printable(note)}", err=True)


def require_confirmation(common: Common, command: str, question: str) -> None:
    """Ask for confirmation. Raises Declined on no, BadInput without a terminal or --yes."""
    if common.yes:
        return
    if not common.interactive:
        raise BadInput("--yes", None, texts.NEEDS_YES.format(command=command))
    confirm(question)


def _key(
    common: Common,
    passphrase_file: str | None,
    recipients: tuple[str, ...],
    identity: str | None,
    *,
    new: bool,
) -> AgeKey:
    from alluse_tui.engine import age_key

    if passphrase_file is None and not recipients and identity is None:
        if not common.interactive:
            other = "--recipient or --plain" if new else "--identity"
            raise BadInput("--passphrase-file", None, f"required without a terminal (or {other})")
        return age_key(secret("Passphrase", twice=new))
    if new and passphrase_file is None and not recipients:
        raise BadInput(
            "--identity", None, "decrypts a backup; encrypt it with --recipient or a passphrase"
        )
    passphrase = _text("--passphrase-file", passphrase_file).split("\n", 1)[0]
    if passphrase_file is not None and not passphrase:
        raise BadInput("--passphrase-file", passphrase_file, "has no passphrase on its first line")
    return age_key(passphrase, recipients, _text("--identity", identity))


def _text(option: str, path: str | None) -> str:
    if path is None:
        return ""
    try:
        return secret_in(path, option).decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(option, path, "is not UTF-8 text") from None
