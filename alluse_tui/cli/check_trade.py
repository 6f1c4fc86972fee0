"""`alluse check-trade`: the verdict of each rule on a trade that was not made yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, NUMBERS, Common, reading
from alluse_tui.cli.completion import complete_choices
from alluse_tui.cli.output import market_json, outcome_json, print_json
from alluse_tui.cli.post import instrument_of
from alluse_tui.cli.tables import print_wrapped
from alluse_tui.domain.commands import Post, clock_minutes, trade
from alluse_tui.domain.commands.trade_line import parse_delta
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.instrument import ONE_MICROS
from alluse_tui.domain.model.verdict import Outcome, Verdict
from alluse_tui.domain.views import grouped, printable
from alluse_tui.engine import new_york

MARKS = {Outcome.PASS: "✓", Outcome.WARN: "·", Outcome.FAIL: "✗"}
ORDER = [Outcome.FAIL, Outcome.WARN, Outcome.PASS]


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.option(
    "--right",
    required=True,
    metavar="put|call",
    help=texts.CHECK_RIGHT,
    shell_complete=complete_choices("put", "call"),
)
@click.option("--symbol", required=True, metavar="S", help=texts.SYMBOL)
@click.option("--strike", required=True, metavar="K", help=texts.STRIKE)
@click.option("--expiry", required=True, metavar="YYYY-MM-DD", help=texts.EXPIRY)
@click.option("--delta", "typed_delta", metavar="X", help=texts.DELTA)
@click.option("--contracts", required=True, metavar="N", help=texts.CONTRACTS)
@click.option("--price", default="0", metavar="P", help=texts.CHECK_PRICE)
@click.option("--date", "day", metavar="YYYY-MM-DD", help=texts.CHECK_DATE)
@click.option("--time", "typed_time", metavar="HH:MM", help=texts.CHECK_TIME)
@reading
def check_trade(
    common: Common,
    code: str,
    typed_delta: str | None,
    contracts: str,
    price: str,
    typed_time: str | None,
    **typed: Any,
) -> int:
    """Check the sale of an option against every rule.

    Each rule passes, fails, or says what it lacks to be judged; a rule that is off is left out.
    Nothing is recorded. Exits with 3 if a rule fails.

    \b
      alluse check-trade gen-1 --right put --symbol AAPL --strike 190 --expiry 2026-11-27 \\
        --delta 0.42 --contracts 2
    """
    fact = trade(instrument_of(typed), buy=False, quantity=contracts, price=price, fees=0)
    if fact.legs[0].quantity_micros % ONE_MICROS:
        raise BadInput("--contracts", contracts, "must be a whole number of contracts")
    at_minutes = clock_minutes("--time", typed_time) if typed_time is not None else None
    delta = parse_delta(typed_delta, "--delta") if typed_delta is not None else 0
    with common.engine() as engine:
        if at_minutes is None and common.date in (None, engine.today):
            now = new_york(engine.now_ns)
            at_minutes = now.hour * 60 + now.minute
        command = Post(
            portfolio=common.portfolio,
            account=code,
            fact=fact,
            delta=delta,
            at_minutes=at_minutes,
            date=common.date,
        )
        rules = engine.commands.check_trade(command)
        market = engine.market.inputs(command)
    is_failed = any(rule.outcome is Outcome.FAIL for rule in rules)
    if common.as_json:
        document = {"ok": not is_failed, "rules": [outcome_json(rule) for rule in rules]}
        print_json({**document, "market": market_json(market)})
    else:
        _print(rules)
    return Refused.exit_code if is_failed else 0


def _print(rules: Sequence[Verdict]) -> None:
    """One line for each rule, failed ones first, and how many there are of each outcome."""
    for rule in sorted(rules, key=lambda rule: ORDER.index(rule.outcome)):
        setting = f" ({rule.setting})" if rule.setting else ""
        sentence = printable(rule.worded(grouped))
        print_wrapped(f"{MARKS[rule.outcome]} {rule.rule}: {sentence}{setting}")
    count = Counter(rule.outcome for rule in rules)
    click.echo(
        texts.CHECK_SUMMARY.format(
            failed=count[Outcome.FAIL], warned=count[Outcome.WARN], passed=count[Outcome.PASS]
        )
    )
