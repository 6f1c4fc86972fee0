"""The truth: one append-only table of hash-chained records in SQLite, and the current state."""

from alluse_tui.journal.journal import Journal, State
from alluse_tui.journal.record import (
    GENESIS,
    NO_RECEIPT,
    VERSION,
    Head,
    KeyEntry,
    Record,
    broken_link,
)
from alluse_tui.journal.turn import Turn

__all__ = [
    "GENESIS",
    "NO_RECEIPT",
    "VERSION",
    "Head",
    "Journal",
    "KeyEntry",
    "Record",
    "State",
    "Turn",
    "broken_link",
]
