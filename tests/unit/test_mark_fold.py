"""What the book remembers of marks and assignments, entry by entry."""

from __future__ import annotations

from datetime import date

from alluse_tui.config import load_policy
from alluse_tui.domain.events.events import EntryPosted, HoldingChange, Posting, RecordsReversed
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.fold.marks import ASSIGNMENTS_KEPT, MARKS_KEPT
from alluse_tui.domain.model.book import Account, Assignment, Book, Mark, Portfolio
from alluse_tui.domain.model.persistent_map import PersistentMap
from alluse_tui.domain.model.terms import Kind, Tier

DAYS = [date(2026, 11, day) for day in range(1, 29)]
ONE = 1_000_000
PUT = "XYZ 2026-12-18 50 put"
KEY = "XYZ:USD"


class Folding:
    """A book with gen-1, to which entries are applied one record at a time."""

    def __init__(self) -> None:
        gen = Account("Main", "gen-1", Tier.GEN, DAYS[0], DAYS[0], balances={"cash:USD": 10**12})
        main = Portfolio("Main", "USD", DAYS[0], load_policy("moderate"))
        self.book = Book({"Main": main}, PersistentMap({gen.id: gen}))
        self.entries: dict[int, EntryPosted] = {}
        self.seq = 0

    @property
    def gen(self) -> Account:
        return self.book.accounts["Main/gen-1"]

    def post(self, kind: Kind, *changes: tuple[str, int, int], reverses: int = 0) -> int:
        """Post changes of (instrument, quantity, value) in units."""
        self.seq += 1
        holdings = tuple(
            HoldingChange("gen-1", name, "USD", quantity * ONE, value * ONE)
            for name, quantity, value in changes
        )
        moved = sum(change.value_micros for change in holdings)
        postings = (
            Posting("gen-1", "positions", "USD", moved),
            Posting("world:market", "", "USD", -moved),
        )
        entry = EntryPosted(
            "Main",
            kind,
            DAYS[self.seq],
            postings,
            holdings=holdings,
            reverses=reverses,
        )
        self.entries[self.seq] = entry
        self.book = apply(self.book, entry, self.seq)
        return self.seq

    def undo(self, seq: int) -> None:
        self.book = apply(self.book, RecordsReversed(seq, seq), self.seq + 1)
        entry = self.entries[seq]
        changes = [
            (c.instrument, -c.quantity_micros // ONE, -c.value_micros // ONE)
            for c in entry.holdings
        ]
        self.post(entry.kind, *changes, reverses=seq)


def test_a_mark_of_one_holding_is_kept_until_more_is_opened() -> None:
    book = Folding()
    book.post(Kind.TRADE, ("XYZ", 100, 5000))
    seq = book.post(Kind.MARK, ("XYZ", 0, 100))
    assert book.gen.marks == {KEY: (Mark(seq, DAYS[seq]),)}
    book.post(Kind.TRADE, ("XYZ", -40, -2040))
    assert book.gen.marks == {KEY: (Mark(seq, DAYS[seq]),)}
    book.post(Kind.TRADE, ("XYZ", 1, 50))
    assert book.gen.marks == {}


def test_a_mark_ends_with_the_position_or_when_it_changes_sides() -> None:
    for sold in (-100, -101):
        book = Folding()
        book.post(Kind.TRADE, ("XYZ", 100, 5000))
        book.post(Kind.MARK, ("XYZ", 0, 100))
        book.post(Kind.TRADE, ("XYZ", sold, -5100))
        assert book.gen.marks == {}


def test_a_mark_that_is_divided_leaves_no_price() -> None:
    book = Folding()
    book.post(Kind.TRADE, ("XYZ", 100, 5000))
    book.post(Kind.TRADE, (PUT, -1, -300))
    book.post(Kind.MARK, ("XYZ", 0, 100))
    book.post(Kind.MARK, ("XYZ", 0, 94), (PUT, 0, 6))
    assert book.gen.marks == {}


def test_an_undone_mark_gives_way_to_the_one_before() -> None:
    book = Folding()
    book.post(Kind.TRADE, ("XYZ", 100, 5000))
    first = book.post(Kind.MARK, ("XYZ", 0, 100))
    second = book.post(Kind.MARK, ("XYZ", 0, 200))
    book.undo(second)
    assert book.gen.marks == {KEY: (Mark(first, DAYS[first]),)}
    book.undo(first)
    assert (book.gen.marks, book.gen.holdings[KEY].value_micros) == ({}, 5000 * ONE)


def test_undoing_an_earlier_mark_leaves_no_price() -> None:
    book = Folding()
    book.post(Kind.TRADE, ("XYZ", 100, 5000))
    first = book.post(Kind.MARK, ("XYZ", 0, 100))
    book.post(Kind.MARK, ("XYZ", 0, 200))
    book.undo(first)
    assert book.gen.marks == {}


def test_only_the_newest_marks_and_assignments_are_kept() -> None:
    book = Folding()
    book.post(Kind.TRADE, ("XYZ", 100, 5000))
    marked = [book.post(Kind.MARK, ("XYZ", 0, 1)) for _ in range(MARKS_KEPT + 1)]
    assert [mark.seq for mark in book.gen.marks[KEY]] == marked[1:]
    book.post(Kind.TRADE, (PUT, -100, -300))
    options = [(PUT, 1, 3)] * (ASSIGNMENTS_KEPT + 1)
    book.post(Kind.ASSIGNMENT, *options)
    assert len(book.gen.assignments) == ASSIGNMENTS_KEPT


def test_an_assignment_of_a_short_option_is_remembered_until_it_is_undone() -> None:
    book = Folding()
    book.post(Kind.TRADE, (PUT, -2, -300))
    seq = book.post(Kind.ASSIGNMENT, (PUT, 1, 150), ("XYZ", 100, 5000))
    assert book.gen.assignments == (Assignment(seq, DAYS[seq], PUT, ONE),)
    book.undo(seq)
    assert not book.gen.assignments


def test_an_exercise_is_no_assignment() -> None:
    book = Folding()
    book.post(Kind.TRADE, (PUT, 1, 300))
    book.post(Kind.ASSIGNMENT, (PUT, -1, -300), ("XYZ", -100, -5000))
    assert book.gen.assignments == ()
