"""What a record says: a command that was carried out, or one that was refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alluse_tui.domain.commands import Command
from alluse_tui.domain.errors import Refused
from alluse_tui.domain.events import EntryPosted, Event
from alluse_tui.domain.plan import Plan, planned_entry
from alluse_tui.domain.upcast import upcast
from alluse_tui.domain.verdict import Verdict
from alluse_tui.domain.views import PlanView
from alluse_tui.domain.wire import Unknown, event_from_plain
from alluse_tui.journal import VERSION, Record


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


def events_of(record: Record) -> list[Event]:
    """The record's events. Raises Unknown for one this program does not know."""
    version = record.plain["v"]
    if version > VERSION:
        raise Unknown(f"form {version} is of a newer program")
    return [event_from_plain(upcast(e, version, VERSION)) for e in record.plain["events"]]


def planned_view(record: Record) -> PlanView:
    """What the record's plan said, as far as the record itself tells: not the figures."""
    plain = record.plain
    rules = tuple(Verdict(r["rule"], r["ok"], r["message"]) for r in plain.get("rules", ()))
    entries = tuple(planned_entry(e) for e in events_of(record) if isinstance(e, EntryPosted))
    return PlanView("", plain["command"], plain["portfolio"], entries, (), rules)


def accounts_in(record: Record) -> set[str]:
    """The accounts ('Main/gen-1') that the record's events changed."""
    found: set[str] = set()
    for event in record.plain["events"]:
        codes = [p["account"] for p in event.get("postings", ())]
        codes += [event[name] for name in ("code", "account") if name in event]
        found |= {f"{event['portfolio']}/{c}" for c in codes if not c.startswith("world:")}
    return found


def span_of(record: Record) -> tuple[int, int]:
    """First and last seq of the records that the record's command wrote."""
    part, parts = record.plain.get("part", (1, 1))
    first = record.seq - part + 1
    return first, first + parts - 1


def _verdict(rule: Verdict) -> Mapping[str, Any]:
    return {"rule": rule.rule, "ok": rule.ok, "message": rule.message}
