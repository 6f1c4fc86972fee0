"""The typed trades of a portfolio with the verdicts that their records keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alluse_tui.domain.derived.adherence import JudgedOpening
from alluse_tui.domain.derived.fills import HoldingEntry
from alluse_tui.domain.model.terms import Kind
from alluse_tui.engine.core import Core
from alluse_tui.engine.record_decoding import stored_verdict


def judged_openings(
    core: Core, entries: Iterable[HoldingEntry], accounts: Iterable[str], opened: frozenset[int]
) -> Iterator[JudgedOpening]:
    """The trades in these accounts that somebody typed and that opened one of the lots `opened`."""
    codes = frozenset(accounts)
    for entry in entries:
        is_typed = entry.kind is Kind.TRADE and entry.counts and not entry.is_imported
        account = entry.changes[0].account
        if not (is_typed and account in codes and entry.seq in opened):
            continue
        for record in core.journal.records(entry.seq - 1, entry.seq):
            rules = tuple(stored_verdict(plain) for plain in record.plain.get("rules", ()))
            yield JudgedOpening(entry.seq, account, rules)
