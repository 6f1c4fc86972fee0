"""kill -9 of `restore` and `recover` at every system call leaves a whole book at the path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crash.exchange_kills import SCENES
from crash.scenes import started
from crash.system_calls import cannot_trace

TRACER = Path(__file__).with_name("exchange_kills.py")


@pytest.fixture(scope="module", autouse=True)
def tracing() -> None:
    if why := cannot_trace():
        pytest.skip(why)


@pytest.mark.parametrize("name", SCENES)
def test_a_kill_at_any_system_call_leaves_a_whole_book(tmp_path: Path, name: str) -> None:
    """Old or new. Running the command again completes it and removes what the kill left."""
    process = started(str(TRACER), name, str(tmp_path))
    said, trouble = process.communicate(timeout=300)
    assert process.returncode == 0, trouble
    tried = json.loads(said)
    assert tried["kills"] > 60, tried
    assert tried["states"] > 10, tried
    assert tried["quarantined"] > 0 or not SCENES[name].marks
