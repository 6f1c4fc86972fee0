"""The columns of the lists that several screens show: alerts, activity, an account's entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from alluse_tui.domain.views import AlertView, EntryView, grouped, plain
from alluse_tui.engine import new_york
from alluse_tui.tui.actions.disabled_reasons import ANSWERS
from alluse_tui.tui.actions.registry import BY_ID, shown_key
from alluse_tui.tui.formatting import signed
from alluse_tui.tui.snapshot import Activity
from alluse_tui.tui.widgets.accounts import SIGNS
from alluse_tui.tui.widgets.column import Cell, Column


def day_said(day: date, today: date) -> str:
    """'3 Dec' of this year, '3 Jan 2027' of another."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")


def _kind(alert: AlertView) -> Cell:
    sign, ink = SIGNS[alert.severity]
    if alert.silent_until is not None:
        sign, ink = "z", "dim"
    elif alert.acknowledged:
        sign, ink = "✓", "dim"
    return (f"{sign} ", ink), (alert.kind, ink)


def _why(today: Callable[[], date]) -> Callable[[AlertView], Cell]:
    def cell(alert: AlertView) -> Cell:
        why = alert.verdict.worded(grouped)
        if alert.silent_until is None:
            return ((why, ""),)
        until = f"snoozed until {day_said(alert.silent_until, today())}"
        return (f"{until}  ", "dim"), (why, "dim")

    return cell


def _answer(alert: AlertView) -> Cell:
    if alert.action in ANSWERS:
        action = BY_ID[alert.action]
        return (f"{shown_key(action.key)} ", "due"), (action.label, "")
    if alert.action == "approve":
        return ("↵ ", "due"), ("Approve", "")
    return (("↵ ", "due"), ("Look", "")) if alert.account else (("", ""),)


def _account(alert: AlertView) -> Cell:
    return ((alert.account or "all", "dim" if alert.silent_until is not None else ""),)


def alerts(today: Callable[[], date]) -> tuple[Column[AlertView], ...]:
    """One line an alert."""
    return (
        Column("alert", _kind, lambda a: (-a.severity, a.kind), 19, csv=(
            ("severity", lambda a: a.severity.name.lower()), ("alert", lambda a: a.kind),
            ("seen", lambda a: "seen" if a.acknowledged else ""),
            ("snoozed until", lambda a: a.silent_until.isoformat() if a.silent_until else ""),
        )),
        Column("account", _account, lambda a: a.account, 10),
        Column("why", _why(today), csv=(("why", lambda a: a.verdict.message),)),
        Column("answer", _answer, lambda a: a.action, 11, csv=(("answer", lambda a: a.action),)),
    )  # fmt: skip


def alert_said(alert: AlertView) -> str:
    """What an alert can be found by."""
    snoozed = f"snoozed until {alert.silent_until}" if alert.silent_until is not None else ""
    return f"{alert.kind} {alert.account} {alert.verdict.worded(grouped)} {snoozed}".casefold()


def when(now_ns: Callable[[], int], recorded_ns: int) -> str:
    """'10:41' of today, '12 Aug 10:41' of this year, '12 Aug 2025' of another; New York time."""
    moment, now = new_york(recorded_ns), new_york(now_ns())
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    if moment.year == now.year:
        return f"{moment.day:>2} {moment:%b %H:%M}"
    return f"{moment.day:>2} {moment:%b %Y}"


def moment(recorded_ns: int) -> str:
    """'2026-11-24 10:41:05', New York time: what a spreadsheet takes for a time."""
    return f"{new_york(recorded_ns):%Y-%m-%d %H:%M:%S}"


def undone(undoes: int, undone_by: int) -> str:
    """'undo of #12', 'undone by #13', or nothing."""
    if undoes:
        return f"undo of #{undoes}"
    return f"undone by #{undone_by}" if undone_by else ""


def activity(now_ns: Callable[[], int]) -> tuple[Column[Activity], ...]:
    """One line a record that moved money."""

    def amount(a: Activity) -> Cell:
        if a.micros is None:
            return ((f"{a.entries} entries", "dim"),)
        ink = "good" if a.micros > 0 else "bad" if a.micros < 0 else ""
        return (signed(a.micros), "dim" if a.undone else ink), (f" {a.currency}", "dim")

    def what(a: Activity) -> Cell:
        said = undone(a.undoes, a.undone)
        return ((f"{a.kind} ", "dim" if a.undone else ""), (said, "dim"))

    return (
        Column("when", lambda a: ((when(now_ns, a.recorded_ns), "dim"),), lambda a: a.seq, 12,
               csv=(("when", lambda a: moment(a.recorded_ns)),)),
        Column("who", lambda a: ((a.actor, ""),), lambda a: a.actor, 8),
        Column("what", what, lambda a: a.kind),
        Column("account", lambda a: ((a.account, ""),), lambda a: a.account, 12),
        Column("amount", amount, lambda a: a.micros or 0, 16, right=True, csv=(
            ("amount", lambda a: "" if a.micros is None else plain(a.micros)),
            ("currency", lambda a: "" if a.micros is None else a.currency),
            ("entries", lambda a: str(a.entries)),
        )),
        Column("note", lambda a: ((a.note, "dim"),), lambda a: a.note, 16, from_width=96),
        Column("record", lambda a: ((f"#{a.seq}", "dim"),), lambda a: a.seq, 7, right=True,
               csv=(("record", lambda a: str(a.seq)),)),
    )  # fmt: skip


def activity_said(a: Activity) -> str:
    """What an act can be found by."""
    said = undone(a.undoes, a.undone)
    return f"{a.actor} {a.kind} {said} {a.account} {a.note} #{a.seq}".casefold()


def _entry_amount(entry: EntryView) -> Cell:
    ink = "good" if entry.micros > 0 else "bad" if entry.micros < 0 else ""
    return (signed(entry.micros), ink), (f" {entry.currency}", "dim")


def _entry_kind(entry: EntryView) -> Cell:
    return (f"{entry.kind} ", ""), (undone(entry.reverses, 0), "dim")


ENTRIES: tuple[Column[EntryView], ...] = (
    Column("date", lambda e: ((f"{e.effective}", "dim"),), lambda e: e.effective, 10),
    Column("what", _entry_kind, lambda e: e.kind),
    Column("amount", _entry_amount, lambda e: e.micros, 18, right=True, csv=(
        ("amount", lambda e: plain(e.micros)), ("currency", lambda e: e.currency),
    )),
    Column("note", lambda e: ((e.note, "dim"),), lambda e: e.note, 16),
    Column("who", lambda e: ((e.actor, ""),), lambda e: e.actor, 8, from_width=70),
    Column("record", lambda e: ((f"#{e.seq}", "dim"),), lambda e: e.seq, 7, right=True,
           csv=(("record", lambda e: str(e.seq)),)),
)  # fmt: skip


def entry_said(entry: EntryView) -> str:
    """What an entry can be found by."""
    return f"{entry.effective} {entry.kind} {entry.note} {entry.actor} #{entry.seq}".casefold()
