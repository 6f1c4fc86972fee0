"""The source of a replica."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Source(Protocol):
    """A journal as the replica reads it: its identity and the bodies of its records."""

    def origin(self) -> str:
        """The unique identity of this journal."""

    def hash_of(self, seq: int) -> str:
        """The hash of record `seq` in hex; empty if there is none (as for seq 0)."""

    def bodies(self, after: int, upto: int) -> Iterator[list[str]]:
        """The bodies of the records after `after`, up to and including `upto`, in batches."""
