"""`verify`'s check of the DuckDB file against the journal and the book."""

from __future__ import annotations

from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.engine.operations.verification import Check, VerifiedFold
from alluse_tui.engine.read.replica_queries import ReplicaQueries
from alluse_tui.journal import Head


class ReplicaCheck:
    """Compares all rows with the journal's records, and their sums with the book.

    A failure does not mean that the journal is damaged, as the file is derived from it.
    """

    def __init__(self, queries: ReplicaQueries, folding: VerifiedFold) -> None:
        """Compare the rows now, while others keep writing; a file that differs is rebuilt.

        Raises IntegrityFailed if the file proves that the journal lost records.
        """
        self._replica_queries = queries
        self._rebuilt = self._fault = ""
        if folding.chain or folding.fold:
            return  # there is nothing valid to compare with
        try:
            comparison = queries.compare(folding.head.seq)
        except StoreFailed as error:
            self._fault = f"the DuckDB file cannot be built: {error}"
            return
        if comparison.repaired:
            self._rebuilt = (
                "the DuckDB file had been changed by another program or was damaged, and was"
                f" rebuilt from the journal ({comparison.repaired}); now "
            )
        if comparison.differs:
            self._fault = f"the rebuilt DuckDB file differs from the journal: {comparison.differs}"

    def check(self, book: Book, head: Head) -> Check:
        """The result. `book` is the journal's book up to `head`, its newest record."""
        try:
            fault = self._fault or self._sums_fault(book, head)
        except StoreFailed as error:
            fault = f"the DuckDB file cannot be queried: {error}"
        if fault:
            return Check("replica", False, fault, of_journal=False)
        same = "all rows match the journal, and balances summed in SQL match the book"
        return Check("replica", True, self._rebuilt + same, of_journal=False)

    def _sums_fault(self, book: Book, head: Head) -> str:
        """The fault of sums and references; empty if there is none."""
        balances = {key: dict(a.balances) for key, a in book.accounts.items() if a.balances}
        if dict(self._replica_queries.balances(head.seq)) != balances:
            return "balances summed in SQL differ from the book's"
        dangling = self._replica_queries.dangling(head.seq)
        return f"broken references: {dangling}" if dangling else ""
