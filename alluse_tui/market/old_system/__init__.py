"""The database of the system that this program replaces (market.md, The old system)."""

from alluse_tui.market.old_system.read import ReadOldSystem, is_database, read_old_system

__all__ = ["ReadOldSystem", "is_database", "read_old_system"]
