"""Notices for watchers of a journal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """The journal reached `seq`; `accounts` ('Main/gen-1') differ from the notice before."""

    seq: int
    accounts: tuple[str, ...]
