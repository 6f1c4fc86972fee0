"""Invented premium for simulations: what each account earns in a week, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date

from alluse_tui.domain.commands import CashFact, Kind, Post
from alluse_tui.domain.model.money import CENT_MICROS
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.views import AccountView

WEEKLY_BPS = {Tier.GEN: 150, Tier.REV: 100, Tier.COM: 50}
"""What a tier earns in a week on average, in basis points of its equity."""

SPREAD_BPS = 200
"""A week earns its average, plus or minus up to this."""


class WeeklyPremium:
    """A sequence of weeks; the same seed gives the same sequence."""

    def __init__(self, seed: int) -> None:
        """Starts the sequence of `seed`."""
        self._random = random.Random(seed)

    def posts(self, accounts: Iterable[AccountView], friday: date) -> Iterator[Post]:
        """What each active account earned or lost in the week that ends on `friday`."""
        for account in accounts:
            if account.status is not Status.ACTIVE:
                continue
            bps = WEEKLY_BPS[account.tier] + self._random.randint(-SPREAD_BPS, SPREAD_BPS)
            micros = account.equity * bps // 10_000 // CENT_MICROS * CENT_MICROS
            if micros:
                fact = CashFact(kind=Kind.PREMIUM, micros=micros)
                yield Post(
                    account=account.code, fact=fact, date=friday, confirmed=True, note="week"
                )
