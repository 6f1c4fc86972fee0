"""Settings that the accounts' own history suggests, with the evidence (`policy suggest`).

Suggestions are never applied automatically.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from alluse_tui.domain.model.book import Portfolio
from alluse_tui.domain.model.settings import SETTINGS
from alluse_tui.domain.model.terms import Tier

MONTHS_NEEDED = 6
"""A tier with fewer months of history gets no suggestion."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A setting with its current and suggested value, and the evidence."""

    path: str
    now: str
    suggested: str
    evidence: str


def suggestions(portfolio: Portfolio, months: Iterable[tuple[Any, ...]]) -> tuple[Suggestion, ...]:
    """Suggestions for each tier.

    `months`: rows of `monthly.sql`, (account, tier, month, currency, gain, begins, rate).
    """
    rates: defaultdict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for account, tier, _, currency, _, _, rate in months:
        if rate is not None and currency == portfolio.currency:
            rates[tier][account].append(float(rate))
    return tuple(s for tier in Tier for s in _for_tier(portfolio, tier, rates.get(tier, {})))


def _for_tier(
    portfolio: Portfolio, tier: Tier, by_account: dict[str, list[float]]
) -> Iterator[Suggestion]:
    all_rates = [rate for rates in by_account.values() for rate in rates]
    if len(all_rates) < MONTHS_NEEDED:
        return
    policy, period = portfolio.policy, f"{len(all_rates)} months of {len(by_account)} accounts"
    deepest = max(_max_drawdown(rates) for rates in by_account.values())
    deepest_bps = round(deepest * 10_000)
    drawdown = SETTINGS[f"tiers.{tier}.max_drawdown"]
    allowed_bps = drawdown.values(policy)[0]
    evidence = f"the deepest drawdown in {period} was {deepest:.1%}"
    if deepest_bps > allowed_bps:
        wider = -(-deepest_bps // 100) * 100
        yield Suggestion(
            path=drawdown.path,
            now=drawdown.text(policy),
            suggested=drawdown.written((wider,)),
            evidence=f"{evidence}: allow for it, or trade smaller positions",
        )
    elif deepest_bps * 2 < allowed_bps and deepest_bps > 0:
        tighter = max(100, -(-deepest_bps * 3 // 200) * 100)
        if tighter < allowed_bps:
            yield Suggestion(
                path=drawdown.path,
                now=drawdown.text(policy),
                suggested=drawdown.written((tighter,)),
                evidence=f"{evidence}: a lower limit warns sooner",
            )
    mean = statistics.fmean(all_rates)
    if statistics.pstdev(all_rates) > 0 and mean < 0:
        size = SETTINGS["limits.position_size"]
        smaller = size.values(policy)[0] * 3 // 4 // 100 * 100
        yield Suggestion(
            path=size.path,
            now=size.text(policy),
            suggested=size.written((smaller,)),
            evidence=f"{tier} lost {-mean:.2%} a month on average over {period}",
        )


def _max_drawdown(rates: list[float]) -> float:
    """The deepest fall of the compounded rates from their peak, as a fraction."""
    value = peak = 1.0
    deepest = 0.0
    for rate in rates:
        value *= 1 + rate
        peak = max(peak, value)
        deepest = max(deepest, 1 - value / peak)
    return deepest
