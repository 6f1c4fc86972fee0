"""What is shown of the journal is checked first; what acts unattended checks all of it."""

from __future__ import annotations

import pytest
from damaged_books import Books
from here import Here

from alluse_tui.domain.model.errors import IntegrityFailed


@pytest.fixture
def eighty(here: Here) -> Books:
    """Records 1 to 80, closed."""
    books = Books(here.journal)
    from damaged_books import deposit

    books.does(*(deposit(n) for n in range(1, 80)))
    return books


def shown(here: Here, *arguments: str, code: int) -> tuple[list[int], str]:
    """The records that were printed, and the error."""
    said = here("log", *arguments, code=code)
    return [int(line.split()[0].removeprefix("#")) for line in said.out.splitlines()], said.err


DAMAGE: dict[str, tuple[str, str]] = {
    "body": ("body = replace(body, '4010000', '9010000')", "record 5 was changed"),
    "body cut": ("body = substr(body, 1, 99)", "record 5 was changed"),
    "hash": ("hash = randomblob(32)", "record 5 was changed"),
    "prev": ("prev = randomblob(32)", "record 5 does not follow the record before it"),
    "time": ("recorded_ns = recorded_ns + 1", "record 5 disagrees with its columns"),
    "actor": ("actor = 'eve'", "record 5 disagrees with its columns"),
    "kind": ("actor = 7.5", "record 5"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_log_stops_at_the_first_record_that_is_wrong(here: Here, eighty: Books, name: str) -> None:
    statement, expected = DAMAGE[name]
    eighty.sql(f"UPDATE record SET {statement} WHERE seq = 5")
    seqs, error = shown(here, code=4)
    assert seqs == [1, 2, 3, 4][: len(seqs)]
    assert (error.count("\n"), expected in error) == (1, True)
    assert "quarantine" in here("deposit", "gen-1", "1", code=4).err


def test_log_stops_where_a_record_is_missing(here: Here, eighty: Books) -> None:
    eighty.sql("DELETE FROM record WHERE seq = 5")
    seqs, error = shown(here, code=4)
    assert (seqs, "record 5 is missing" in error) == ([1, 2, 3, 4], True)


def test_log_after_a_record_takes_that_one_as_its_ground(here: Here, eighty: Books) -> None:
    eighty.lose(5)
    assert shown(here, "--after", "5", code=0)[0] == list(range(6, 81))
    assert shown(here, "--after", "4", code=4)[0] == []
    eighty.sql("DELETE FROM record WHERE seq = 30")
    assert shown(here, "--after", "30", code=4) == (
        [],
        "alluse: record 30 is missing: 31 follows 29: `alluse verify` checks the whole book\n",
    )


def test_log_after_the_newest_record_shows_nothing(here: Here, eighty: Books) -> None:
    assert shown(here, "--after", "80", code=0)[0] == []
    assert shown(here, "--after", "900", code=0)[0] == []


def test_what_log_leaves_out_is_checked_as_well(here: Here, eighty: Books) -> None:
    eighty.lose(5)
    seqs, error = shown(here, "--account", "rev-1", code=4)
    assert (max(seqs, default=0) < 5, "record 5" in error) == (True, True)


def test_log_as_json_says_it_in_one_document_at_the_end(here: Here, eighty: Books) -> None:
    eighty.lose(3)
    said = here("log", "--json", code=4)
    assert said.out.splitlines()[-1].startswith('{"error": {"code": "integrity"')


@pytest.mark.parametrize("seq", [1, 5, 12])
def test_one_record_that_is_wrong_is_not_shown(eighty: Books, seq: int) -> None:
    eighty.lose(seq)
    with eighty.engine() as engine, pytest.raises(IntegrityFailed, match=f"record {seq} was"):
        engine.queries.record(seq)


def test_one_record_that_does_not_follow_is_not_shown(eighty: Books) -> None:
    eighty.sql("UPDATE record SET hash = randomblob(32) WHERE seq = 11")
    with eighty.engine() as engine:
        assert engine.queries.record(10).seq == 10
        with pytest.raises(IntegrityFailed, match="record 12 does not follow"):
            engine.queries.record(12)


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_run_due_checks_the_whole_chain_before_it_acts(
    here: Here, eighty: Books, dry: tuple[str, ...]
) -> None:
    eighty.lose(5)  # not among the newest, which opening checks
    here("accounts", code=0)
    said = here("run-due", *dry, code=4)
    assert "record 5 was changed" in said.err
    assert "quarantine" in here("deposit", "gen-1", "1", code=4).err


def test_run_due_goes_on_in_a_sound_book(here: Here, eighty: Books) -> None:
    assert here("run-due", code=0).out == "nothing is due\n"
