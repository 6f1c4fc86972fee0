"""Idempotency keys in a turn: claiming and freeing them, and receipts for repeated commands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from alluse_tui.domain.commands import Command
from alluse_tui.domain.events.codec import canonical, from_plain
from alluse_tui.domain.events.events import EntryPosted, KeysFreed
from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.domain.plan import Plan
from alluse_tui.domain.views import PlanView, Receipt
from alluse_tui.engine.write.record_bodies import planned_view
from alluse_tui.journal import NO_RECEIPT, Journal, KeyEntry, Record, Turn


def content_hash(name: str, content: Mapping[str, object]) -> str:
    """SHA-256 of a command's name and content, which must match if its key is used again."""
    return hashlib.sha256(canonical([name, content])).hexdigest()


def settle_keys(
    turn: Turn,
    portfolio: str,
    command: Command,
    plan: Plan,
    records: Sequence[Record],
    receipt: Receipt,
) -> None:
    """Claim the keys of the plan's entries and of the command; free keys of reversed records."""
    for record, events in zip(records, plan.records(), strict=True):
        claimed = [
            KeyEntry(plan.portfolio, key, record.seq, content)
            for event in events
            if isinstance(event, EntryPosted)
            for key, content in event.row_keys
        ]
        if claimed:
            turn.claim_keys(claimed)
        for event in events:
            if isinstance(event, KeysFreed):
                turn.free_keys(event.portfolio, event.keys)
    if command.key:
        view = canonical(receipt.plan)
        content = content_hash(command.NAME, command.content())
        text = f"{_receipt_check(portfolio, command.key, view)} {view.decode()}"
        turn.claim_keys([KeyEntry(portfolio, command.key, receipt.seq, content, text)])


def damaged_receipt(entry: KeyEntry) -> str:
    """The fault of a stored receipt; empty if it is intact or missing."""
    check, _, view = entry.receipt.partition(" ")
    if entry.receipt in ("", NO_RECEIPT) or check == _receipt_check(
        entry.portfolio, entry.key, view.encode()
    ):
        return ""
    return f"the receipt of key {entry.key} was changed"


def receipt_of(entry: KeyEntry, source: Journal | Turn) -> Receipt:
    """The stored receipt of the key's first use; after a recovery without account figures.

    Raises IntegrityFailed.
    """
    if problem := damaged_receipt(entry) or ("" if entry.receipt else "a receipt is missing"):
        raise IntegrityFailed(problem)
    record = next(iter(source.records(entry.seq - 1, entry.seq)), None)
    if record is None:
        raise IntegrityFailed(f"key {entry.key} names record {entry.seq}, which does not exist")
    if entry.receipt != NO_RECEIPT:
        view = from_plain(PlanView, json.loads(entry.receipt.partition(" ")[2]))
    else:
        view = planned_view(record)
    return Receipt(entry.seq, record.hash.hex(), True, lambda: view)


def _receipt_check(portfolio: str, key: str, view: bytes) -> str:
    return hashlib.sha256(canonical([portfolio, key]) + view).hexdigest()
