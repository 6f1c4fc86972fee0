"""What a replica is made from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Source(Protocol):
    """A journal as the replica sees it: what names it, and its records' bodies."""

    def origin(self) -> str:
        """What names this journal and no other."""

    def hash_of(self, seq: int) -> str:
        """The hash of that record in hex; empty where there is none (and for seq 0)."""

    def bodies(self, after: int, upto: int) -> Iterator[list[str]]:
        """The bodies of the records after `after` up to and with `upto`, in batches."""
