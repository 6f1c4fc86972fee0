"""`alluse rebuild`, `alluse export`: the DuckDB file and copies of its tables."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, changing, reading
from alluse_tui.cli.completion import complete_choices, complete_file
from alluse_tui.cli.output import print_json, progress_line
from alluse_tui.engine import EXPORT_FORMATS


@click.command()
@changing
def rebuild(common: Common) -> None:
    """Rebuild the DuckDB file. Ctrl+C keeps the old one."""
    with common.engine() as engine:
        seq = engine.operations.rebuild(progress_line if sys.stderr.isatty() else None)
    path = common.db.with_suffix(".duckdb")
    if common.as_json:
        print_json({"path": str(path), "records": seq})
    else:
        click.echo(f"{path} holds {seq:,} records")


@click.command()
@click.argument("folder", metavar="DIR", shell_complete=complete_file)
@click.option(
    "--format",
    "form",
    default=next(iter(EXPORT_FORMATS)),
    show_default=True,
    metavar="|".join(EXPORT_FORMATS),
    help=texts.EXPORT_FORMAT,
    shell_complete=complete_choices(*EXPORT_FORMATS),
)
@reading
def export(common: Common, folder: str, form: str) -> None:
    """Export every table and view to the new directory DIR.

    In CSV, text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    with common.engine() as engine:
        names = engine.operations.export(Path(folder), form)
    if common.as_json:
        print_json({"folder": folder, "format": form, "tables": list(names)})
    else:
        click.echo(f"{len(names)} tables in {folder}: {', '.join(names)}")
