"""`alluse week`: what the market allowed in a week, and how the week went."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, parse_date, reading
from alluse_tui.cli.completion import complete_account
from alluse_tui.cli.output import print_json
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.cli.week_year import show_year
from alluse_tui.domain.derived.week_positions import AccountWeek, PositionWeek
from alluse_tui.domain.derived.week_regime import (
    LONG_DAYS,
    RANGE_DAYS,
    SHORT_DAYS,
    MarketWeek,
    part_text,
)
from alluse_tui.domain.derived.week_view import WeekView
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import grouped, plain, printable
from alluse_tui.engine import LocalEngine


@click.command()
@click.option("--date", "asked", metavar="YYYY-MM-DD", help=texts.WEEK_DATE)
@click.option(
    "--account",
    "code",
    default="",
    metavar="CODE",
    help=texts.WEEK_ACCOUNT,
    shell_complete=complete_account,
)
@click.option("--year", "typed_year", metavar="YYYY", help=texts.WEEK_YEAR)
@reading
def week(common: Common, asked: str | None, code: str, typed_year: str | None) -> None:
    """Show the regime and types of a week.

    The regime and the size that it allows follow from the last close before the week. After the
    week each position with a short put or shares has a type, and each account the most severe one.
    What is not known is named, with the command that imports it.

    With --year, compare how often each type came in that year, and what it returned, with what is
    expected.
    """
    if typed_year is not None:
        if asked is not None:
            raise BadInput("--year", typed_year, "cannot be used with --date")
        show_year(common, typed_year, code)
        return
    with common.engine() as engine:
        view = engine.positions.week(_day(engine, asked), code, common.portfolio)
    if common.as_json:
        print_json(_json(view))
        return
    _print_market(view.market)
    click.echo()
    _print_types(view)


def _day(engine: LocalEngine, asked: str | None) -> date:
    """The day that was typed, or today. Raises BadInput."""
    if asked is None:
        return engine.today
    day, known = parse_date("--date", asked), engine.trading_calendar
    if not known.begins <= day <= known.ends:
        allowed = f"must be between {known.begins} and {known.ends}: the calendar has no others"
        raise BadInput("--date", asked, allowed)
    return day


def _print_market(market: MarketWeek) -> None:
    regime = market.regime
    name = texts.NOT_KNOWN if regime is None else f"{regime.regime}, {regime.why}"
    print_wrapped(f"week of {market.week}: {name}")
    rows = []
    if regime is not None:
        known = regime.inputs
        rows += [
            ("close", f"{known.close:,.2f}", f"{market.benchmark}, {known.day}"),
            (f"{SHORT_DAYS}-day average", f"{known.short:,.2f}", ""),
            (f"{LONG_DAYS}-day average", f"{known.long:,.2f}", ""),
            ("volatility", part_text(known.volatility, 2), f"{RANGE_DAYS} days, per year"),
            ("range", part_text(known.span, 2), f"{RANGE_DAYS} days, of the close"),
            ("move", part_text(known.move), "of the range"),
        ]
    if market.vix_micros is not None:
        rows.append(("VIX", grouped(market.vix_micros), str(market.vix_day)))
    if market.vix_mean_micros is not None:
        rows.append(("VIX mean", grouped(market.vix_mean_micros), "one year"))
    if rows:
        print_table(("input", "value", "of"), rows, right=(1,))
    sizes = f"regime {_size(market.regime_size_bps)}, VIX {_size(market.vix_size_bps)}"
    whole = "" if market.size_bps is None else " of the standard"
    print_wrapped(f"size: {_size(market.size_bps)}{whole} ({sizes})")
    if market.off:
        print_wrapped(texts.WEEK_OFF.format(settings=", ".join(market.off)))
    for sentence in market.missing:
        print_wrapped(printable(f"missing: {sentence}"))


def _size(bps: int | None) -> str:
    return texts.NOT_KNOWN if bps is None else f"{bps / 100:g} %"


def _print_types(view: WeekView) -> None:
    rows: list[tuple[str, str, str, str]] = []
    for account, positions in view.by_account():
        rows.append((account.account, "", _type(account), account.why))
        rows += [("", position.instrument, _type(position), position.why) for position in positions]
    if not rows:
        click.echo(texts.NO_WEEK)
        return
    print_table(("account", "position", "type", "why"), rows, below=(3,))


def _type(week: AccountWeek | PositionWeek) -> str:
    return week.type or "–"


def _json(view: WeekView) -> dict[str, Any]:
    market = view.market
    return {
        "week": market.week.isoformat(),
        "regime": None if market.regime is None else market.regime.regime,
        "inputs": _inputs_json(market),
        "types": [
            {
                "account": position.account,
                "symbol": position.symbol,
                "position": position.instrument,
                "type": position.type,
                "why": position.why,
            }
            for position in view.positions
        ],
        "accounts": [
            {"account": account.account, "type": account.type, "why": account.why}
            for account in view.accounts
        ],
    }


def _inputs_json(market: MarketWeek) -> dict[str, Any]:
    known = market.regime.inputs if market.regime is not None else None
    return {
        "benchmark": market.benchmark,
        "why": None if market.regime is None else market.regime.why,
        "day": None if known is None else known.day.isoformat(),
        "close": None if known is None else f"{known.close:.2f}",
        "average_50": None if known is None else f"{known.short:.2f}",
        "average_200": None if known is None else f"{known.long:.2f}",
        "volatility": None if known is None else f"{known.volatility:.4f}",
        "range": None if known is None else f"{known.span:.4f}",
        "move": None if known is None else f"{known.move:.4f}",
        "vix": None if market.vix_micros is None else plain(market.vix_micros),
        "vix_day": None if market.vix_day is None else market.vix_day.isoformat(),
        "vix_mean": None if market.vix_mean_micros is None else plain(market.vix_mean_micros),
        "regime_size": _percent(market.regime_size_bps),
        "vix_size": _percent(market.vix_size_bps),
        "size": _percent(market.size_bps),
        "off": list(market.off),
        "missing": list(market.missing),
    }


def _percent(bps: int | None) -> str | None:
    return None if bps is None else f"{bps / 100:.2f}"
