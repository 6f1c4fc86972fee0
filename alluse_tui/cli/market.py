"""`alluse market`: the exchange's trading days and what is known of its prices."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.market_data import import_bars, import_chain, import_events, show
from alluse_tui.cli.output import print_json
from alluse_tui.cli.safety import note_closure, note_vix
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands import iso_date
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import SessionView
from alluse_tui.engine import LocalEngine

DAYS = 42
"""The days from the first to the last if the last is not given: six weeks."""


@click.group()
def market() -> None:
    """Show trading days; keep and show market data.

    \b
      alluse market sessions --from 2026-11-23 --to 2026-11-27
    """


market.add_command(import_bars)
market.add_command(import_events)
market.add_command(import_chain)
market.add_command(show)
market.add_command(note_vix)
market.add_command(note_closure)


@market.command()
@click.option("--from", "typed_first", metavar="YYYY-MM-DD", help=texts.SESSIONS_FROM)
@click.option("--to", "typed_last", metavar="YYYY-MM-DD", help=texts.SESSIONS_TO)
@reading
def sessions(common: Common, typed_first: str | None, typed_last: str | None) -> None:
    """List trading days with their hours and the tiers that enter.

    Hours are in New York time. Weekdays on which the exchange is closed are listed with the reason.
    A tier's entry day on which it is closed moves to the trading day before. A tier without entry
    days may enter on every trading day and is not listed.
    """
    with common.engine() as engine:
        first, last = _range(engine, typed_first, typed_last)
        days = (last - first).days + 1
        views = engine.queries.calendar(common.portfolio, days, first)
    if common.as_json:
        print_json(
            {
                "sessions": [_session_json(view) for view in views if view.opens],
                "closed": [
                    {"date": view.day.isoformat(), "why": view.why_closed}
                    for view in views
                    if not view.opens
                ],
            }
        )
        return
    rows = [
        (
            f"{view.day} {view.day:%a}",
            *_hours(view),
            ", ".join(tier.full_name for tier in view.entry),
        )
        for view in views
    ]
    print_table(("day", "New York", "note", "entry day of"), rows)


def _range(
    engine: LocalEngine, typed_first: str | None, typed_last: str | None
) -> tuple[date, date]:
    """The first and the last day. Raises BadInput."""
    known = engine.trading_calendar
    first = iso_date("--from", typed_first) if typed_first is not None else engine.today
    last = first + timedelta(days=DAYS - 1)
    if typed_last is not None:
        last = iso_date("--to", typed_last)
    for option, day in (("--from", first), ("--to", last)):
        if not known.begins <= day <= known.ends:
            allowed = f"must be between {known.begins} and {known.ends}: the calendar has no others"
            raise BadInput(option, str(day), allowed)
    if last < first:
        raise BadInput("--to", str(last), f"must not be before {first}")
    return first, last


def _session_json(view: SessionView) -> dict[str, Any]:
    assert view.opens is not None and view.closes is not None
    return {
        "date": view.day.isoformat(),
        "open": f"{view.opens:%H:%M}",
        "close": f"{view.closes:%H:%M}",
        "half": view.half,
        "entry": [tier.value for tier in view.entry],
    }


def _hours(view: SessionView) -> tuple[str, str]:
    """The hours and a note: 'half day', or why it is closed."""
    if view.opens is None or view.closes is None:
        return "closed", view.why_closed
    return f"{view.opens:%H:%M}-{view.closes:%H:%M}", "half day" if view.half else ""
