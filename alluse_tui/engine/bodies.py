"""What a new record says: a command that was carried out, or one that was refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alluse_tui.domain.commands import Command
from alluse_tui.domain.errors import Refused
from alluse_tui.domain.events import EntryPosted
from alluse_tui.domain.plan import Plan, planned_entry
from alluse_tui.domain.verdict import Verdict
from alluse_tui.domain.views import PlanView
from alluse_tui.engine.reading import events_of
from alluse_tui.journal import Record


def accepted(plan: Plan, command: Command, actor: str, session: str) -> Iterator[dict[str, Any]]:
    """A record's content for each part of the plan; the first names the rules and the key."""
    parts = plan.plain_records()
    for i, events in enumerate(parts, start=1):
        content: dict[str, Any] = {
            "actor": actor,
            "session": session,
            "portfolio": plan.portfolio,
            "command": command.NAME,
            "content": command.content(),
            "events": events,
            "part": [i, len(parts)],
        }
        if i == 1:
            content |= {
                "key": command.key,
                "rules": [_verdict(r) for r in plan.rules],
            }
        yield content


def refused(
    error: Refused, command: Command, portfolio: str, actor: str, session: str
) -> dict[str, Any]:
    """The content of the record of a refusal."""
    return {
        "actor": actor,
        "session": session,
        "portfolio": portfolio,
        "command": command.NAME,
        "content": command.content(),
        "key": command.key,
        "events": [],
        "refusals": [_verdict(r) for r in error.reasons],
    }


def planned_view(record: Record) -> PlanView:
    """What the record's plan said, as far as the record itself tells: not the figures."""
    plain = record.plain
    rules = tuple(Verdict(r["rule"], r["ok"], r["message"]) for r in plain.get("rules", ()))
    entries = tuple(planned_entry(e) for e in events_of(record) if isinstance(e, EntryPosted))
    return PlanView("", plain["command"], plain["portfolio"], entries, (), rules)


def _verdict(rule: Verdict) -> Mapping[str, Any]:
    return {"rule": rule.rule, "ok": rule.ok, "message": rule.message}
