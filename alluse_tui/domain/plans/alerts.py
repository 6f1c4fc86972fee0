"""Acknowledge or snooze an alert; nothing else about an alert is stored."""

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
    """Acknowledge or snooze a current alert; this lapses when the alert gets worse."""
    if command.date is not None:
        allowed = "cannot be used with alerts, which change immediately"
        raise BadInput("--date", command.date, allowed)
    if is_about_users(command.alert):
        return _acknowledge_user_change(book, command, context)
    portfolio = alert_home(book, command)
    current = {
        alert.id: alert
        for alert in alerts(
            book,
            context.today,
            portfolio,
            context.sessions,
            silent=True,
            market=context.facts,
        )
    }
    alert = current.get(command.alert)
    if alert is None:
        raise _no_alert(command.alert, current)
    if command.until is not None and command.until <= context.today:
        raise BadInput("--until", command.until, f"must be after today, {context.today}")
    outcome = f"hidden until {command.until}" if command.until else "acknowledged"
    amounts = [v for v in alert.values if isinstance(v, int)]
    note = AlertNote(int(alert.severity), amounts[0] if amounts else 0, command.until)
    previous = book.portfolios[portfolio].noted.get(alert.id)
    if note == previous:
        raise BadInput("ID", command.alert, f"is already {outcome}")
    event = AlertNoted(portfolio, alert.id, note, previous)
    rules = [Verdict("alert.standing", True, f"{alert.kind}: {outcome}")]
    return planned(book, command, portfolio, context, [event], rules)


def _acknowledge_user_change(book: Book, command: AcknowledgeAlert, context: Context) -> Plan:
    """Acknowledge a user change; this cannot be snoozed or undone."""
    change = book.user_changes.get(command.alert.partition(":")[2])
    if change is None:
        raise _no_alert(command.alert, [alert.id for alert in user_alerts(book)])
    if command.until is not None:
        allowed = "cannot be used here: this alert stays until someone else acknowledges it"
        raise BadInput("--until", command.until, allowed)
    rules = [second_person(book, change, context.actor)]
    event = UserChangeAcknowledged(change.seq, context.actor)
    return planned(book, command, "", context, [event], rules)


def _no_alert(typed: str, known: Collection[str]) -> BadInput:
    matches = difflib.get_close_matches(typed, list(known), 1)
    hint = f"did you mean '{matches[0]}'?" if matches else "`alluse alerts` lists them"
    return BadInput("ID", typed, f"is not a current alert; {hint}")


def alert_home(book: Book, command: AcknowledgeAlert) -> str:
    """The portfolio of the alert, such as 'fork due:Main/gen-1:0'; '' for a book-wide alert.

    Raises BadInput.
    """
    if is_about_users(command.alert):
        return ""
    _, _, about = command.alert.partition(":")
    name = about.partition("/")[0].partition(":")[0]
    if name not in book.portfolios:
        raise BadInput("ID", command.alert, "is not an alert; `alluse alerts` lists them")
    return name
