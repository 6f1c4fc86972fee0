"""Decodes the events of a record, and hides secrets in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from alluse_tui.domain.events.codec import Unknown, canonical, event_from_plain, from_plain
from alluse_tui.domain.events.events import Event
from alluse_tui.domain.events.upcast import needs_upcast, upcast
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.journal import RECORD_FORMAT, Record

WITH_HOLDINGS = b'"holdings":'
"""What the body of every record contains whose entries changed holdings."""

WITH_ADJUSTMENT = b'"kind":"adjustment"'
"""What the body of every record contains that adjusted holdings."""


class _Format(msgspec.Struct):
    v: int


class _Events(msgspec.Struct):
    events: list[Event]


_format = msgspec.json.Decoder(_Format).decode
_events = msgspec.json.Decoder(_Events).decode


def events_of(record: Record) -> list[Event]:
    """The record's events. Raises Unknown for one this program does not know."""
    version = _format(record.body).v
    if version > RECORD_FORMAT:
        raise Unknown(f"format {version} was written by a newer version")
    if needs_upcast(version):
        return [event_from_plain(upcast(e, version, RECORD_FORMAT)) for e in record.plain["events"]]
    try:
        return _events(record.body).events
    except msgspec.ValidationError:
        return [event_from_plain(e) for e in record.plain["events"]]  # names the event


def accounts_in(record: Record) -> set[str]:
    """The accounts ('Main/gen-1') that the record's events changed."""
    accounts: set[str] = set()
    for event in record.plain["events"]:
        codes = [p["account"] for p in event.get("postings", ())]
        codes += [event[name] for name in ("code", "account") if name in event]
        accounts |= {f"{event['portfolio']}/{c}" for c in codes if not c.startswith("world:")}
    return accounts


def stored_verdict(plain: Mapping[str, Any]) -> Verdict:
    """A verdict from a record's rules; before format 5 they had a finished message."""
    if "message" in plain:
        return Verdict(plain["rule"], plain["ok"], plain["message"])
    return from_plain(Verdict, plain)


def span_of(record: Record) -> tuple[int, int]:
    """First and last seq of the records that the record's command wrote."""
    part, parts = record.plain.get("part", (1, 1))
    first = record.seq - part + 1
    return first, first + parts - 1


__all__ = ["Record", "accounts_in", "events_of", "redacted", "span_of"]

HIDDEN = "…"


def redacted(record: Record) -> Record:
    """The record without password hashes, for display. A damaged record is returned as it is."""
    try:
        secret = any("password" in event for event in record.plain["events"])
    except (ValueError, KeyError, TypeError):
        return record
    if not secret:
        return record
    events = [
        {**event, "password": HIDDEN} if "password" in event else event
        for event in record.plain["events"]
    ]
    return replace(record, body=canonical({**record.plain, "events": events}))
