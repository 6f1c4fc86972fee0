"""`alluse vault list|add|rotate`: keys for personal data and broker account numbers."""

from __future__ import annotations

from pathlib import Path

import click

from alluse_tui.cli.common import Common, changing, reading
from alluse_tui.cli.completion import complete_file
from alluse_tui.cli.output import print_json
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import printable
from alluse_tui.engine import KeyStore, key_in


@click.group()
def vault() -> None:
    """Manage the keys that encrypt personal data.

    The key ring is stored outside the journal: in the variable ALLUSE_VAULT_KEY, in the systemd
    credential alluse.vault, or in the file vault.keys (mode 0400) in $ALLUSE_KEYS or in alluse/keys
    of the XDG configuration directory. Keep a copy of it, but not next to your backups.
    """


@vault.command(name="list")
@reading
def list_keys(common: Common) -> None:
    """List the ids of the keys, newest first.

    Shows where they are stored, and never the keys.
    """
    ids, where = KeyStore().ids()
    if common.as_json:
        print_json({"keys": list(ids), "where": where})
        return
    if not ids:
        click.echo(printable(f"no keys yet; the first one will be stored in {where}"))
    for position, ident in enumerate(ids):
        click.echo(f"{ident}  {'encrypts and decrypts' if position == 0 else 'decrypts'}")
    if ids:
        click.echo(printable(f"stored in {where}"))


@vault.command()
@click.argument("file", default="", shell_complete=complete_file)
@changing
def add(common: Common, file: str) -> None:
    """Add a key from FILE.

    Data that its machine encrypted can then be decrypted here. Without FILE, create the first
    key.
    """
    key = key_in(Path(file)) if file else ""
    if not key and KeyStore().ring() is not None:
        raise BadInput(
            "FILE",
            None,
            "is needed, since there are keys already; `alluse vault rotate` makes a new one",
        )
    does = "decrypts existing data" if key else "encrypts new data"
    _print_key(common, _new_key(common, "add", key), does)


@vault.command()
@changing
def rotate(common: Common) -> None:
    """Make a new key for new data, and re-encrypt with it what can be.

    Records in the journal never change and stay under their old key, so old keys are kept.
    """
    _print_key(common, _new_key(common, "rotate"), "encrypts new data")


def _new_key(common: Common, action: str, key: str = "") -> str:
    """The id of the added key; where there is a book, its admin adds it and it is recorded."""
    if not common.db.exists():
        return KeyStore().add(key)
    with common.engine() as engine:
        return (
            engine.operations.add_key(key) if action == "add" else engine.operations.rotate_keys()
        )


def _print_key(common: Common, ident: str, does: str) -> None:
    if common.as_json:
        print_json({"key": ident})
    else:
        click.echo(f"key {ident} {does}")
        click.echo("note: keep a copy of the key ring, but not next to your backups", err=True)
