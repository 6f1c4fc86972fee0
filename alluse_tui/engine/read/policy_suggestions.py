"""`policy suggest`: parameters that the accounts' own history speaks for, with the evidence.

Nothing here is ever applied; a person decides.
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
"""With fewer months of one tier's accounts nothing is said about it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A setting, what it is, what it might be, and why."""

    path: str
    now: str
    suggested: str
    evidence: str


def suggestions(home: Portfolio, months: Iterable[tuple[Any, ...]]) -> tuple[Suggestion, ...]:
    """`months`: rows of `monthly.sql`, (account, tier, month, currency, gain, begins, rate)."""
    rates: defaultdict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for account, tier, _, currency, _, _, rate in months:
        if rate is not None and currency == home.currency:
            rates[tier][account].append(float(rate))
    return tuple(s for tier in Tier for s in _for_tier(home, tier, rates.get(tier, {})))


def _for_tier(
    home: Portfolio, tier: Tier, by_account: dict[str, list[float]]
) -> Iterator[Suggestion]:
    every = [rate for rates in by_account.values() for rate in rates]
    if len(every) < MONTHS_NEEDED:
        return
    worst = max(_deepest(rates) for rates in by_account.values())
    one = SETTINGS[f"tiers.{tier}.max_drawdown"]
    now_bps = one.values(home.policy)[0]
    deepest_bps = round(worst * 10_000)
    seen = f"{len(every)} months of {len(by_account)} accounts"
    if deepest_bps > now_bps:
        wider = -(-deepest_bps // 100) * 100
        yield Suggestion(
            one.path, one.text(home.policy), one.written((wider,)),
            f"the deepest fall in {seen} was {worst:.1%}: either trade smaller or allow for it",
        )  # fmt: skip
    elif deepest_bps * 2 < now_bps and deepest_bps > 0:
        tighter = max(100, -(-deepest_bps * 3 // 200) * 100)
        if tighter < now_bps:
            yield Suggestion(
                one.path, one.text(home.policy), one.written((tighter,)),
                f"the deepest fall in {seen} was {worst:.1%}: so much less would warn sooner",
            )  # fmt: skip
    spread = statistics.pstdev(every)
    if spread > 0 and statistics.fmean(every) < 0:
        size = SETTINGS["limits.position_size"]
        current = size.values(home.policy)[0]
        smaller = current * 3 // 4 // 100 * 100
        yield Suggestion(
            size.path, size.text(home.policy), size.written((smaller,)),
            f"{tier} lost {-statistics.fmean(every):.2%} a month on average over {seen}",
        )  # fmt: skip


def _deepest(rates: list[float]) -> float:
    """The deepest fall of the compounded rates from their best, as a share."""
    value = best = 1.0
    deepest = 0.0
    for rate in rates:
        value *= 1 + rate
        best = max(best, value)
        deepest = max(deepest, 1 - value / best)
    return deepest
