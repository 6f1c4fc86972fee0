"""Imports as their records keep them: what came in, what was known already, and what was left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from alluse_tui.domain.derived.import_summary import SummaryRow, import_summary
from alluse_tui.domain.events.events import EntryPosted, StatementImported
from alluse_tui.domain.model.ignored_rows import IgnoredRows
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.plan import planned_entry
from alluse_tui.domain.views import PlannedEntry
from alluse_tui.engine.record_decoding import Record, events_of

if TYPE_CHECKING:
    from alluse_tui.engine.read.queries import Queries

IMPORTS_LISTED = 200

_MARK = b'"type":"statement_imported"'
"""What the body of every record contains that completes the import of a statement."""


class KeptImport(Value, kw_only=True):
    """The import of a statement into `account`, in the records from `first_seq` to `last_seq`.

    `source` is the broker account, by a pseudonym. `rows`, `duplicates` and `ignored` count the
    rows of the file. `undone_by`: the record that undid it, or 0. `is_full`: whether the record has
    duplicates and ignored rows at all; records of older programs do not, and neither does a file of
    which every row was new.
    """

    first_seq: int
    last_seq: int
    recorded_ns: int
    actor: str
    account: str
    source: str
    first_day: date
    last_day: date
    sha256: str
    rows: int
    duplicates: int
    ignored: tuple[IgnoredRows, ...]
    undone_by: int = 0

    @property
    def is_full(self) -> bool:
        """Whether the record has duplicates or ignored rows."""
        return bool(self.duplicates or self.ignored)

    @property
    def ignored_count(self) -> int:
        """The rows that were ignored, whatever the reason."""
        return sum(each.rows for each in self.ignored)


def kept_imports(
    queries: Queries, portfolio: str, count: int = IMPORTS_LISTED
) -> tuple[KeptImport, ...]:
    """The newest imports of the portfolio, newest first. Raises Denied, IntegrityFailed."""
    imports: list[KeptImport] = []
    for first, last, at_ns, actor, undone in queries.query(
        "imports", portfolio=portfolio, count=count
    ).rows:
        for record in _records(queries, first, last):
            if _MARK not in record.body:
                continue
            imports += [
                KeptImport(
                    first_seq=first,
                    last_seq=last,
                    recorded_ns=at_ns,
                    actor=actor,
                    account=event.account,
                    source=event.source,
                    first_day=event.first_day,
                    last_day=event.last_day,
                    sha256=event.sha256,
                    rows=event.rows,
                    duplicates=event.duplicates,
                    ignored=event.ignored,
                    undone_by=undone,
                )
                for event in events_of(record)
                if isinstance(event, StatementImported)
            ]
    return tuple(imports)


def kept_summary(queries: Queries, kept: KeptImport) -> tuple[SummaryRow, ...]:
    """What the import recorded, by kind and symbol. Raises Denied, IntegrityFailed.

    The entries of a statement are those between the end of the statement before and its own.
    """
    entries: list[PlannedEntry] = []
    for record in _records(queries, kept.first_seq, kept.last_seq):
        for event in events_of(record):
            if isinstance(event, EntryPosted):
                entries.append(planned_entry(event))
            elif isinstance(event, StatementImported):
                if (event.account, event.source) == (kept.account, kept.source):
                    return import_summary(entries, kept.account)
                entries.clear()
    return ()


def _records(queries: Queries, first: int, last: int) -> Iterator[Record]:
    for record in queries.records(first - 1):
        if record.seq > last:
            return
        yield record
