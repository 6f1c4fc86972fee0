"""What everybody asks: a DuckDB file, published whole and never written in place."""

from alluse_tui.replica.replica import Comparison, Replica, Rows
from alluse_tui.replica.source import Source

__all__ = ["Comparison", "Replica", "Rows", "Source"]
