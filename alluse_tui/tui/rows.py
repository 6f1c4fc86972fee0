"""From views to the rows of the dashboard's grids."""

from __future__ import annotations

from collections import defaultdict

from alluse_tui.domain.views import AccountView, AlertView, Severity, grouped
from alluse_tui.engine import new_york
from alluse_tui.tui.actions import BY_ID
from alluse_tui.tui.figures import signed
from alluse_tui.tui.sight import Activity, Sight
from alluse_tui.tui.widgets.drawn import Piece
from alluse_tui.tui.widgets.grid import Column, Row

ROOT = "/"
"""The key of the row that stands for the whole portfolio."""

ACCOUNT_COLUMNS = (
    Column("account"),
    Column("cash", 16, right=True, from_width=74),
    Column("available", 16, right=True, from_width=92),
    Column("surplus", 16, right=True, from_width=109),
    Column("equity", 16, right=True),
)

ALERT_COLUMNS = (
    Column("alert", 21),
    Column("account", 10),
    Column("why"),
    Column("answer", 12, right=True, from_width=60),
)

ACTIVITY_COLUMNS = (
    Column("when", 12),
    Column("who", 10),
    Column("what", 12),
    Column("account", 12),
    Column("amount", 18, right=True),
    Column("note", from_width=96),
    Column("record", 7, right=True),
)

_SIGNS = {
    Severity.CRITICAL: ("✗", "bad"),
    Severity.WARNING: ("▲", "warn"),
    Severity.INFO: ("◆", "due"),
}


def account_rows(sight: Sight) -> list[Row]:
    """The portfolio, under it its accounts, under those their forks."""
    home = sight.portfolio
    rows = [
        Row(
            ROOT,
            (
                ((f"▾ {home.name}", "strong"),),
                ((grouped(home.totals.cash), "strong"),),
                ((grouped(home.totals.available), "strong"),),
                (("", ""),),
                ((grouped(home.totals.equity), "strong"),),
            ),
        )
    ]
    children: defaultdict[str, list[AccountView]] = defaultdict(list)
    for account in sight.accounts:
        children[account.parent].append(account)

    def add(parent: str, depth: int) -> None:
        for account in children[parent]:
            rows.append(_account_row(sight, account, depth))
            add(account.code, depth + 1)

    add("", 1)
    return rows


def alert_rows(sight: Sight) -> list[Row]:
    """One line an alert: what, where, why with its numbers, and the key that answers it."""
    rows = []
    for alert in sight.alerts:
        sign, ink = ("✓", "dim") if alert.acknowledged else _SIGNS[alert.severity]
        answer = BY_ID.get(alert.action)
        rows.append(
            Row(
                alert.id,
                (
                    ((f"{sign} ", ink), (alert.kind, ink)),
                    ((alert.account or "all", ""),),
                    ((alert.verdict.worded(grouped), ""),),
                    ((f"{answer.shown} ", "due"), (answer.label, "")) if answer else (("", ""),),
                ),
            )
        )
    return rows


def activity_rows(sight: Sight, now_ns: int) -> list[Row]:
    """One line a record that moved money, newest first."""
    return [_activity_row(a, now_ns) for a in sight.activity]


def _account_row(sight: Sight, account: AccountView, depth: int) -> Row:
    alert: AlertView | None = sight.alert_of(account.code)
    pieces: list[Piece] = [("  " * depth, ""), (account.code, "")]
    if account.status != "active":
        pieces.append((f"  {account.status}", "dim"))
    elif alert is not None:
        sign, ink = _SIGNS[alert.severity]
        pieces.append((f"  {sign} {alert.kind.partition('.')[0]}", ink))
    surplus = grouped(account.surplus) if account.tier == "gen" else ""
    return Row(
        account.code,
        (
            tuple(pieces),
            ((grouped(account.cash), ""),),
            ((grouped(account.available), ""),),
            ((surplus, ""),),
            ((grouped(account.equity), ""),),
        ),
    )


def _activity_row(a: Activity, now_ns: int) -> Row:
    moment, now = new_york(a.recorded_ns), new_york(now_ns)
    same_day = moment.date() == now.date()
    when = f"{moment:%H:%M}" if same_day else f"{moment.day:>2} {moment:%b %Y}"
    if a.micros is None:
        amount: tuple[Piece, ...] = ((f"{a.entries} entries", "dim"),)
    else:
        ink = "good" if a.micros > 0 else "bad" if a.micros < 0 else ""
        amount = ((signed(a.micros), ink), (f" {a.currency}", "dim"))
    return Row(
        str(a.seq),
        (
            ((when, "dim"),),
            ((a.actor, ""),),
            ((a.kind, ""),),
            ((a.account, ""),),
            amount,
            ((a.note, "dim"),),
            ((f"#{a.seq}", "dim"),),
        ),
    )
