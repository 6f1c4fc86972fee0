"""`recover --until SEQ` ends a book before a record; `recover` on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from books import NOON
from damaged_books import Books, deposit
from here import Here
from people import PASSWORDS

from alluse_tui.domain.commands import Undo
from alluse_tui.domain.model.errors import BadInput, StoreFailed
from alluse_tui.journal import ClockAhead

FAR = datetime(2090, 1, 1, tzinfo=UTC)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "alluse.journal")


@pytest.fixture
def ahead(books: Books) -> Books:
    """Record 11 is of 2090; the clock is right again."""
    books.built(9)
    books.clock.set(FAR)
    books.does(deposit(10))
    books.clock.set(NOON + timedelta(minutes=1))
    return books


def test_a_record_of_2090_no_longer_blocks_the_book(ahead: Books) -> None:
    for command in (deposit(11), Undo()):
        assert "behind the newest record" in ahead.refuses(command, StoreFailed)
    hashes = ahead.hashes()
    report = ahead.recover(until=11, keep_rest=False)
    assert (report.kept, report.lost, report.found) == (10, 0, "")
    assert report.dropped is not None
    assert (report.dropped.count, report.dropped.first) == (1, report.dropped.last)
    assert report.dropped.first is not None
    assert (report.dropped.first.seq, report.dropped.first.command) == (11, "deposit")
    assert datetime.fromtimestamp(report.dropped.first.recorded_ns // 10**9, UTC) == FAR
    assert {s: h for s, h in ahead.hashes().items() if s < 11} == {
        s: h for s, h in hashes.items() if s < 11
    }
    with ahead.engine() as engine:
        newest = engine.queries.record(11)
        assert newest.plain["command"] == "recover"
        assert newest.plain["content"]["dropped"] == 1
        assert newest.recorded_ns == ahead.clock.now_ns()
        assert engine.commands.submit(deposit(11)).seq == 12
    assert ahead.verified() == ""


def test_the_recovery_is_later_than_what_is_kept_whatever_the_clock_says(books: Books) -> None:
    books.built(9)
    books.clock.set(NOON - timedelta(days=400))
    books.recover(until=9, keep_rest=False)
    with books.engine() as engine:
        before, newest = engine.queries.record(8), engine.queries.record(9)
    assert newest.recorded_ns == before.recorded_ns + 1
    assert books.verified() == ""


def test_a_clock_that_is_still_wrong_does_not_lock_the_book_again(ahead: Books) -> None:
    from alluse_tui.engine.operations.recovery import adopt_recovered, recovered_copy

    ahead.clock.set(FAR)
    before = ahead.path.read_bytes()
    with (
        recovered_copy(ahead.path, ahead.clock, until=11) as (copy, report),
        pytest.raises(ClockAhead, match="--accept-clock"),
    ):
        adopt_recovered(ahead.path, copy, report, "dana", ahead.clock)
    assert ahead.path.read_bytes() == before


@pytest.mark.parametrize("keep_rest", [False, True])
@pytest.mark.parametrize(
    ("until", "said"),
    [
        (1, "above 1"),
        (-3, "above 1"),
        (12, "the newest record is 11"),
        (10**15, "the newest record is 11"),
    ],
)
def test_until_must_be_a_record_that_is_there(
    books: Books, until: int, said: str, keep_rest: bool
) -> None:
    books.built(10)
    before = books.path.read_bytes()
    with pytest.raises(BadInput, match=said):
        books.recover(until=until, keep_rest=keep_rest)
    assert books.path.read_bytes() == before


def test_until_ends_a_damaged_book_before_the_damage_only(books: Books) -> None:
    books.built(20)
    books.lose(11)
    with pytest.raises(BadInput, match="must be at most 11"):
        books.recover(until=15, keep_rest=False)
    report = books.recover(until=8, keep_rest=False)
    assert (report.kept, report.found, report.lost) == (7, "", 0)
    assert report.dropped is not None
    assert report.dropped.count == 14
    assert books.verified() == ""


def test_until_with_the_rest_keeps_what_lies_between_the_damage_and_the_end(books: Books) -> None:
    books.built(20)
    books.lose(11)
    report = books.recover(until=15)
    assert (report.kept, [(m.first, m.last) for m in report.missing]) == (13, [(11, 11)])
    assert report.stateless == "it follows record 21, not record 14"
    assert len(report.unproven) == 3
    assert books.verified().startswith("missing: #11; ")


# -- the command ----------------------------------------------------------------------------------


@pytest.fixture
def kept(here: Here) -> Iterator[Here]:
    """Ten records, the last of 2090."""
    for n in range(1, 9):
        here("deposit", ("gen-1", "rev-1")[n % 2], f"{n}.00", code=0)
    now = here.clock.now_ns()
    here.clock.set(FAR)
    here("deposit", "gen-1", "9", "--accept-clock", code=0)
    here.clock.set(NOON)
    assert here.clock.now_ns() == now
    yield here


def test_the_command_shows_what_it_drops_and_asks(kept: Here) -> None:
    before = kept.journal.read_bytes()
    shown = kept("recover", "--until", "9", "--dry-run", code=0).out.splitlines()
    assert shown == [
        "kept: 8 records, up to #8",
        "dropped: 2 records",
        "  #9  2026-11-24 12:00:00 EST  deposit",
        "  #10  2089-12-31 19:00:00 EST  deposit",
    ]
    assert "--yes" in kept("recover", "--until", "9", code=2).err
    assert kept.journal.read_bytes() == before
    document = kept.json("recover", "--until", "9", "--yes")
    assert document["dropped"] == {
        "count": 2,
        "first": {
            "seq": 9,
            "recorded": document["dropped"]["first"]["recorded"],
            "command": "deposit",
        },
        "last": {"seq": 10, "recorded": "2090-01-01T00:00:00.000000000Z", "command": "deposit"},
    }
    assert Path(document["damaged"]).read_bytes() == before
    assert kept("verify", code=0)
    assert "kept 8 records, 2 dropped" in kept("log", code=0).out
    kept("deposit", "gen-1", "1", code=0)


@pytest.mark.parametrize("until", ["1", "0", "-4", "x", "٣", "1e3", "9" * 16])
def test_until_must_be_typed_as_a_number(kept: Here, until: str) -> None:
    assert "--until" in kept("recover", f"--until={until}", "--yes", code=2).err


def test_a_book_with_users_in_which_nobody_can_log_in_can_be_ended(kept: Here) -> None:
    """A login is a record, too: the owner of the files is the only one left to ask."""
    kept("recover", "--until", "10", "--yes", code=0)
    kept.two_people()
    kept.clock.set(FAR)
    kept("--accept-clock", "deposit", "gen-1", "9", code=0)
    newest = len(kept.log())
    kept.clock.set(NOON + timedelta(days=1))
    secret = kept.secret("dana", PASSWORDS["dana"])
    assert kept("login", "dana", "--password-file", secret).code != 0
    kept("recover", "--until", str(newest), "--yes", code=0)
    kept("login", "dana", "--password-file", secret, code=0)


def test_the_command_names_what_is_missing_and_what_is_not_proven(here: Here) -> None:
    for n in range(1, 9):
        here("deposit", ("gen-1", "rev-1")[n % 2], f"{n}.00", code=0)
    books = Books(here.journal)
    books.lose(4)
    assert here("recover", "--keep-rest", "--dry-run", code=0).out.splitlines() == [
        "kept: 8 records",
        "missing: records 4–4",
        "balances not proven: Main/rev-1",
        "  reconcile each with the broker's statement, then acknowledge its alert",
        "lost: no sign of lost records at the end",
        "found: record 4 was changed: its hash does not match its content",
    ]
    document = here.json("recover", "--keep-rest", "--yes")
    assert (document["missing"], document["unproven"]) == ([[4, 4]], ["Main/rev-1"])
    checks = {c["check"]: c for c in here.json("verify")["checks"]}
    assert checks["gaps"] == {
        "check": "gaps",
        "ok": True,
        "detail": "missing: #4; balances not proven: Main/rev-1 (since #10)",
    }
    log = here("log", code=0).out.splitlines()
    assert log[3].endswith("alluse  gap  takes the place of lost record #4")
    assert log[9].endswith(
        "dana  recover  kept 8 records, missing #4, balances not proven: Main/rev-1"
    )
    (alert,) = [a for a in here.json("alerts")["alerts"] if a["kind"] == "unproven balance"]
    here("ack", alert["id"], code=0)
    assert here.json("show", "rev-1")["cash"]


def test_a_clock_may_be_confirmed_for_the_recovery_too(kept: Here) -> None:
    kept.clock.set(NOON + timedelta(days=30))
    assert "--accept-clock" in kept("recover", "--until", "10", "--yes", code=6).err
    kept("recover", "--until", "10", "--yes", "--accept-clock", code=0)
