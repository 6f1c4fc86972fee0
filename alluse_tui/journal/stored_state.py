"""Reading the state that a journal file stores next to its records."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import Any

import apsw

from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.journal.record import Head
from alluse_tui.journal.sqlite import translated
from alluse_tui.journal.state_digest import digest_after, digest_from

_STATE = """
    SELECT (SELECT value FROM meta WHERE name = 'min_writer'),
           (SELECT value FROM meta WHERE name = 'state_digest'),
           (SELECT value FROM meta WHERE name = 'state')
    UNION ALL
    SELECT kind, id, body FROM state"""
"""The metadata first, then the rows; one statement, for a consistent snapshot."""

DIGEST_SINCE = 4
"""The first file format with a digest of the state."""

_NO_STATE = '[0, 0, "", 0]'

_ROWS_AT_ONCE = 1_000

Rows = dict[str, dict[str, str]]
"""Kind of row → id → text."""


@dataclass(frozen=True, slots=True)
class State:
    """The state stored next to the records.

    `schema` and `version` are those of the program that wrote it, `head` is the record it follows,
    `rows` are those given to `put_state`, by kind and id. `damage` says how the rows differ from
    their digest, and is empty if they match; damaged rows must not be used.
    """

    schema: int
    version: int
    head: Head
    rows: Rows
    damage: str = ""


def stored_state(connection: apsw.Connection) -> State:
    """Read the state and compare its rows with their digest. Raises IntegrityFailed."""
    with translated(connection.filename):
        cursor = connection.execute(_STATE)
        try:
            return _read(connection.filename, cursor)
        finally:
            cursor.close(force=True)


def _read(path: str, cursor: apsw.Cursor) -> State:
    min_writer, stored_digest, mark = next(cursor)
    try:
        schema, seq, hashed, version = json.loads(mark or _NO_STATE)
        head = Head(seq, bytes.fromhex(hashed)) if seq else Head()
    except (ValueError, TypeError) as error:
        raise IntegrityFailed(f"the state cannot be read: {error}") from error
    has_digest = least_writer(path, min_writer) >= DIGEST_SINCE
    rows: defaultdict[str, dict[str, str]] = defaultdict(dict)
    digest = 0
    try:
        while part := list(islice(cursor, _ROWS_AT_ONCE)):
            for kind, key, text in part:
                rows[kind][key] = text
            if has_digest:
                digest = digest_after(digest, (), (text for _, _, text in part))
        damage = _damage(digest, stored_digest) if has_digest else ""
    except IntegrityFailed as error:
        damage = str(error)
    return State(schema, version, head, rows, damage)


def _damage(digest: int, stored_digest: Any) -> str:
    """How the rows differ from their digest; empty if they match."""
    if digest == digest_from(stored_digest):
        return ""
    return "rows of the state are stale or missing: its digest differs"


def least_writer(path: str, min_writer: Any) -> int:
    """The lowest format that may write to the file. Raises IntegrityFailed."""
    if not (isinstance(min_writer, str) and min_writer.isdigit()):
        raise IntegrityFailed(f"{path} has lost its 'min_writer'")
    return int(min_writer)
