"""kill -9 at random moments: what was acknowledged is there."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from alluse_tui.engine import LocalEngine
from crash.scenes import (
    FIVE,
    Opened,
    Worker,
    expect_acknowledged,
    whole,
    worker,
)
from crash.worker import opening


@pytest.mark.parametrize("chunk", range(4))
def test_what_was_acknowledged_outlives_kill_9(book: LocalEngine, chunk: int) -> None:
    """25 rounds: one process posts, another posts, publishes or comes and goes; both are killed."""
    drawn = random.Random(chunk)
    ended: list[Worker] = []
    for number in range(25):
        seed = 1_000 * (chunk + 1) + 2 * number
        other = drawn.choice(["mixed", "publish", "publish", "churn"])
        running = [worker("mixed", book.path, seed), worker(other, book.path, seed + 1)]
        if number % 5:  # every fifth dies while it starts, or soon after
            for one in running:
                one.hear(1 + drawn.randint(0, 1))
            running[0].hear(drawn.randint(0, 30))
        time.sleep(drawn.random() * 0.06)
        drawn.shuffle(running)
        for one in running:
            one.killed()
        ended += running
        with LocalEngine(book.path, actor="next") as engine:
            expect_acknowledged(engine, running)
            whole(engine, ask=number % 5 == 0)
            book.refresh()
            assert engine.queries.accounts() == book.queries.accounts()
            assert engine.commands.submit(FIVE).seq == book.seq + 1
    book.refresh()
    expect_acknowledged(book, ended)
    assert sum(len(w.acknowledged) for w in ended) > 100
    assert sum(w.asked for w in ended) > 0
    whole(book)


def test_a_book_whose_first_program_is_killed_is_there_or_is_not(
    path: Path, opened: Opened
) -> None:
    drawn = random.Random(7)
    ended = []
    for seed in range(8):
        first = worker("init", path, seed)
        first.hear(1)
        time.sleep(drawn.random() * 0.02)
        first.killed()
        ended.append(first)
        if path.exists():
            with LocalEngine(path, actor="next") as engine:
                expect_acknowledged(engine, ended)
                assert [c for c in engine.operations.verify(ask=False).checks if not c.ok] == []
        else:
            assert first.acknowledged == {}
    engine = opened()
    engine.commands.submit(opening("Last"))
    whole(engine)
