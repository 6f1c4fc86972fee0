"""Building the bodies of records of executed, refused, denied and proposed commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from alluse_tui.domain.commands import Command
from alluse_tui.domain.events.codec import from_plain
from alluse_tui.domain.events.events import EntryPosted, Event
from alluse_tui.domain.model.errors import Denied, Refused
from alluse_tui.domain.model.market_inputs import NO_MARKET, MarketInputs
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Plan, planned_entry
from alluse_tui.domain.views import PlanView
from alluse_tui.engine.record_decoding import events_of, stored_verdict
from alluse_tui.journal import Record


def accepted_bodies(
    plan: Plan, command: Command, signed: Mapping[str, Any], approval: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the body of a record for each part of the plan; the first has the rules and the key.

    `signed`: the author. `approval`: the executed proposal, if any. What was known of the market is
    recorded with the rules that used it.
    """
    parts = plan.records()
    for i, events in enumerate(parts, start=1):
        content: dict[str, Any] = {
            **signed,
            "portfolio": plan.portfolio,
            "command": command.NAME,
            "content": command.content(),
            "events": list(events),
            "part": [i, len(parts)],
            **({"approval": approval} if approval else {}),
        }
        if i == 1:
            content |= {
                "key": command.key,
                "rules": plan.rules,
            }
            if plan.market != NO_MARKET:
                content["market"] = plan.market
        yield content


def refused_body(
    error: Refused, command: Command, portfolio: str, signed: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of the record of a refused command."""
    return {
        **signed,
        "portfolio": portfolio,
        "command": command.NAME,
        "content": command.content(),
        "key": command.key,
        "events": [],
        "refusals": [{"rule": r.rule, "ok": r.ok, "message": r.message} for r in error.reasons],
    }


def denied_body(error: Denied, command: Command, signed: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the record of a denied command."""
    return {
        **signed,
        "portfolio": command.portfolio,
        "command": command.NAME,
        "content": command.content(),
        "events": [],
        "denied": str(error),
    }


def proposal_body(
    name: str,
    content: Mapping[str, Any],
    portfolio: str,
    signed: Mapping[str, Any],
    events: Iterable[Event],
    rules: Iterable[Verdict],
) -> dict[str, Any]:
    """The body of the record of a proposal or an approval."""
    return {
        **signed,
        "portfolio": portfolio,
        "command": name,
        "content": dict(content),
        "events": list(events),
        "rules": tuple(rules),
    }


def planned_view(record: Record) -> PlanView:
    """The view of the record's plan, without account figures, which records do not have."""
    plain = record.plain
    rules = tuple(stored_verdict(r) for r in plain.get("rules", ()))
    entries = tuple(planned_entry(e) for e in events_of(record) if isinstance(e, EntryPosted))
    market = from_plain(MarketInputs, plain["market"]) if "market" in plain else NO_MARKET
    return PlanView("", plain["command"], plain["portfolio"], entries, (), rules, market=market)
