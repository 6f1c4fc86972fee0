"""The truth: one append-only table of hash-chained records in SQLite, and the current state."""

from alluse_tui.journal.journal import Journal, Turn
from alluse_tui.journal.record import GENESIS, Head, KeyEntry, Record

__all__ = ["GENESIS", "Head", "Journal", "KeyEntry", "Record", "Turn"]
