"""What the screens show, loaded from the engine off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

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
from alluse_tui.engine import LocalEngine, activity_text

if TYPE_CHECKING:
    from alluse_tui.engine import Overview

ACTIVITY_ROWS = 40
ACTIVITY_SPAN = 400
"""The newest records, among which activity is looked for."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One record that moved money. `micros` is None for a record of several entries.

    `text`: what its entry did (of an undo: what it undid), or the command of several entries.
    `internal`: the money moved between accounts, and `micros` is how much. `undoes` is the record
    that it undid, `undone` the record that undid it; 0 for none.
    """

    seq: int
    recorded_ns: int
    actor: str
    text: str
    account: str
    micros: int | None
    currency: str
    internal: bool
    note: str
    entries: int
    undoes: int
    undone: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A portfolio at record `seq`.

    `names`: all portfolios. `refusing`: why nothing can be written; empty when it can. `identity`
    is the current user, `may` their permissions (see, act, approve, administer, audit).
    `approvals`: open proposals of all portfolios. `alerts`: the worst first, before them the
    proposals that the user may approve. `locks_ns`: when the idle screen locks.
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
    tree: AccountsTree

    @property
    def portfolio(self) -> PortfolioView:
        """The portfolio's sums and allocation."""
        return self.overview.portfolio

    @property
    def snoozed(self) -> tuple[AlertView, ...]:
        """The alerts that are hidden until a date, the worst first."""
        return self.overview.snoozed

    def account(self, code: str) -> AccountView | None:
        """The account of that code; None where there is none."""
        return self.overview.account(code)

    def accounts(self) -> Iterator[AccountView]:
        """Every account, parents first."""
        return self.overview.accounts()

    def alert_of(self, code: str) -> AlertView | None:
        """The worst alert of that account."""
        return self.overview.alert_of(code)


@dataclass(frozen=True, slots=True)
class AccountsTree:
    """Who is below whom: account code → codes below it, '' for the top.

    `every` has all accounts. `current` leaves out the `hidden` ones: those of the `ended` accounts
    (closed or merged) that have no other account below them.
    """

    every: Mapping[str, Sequence[str]]
    current: Mapping[str, Sequence[str]]
    ended: tuple[str, ...]
    hidden: frozenset[str]

    def with_hidden(self, code: str, parents: Callable[[str], str]) -> Mapping[str, Sequence[str]]:
        """The current tree and the hidden account `code`, with the hidden ones above it."""
        children = dict(self.current)
        shown = {code}
        while code in self.hidden:
            parent = parents(code)
            children[parent] = tuple(
                c for c in self.every.get(parent, ()) if c in shown or c not in self.hidden
            )
            shown.add(parent)
            code = parent
        return children


@dataclass(frozen=True, slots=True)
class History:
    """What the replica says of a portfolio up to record `seq`.

    `curve`: (day, equity in micros), oldest first. `activity`: newest first; `is_whole` where it
    covers every record of the journal.
    """

    portfolio: str
    seq: int
    activity: tuple[Activity, ...]
    is_whole: bool
    curve: tuple[tuple[date, int], ...]
    newest_ns: int
    bell: BellView | None


def load_snapshot(
    engine: LocalEngine, name: str, active_ns: int = 0, before: Snapshot | None = None
) -> Snapshot:
    """The portfolio `name` ('' for the first) as it is now. Blocks: call it in a thread.

    `active_ns`: when the user last pressed a key, 0 for never. `before`: the snapshot to compare
    with; a tree that has not changed is the same object.
    """
    names = engine.queries.portfolio_names()
    overview = engine.queries.overview(name if name in names else names[0])
    logins = engine.auth.logins
    logins.note_activity(active_ns)
    logins.persist_activity()
    approvals = engine.auth.approvals.pending()
    waiting = [
        _approval_alert(approval)
        for approval in approvals
        if approval.may and approval.portfolio == overview.name
    ]
    first = (*waiting, *engine.queries.user_alerts())
    return Snapshot(
        seq=overview.seq,
        names=names,
        overview=overview,
        refusing=engine.quarantined or engine.read_only,
        damaged=bool(engine.quarantined),
        identity=logins.whoami(),
        may=logins.permissions(),
        approvals=approvals,
        alerts=(*first, *overview.alerts) if first else overview.alerts,
        locks_ns=logins.locks_ns,
        tree=_tree(overview, before.tree if before is not None else None),
    )


def _tree(overview: Overview, before: AccountsTree | None) -> AccountsTree:
    every, ended = overview.children, overview.ended
    if before is not None and before.every is every and before.ended == ended:
        return before
    hidden = _without_current(every, frozenset(ended))
    current = every
    if hidden:
        current = {
            code: tuple(child for child in children if child not in hidden)
            for code, children in every.items()
            if code not in hidden
        }
    return AccountsTree(every, current, ended, hidden)


def _without_current(every: Mapping[str, Sequence[str]], ended: frozenset[str]) -> frozenset[str]:
    """The ended accounts that have nothing but ended accounts below them."""
    hidden: set[str] = set()
    for code in reversed(list(downward(every))) if ended else ():
        if code in ended and all(child in hidden for child in every.get(code, ())):
            hidden.add(code)
    return frozenset(hidden)


def downward(children: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Every code of a tree, each after its parent."""
    waiting = list(reversed(children.get("", ())))
    while waiting:
        code = waiting.pop()
        yield code
        waiting += reversed(children.get(code, ()))


def _approval_alert(approval: ApprovalView) -> AlertView:
    """A proposal that the current user may approve, as an alert."""
    about = printable(approval.about).replace("{", "{{").replace("}", "}}")
    return AlertView(
        f"approval waiting:{approval.portfolio}:{approval.id}",
        "approval waiting",
        Severity.WARNING,
        approval.portfolio,
        "",
        f"{approval.by} proposes {approval.command} {about}: {{}}",
        (approval.micros,),
        "approve",
    )


def load_history(engine: LocalEngine, name: str) -> History:
    """The portfolio's history. Blocks: call it in a thread."""
    after = max(0, engine.seq - ACTIVITY_SPAN)
    answer = engine.queries.query("activity", portfolio=name, count=ACTIVITY_ROWS, after=after)
    activity = tuple(_activity(dict(zip(answer.columns, row, strict=True))) for row in answer.rows)
    curve = engine.queries.query("equity_curve", portfolio=name, account="")
    return History(
        portfolio=name,
        seq=engine.seq,
        activity=activity,
        is_whole=after == 0,
        curve=tuple((row[0], row[1]) for row in curve.rows),
        newest_ns=max((a.recorded_ns for a in activity), default=0),
        bell=engine.queries.bell(),
    )


def _activity(row: Mapping[str, Any]) -> Activity:
    """A row of the question `activity`."""
    return Activity(
        seq=row["seq"],
        recorded_ns=row["recorded_ns"],
        actor=row["actor"],
        text=activity_text(row),
        account=row["account"],
        micros=row["micros"],
        currency=row["currency"],
        internal=row["internal"],
        note=row["note"],
        entries=row["entries"],
        undoes=row["undoes"],
        undone=row["undone"],
    )
