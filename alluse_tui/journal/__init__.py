"""The journal: one append-only table of hash-chained records in SQLite, and the current state."""

from alluse_tui.journal.journal import Journal
from alluse_tui.journal.record import (
    GENESIS,
    NO_RECEIPT,
    RECORD_FORMAT,
    Head,
    KeyEntry,
    Record,
    broken_link,
)
from alluse_tui.journal.stored_state import State
from alluse_tui.journal.turn import ClockAhead, Turn

__all__ = [
    "GENESIS",
    "NO_RECEIPT",
    "RECORD_FORMAT",
    "ClockAhead",
    "Head",
    "Journal",
    "KeyEntry",
    "Record",
    "State",
    "Turn",
    "broken_link",
]
