"""Records and their hash chain (storage.md, Journal)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from alluse_tui.domain.events.codec import canonical

RECORD_FORMAT = 7
"""The format version (`v`) of new records; older ones are upcast when read."""
_TAG = b"alluse.record.1"
GENESIS = bytes(32)
"""The previous hash of the first record."""


GAP = "gap"
"""The command of a record that replaces a lost one (engine/operations/recovery.py)."""

_GAP_SIGN = b'"command":"gap"'
"""Part of the canonical body of gap records only: quotes inside a text are escaped."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest record's seq and hash; seq 0 before the first.

    `resumes` is set for the last gap record before a kept record: the previous hash that the kept
    record has instead of the gap record's. It follows from the hash and is ignored by equality.
    """

    seq: int = 0
    hash: bytes = GENESIS
    resumes: bytes = field(default=b"", compare=False)


@dataclass(frozen=True)
class Record:
    """The events of one command, or of one part of it, as stored.

    `body` is canonical JSON written once; `hash` covers its bytes and the hash before it.
    """

    seq: int
    recorded_ns: int
    actor: str
    body: bytes
    prev: bytes
    hash: bytes

    @cached_property
    def plain(self) -> Mapping[str, Any]:
        """The body, parsed."""
        parsed: dict[str, Any] = msgspec.json.decode(self.body)
        return parsed

    @property
    def head(self) -> Head:
        """The head of a journal that ends with this record."""
        resumes = _resumed_hash(self) if _GAP_SIGN in self.body else b""
        return Head(self.seq, self.hash, resumes)


NO_RECEIPT = "-"
"""Receipt of a command whose idempotency key was recovered from the records."""


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """The use of an idempotency key.

    `seq` is its record, `content` the digest of the command. `receipt` is the engine's text,
    NO_RECEIPT, or empty for a broker's row.
    """

    portfolio: str
    key: str
    seq: int
    content: str
    receipt: str = ""


def chained(prev: bytes, body: bytes) -> bytes:
    """SHA-256 over a tag and the length-prefixed previous hash and stored body."""
    lengths = [len(part).to_bytes(8, "big") for part in (prev, body)]
    return hashlib.sha256(b"".join((_TAG, lengths[0], prev, lengths[1], body))).digest()


def chained_record(content: Mapping[str, Any], head: Head, recorded_ns: int) -> Record:
    """The record that follows `head` and holds `content`; the hash covers all of it."""
    seq = head.seq + 1
    body = canonical({**content, "v": RECORD_FORMAT, "seq": seq, "recorded": recorded_ns})
    return Record(seq, recorded_ns, content["actor"], body, head.hash, chained(head.hash, body))


def broken_link(record: Record, before: Head) -> str:
    """Why `record` cannot follow `before`, judged by its hash; empty if it can."""
    if record.seq != before.seq + 1:
        return f"record {before.seq + 1} is missing: {record.seq} follows {before.seq}"
    if record.prev not in (before.hash, before.resumes):
        return f"record {record.seq} does not follow the record before it"
    if chained(record.prev, record.body) != record.hash:
        return f"record {record.seq} was changed: its hash does not match its content"
    return ""


def _resumed_hash(record: Record) -> bytes:
    """The previous hash of the record after this gap record; empty for any other record."""
    try:
        plain = record.plain
        gap = plain["events"][0] if plain["command"] == GAP else {}
        return bytes.fromhex(gap["resumes"]) if gap.get("last_seq") == record.seq else b""
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return b""  # damaged: its own hash says so


def fault(record: Record, before: Head, recorded_before_ns: int) -> str:
    """The fault of `record` as the successor of `before`; empty if there is none."""
    if broken := broken_link(record, before):
        return broken
    try:
        plain = record.plain
        same = (plain["seq"], plain["recorded"], plain["actor"]) == (
            record.seq,
            record.recorded_ns,
            record.actor,
        )
    except (ValueError, KeyError, TypeError) as error:
        return f"record {record.seq} cannot be read: {error}"
    if not same:
        return f"record {record.seq} disagrees with its columns on seq, time or actor"
    if record.recorded_ns <= recorded_before_ns:
        return f"record {record.seq} is not later than the one before it"
    return ""
