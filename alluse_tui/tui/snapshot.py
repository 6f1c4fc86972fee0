"""What the screens show, asked of the engine off the event loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from alluse_tui.domain.views import (
    AccountView,
    AlertView,
    ApprovalView,
    BellView,
    Identity,
    PortfolioView,
    Severity,
    printable,
)
from alluse_tui.engine import LocalEngine

if TYPE_CHECKING:
    from alluse_tui.engine import Overview

ACTIVITY_ROWS = 40
ACTIVITY_SPAN = 400
"""How many of the newest records are looked through for activity."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that was done. `micros` is None where it was many things at once.

    `undoes`: the record it took back, `undone`: the record that took it back; 0 for none.
    """

    seq: int
    recorded_ns: int
    actor: str
    kind: str
    account: str
    micros: int | None
    currency: str
    note: str
    entries: int
    undoes: int
    undone: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A portfolio as it stood at record `seq`. `refusing`: why nothing can be written.

    `alerts`: what an operator should know now, the worst first; what waits for them before all.
    `identity` is who looks, `may` what they may do (see, act, approve, administer, audit);
    `approvals` are what waits for a second person, in all portfolios. `locks_ns`: when the idle
    screen locks.
    """

    seq: int
    names: tuple[str, ...]
    overview: Overview
    refusing: str
    damaged: bool
    identity: Identity
    may: frozenset[str]
    approvals: tuple[ApprovalView, ...]
    alerts: tuple[AlertView, ...]
    locks_ns: int

    @property
    def portfolio(self) -> PortfolioView:
        """Its sums and its allocation."""
        return self.overview.portfolio

    @property
    def snoozed(self) -> tuple[AlertView, ...]:
        """What an operator does not want to hear of before a day, the worst first."""
        return self.overview.snoozed

    def account(self, code: str) -> AccountView | None:
        """The account of that code."""
        return self.overview.account(code)

    def accounts(self) -> Iterator[AccountView]:
        """Every account, parents first."""
        return self.overview.accounts()

    def alert_of(self, code: str) -> AlertView | None:
        """The worst alert of that account."""
        return self.overview.alert_of(code)


@dataclass(frozen=True, slots=True)
class History:
    """What the replica tells. `curve`: (day, equity in micros), oldest first."""

    portfolio: str
    seq: int
    activity: tuple[Activity, ...]
    curve: tuple[tuple[date, int], ...]
    newest_ns: int
    bell: BellView | None


def load_snapshot(engine: LocalEngine, name: str, active_ns: int = 0) -> Snapshot:
    """The portfolio `name` ('' for the first) as it is now. Blocks: call it in a thread.

    `active_ns`: when the user last pressed a key, 0 for never.
    """
    names = engine.queries.portfolio_names()
    overview = engine.queries.overview(name if name in names else names[0])
    refusing = engine.quarantined or engine.read_only
    auth = engine.auth
    auth.logins.note_activity(active_ns)
    auth.logins.persist_activity()
    approvals = auth.approvals.pending()
    asked = tuple(_asked(a) for a in approvals if a.may and a.portfolio == overview.name)
    first = (*asked, *engine.queries.user_alerts())
    alerts = (*first, *overview.alerts) if first else overview.alerts
    return Snapshot(
        overview.seq, names, overview, refusing, bool(engine.quarantined), auth.logins.whoami(),
        auth.logins.permissions(), approvals, alerts, auth.logins.locks_ns,
    )  # fmt: skip


def _asked(one: ApprovalView) -> AlertView:
    """A proposal that whoever looks may approve, among their alerts."""
    about = printable(one.about).replace("{", "{{").replace("}", "}}")
    return AlertView(
        f"approval waiting:{one.portfolio}:{one.id}", "approval waiting", Severity.WARNING,
        one.portfolio, "", f"{one.by} proposes {one.command} {about}: {{}}", (one.micros,),
        "approve",
    )  # fmt: skip


def load_history(engine: LocalEngine, name: str) -> History:
    """The portfolio's history. Blocks: call it in a thread."""
    after = max(0, engine.seq - ACTIVITY_SPAN)
    found = engine.queries.query("activity", portfolio=name, count=ACTIVITY_ROWS, after=after)
    activity = tuple(Activity(**dict(zip(found.columns, row, strict=True))) for row in found.rows)
    curve = engine.queries.query("equity_curve", portfolio=name, account="")
    return History(
        name,
        engine.seq,
        activity,
        tuple((row[0], row[1]) for row in curve.rows),
        max((a.recorded_ns for a in activity), default=0),
        engine.queries.bell(),
    )
