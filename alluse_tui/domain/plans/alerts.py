"""Acknowledge, snooze: what somebody says of an alert is all of it that is stored."""

from __future__ import annotations

import difflib

from alluse_tui.domain.alerts import alerts
from alluse_tui.domain.book import AlertNote, Book
from alluse_tui.domain.commands import NoteAlert
from alluse_tui.domain.errors import BadInput
from alluse_tui.domain.events import AlertNoted
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.verdict import Verdict


def plan_note_alert(book: Book, command: NoteAlert, context: Context) -> Plan:
    """The alert must stand now; what is said holds while it gets no worse."""
    home = alert_home(book, command)
    if command.date is not None:
        raise BadInput("--date", command.date, "is not for alerts: it holds from now on")
    standing = {a.id: a for a in alerts(book, context.today, home, context.sessions, silent=True)}
    alert = standing.get(command.alert)
    if alert is None:
        near = difflib.get_close_matches(command.alert, list(standing), 1)
        hint = f"did you mean '{near[0]}'?" if near else "`alluse alerts` lists them"
        raise BadInput("ID", command.alert, f"is no alert that stands; {hint}")
    if command.until is not None and command.until <= context.today:
        raise BadInput("--until", command.until, f"must be after today, {context.today}")
    said = f"silent until {command.until}" if command.until else "acknowledged"
    amounts = [v for v in alert.values if isinstance(v, int)]
    note = AlertNote(int(alert.severity), amounts[0] if amounts else 0, command.until)
    previous = book.portfolios[home].noted.get(alert.id)
    if note == previous:
        raise BadInput("ID", command.alert, f"is {said} already")
    event = AlertNoted(home, alert.id, note, previous)
    rules = [Verdict("alert.standing", True, f"{alert.kind} {said}")]
    return planned(book, command, home, context, [event], rules)


def alert_home(book: Book, command: NoteAlert) -> str:
    """The portfolio whose alert it is: 'fork due:Main/gen-1:0'. Raises BadInput."""
    _, _, about = command.alert.partition(":")
    name = about.partition("/")[0].partition(":")[0]
    if name not in book.portfolios:
        raise BadInput("ID", command.alert, "is no alert; `alluse alerts` lists them")
    return name
