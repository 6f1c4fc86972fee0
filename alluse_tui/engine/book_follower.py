"""Derives the current book from a journal and follows the records of other processes."""

from __future__ import annotations

from collections.abc import Iterable

from alluse_tui.domain.events.codec import Unknown
from alluse_tui.domain.fold.state_rows import STATE_SCHEMA, book_from_rows
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import IntegrityFailed, StoreFailed
from alluse_tui.journal import RECORD_FORMAT, Head, Journal, Record, broken_link


class BookFollower:
    """The book after the record `head`.

    `stored` is the book in the file's state; None if the state must be written completely.
    `read_only` describes a record of a newer program that could not be read; empty if none.
    """

    def __init__(self, journal: Journal) -> None:
        """Read the state, or all records if the state has another format or is damaged."""
        self._journal = journal
        self.book, self.head = Book(), Head()
        self.stored: Book | None = Book()
        self.read_only = ""
        self._file_missing = not journal.exists
        if journal.exists:
            self._open()

    def follow(self, records: Iterable[Record], head: Head) -> None:
        """Apply the records that others appended after `self.head`, up to `head`.

        The state of a file that did not exist before is read first. Raises IntegrityFailed if the
        records do not continue the chain.
        """
        if self._file_missing:
            self._file_missing = False
            self._open()
            records = self._journal.records(self.head.seq, head.seq)
        if self.read_only or self.head == head:
            return
        # Imported here, as a process that only reads the state needs neither.
        from alluse_tui.domain.fold.apply import apply_all
        from alluse_tui.engine.record_decoding import events_of

        book, last = self.book, self.head
        for record in records:
            if fault := broken_link(record, last):
                self._damaged(fault)
            try:
                book = apply_all(book, events_of(record), record.seq)
            except Unknown as error:
                self.read_only = (
                    f"record {record.seq}: {error}; this version reads up to record {last.seq}"
                    " and cannot write: upgrade"
                )
                break
            last = record.head
        if not self.read_only and last != head:
            self._damaged(f"record {last.seq} was read before and is now missing")
        self.adopt(book, last)

    def adopt(self, book: Book, head: Head) -> None:
        """Replace the book by one that was just committed together with its state."""
        self._file_missing = False
        if self.stored is not None:
            self.stored = book
        self.book, self.head = book, head

    def put_whole(self) -> None:
        """Note that the state in the file was written completely."""
        self.stored = self.book

    def check_writable(self) -> None:
        """Raises StoreFailed after a record of a newer program."""
        if self.read_only:
            raise StoreFailed(self.read_only)

    def _open(self) -> None:
        journal = self._journal
        try:
            state = journal.state()
            if state.schema == STATE_SCHEMA and state.version <= RECORD_FORMAT:
                if state.damage:
                    raise IntegrityFailed(state.damage)
                if state.head.seq and journal.hash_of(state.head.seq) != state.head.hash:
                    raise IntegrityFailed(
                        f"the state follows record {state.head.seq}, which is not in the journal"
                    )
                self.book = book_from_rows(state.rows, journal.quarantine)
                self.head = state.head
                if journal.quarantined:
                    list(self.book.accounts.values())  # unreadable rows fail now, not later
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

    def _damaged(self, fault: str) -> None:
        self._journal.quarantine(fault)
        path = self._journal.path
        raise IntegrityFailed(f"{path}: {fault}; writing is now refused")
