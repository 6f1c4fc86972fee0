"""`alluse rebuild`, `alluse export`: the DuckDB file, and copies of its tables."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.output import print_json, progress_line


@click.command()
@reading
def rebuild(common: Common) -> None:
    """Build the DuckDB file anew. Ctrl+c leaves the old one."""
    with common.engine() as engine:
        seq = engine.rebuild(progress_line if sys.stderr.isatty() else None)
    path = common.db.with_suffix(".duckdb")
    if common.as_json:
        print_json({"path": str(path), "records": seq})
    else:
        click.echo(f"{path} holds {seq:,} records")


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--format", "form", default="parquet", show_default=True, metavar="parquet|csv")
@reading
def export(common: Common, folder: str, form: str) -> None:
    """Write every table and view into the new folder DIR.

    In CSV, text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    with common.engine() as engine:
        names = engine.export(Path(folder), form)
    if common.as_json:
        print_json({"folder": folder, "format": form, "tables": list(names)})
    else:
        click.echo(f"{len(names)} tables in {folder}: {', '.join(names)}")
