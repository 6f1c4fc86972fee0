"""`alluse strikes`: what a tier may sell on a symbol, with the verdict of each rule."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, Common, parse_date, reading
from alluse_tui.cli.output import outcome_json, print_json, utc
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.domain.derived.strikes import Strike, Strikes
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import exact_decimal
from alluse_tui.domain.model.time_text import age_text, new_york_time
from alluse_tui.domain.model.verdict import Outcome
from alluse_tui.domain.views import grouped, plain, printable

LARGEST_VOLATILITY = 1_000


@click.command()
@ACCOUNT_CODE
@click.argument("symbol")
@click.option("--expiry", metavar="YYYY-MM-DD", help=texts.STRIKES_EXPIRY)
@click.option("--volatility", metavar="PERCENT", help=texts.STRIKES_VOLATILITY)
@reading
def strikes(
    common: Common, code: str, symbol: str, expiry: str | None, volatility: str | None
) -> None:
    """List the options on SYMBOL that CODE may sell.

    Each strike has its delta, credit, and the verdict of every rule on the sale of one contract.
    Without a stored chain, strikes and prices are estimated from the newest close.

    \b
      alluse strikes gen-1 AAPL
      alluse strikes gen-1 AAPL --expiry 2026-12-04 --volatility 35
    """
    day = parse_date("--expiry", expiry) if expiry is not None else None
    assumed = _volatility_bps(volatility) if volatility is not None else None
    with common.engine() as engine:
        view = engine.market.strikes(
            code, symbol, common.portfolio, expiry=day, volatility_bps=assumed
        )
    if common.as_json:
        print_json(_json(view))
    else:
        _print(view)


def _volatility_bps(typed: str) -> int:
    percent = exact_decimal(typed.removesuffix("%").strip(), "--volatility")
    if not 0 < percent <= LARGEST_VOLATILITY:
        allowed = f"must be a percentage above 0 and at most {LARGEST_VOLATILITY}, such as 35"
        raise BadInput("--volatility", typed, allowed)
    return max(1, round(percent * 100))


def _print(view: Strikes) -> None:
    if view.spot is not None:
        age = age_text(view.asked_ns - view.spot.at_ns)
        price = f"{view.symbol} {grouped(view.spot.micros)} at {new_york_time(view.spot.at_ns)}"
        print_wrapped(f"{price} ({age} old); {view.tier} sells deltas {view.low}–{view.high}")
    if view.rows:
        header = (
            *("expiry", "strike", "right", "delta", "mid", "credit", "a year", "spread"),
            *("open int.", "rules"),
        )
        print_table(header, [_row(row) for row in view.rows], (1, 3, 4, 5, 6, 7, 8), spare=(8, 7))
    else:
        click.echo(texts.NO_STRIKES)
    if view.volatility_bps is not None:
        click.echo(f"a volatility of {view.volatility_bps / 100:g} % was assumed", err=True)
    for note in view.notes:
        click.echo(f"note: {printable(note)}", err=True)


def _row(row: Strike) -> tuple[str, ...]:
    return (
        str(row.option.expiry),
        f"{row.option.strike_micros / 1e6:,g}",
        str(row.option.right),
        f"{'' if row.delta is None else row.delta}{' *' if row.in_band else '  '}",
        texts.NOT_KNOWN if row.mid_micros is None else plain(row.mid_micros),
        _money(row.credit_micros),
        _percent(row.annual_bps),
        _percent(row.spread_bps),
        texts.NOT_KNOWN if row.open_interest is None else f"{row.open_interest:,}",
        _verdict(row),
    )


def _verdict(row: Strike) -> str:
    """'✗ delta, day', '· 3 not judged' or '✓ 12 hold', and how far the numbers can be trusted."""
    count = Counter(rule.outcome for rule in row.rules)
    state = "estimated " if row.is_estimated else "stale " if row.is_stale else ""
    if count[Outcome.FAIL]:
        failed = [rule.rule for rule in row.rules if rule.outcome is Outcome.FAIL]
        names = ", ".join(dict.fromkeys(name.rpartition(".")[2] for name in failed))
        return f"{state}✗ {names}"
    if count[Outcome.WARN]:
        return f"{state}· {count[Outcome.WARN]} not judged"
    return f"{state}✓ {count[Outcome.PASS]} hold"


def _money(micros: int | None) -> str:
    return texts.NOT_KNOWN if micros is None else grouped(micros)


def _percent(bps: int | None) -> str:
    return texts.NOT_KNOWN if bps is None else f"{bps / 100:.1f} %"


def _json(view: Strikes) -> dict[str, Any]:
    spot = view.spot
    return {
        "account": view.account,
        "symbol": view.symbol,
        "asked": utc(view.asked_ns),
        "spot": None if spot is None else plain(spot.micros),
        "spot_at": None if spot is None else utc(spot.at_ns),
        "spot_from": None if spot is None else spot.source,
        "band": [f"{view.low / 100:.2f}", f"{view.high / 100:.2f}"],
        "volatility": None if view.volatility_bps is None else f"{view.volatility_bps / 100:g}",
        "strikes": [_strike_json(row, view) for row in view.rows],
        "notes": list(view.notes),
    }


def _strike_json(row: Strike, view: Strikes) -> dict[str, Any]:
    quoted = row.quoted_ns
    return {
        "expiry": None if row.option.expiry is None else row.option.expiry.isoformat(),
        "strike": plain(row.option.strike_micros),
        "right": row.option.right,
        "delta": None if row.delta is None else f"{row.delta / 100:.2f}",
        "delta_from": row.delta_from or None,
        "in_band": row.in_band,
        "bid": _plain(row.bid_micros),
        "ask": _plain(row.ask_micros),
        "mid": _plain(row.mid_micros),
        "credit": _plain(row.credit_micros),
        "annual": _share(row.annual_bps),
        "spread": _share(row.spread_bps),
        "open_interest": row.open_interest,
        "volume": row.volume,
        "quoted": None if quoted is None else utc(quoted),
        "age": None if quoted is None else (view.asked_ns - quoted) // 1_000_000_000,
        "stale": row.is_stale,
        "estimated": row.is_estimated,
        "rules": [outcome_json(rule) for rule in row.rules],
    }


def _plain(micros: int | None) -> str | None:
    return None if micros is None else plain(micros)


def _share(bps: int | None) -> str | None:
    return None if bps is None else f"{bps / 100:.2f}"
