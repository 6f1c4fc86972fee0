"""Locks: what several threads share is read and created under the lock that guards it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alluse_tui.engine import LocalEngine
from alluse_tui.journal import Journal
from alluse_tui.replica import replica as replica_module
from alluse_tui.replica.source import Source

GUARDED = ("head", "hash_of", "state", "file_fault", "kept_fault", "standing_still")
"""Methods of the journal that use its writing connection."""


def test_verify_uses_the_writing_connection_only_under_the_lock(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    unguarded: list[str] = []

    def watched(name: str) -> Callable[..., Any]:
        method = getattr(Journal, name)

        def call(journal: Journal, *arguments: Any) -> Any:
            if not engine.core.lock._is_owned():  # type: ignore[attr-defined]
                unguarded.append(name)
            return method(journal, *arguments)

        return call

    for name in GUARDED:
        monkeypatch.setattr(Journal, name, watched(name))
    assert engine.operations.verify().ok
    assert unguarded == []


def test_concurrent_first_queries_create_one_replica(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    created: list[object] = []

    class SlowReplica(replica_module.Replica):
        def __init__(self, source: Source, path: Path) -> None:
            created.append(self)
            time.sleep(0.05)
            super().__init__(source, path)

    monkeypatch.setattr("alluse_tui.replica.replica.Replica", SlowReplica)
    barrier = threading.Barrier(2)

    def ask() -> None:
        barrier.wait()
        engine.queries.sql("SELECT 1")

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(created) == 1
