"""Rows of the replica as entries for display."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from alluse_tui.domain.derived.entry_text import TRADES, entry_profit, entry_text
from alluse_tui.domain.events.events import EntryPosted, HoldingChange, Posting
from alluse_tui.domain.model.instrument import instrument_named
from alluse_tui.domain.model.money_text import UNIT_MICROS
from alluse_tui.domain.model.terms import Kind
from alluse_tui.domain.views import EntryView


def entry_view(row: Mapping[str, Any]) -> EntryView:
    """A row of the question `account_entries`."""
    entry = replica_entry(row["kind"], row["holdings"], row["postings"], row["reverses"] or 0)
    account, currency = row["account"], row["currency"]
    return EntryView(
        seq=row["seq"],
        effective=row["effective"],
        recorded_ns=row["recorded_ns"],
        kind=row["kind"],
        account=account,
        micros=int(row["amount"] * UNIT_MICROS),
        currency=currency,
        note=row["note"],
        actor=row["actor"],
        reverses=entry.reverses,
        text=entry_text(entry),
        profit=entry_profit(entry, account, currency),
        instrument=_traded(entry),
    )


def _traded(entry: EntryPosted) -> str:
    """The instrument that a trade, expiry or assignment changed; of a roll the later option."""
    if entry.kind not in TRADES:
        return ""
    traded = (instrument_named(change.instrument) for change in entry.holdings)
    last = max(traded, key=lambda instrument: instrument.expiry or date.min, default=None)
    return "" if last is None else last.name


def activity_text(row: Mapping[str, Any]) -> str:
    """What a row of the question `activity` did: its entry, or the command of several entries."""
    if row["entries"] > 1:
        return str(row["kind"]).capitalize()
    return entry_text(replica_entry(row["kind"], row["holdings"], row["postings"], row["undoes"]))


def replica_entry(
    kind: str,
    holdings: Sequence[Mapping[str, Any]] | None,
    postings: Sequence[Mapping[str, Any]] | None,
    reverses: int,
) -> EntryPosted:
    """The entry as far as its text needs it: kind, holdings and postings."""
    return EntryPosted(
        "",
        Kind(kind),
        date.min,
        tuple(Posting(**posting) for posting in postings or ()),
        holdings=tuple(HoldingChange(**change) for change in holdings or ()),
        reverses=reverses,
    )
