"""Rules on an account as it would be in a scenario (rules.md, Stress test)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from alluse_tui.domain.derived.positions import exposures, positions
from alluse_tui.domain.model.money import ONE_BPS
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.rates import Rates
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.rules.account_rules import buffer_rule
from alluse_tui.domain.views import AccountView


def stress_rules(
    view: AccountView, policy: Policy, rates: Rates, today: date
) -> tuple[Verdict, ...]:
    """The buffer, the collateral of short puts, and the size of each position that is too large."""
    return (buffer_rule(view), *_collateral(view), *_sizes(view, policy, rates, today))


def _collateral(view: AccountView) -> Iterator[Verdict]:
    if view.collateral_unvalued:
        sentence = "collateral is in a currency without an exchange rate"
        yield Verdict("collateral.cash", False, sentence)
    elif view.collateral:
        ok, values = not view.uncovered, (view.collateral, view.cover)
        sentence = f"collateral {{}} is {'covered by' if ok else 'more than the'} {{}} in cash"
        yield Verdict("collateral.cash", ok, sentence, values)


def _sizes(view: AccountView, policy: Policy, rates: Rates, today: date) -> Iterator[Verdict]:
    """Every underlying above the largest size; if none is, the largest one."""
    sizes = exposures(positions(view.holdings), rates, view.currency, today)
    limit = f"{policy.position_size_bps / 100:g} % of the {{}} equity"
    most = max(0, view.equity) * policy.position_size_bps // ONE_BPS
    over = {symbol: micros for symbol, micros in sizes.items() if micros > most}
    for symbol, micros in over.items():
        sentence = f"{{}} takes up {{}}, more than {limit}"
        yield Verdict("trade.size", False, sentence, (symbol, micros, view.equity))
    largest = max(sizes, key=lambda symbol: sizes[symbol], default="")
    if largest and not over:
        sentence = f"{{}} takes up {{}}, within {limit}"
        yield Verdict("trade.size", True, sentence, (largest, sizes[largest], view.equity))
