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

RECORD_WIDTH = 8
"""'#123456', and room for the arrow of the sort order in the heading."""


def day_text(day: date, today: date) -> str:
    """'3 Dec' in this year, '3 Jan 2027' in another."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")


def time_text(recorded_ns: int, now_ns: int) -> str:
    """'10:41' today, '12 Aug 10:41' this year, '12 Aug 2025' in another; New York time."""
    recorded, now = new_york(recorded_ns), new_york(now_ns)
    if recorded.date() == now.date():
        return f"{recorded:%H:%M}"
    if recorded.year == now.year:
        return f"{recorded.day:>2} {recorded:%b %H:%M}"
    return f"{recorded.day:>2} {recorded:%b %Y}"


def spreadsheet_time(recorded_ns: int) -> str:
    """'2026-11-24 10:41:05', New York time."""
    return f"{new_york(recorded_ns):%Y-%m-%d %H:%M:%S}"


# -- alerts ----------------------------------------


def alert_columns(today: Callable[[], date]) -> tuple[Column[AlertView], ...]:
    """One row for each alert; `today` dates a snooze."""
    kind = Column(
        title="alert",
        cell=_alert_kind,
        value=lambda a: (-a.severity, a.kind),
        width=19,
        csv=(
            ("severity", lambda a: a.severity.name.lower()),
            ("alert", lambda a: a.kind),
            ("seen", lambda a: "seen" if a.acknowledged else ""),
            ("snoozed until", lambda a: a.silent_until.isoformat() if a.silent_until else ""),
        ),
    )
    why: Column[AlertView] = Column(
        title="why", cell=_alert_reason(today), csv=(("why", lambda a: a.verdict.message),)
    )
    answer = Column(
        title="answer",
        cell=_alert_answer,
        value=lambda a: a.action,
        width=11,
        csv=(("answer", lambda a: a.action),),
    )
    account = Column(title="account", cell=_alert_account, value=lambda a: a.account, width=10)
    return kind, account, why, answer


def alert_search_text(alert: AlertView) -> str:
    """What an alert can be found by."""
    snoozed = f"snoozed until {alert.silent_until}" if alert.silent_until is not None else ""
    return f"{alert.kind} {alert.account} {alert.verdict.worded(grouped)} {snoozed}".casefold()


def _alert_kind(alert: AlertView) -> Cell:
    sign, ink = SIGNS[alert.severity]
    if alert.silent_until is not None:
        sign, ink = "z", "dim"
    elif alert.acknowledged:
        sign, ink = "✓", "dim"
    return (f"{sign} ", ink), (alert.kind, ink)


def _alert_reason(today: Callable[[], date]) -> Callable[[AlertView], Cell]:
    def cell(alert: AlertView) -> Cell:
        reason = alert.verdict.worded(grouped)
        if alert.silent_until is None:
            return ((reason, ""),)
        until = f"snoozed until {day_text(alert.silent_until, today())}"
        return (f"{until}  ", "dim"), (reason, "dim")

    return cell


def _alert_answer(alert: AlertView) -> Cell:
    if alert.action in ANSWERS:
        action = BY_ID[ANSWERS[alert.action]]
        key = shown_key(action.key) or "↵"
        return (f"{key} ", "due"), (action.label, "")
    if alert.action == "approve":
        return ("↵ ", "due"), ("Approve", "")
    return (("↵ ", "due"), ("Open", "")) if alert.account else (("", ""),)


def _alert_account(alert: AlertView) -> Cell:
    return ((alert.account or "all", "dim" if alert.silent_until is not None else ""),)


# -- activity ----------------------------------------


def activity_columns(now_ns: Callable[[], int]) -> tuple[Column[Activity], ...]:
    """One row for each record that moved money; `now_ns` decides how a time is written."""

    def recorded(a: Activity) -> Cell:
        return ((time_text(a.recorded_ns, now_ns()), "dim"),)

    amount = Column(
        title="amount",
        cell=_activity_amount,
        value=lambda a: a.micros or 0,
        width=16,
        right=True,
        csv=(
            ("amount", lambda a: "" if a.micros is None else plain(a.micros)),
            ("currency", lambda a: "" if a.micros is None else a.currency),
            ("entries", lambda a: str(a.entries)),
        ),
    )
    return (
        Column(
            title="when",
            cell=recorded,
            value=lambda a: a.seq,
            width=12,
            csv=(("when", lambda a: spreadsheet_time(a.recorded_ns)),),
        ),
        Column(
            title="who",
            cell=lambda a: ((a.actor, ""),),
            value=lambda a: a.actor,
            width=8,
            from_width=92,
        ),
        Column(
            title="what",
            cell=_activity_text,
            value=lambda a: a.text,
            width=24,
            grow=4,
            keep_end=True,
        ),
        Column(
            title="account", cell=lambda a: ((a.account, ""),), value=lambda a: a.account, width=11
        ),
        amount,
        Column(
            title="note",
            cell=lambda a: ((a.note, "dim"),),
            value=lambda a: a.note,
            width=12,
            from_width=92,
            grow=6,
        ),
        Column(
            title="record",
            cell=lambda a: ((f"#{a.seq}", "dim"),),
            value=lambda a: a.seq,
            width=RECORD_WIDTH,
            right=True,
            csv=(("record", lambda a: str(a.seq)),),
        ),
    )


def activity_search_text(a: Activity) -> str:
    """What an activity can be found by."""
    text = _plain_text(_activity_text(a))
    return f"{a.actor} {text} {a.account} {a.note} #{a.seq}".casefold()


def _activity_amount(a: Activity) -> Cell:
    if a.micros is None:
        return ((f"{a.entries} entries", "dim"),)
    if a.internal:
        return (grouped(a.micros), "dim" if a.undone else ""), (f" {a.currency}", "dim")
    return _amount(a.micros, a.currency, dim=bool(a.undone))


def _activity_text(a: Activity) -> Cell:
    if a.undoes:
        return _undo(a.undoes, a.text)
    if a.undone:
        return (a.text, "dim"), (f" undone by #{a.undone}", "dim")
    return ((a.text, ""),)


def _undo(undoes: int, text: str) -> Cell:
    """'undo of #12 (sold 100 MSTR @ 250.00)': the number comes first, as the end may be cut."""
    undone = f" ({text[:1].lower()}{text[1:]})" if text != "Undo" else ""
    return ((f"undo of #{undoes}{undone}", ""),)


# -- entries ----------------------------------------


def entry_search_text(entry: EntryView) -> str:
    """What an entry can be found by."""
    text = _plain_text(_entry_text(entry))
    words = f"{entry.effective} {entry.kind} {text} {entry.note} {entry.actor} #{entry.seq}"
    return words.casefold()


def _entry_text(entry: EntryView) -> Cell:
    return _undo(entry.reverses, entry.text) if entry.reverses else ((entry.text, ""),)


def _plain_text(cell: Cell) -> str:
    return "".join(text for text, _ in cell)


def _profit(entry: EntryView) -> Cell:
    if not entry.profit:
        return (("", ""),)
    return ((signed(entry.profit), "good" if entry.profit > 0 else "bad"),)


def _amount(micros: int, currency: str, *, dim: bool = False) -> Cell:
    ink = "good" if micros > 0 else "bad" if micros < 0 else ""
    return (signed(micros), "dim" if dim else ink), (f" {currency}", "dim")


ENTRY_COLUMNS: tuple[Column[EntryView], ...] = (
    Column(
        title="date",
        cell=lambda e: ((f"{e.effective}", "dim"),),
        value=lambda e: e.effective,
        width=10,
    ),
    Column(
        title="what",
        cell=_entry_text,
        value=lambda e: e.text,
        width=38,
        grow=1,
        csv=(("kind", lambda e: e.kind), ("what", lambda e: _plain_text(_entry_text(e)))),
    ),
    Column(
        title="amount",
        cell=lambda e: _amount(e.micros, e.currency),
        value=lambda e: e.micros,
        width=16,
        right=True,
        csv=(("amount", lambda e: plain(e.micros)), ("currency", lambda e: e.currency)),
    ),
    Column(
        title="profit",
        cell=_profit,
        value=lambda e: e.profit,
        width=11,
        right=True,
        from_width=116,
        csv=(("profit", lambda e: plain(e.profit) if e.profit else ""),),
    ),
    Column(
        title="note",
        cell=lambda e: ((e.note, "dim"),),
        value=lambda e: e.note,
        width=14,
        grow=9,
        from_width=92,
    ),
    Column(
        title="who",
        cell=lambda e: ((e.actor, ""),),
        value=lambda e: e.actor,
        width=8,
        from_width=170,
    ),
    Column(
        title="record",
        cell=lambda e: ((f"#{e.seq}", "dim"),),
        value=lambda e: e.seq,
        width=RECORD_WIDTH,
        right=True,
        csv=(("record", lambda e: str(e.seq)),),
    ),
)
