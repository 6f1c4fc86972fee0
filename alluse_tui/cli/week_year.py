"""`alluse week --year`: how often each week type came, its return, and what is expected."""

from __future__ import annotations

from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common
from alluse_tui.cli.output import print_json
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.domain.derived.week_year import TypeOfYear, WeekYear
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.engine import LocalEngine


def show_year(common: Common, typed_year: str, code: str) -> None:
    """Print the types of a year. Raises BadInput."""
    with common.engine() as engine:
        year = _year(engine, typed_year)
        summary = engine.positions.week_year(year, code, common.portfolio)
    if common.as_json:
        print_json(_json(summary))
        return
    if not summary.accounts:
        click.echo(texts.NO_WEEKS.format(year=year))
        return
    accounts = f"{summary.accounts:,} account{'s' if summary.accounts > 1 else ''}"
    click.echo(f"{year}: {_weeks(summary.weeks)} of {accounts}")
    print_table(
        ("type", "weeks", "a year", "expected", "return", "expected"),
        [_row(of) for of in summary.types],
        right=(1, 2, 3, 4, 5),
    )
    print_wrapped(texts.WEEK_RETURN)
    if summary.first_unknown is not None:
        count = _weeks(summary.unknown)
        print_wrapped(texts.WEEKS_UNKNOWN.format(count=count, day=summary.first_unknown))
    if summary.without_return:
        count = _weeks(summary.without_return)
        print_wrapped(texts.WEEKS_WITHOUT_RETURN.format(count=count))


def _year(engine: LocalEngine, typed: str) -> int:
    """The year that was typed. Raises BadInput."""
    first, last = engine.trading_calendar.begins.year, engine.today.year
    if not (typed.isascii() and typed.isdigit() and first <= int(typed) <= last):
        raise BadInput("--year", typed, f"must be a year from {first} to {last}")
    return int(typed)


def _weeks(count: int) -> str:
    return f"{count:,} account week{'' if count == 1 else 's'}"


def _row(of: TypeOfYear) -> tuple[str, ...]:
    tenths, bps, returned = of.a_year_tenths, of.return_bps, of.expected.return_bps
    return (
        of.type,
        f"{of.weeks:,}",
        "–" if tenths is None else f"{tenths / 10:.1f}",
        _span(of.expected.weeks),
        "–" if bps is None else f"{bps / 100:.2f} %".replace("-", "−"),
        "–"
        if returned is None
        else f"{returned[0] / 100:g} to {returned[1] / 100:g} %".replace("-", "−"),
    )


def _span(ends: tuple[int, int] | None) -> str:
    if ends is None:
        return "–"
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _json(summary: WeekYear) -> dict[str, Any]:
    first = summary.first_unknown
    return {
        "year": summary.year,
        "accounts": summary.accounts,
        "weeks": summary.weeks,
        "unknown": summary.unknown,
        "first_unknown": None if first is None else first.isoformat(),
        "without_return": summary.without_return,
        "types": [
            {
                "type": of.type,
                "weeks": of.weeks,
                "a_year": None if of.a_year_tenths is None else f"{of.a_year_tenths / 10:.1f}",
                "expected_weeks": None if of.expected.weeks is None else [*of.expected.weeks],
                "return": _percent(of.return_bps),
                "expected_return": (
                    None
                    if of.expected.return_bps is None
                    else [_percent(bps) for bps in of.expected.return_bps]
                ),
            }
            for of in summary.types
        ],
    }


def _percent(bps: int | None) -> str | None:
    return None if bps is None else f"{bps / 100:.2f}"
