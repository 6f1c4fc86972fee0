"""`alluse keys list|add|rotate`: the ring that seals personal data and broker account numbers."""

from __future__ import annotations

from pathlib import Path

import click

from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.output import print_json
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import printable
from alluse_tui.engine import KeyStore, key_in


@click.group()
def keys() -> None:
    """The vault's keys: a ring outside the files. Keep a copy of it apart from the backups.

    It is found in the variable ALLUSE_VAULT_KEY, in systemd's credential alluse.vault, or in a
    file of mode 0400, vault.keys in ALLUSE_KEYS or alluse/keys in the XDG configuration directory.
    """


@keys.command(name="list")
@reading
def list_keys(common: Common) -> None:
    """List the keys' ids, newest first, and where the ring lies. No key is shown."""
    ids, where = KeyStore().ids()
    if common.as_json:
        print_json({"keys": list(ids), "where": where})
        return
    if not ids:
        click.echo(printable(f"no ring yet: the first thing to be sealed makes it in {where}"))
    for place, ident in enumerate(ids):
        click.echo(f"{ident}  {'seals and opens' if place == 0 else 'opens'}")
    if ids:
        click.echo(printable(f"in {where}"))


@keys.command()
@click.argument("file", default="")
@reading
def add(common: Common, file: str) -> None:
    """Bring in a key of another machine's ring from FILE, to open what it sealed.

    Without FILE: make the ring, where there is none.
    """
    key = key_in(Path(file)) if file else ""
    if not key and KeyStore().ring() is not None:
        raise BadInput("FILE", None, "is needed: there is a ring already; `alluse keys rotate`")
    _say(common, _at_work(common, "add", key), "opens what it sealed" if key else "seals")


@keys.command()
@reading
def rotate(common: Common) -> None:
    """Make a new key, which seals from now on, and seal anew what can be.

    The journal cannot: what stands in it stays under its key, so no key leaves the ring.
    """
    _say(common, _at_work(common, "rotate"), "seals from now on")


def _at_work(common: Common, what: str, key: str = "") -> str:
    """The id of the key; where there is a book, as its admin and on its record."""
    if not common.db.exists():
        return KeyStore().add(key)
    with common.engine() as engine:
        return engine.operations.add_key(key) if what == "add" else engine.operations.rotate_keys()


def _say(common: Common, ident: str, does: str) -> None:
    if common.as_json:
        print_json({"key": ident})
    else:
        click.echo(f"key {ident} {does}")
        click.echo("note: keep a copy of the ring apart from the backups", err=True)
