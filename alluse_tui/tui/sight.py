"""What the dashboard shows, asked of the engine in one go and off the event loop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from alluse_tui.domain.views import AccountView, AlertView, PortfolioView
from alluse_tui.engine import LocalEngine

ACTIVITY_ROWS = 40
ACTIVITY_SPAN = 400
"""How many of the newest records are looked through for activity."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that was done. `micros` is None where it was many things at once."""

    seq: int
    recorded_ns: int
    actor: str
    kind: str
    account: str
    micros: int | None
    currency: str
    note: str
    entries: int


@dataclass(frozen=True, slots=True)
class Sight:
    """A portfolio as it stood at record `seq`.

    `curve`: (day, equity in micros), oldest first. `refusing`: why nothing can be written.
    """

    seq: int
    names: tuple[str, ...]
    portfolio: PortfolioView
    accounts: tuple[AccountView, ...]
    alerts: tuple[AlertView, ...]
    activity: tuple[Activity, ...]
    curve: tuple[tuple[date, int], ...]
    refusing: str

    def account(self, code: str) -> AccountView | None:
        """The account of that code."""
        return next((a for a in self.accounts if a.code == code), None)

    def alert_of(self, code: str) -> AlertView | None:
        """The worst alert of that account."""
        return next((a for a in self.alerts if a.account == code), None)


def look(engine: LocalEngine, name: str) -> Sight:
    """The sight of the portfolio `name` ('' for the first). Blocks: call it in a thread."""
    seq = engine.seq
    names = engine.names()
    portfolio = engine.portfolio(name or names[0])
    found = engine.query(
        "activity", portfolio=portfolio.name, count=ACTIVITY_ROWS, span=ACTIVITY_SPAN
    )
    activity = tuple(Activity(**dict(zip(found.columns, row, strict=True))) for row in found.rows)
    curve = engine.query("equity_curve", portfolio=portfolio.name)
    return Sight(
        seq,
        names,
        portfolio,
        engine.accounts(portfolio.name),
        engine.alerts(portfolio.name),
        activity,
        tuple((row[0], row[1]) for row in curve.rows),
        engine.quarantined or engine.read_only,
    )
