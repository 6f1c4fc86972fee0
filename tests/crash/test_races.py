"""Many processes on one journal: nothing lost, nothing twice, every screen the same."""

from __future__ import annotations

import threading

import apsw
import pytest
from books import Cli

from alluse_tui.domain.commands import amount
from alluse_tui.engine import LocalEngine
from crash.scenes import (
    FIVE,
    Opened,
    dashboard,
    expect_acknowledged,
    leftovers,
    whole,
    worker,
)


def test_four_processes_posting_at_once_lose_nothing_and_screens_agree(
    book: LocalEngine, opened: Opened
) -> None:
    screens = [opened(actor="screen") for _ in range(2)]
    with dashboard(screens[0]) as first, dashboard(screens[1]) as second:
        workers = [worker("mixed", book.path, seed, 150) for seed in range(1, 5)]
        for one in workers:
            one.end()
        seq = 1 + 4 * 150  # a refusal is a record too
        touched = {"Main/gen-1", "Main/rev-1", "Main/com-1"}
        assert first(seq) == second(seq) == touched
    book.refresh()
    assert book.seq == seq
    assert book.queries.accounts() == screens[0].queries.accounts() == screens[1].queries.accounts()
    assert book.queries.accounts() == opened().queries.accounts()
    expect_acknowledged(book, workers)
    assert sum(len(w.acknowledged) + w.refused for w in workers) == 600
    assert all(w.refused for w in workers)
    notes = {note for w in workers for _, note in w.acknowledged.values()}
    assert len(notes) == sum(len(w.acknowledged) for w in workers)
    whole(book)


def test_two_processes_of_500_deposits_each_add_up(book: LocalEngine, opened: Opened) -> None:
    screen = opened(actor="screen")
    with dashboard(screen) as seen:
        workers = [worker("deposits", book.path, seed, 500) for seed in (1, 2)]
        for one in workers:
            one.end()
        assert seen(1_001) == {"Main/gen-1"}
    assert screen.queries.account("gen-1").cash == amount("101000")
    assert set().union(*(w.acknowledged for w in workers)) == set(range(2, 1_002))
    expect_acknowledged(screen, workers)
    whole(screen)
    book.refresh()
    assert book.queries.accounts() == screen.queries.accounts()


def test_the_command_line_writes_beside_busy_processes(book: LocalEngine, cli: Cli) -> None:
    workers = [
        worker("deposits", book.path, 1, 150),
        worker("churn", book.path, 2, 60),
        worker("publish", book.path, 3, 6),
    ]
    receipts = [cli.json("deposit", "gen-1", "1", "--note", f"cli:{n}") for n in range(4)]
    for one in workers:
        one.end()
    book.refresh()
    records = expect_acknowledged(book, workers)
    for n, receipt in enumerate(receipts):
        assert records[receipt["seq"]].hash.hex() == receipt["hash"]
        assert records[receipt["seq"]].plain["content"]["note"] == f"cli:{n}"
    assert book.queries.account("gen-1").cash == amount("100214")
    assert book.seq == 1 + 150 + 60 + 4
    assert workers[2].asked == 6
    whole(book)


def test_processes_that_publish_at_once_do_not_spoil_each_others_file(book: LocalEngine) -> None:
    writer = worker("deposits", book.path, 9, 400)
    publishers = [worker("publish", book.path, seed, 8) for seed in (1, 2, 3)]
    for one in [writer, *publishers]:
        one.end()
    assert [p.asked for p in publishers] == [8, 8, 8]
    book.refresh()
    whole(book)
    assert leftovers(book.path) == []


def test_an_engine_behind_the_published_file_still_gets_its_answer(
    book: LocalEngine, opened: Opened
) -> None:
    behind = opened(actor="screen")
    book.commands.submit(FIVE)
    book.operations.publish()
    assert behind.seq == 1
    assert [a.code for a in behind.queries.accounts(as_of=behind.today)] == [
        "gen-1",
        "rev-1",
        "com-1",
    ]
    whole(behind)


def test_who_opens_while_another_writes_reads_one_moment(book: LocalEngine, opened: Opened) -> None:
    """Another engine records between any two statements that opening runs."""
    writing = True

    def record_first(_: object, __: str, ___: object) -> bool:
        if writing and threading.current_thread() is threading.main_thread():
            thread = threading.Thread(target=book.commands.submit, args=(FIVE,))
            thread.start()
            thread.join()
        return True

    def traced(connection: apsw.Connection) -> None:
        if threading.current_thread() is threading.main_thread():
            connection.set_exec_trace(record_first)

    apsw.connection_hooks.append(traced)
    try:
        late = opened(actor="late")
    finally:
        writing = False
        apsw.connection_hooks.remove(traced)
    assert book.seq > 3
    late.refresh()
    assert (late.seq, late.queries.accounts()) == (book.seq, book.queries.accounts())
    late.commands.submit(FIVE)
    book.refresh()
    assert late.queries.accounts() == book.queries.accounts()
    whole(late)


@pytest.mark.parametrize("seed", range(2))
def test_processes_that_come_and_go_while_others_post_leave_the_state_as_the_fold(
    book: LocalEngine, seed: int
) -> None:
    workers = [worker("mixed", book.path, 10 * seed + 1, 300)]
    workers += [worker("churn", book.path, 10 * seed + n, 150) for n in (2, 3)]
    for one in workers:
        one.end()
    book.refresh()
    expect_acknowledged(book, workers)
    assert book.seq == 1 + 300 + 300
    whole(book)
