"""`alluse verify`: check every record, sum and checkpoint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.completion import complete_file
from alluse_tui.cli.input_files import SECRET_LIMIT_BYTES, text_in
from alluse_tui.cli.output import print_json, progress_line
from alluse_tui.cli.tables import print_wrapped
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import printable
from alluse_tui.engine import checkpoints_in

if TYPE_CHECKING:
    from alluse_tui.engine import Checkpoint, LocalEngine


@click.command()
@click.option(
    "--checkpoint",
    default="",
    metavar="FILE",
    help=texts.VERIFY_CHECKPOINT,
    shell_complete=complete_file,
)
@click.option(
    "--public-key",
    default="",
    metavar="FILE",
    help=texts.VERIFY_PUBLIC_KEY,
    shell_complete=complete_file,
)
@click.option("--quiet", is_flag=True, help=texts.VERIFY_QUIET)
@reading
def verify(common: Common, checkpoint: str, public_key: str, quiet: bool) -> int:
    """Check every record, every sum and the state. A failed check blocks all writing.

    Exits with 4 if a check fails. Run it daily with `docs/alluse-verify.timer`.
    """
    with common.engine() as engine:
        if public_key and not checkpoint:
            raise BadInput("--public-key", None, "can only be used with --checkpoint")
        signed = _signed(engine, checkpoint, public_key) if checkpoint else ()
        progress = progress_line if sys.stderr.isatty() and not quiet else None
        result = engine.operations.verify(progress, signed=signed, signed_in=checkpoint)
        trouble = engine.last_warning
    for note in (trouble, *result.notes):
        if note:
            click.echo(printable(f"note: {note}"), err=True)
    if common.as_json:
        checks = [{"check": c.name, "ok": c.ok, "detail": c.detail} for c in result.checks]
        print_json(
            {
                "ok": result.ok,
                "checks": checks,
                "records": result.records,
                "head": result.head,
                **({"notes": list(result.notes)} if result.notes else {}),
            }
        )
    else:
        for check in result.checks:
            if not (quiet and check.ok):
                mark = "✓" if check.ok else "✗"
                print_wrapped(printable(f"{mark} {check.name}: {check.detail}"))
        if engine.quarantined and not quiet:
            click.echo(
                "writing is blocked; repair the journal with `alluse recover` or `alluse restore`"
            )
    return 0 if result.ok else 4


def _signed(engine: LocalEngine, checkpoint: str, public_key: str) -> tuple[Checkpoint, ...]:
    """The verified checkpoints in the file. Raises BadInput."""
    documents = checkpoints_in(Path(checkpoint))
    if public_key:
        public = text_in(public_key, "--public-key", SECRET_LIMIT_BYTES).strip()
    else:
        public = engine.operations.checkpoints.public_half()
    return engine.operations.checkpoints.read(documents, public)
