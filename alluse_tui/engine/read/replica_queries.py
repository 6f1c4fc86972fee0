"""Queries on the replica, which is loaded by the first one."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from alluse_tui.domain.model.book import Book, account_id
from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.domain.model.instrument import Holding
from alluse_tui.domain.model.persistent_map import PersistentMap
from alluse_tui.journal import Journal, Record
from alluse_tui.replica.export_formats import ExportFormat

if TYPE_CHECKING:
    from alluse_tui.replica.replica import Comparison, Replica, Rows

T = TypeVar("T")

BATCH = 10_000
"""Record bodies handed to DuckDB at once."""


class ReplicaQueries:
    """The replica of one journal. The first query imports DuckDB."""

    def __init__(self, journal: Journal, path: Path) -> None:
        """`path` is the DuckDB file."""
        self._journal = journal
        self._path = path
        self._lock = threading.Lock()
        self._replica: Replica | None = None

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        with self._lock:
            replica = self._replica
        if replica is not None:
            replica.close()

    def ask(self, name: str, seq: int, values: Mapping[str, Any]) -> Rows:
        """The result of a named query over the records up to `seq`."""
        return self._watched(lambda replica: replica.ask(name, seq, values))

    def ask_user_sql(self, text: str, seq: int) -> Rows:
        """The result of an operator's own SELECT. Raises BadInput."""
        return self._watched(lambda replica: replica.ask_user_sql(text, seq))

    def publish(self, seq: int, progress: Callable[[int, int], None] | None, whole: bool) -> None:
        """Publish the file up to `seq`."""
        self._watched(lambda replica: replica.publish(seq, progress, whole=whole))

    def publish_long_tail(self, seq: int, longest: int) -> bool:
        """Publish if the file lacks more than `longest` records up to `seq`; whether it did."""
        if self._watched(lambda replica: replica.tail(seq)) <= longest:
            return False
        self.publish(seq, None, whole=False)
        return True

    def export(self, folder: Path, file_format: ExportFormat, seq: int) -> tuple[str, ...]:
        """Write every table and view to `folder`; their names."""
        return self._watched(lambda replica: replica.export(folder, file_format, seq))

    def compare(self, seq: int) -> Comparison:
        """Compare all rows up to `seq` with the journal's records; publish again what differs."""
        return self._watched(lambda replica: replica.compare(seq))

    def check(self, seq: int, stop: threading.Event) -> str:
        """Read the whole file, until `stop`, and replace one that is not as it was published.

        What was wrong with it; empty when nothing was.
        """
        return self._watched(lambda replica: replica.check(seq, stop))

    def book_as_of(self, book: Book, seq: int, day: date) -> Book:
        """`book` with only the accounts opened by `day`, with that day's balances and holdings."""
        balances = self._by_account("balances_as_of", seq, day)
        base = self._by_account("base_as_of", seq, day)
        holdings: defaultdict[str, dict[str, Holding]] = defaultdict(dict)
        for portfolio, code, key, quantity, value in self.ask(
            "holdings_as_of", seq, {"day": day}
        ).rows:
            holdings[account_id(portfolio, code)][key] = Holding(quantity, value)
        accounts = {
            key: replace(
                account,
                balances=balances.get(key, {}),
                base=base.get(key, {}),
                holdings=holdings.get(key, {}),
            )
            for key, account in book.accounts.items()
            if account.opened <= day or key in balances
        }
        return replace(book, accounts=PersistentMap(accounts))

    def balances(self, seq: int) -> Mapping[str, Mapping[str, int]]:
        """Every account's balances ('cash:USD' → micros) after record `seq`, summed in SQL."""
        return self._by_account("balances_as_of", seq, date.max)

    def dangling(self, seq: int) -> str:
        """A description of rows without a parent row; empty if there are none."""
        rows = self.ask("dangling", seq, {}).rows
        return ", ".join(f"{count} {table}" for table, count in rows)

    def _by_account(self, name: str, seq: int, day: date) -> Mapping[str, Mapping[str, int]]:
        amounts: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for portfolio, code, key, micros in self.ask(name, seq, {"day": day}).rows:
            amounts[account_id(portfolio, code)][key] = micros
        return amounts

    def _watched(self, ask: Callable[[Replica], T]) -> T:
        """The result of `ask`. A proved file that holds records the journal lost stops all writing.

        Nothing else does: a file that was changed or damaged is published again.
        """
        replica = self._loaded()
        try:
            return ask(replica)
        except IntegrityFailed as error:
            self._journal.quarantine(str(error))
            raise

    def _loaded(self) -> Replica:
        """The replica, created by the first query. Concurrent queries share it."""
        with self._lock:
            if self._replica is None:
                from alluse_tui.replica.replica import Replica

                self._replica = Replica(JournalSource(self._journal), self._path)
            return self._replica


def _text(record: Record) -> str:
    try:
        return record.body.decode()
    except UnicodeDecodeError:
        raise IntegrityFailed(
            f"record {record.seq} was changed and is not valid text: run `alluse verify`, then"
            " `alluse recover` or `alluse restore`"
        ) from None


class JournalSource:
    """The journal as the replica sees it."""

    def __init__(self, journal: Journal) -> None:
        """Reads nothing."""
        self._journal = journal

    def origin(self) -> str:
        """The journal's identity."""
        return self._journal.identity()

    def hash_of(self, seq: int) -> str:
        """The record's hash in hex; empty if it does not exist."""
        return next((r.hash.hex() for r in self._journal.records(seq - 1, seq)), "")

    def bodies(self, after: int, upto: int) -> Iterator[list[str]]:
        """The records' bodies, BATCH at a time."""
        batch: list[str] = []
        for record in self._journal.records(after, upto):
            batch.append(_text(record))
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch
