"""Composes databases of the system that this program replaces."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

ACCOUNTS = (
    "account_id TEXT, account_name TEXT, account_type TEXT, status TEXT, initial_balance REAL,"
    " current_balance REAL, available_balance REAL, cash_buffer REAL, parent_account_id TEXT,"
    " forked_from_account_id TEXT, configuration TEXT, created_at TIMESTAMP"
)
TRANSACTIONS = (
    "transaction_id TEXT, account_id TEXT, transaction_type TEXT, amount REAL, description TEXT,"
    " related_account_id TEXT, metadata TEXT, timestamp TIMESTAMP"
)
RELATIONSHIPS = (
    "id INTEGER PRIMARY KEY, parent_account_id TEXT, child_account_id TEXT,"
    " relationship_type TEXT, created_at TIMESTAMP"
)
METRICS = "id INTEGER PRIMARY KEY, account_id TEXT, total_return REAL"

MORNING = "2025-12-17 09:30:00.123456"

Row = dict[str, Any]


def account(ident: str, kind: str = "generation", balance: Any = 0.0, **columns: Any) -> Row:
    """A row of accounts, opened on MORNING unless `columns` says otherwise."""
    row = {
        "account_id": ident,
        "account_name": f"Name of {ident}",
        "account_type": kind,
        "status": "active",
        "initial_balance": 0.0,
        "current_balance": balance,
        "configuration": "{}",
        "created_at": MORNING,
    }
    return row | columns


def transaction(ident: str, owner: str, kind: str, amount: Any, **columns: Any) -> Row:
    """A row of transactions, made on MORNING unless `columns` says otherwise."""
    row = {
        "transaction_id": ident,
        "account_id": owner,
        "transaction_type": kind,
        "amount": amount,
        "timestamp": MORNING,
    }
    return row | columns


def compose(
    path: Path,
    accounts: Sequence[Row],
    transactions: Sequence[Row] = (),
    relationships: Sequence[Row] = (),
) -> str:
    """A new database at `path`; its path as text."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE accounts({ACCOUNTS})")
        database.execute(f"CREATE TABLE transactions({TRANSACTIONS})")
        database.execute(f"CREATE TABLE account_relationships({RELATIONSHIPS})")
        database.execute(f"CREATE TABLE performance_metrics({METRICS})")
        add(database, "accounts", accounts)
        add(database, "transactions", transactions)
        add(database, "account_relationships", relationships)
    return str(path)


def change(path: str, statement: str, *rows: Row, table: str = "transactions") -> None:
    """Run one SQL statement (empty: none) on an existing database, and add rows to a table."""
    with closing(sqlite3.connect(path)) as database, database:
        if statement:
            database.execute(statement)
        add(database, table, rows)


def add(database: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    for row in rows:
        marks = ", ".join("?" for _ in row)
        database.execute(
            f"INSERT INTO {table}({', '.join(row)}) VALUES ({marks})", list(row.values())
        )
