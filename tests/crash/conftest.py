"""Engines by the machine's clock on one journal, and no worker left running."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from alluse_tui.engine import LocalEngine
from crash.scenes import RUNNING, Opened
from crash.worker import opening


@pytest.fixture
def tmp_path(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder on the disk ALLUSE_TEST_DISK, if that is set: syncing to memory proves nothing."""
    disk = os.environ.get("ALLUSE_TEST_DISK")
    if disk is None or request.node.get_closest_marker("crash") is None:
        yield tmp_path
    else:
        with TemporaryDirectory(prefix="alluse-test-", dir=disk) as folder:
            yield Path(folder)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book" / "alluse.journal"


@pytest.fixture
def opened(path: Path) -> Iterator[Opened]:
    """Opens engines by the machine's clock, as the workers do; each is closed in the end."""
    engines: list[LocalEngine] = []

    def open_one(at: Path = path, actor: str = "dana") -> LocalEngine:
        engines.append(LocalEngine(at, actor=actor, create=True, accept_clock=True))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.close()


@pytest.fixture
def book(opened: Opened) -> LocalEngine:
    """A new book with Main and 250,000.00, open in this process."""
    engine = opened()
    engine.commands.submit(opening())
    return engine


@pytest.fixture(autouse=True)
def none_left_running() -> Iterator[None]:
    yield
    for process in RUNNING:
        process.kill()
        process.communicate()
    RUNNING.clear()
