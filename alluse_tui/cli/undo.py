"""`alluse undo`: reverse a record."""

from __future__ import annotations

import click

from alluse_tui.cli.common import Common, writing
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import Undo
from alluse_tui.domain.model.errors import BadInput


@click.command()
@click.argument("seq", required=False)
@writing
def undo(common: Common, seq: str | None) -> None:
    """Undo record SEQ (default: your newest undoable one).

    Its postings are reversed; nothing is deleted. An import is undone as a whole.
    """
    if seq is not None and not (seq.isascii() and seq.isdigit() and 0 < len(seq) <= 15):
        raise BadInput("SEQ", seq, "must be the number of a record; `alluse log` lists them")
    act(common, Undo(seq=int(seq or 0), **common.envelope))
