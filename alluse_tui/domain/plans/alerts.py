"""Acknowledge, snooze: what somebody says of an alert is all of it that is stored."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from alluse_tui.domain.commands import AcknowledgeAlert
from alluse_tui.domain.derived.alerts import alerts
from alluse_tui.domain.derived.user_changes import is_about_users, second_person, user_alerts
from alluse_tui.domain.events.events import AlertNoted, UserChangeAcknowledged
from alluse_tui.domain.model.book import AlertNote, Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned


def plan_acknowledge_alert(book: Book, command: AcknowledgeAlert, context: Context) -> Plan:
    """The alert must stand now; what is said holds while it gets no worse."""
    if command.date is not None:
        raise BadInput("--date", command.date, "is not for alerts: it holds from now on")
    if is_about_users(command.alert):
        return _acknowledged_change(book, command, context)
    home = alert_home(book, command)
    standing = {a.id: a for a in alerts(book, context.today, home, context.sessions, silent=True)}
    alert = standing.get(command.alert)
    if alert is None:
        raise _no_alert(command.alert, standing)
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


def _acknowledged_change(book: Book, command: AcknowledgeAlert, context: Context) -> Plan:
    """Somebody else has seen what an admin did to a user; that cannot be put off or undone."""
    change = book.user_changes.get(command.alert.partition(":")[2])
    if change is None:
        raise _no_alert(command.alert, [one.id for one in user_alerts(book)])
    if command.until is not None:
        allowed = "is not for this alert, which stays until somebody else acknowledges it"
        raise BadInput("--until", command.until, allowed)
    rules = [second_person(book, change, context.actor)]
    event = UserChangeAcknowledged(change.seq, context.actor)
    return planned(book, command, "", context, [event], rules)


def _no_alert(typed: str, known: Collection[str]) -> BadInput:
    near = difflib.get_close_matches(typed, list(known), 1)
    hint = f"did you mean '{near[0]}'?" if near else "`alluse alerts` lists them"
    return BadInput("ID", typed, f"is no alert that stands; {hint}")


def alert_home(book: Book, command: AcknowledgeAlert) -> str:
    """The portfolio whose alert it is: 'fork due:Main/gen-1:0'; '' for one of the whole book.

    Raises BadInput.
    """
    if is_about_users(command.alert):
        return ""
    _, _, about = command.alert.partition(":")
    name = about.partition("/")[0].partition(":")[0]
    if name not in book.portfolios:
        raise BadInput("ID", command.alert, "is no alert; `alluse alerts` lists them")
    return name
