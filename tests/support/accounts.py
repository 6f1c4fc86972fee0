"""What the tests of accounts share: one that is opened, and the smallest acts on it."""

from __future__ import annotations

from typing import Any

from books import NOON

from alluse_tui.domain.commands import CashFact, Kind, OpenAccount, Tier, amount
from alluse_tui.engine import LocalEngine

TODAY = NOON.date()
CENT = amount("0.01")
OPEN = OpenAccount(parent="Main", tier=Tier.GEN)
PREMIUM = CashFact(kind=Kind.PREMIUM, micros=amount("5"))


def opened(engine: LocalEngine, parent: str = "Main", tier: Tier = Tier.GEN, **more: Any) -> str:
    """Opens an account; its code."""
    receipt = engine.commands.submit(OpenAccount(parent=parent, tier=tier, **more))
    (code,) = [after.code for before, after in receipt.plan.accounts if before is None]
    return code
