"""`alluse verify`: check every record, every sum, the state."""

from __future__ import annotations

import sys

import click

from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.output import print_json, progress_line


@click.command()
@reading
def verify(common: Common) -> int:
    """Check every record, every sum and the state. A failed check stops all writing."""
    with common.engine() as engine:
        result = engine.verify(progress_line if sys.stderr.isatty() else None)
    if common.as_json:
        checks = [{"check": c.name, "ok": c.ok, "detail": c.detail} for c in result.checks]
        print_json(
            {"ok": result.ok, "checks": checks, "records": result.records, "head": result.head}
        )
    else:
        for check in result.checks:
            click.echo(f"{'✓' if check.ok else '✗'} {check.name}: {check.detail}")
        if not result.ok:
            click.echo("writing is refused; `alluse recover` or `alluse restore` mend it")
    return 0 if result.ok else 4
