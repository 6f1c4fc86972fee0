"""Broker statements, read into facts."""

from alluse_tui.market.statements.read import only_statement, read_statement, read_statements
from alluse_tui.market.statements.statement import Ignored, ReadStatement

__all__ = ["Ignored", "ReadStatement", "only_statement", "read_statement", "read_statements"]
