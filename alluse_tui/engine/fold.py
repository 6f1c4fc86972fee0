"""The book that a process folded from a journal, and how far it has read."""

from __future__ import annotations

from collections.abc import Iterable

from alluse_tui.domain.book import Book
from alluse_tui.domain.errors import IntegrityFailed, StoreFailed
from alluse_tui.domain.state import SCHEMA, book_from_rows
from alluse_tui.domain.wire import Unknown
from alluse_tui.journal import VERSION, Head, Journal, Record, broken_link


class Fold:
    """`book` after the record `head`.

    `stored` is the book that the state in the file holds; empty when it must be put whole.
    `read_only` says which record of a newer program ended the following; empty while none did.
    """

    def __init__(self, journal: Journal) -> None:
        """Reads the state; where that is of another form or not to be trusted, every record."""
        self._journal = journal
        self.book, self.head = Book(), Head()
        self.stored: Book | None = Book()
        self.read_only = ""
        self._waits = not journal.exists
        if journal.exists:
            self._open()

    def follow(self, records: Iterable[Record], head: Head) -> None:
        """Apply what others appended after `self.head`, up to `head`.

        Anything but a continuation of the chain is damage: raises IntegrityFailed. Of a file that
        was not there before, the state is read first.
        """
        if self._waits:
            self._waits = False
            self._open()
            records = self._journal.records(self.head.seq, head.seq)
        if self.read_only or self.head == head:
            return
        from alluse_tui.domain.apply import apply_all  # who only looks at the state needs neither
        from alluse_tui.engine.reading import events_of

        book, last = self.book, self.head
        for record in records:
            if found := broken_link(record, last):
                self._damaged(found)
            try:
                book = apply_all(book, events_of(record), record.seq)
            except Unknown as error:
                self.read_only = (
                    f"record {record.seq}: {error}; this one reads up to record {last.seq}"
                    " and writes nothing: upgrade"
                )
                break
            last = record.head
        if not self.read_only and last != head:
            self._damaged(f"record {last.seq} was read before and is gone")
        self.adopt(book, last)

    def adopt(self, book: Book, head: Head) -> None:
        """From now on this is the book, as the state in the file has it too."""
        self._waits = False
        if self.stored is not None:
            self.stored = book
        self.book, self.head = book, head

    def put_whole(self) -> None:
        """The state in the file was just put as a whole."""
        self.stored = self.book

    def check_writable(self) -> None:
        """Raises StoreFailed once a newer program's record was met."""
        if self.read_only:
            raise StoreFailed(self.read_only)

    def _open(self) -> None:
        journal = self._journal
        try:
            state = journal.state()
            if state.schema == SCHEMA and state.version <= VERSION:
                if state.damage:
                    raise IntegrityFailed(state.damage)
                if state.head.seq and journal.hash_of(state.head.seq) != state.head.hash:
                    raise IntegrityFailed(
                        f"the state follows record {state.head.seq}, which is not in the journal"
                    )
                self.book = book_from_rows(state.rows, journal.quarantine)
                self.head = state.head
                if journal.quarantined:
                    list(self.book.accounts.values())  # what cannot be read shows now, not later
                self.stored = self.book
                self._catch_up()
                return
        except (IntegrityFailed, ValueError, KeyError, TypeError) as error:
            journal.quarantine(f"the state cannot be used: {error}")
        self.book, self.head, self.stored = Book(), Head(), None
        self._catch_up()

    def _catch_up(self) -> None:
        head = self._journal.head()
        if head != self.head:
            self.follow(self._journal.records(self.head.seq, head.seq), head)

    def _damaged(self, found: str) -> None:
        self._journal.quarantine(found)
        path = self._journal.path
        raise IntegrityFailed(f"{path}: {found}; writing is refused from now on")
