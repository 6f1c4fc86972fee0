"""Broker statements, read into facts."""

from alluse_tui.market.statements.read import (
    header_for,
    only_statement,
    read_statement,
    read_statements,
)
from alluse_tui.market.statements.statement import Ignored, ReadStatement

__all__ = [
    "Ignored",
    "ReadStatement",
    "header_for",
    "only_statement",
    "read_statement",
    "read_statements",
]
