"""Reading the state that a journal file stores next to its records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import apsw

from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.journal.record import Head
from alluse_tui.journal.sqlite import fetched
from alluse_tui.journal.state_digest import digest_from, digest_of

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


@dataclass(frozen=True, slots=True)
class State:
    """The state stored next to the records.

    `schema` and `version` are those of the program that wrote it, `head` is the record it follows,
    `rows` are (kind, id, text) as given to `put_state`. `damage` says how the rows differ from
    their digest, and is empty if they match.
    """

    schema: int
    version: int
    head: Head
    rows: list[tuple[Any, ...]]
    damage: str = ""


def stored_state(connection: apsw.Connection) -> State:
    """Read the state and compare its rows with their digest. Raises IntegrityFailed."""
    try:
        (min_writer, digest, mark), *rows = fetched(connection, _STATE)
        schema, seq, hashed, version = json.loads(mark or _NO_STATE)
        head = Head(seq, bytes.fromhex(hashed)) if seq else Head()
    except (ValueError, TypeError) as error:
        raise IntegrityFailed(f"the state cannot be read: {error}") from error
    if least_writer(connection.filename, min_writer) < DIGEST_SINCE:
        return State(schema, version, head, rows)
    return State(schema, version, head, rows, _damage(rows, digest))


def _damage(rows: list[tuple[Any, ...]], digest: Any) -> str:
    """How the rows differ from their digest; empty if they match."""
    try:
        if digest_of([row[2] for row in rows]) == digest_from(digest):
            return ""
    except IntegrityFailed as error:
        return str(error)
    return "rows of the state are stale or missing: its digest differs"


def least_writer(path: str, min_writer: Any) -> int:
    """The lowest format that may write to the file. Raises IntegrityFailed."""
    if not (isinstance(min_writer, str) and min_writer.isdigit()):
        raise IntegrityFailed(f"{path} has lost its 'min_writer'")
    return int(min_writer)
