"""The shared state of an engine's seven doors: files, book, clock and caller."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import Denied
from alluse_tui.domain.model.users import Permission
from alluse_tui.engine.auth.identity import Caller, may, require_view, resolve_user, session_of
from alluse_tui.engine.auth.key_store import KeyStore
from alluse_tui.engine.book_follower import BookFollower
from alluse_tui.engine.clock import Clock, new_york_date
from alluse_tui.engine.read.replica_queries import ReplicaQueries
from alluse_tui.journal import Journal

if TYPE_CHECKING:
    from alluse_tui.domain.derived.market_alerts import MarketFacts
    from alluse_tui.engine.read.market_facts import StoredFacts
    from alluse_tui.engine.read.market_inputs import MarketInputsReader
    from alluse_tui.market.trading_calendar import NewYorkCalendar


@dataclass
class Core:
    """One journal, opened by one caller.

    `lock` guards the follower and the journal's writing connection; `caller` is replaced as a whole
    at a login. `opened_read_only`: every command is denied. `closed` is set to end waiting threads.
    """

    path: Path
    caller: Caller
    journal: Journal
    clock: Clock
    keys: KeyStore
    follower: BookFollower
    replica: ReplicaQueries
    opened_read_only: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)
    closed: threading.Event = field(default_factory=threading.Event)
    _facts: StoredFacts | None = None

    @cached_property
    def trading_calendar(self) -> NewYorkCalendar:
        """The exchange's trading days, loaded on first use."""
        from alluse_tui.market.trading_calendar import NewYorkCalendar

        return NewYorkCalendar(lambda: self.follower.book.closures)

    @cached_property
    def market_inputs(self) -> MarketInputsReader:
        """What the stored market data says when a trade is judged."""
        from alluse_tui.engine.read.market_inputs import MarketInputsReader

        return MarketInputsReader(self.path, self.clock, self.trading_calendar)

    def market_facts(self, book: Book) -> MarketFacts | None:
        """Today's market data for alerts; None, and nothing is loaded, if none is stored."""
        if not book.market:
            return None
        from alluse_tui.engine.read.market_facts import StoredFacts

        known = self._facts
        if known is None or known.current != book.market or known.today != self.today:
            known = self._facts = StoredFacts(self.market_inputs, book, self.today)
        return known

    @property
    def now_ns(self) -> int:
        """The engine's time in nanoseconds since 1970."""
        return self.clock.now_ns()

    @property
    def today(self) -> date:
        """Today in New York."""
        return new_york_date(self.now_ns)

    @property
    def book(self) -> Book:
        """The newest book, without checking the caller's permissions."""
        return self.follower.book

    @property
    def seq(self) -> int:
        """The newest record in `book`."""
        return self.follower.head.seq

    @property
    def actor(self) -> str:
        """The name of the logged-in user, or of the system account."""
        session = session_of(self.caller, self.journal)
        return session.user if session else self.caller.name

    def refresh(self) -> None:
        """Follow the records of other processes."""
        with self.lock:
            head = self.journal.head()
            if head != self.follower.head:
                self.follower.follow(self.journal.records(self.seq, head.seq), head)

    def require_view(self) -> None:
        """Raises Denied unless the caller may view the book."""
        book = self.book
        if book.users:
            require_view(resolve_user(book, self.caller, self.journal, self.now_ns, idle=True))

    def may_view(self) -> bool:
        """Whether the caller may view the book now."""
        try:
            self.require_view()
        except Denied:
            return False
        return True

    def may_audit(self) -> bool:
        """Whether the caller may view security records. Raises Denied if they may view nothing."""
        book = self.visible_book
        if not book.users:
            return True
        user = resolve_user(book, self.caller, self.journal, self.now_ns, idle=True)
        return may(user, Permission.AUDIT)

    @property
    def visible_book(self) -> Book:
        """The book, for a caller who may view it. Raises Denied."""
        self.require_view()
        return self.book
