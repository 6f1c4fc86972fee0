"""Brokers' statements, read into facts."""

from alluse_tui.market.statements.read import Ignored, ReadStatement, read_statement

__all__ = ["Ignored", "ReadStatement", "read_statement"]
