"""`alluse recover`: repair a damaged journal, or end it before a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.backup import YES, print_notes, require_admin, require_confirmation
from alluse_tui.cli.common import ACCEPT_CLOCK, Common, changing
from alluse_tui.cli.open_engine import root_flag
from alluse_tui.cli.output import new_york_seconds, print_json, utc
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import printable
from alluse_tui.engine import SystemClock

if TYPE_CHECKING:
    from alluse_tui.engine import Dropped, RecordSummary, Report


@click.command()
@click.option("--until", default="", metavar="SEQ", help=texts.RECOVER_UNTIL)
@click.option("--keep-rest", is_flag=True, help=texts.RECOVER_KEEP_REST)
@click.option("--dry-run", is_flag=True, help=texts.RECOVER_DRY_RUN)
@YES
@ACCEPT_CLOCK
@changing
def recover(common: Common, until: str, keep_rest: bool) -> None:
    """Repair a damaged journal.

    Every record before the damage is copied to a new file, which replaces the journal; the damaged
    file is kept.

    With --keep-rest, readable records after the damage are kept as well. Balances that the
    remaining records no longer prove raise an alert until you acknowledge it.

    With --until, an undamaged journal can also be shortened, for example after a wrong clock
    recorded something in the far future.

    \b
      alluse recover --dry-run
      alluse recover --keep-rest
      alluse recover --until 1204
    """
    from alluse_tui.engine import adopt_recovered, recovered_copy

    clock = SystemClock()
    before = _record_number(until) if until else 0
    with recovered_copy(common.db, clock, until=before, keep_rest=keep_rest) as (copy, report):
        document = _document(report)
        if not common.as_json:
            _print_report(report)
        if not common.dry_run:
            require_confirmation(common, "recover", _question(common, report))
            actor = require_admin(common)
            accepted = common.accept_clock or root_flag("accept_clock")
            adoption = adopt_recovered(common.db, copy, report, actor, clock, accept_clock=accepted)
            document |= {"damaged": str(adoption.kept), "notes": list(adoption.notes)}
            if not common.as_json:
                print_notes(adoption.notes)
                click.echo(f"the replaced file is kept: {adoption.kept}")
    if common.as_json:
        print_json(document)


def _record_number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 15 and int(typed) > 1):
        raise BadInput("--until", typed, "must be a record's number above 1")
    return int(typed)


def _question(common: Common, report: Report) -> str:
    left = f" and drop {report.dropped.count:,}" if report.dropped else ""
    return f"Put the {report.kept:,} records at {common.db}{left}?"


def _document(report: Report) -> dict[str, Any]:
    dropped = report.dropped
    return {
        "kept": report.kept,
        "lost": report.lost,
        "found": report.found,
        "quarantine": report.mark,
        "head": report.head,
        "dropped": _dropped_json(dropped) if dropped else None,
        "missing": [[m.first, m.last] for m in report.missing],
        "unproven": list(report.unproven),
        "differences": list(report.differences),
        "stateless": report.stateless,
        "stopped": report.stopped,
        "damaged": None,
        "notes": [],
    }


def _dropped_json(dropped: Dropped) -> dict[str, Any]:
    return {
        "count": dropped.count,
        "first": _ending_json(dropped.first),
        "last": _ending_json(dropped.last),
    }


def _ending_json(ending: RecordSummary | None) -> dict[str, Any] | None:
    if ending is None:
        return None
    return {"seq": ending.seq, "recorded": utc(ending.recorded_ns), "command": ending.command}


def _print_report(report: Report) -> None:
    heading = f"kept: {report.kept:,} records"
    if report.dropped:
        click.echo(f"{heading}, up to #{report.dropped.until - 1}")
        _print_dropped(report.dropped)
    elif report.missing:
        click.echo(heading)
    else:
        click.echo(f"{heading}, up to the last before the damage")
    _print_rest(report)
    if report.lost or not report.dropped:
        known = f"{report.lost:,} records are known to be gone"
        click.echo(f"lost: {known if report.lost else 'no sign of lost records at the end'}")
    if damage := report.found or report.mark:
        click.echo(printable(f"found: {damage}"))


def _print_dropped(dropped: Dropped) -> None:
    count = f"{dropped.count:,} record{'s' if dropped.count > 1 else ''}"
    click.echo(f"dropped: {count}")
    ends = [e for e in dict.fromkeys((dropped.first, dropped.last)) if e is not None]
    for ending in ends:
        when = new_york_seconds(ending.recorded_ns)
        click.echo(printable(f"  #{ending.seq}  {when}  {ending.command}"))


def _print_rest(report: Report) -> None:
    for missing in report.missing:
        click.echo(f"missing: records {missing.first}–{missing.last}")
    if report.stateless:
        click.echo(printable(f"the stored state does not show what they did: {report.stateless}"))
    if report.unproven:
        accounts = ", ".join(report.unproven)
        click.echo(printable(f"balances not proven: {accounts}"))
        click.echo("  reconcile each with the broker's statement, then acknowledge its alert")
    for difference in report.differences:
        click.echo(printable(f"check: {difference}"))
    if report.stopped:
        click.echo(printable(f"later records cannot be kept: {report.stopped}"))
