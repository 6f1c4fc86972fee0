"""`verify`'s check of the DuckDB file against the journal and the book."""

from __future__ import annotations

from alluse_tui.domain.book import Book
from alluse_tui.domain.errors import StoreFailed
from alluse_tui.engine.questions import Questions
from alluse_tui.engine.verification import Check, Folding
from alluse_tui.journal import Head


class ReplicaCheck:
    """Compares every row with the journal's records, and the sums of them with the book.

    A failure never says anything of the journal: the file is derived from it.
    """

    def __init__(self, questions: Questions, folding: Folding) -> None:
        """Compares the rows now, while others go on writing; a file that differs is rebuilt.

        Raises IntegrityFailed when the file proves that the journal lost records.
        """
        self._questions = questions
        self._rebuilt = self._fault = ""
        if folding.chain or folding.fold:
            return  # these records are no measure for anything
        try:
            comparison = questions.compare(folding.head.seq)
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
        """The result. `book` is the fold of the journal up to `head`, its newest record."""
        try:
            fault = self._fault or self._sums_fault(book, head)
        except StoreFailed as error:
            fault = f"the DuckDB file cannot be asked: {error}"
        if fault:
            return Check("replica", False, fault, of_journal=False)
        same = "every row is as the journal has it, balances summed in SQL equal the book"
        return Check("replica", True, self._rebuilt + same, of_journal=False)

    def _sums_fault(self, book: Book, head: Head) -> str:
        """What is wrong with sums and references; empty when nothing is."""
        balances = {key: dict(a.balances) for key, a in book.accounts.items() if a.balances}
        if dict(self._questions.balances(head.seq)) != balances:
            return "balances summed in SQL differ from the book's"
        dangling = self._questions.dangling(head.seq)
        return f"{dangling} belong to nothing" if dangling else ""
