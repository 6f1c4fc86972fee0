"""`recover --keep-rest`: what is readable after the damage is kept, and nothing is invented."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from damaged_books import CODES, Books, deposit, figures
from growth import earned

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Deposit,
    Fork,
    Merge,
    OpenAccount,
    PolicySet,
    Undo,
    Withdraw,
    amount,
)
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput, IntegrityFailed, Refused
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.journal import Journal
from alluse_tui.journal.record import GAP, chained_record


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "alluse.journal")


def unproven(book: Book) -> set[str]:
    return {a.code for a in book.accounts.values() if a.unproven}


# -- one record of many ---------------------------------------------------------------------------


def test_one_lost_deposit_of_1300_records_costs_that_record_only(books: Books) -> None:
    books.built(1_299)
    before, hashes = books.book(), books.hashes()
    books.lose(41)
    report = books.recover()
    assert (report.kept, report.lost, report.stopped, report.stateless) == (1_299, 0, "", "")
    assert report.found.startswith("record 41 ")
    assert report.unproven == ("Main/" + CODES[40 % 3],)
    after = books.hashes()
    assert {s: h for s, h in after.items() if s <= 1_300 and s != 41} == {
        s: h for s, h in hashes.items() if s != 41
    }
    assert sorted(after) == list(range(1, 1_302))
    assert books.verified() == "missing: #41; balances not proven: Main/rev-1 (since #1301)"
    assert figures(books.book()) == figures(before)


def test_without_the_rest_everything_after_the_damage_is_dropped(books: Books) -> None:
    books.built(59)
    books.lose(41)
    assert books.recover(keep_rest=False).kept == 40
    assert books.verified() == ""


def test_a_key_of_a_lost_record_stays_used(books: Books) -> None:
    books.built(59)
    books.lose(41)
    books.recover()
    before = books.book()
    with books.engine() as engine:
        receipt = engine.commands.submit(deposit(40))
        assert (receipt.duplicate, receipt.seq) == (True, 41)
    assert books.book() == before
    assert books.verified()


def test_what_was_recovered_is_an_entry_like_any_other(books: Books) -> None:
    books.built(59)
    books.lose(41)
    books.recover()
    with books.engine() as engine:
        rows = engine.queries.sql(
            "SELECT kind, account, amount FROM posting JOIN entry USING (seq, n)"
            " WHERE posting.seq = 61 ORDER BY account"
        ).rows
        commands = engine.queries.sql(
            "SELECT command FROM record WHERE seq IN (41, 61) ORDER BY seq"
        ).rows
    assert [(kind, account, str(micros)) for kind, account, micros in rows] == [
        ("recovered", "rev-1", "40.010000"),
        ("recovered", "world:recovered", "-40.010000"),
    ]
    assert commands == ((GAP,), ("recover",))


def test_an_unproven_balance_alerts_until_somebody_acknowledges_it(books: Books) -> None:
    books.built(59)
    books.lose(41)
    books.recover()
    with books.engine() as engine:
        (alert,) = [a for a in engine.queries.alerts() if a.kind == "unproven balance"]
        assert (alert.account, alert.severity.name, alert.acknowledged) == (
            "rev-1",
            "CRITICAL",
            False,
        )
        assert "#61" in alert.verdict.message
        engine.commands.submit(AcknowledgeAlert(alert=alert.id))
        assert all(a.acknowledged for a in engine.queries.alerts() if a.kind == "unproven balance")
    assert books.verified().endswith("balances not proven: Main/rev-1 (since #61, acknowledged)")


@pytest.mark.parametrize("seq", [41, 61])
def test_neither_a_gap_nor_the_recovery_can_be_undone(books: Books, seq: int) -> None:
    books.built(59)
    books.lose(41)
    books.recover()
    assert "cannot be undone" in books.refuses(Undo(seq=seq), Refused)


def test_an_undo_without_a_number_passes_over_the_recovery(books: Books) -> None:
    books.built(59)
    books.lose(41)
    books.recover()
    with books.engine() as engine:
        assert engine.commands.undo_target(Undo()) == 60


# -- columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        "recorded_ns = 7",
        "actor = 'eve'",
        "actor = x'80ff'",
        "prev = randomblob(32)",
        "prev = 'text'",
        "hash = randomblob(32)",
        "hash = ''",
    ],
)
@pytest.mark.parametrize("seq", [1, 41])
def test_damage_beside_the_body_costs_no_record(books: Books, column: str, seq: int) -> None:
    books.built(59)
    before, hashes = books.book(), books.hashes()
    books.sql(f"UPDATE record SET {column} WHERE seq = {seq}")
    report = books.recover()
    assert (report.kept, report.missing, report.unproven) == (60, (), ())
    assert list(books.hashes().values())[:60] == list(hashes.values())
    assert figures(books.book()) == figures(before)
    assert books.verified() == ""


def test_a_record_that_another_took_the_place_of_is_left_out(books: Books) -> None:
    """The other one's hash is right and follows from record 4, but record 6 names another one."""
    books.built(9)
    with closing(Journal(books.path)) as journal:
        before, record = journal.records(3, 5)
    forged = chained_record({**record.plain, "actor": "eve"}, before.head, record.recorded_ns)
    books.sql(
        "UPDATE record SET body = ?, actor = 'eve', hash = ? WHERE seq = 5",
        (forged.body.decode(), forged.hash),
    )
    report = books.recover()
    assert [(m.first, m.last) for m in report.missing] == [(5, 5)]
    assert books.verified().startswith("missing: #5; ")


# -- what the lost record was ---------------------------------------------------------------------


def test_a_lost_fork_opens_its_account_from_the_state(books: Books) -> None:
    books.built()
    with books.engine() as engine:
        earned(engine, "gen-1", "52000.01")
        fork = engine.commands.submit(Fork(account="gen-1")).seq
        earned(engine, "gen-1.1", "1000")
        engine.commands.submit(Deposit(account="rev-1", amount=amount("5")))
    before = books.book()
    books.lose(fork)
    report = books.recover()
    assert (report.kept, report.stopped) == (4, "")
    assert set(report.unproven) == {"Main/gen-1", "Main/gen-1.1", "Main/com-1"}
    after = books.book()
    assert figures(after) == figures(before)
    assert after.portfolios["Main"].forks == before.portfolios["Main"].forks
    assert after.portfolios["Main"].codes == before.portfolios["Main"].codes
    assert books.verified()


def test_a_lost_fork_without_the_state_ends_what_can_be_kept(books: Books) -> None:
    books.built()
    with books.engine() as engine:
        earned(engine, "gen-1", "52000.01")
        fork = engine.commands.submit(Fork(account="gen-1")).seq
        engine.commands.submit(Deposit(account="rev-1", amount=amount("5")))
        earned(engine, "gen-1.1", "1000")
        engine.commands.submit(Deposit(account="rev-1", amount=amount("6")))
    books.lose(fork)
    books.lose_state()
    report = books.recover()
    assert (report.kept, report.lost) == (3, 2)
    assert report.stopped.startswith("record 5 cannot be applied: ")
    assert "gen-1.1" in report.stopped
    assert set(report.unproven) == {"Main/gen-1", "Main/rev-1", "Main/com-1"}
    assert "missing: #3" in books.verified()


def test_a_lost_merge_leaves_the_account_merged(books: Books) -> None:
    books.built()
    with books.engine() as engine:
        earned(engine, "gen-1", "52000.01")
        engine.commands.submit(Fork(account="gen-1"))
        earned(engine, "gen-1.1", "473999.99")
        merge = engine.commands.submit(Merge(account="gen-1.1")).seq
        engine.commands.submit(Deposit(account="rev-1", amount=amount("5")))
    before = books.book()
    books.lose(merge)
    report = books.recover()
    assert set(report.unproven) == {"Main/gen-1.1", "Main/com-1"}
    assert figures(books.book()) == figures(before)
    assert books.book().accounts["Main/gen-1.1"].status is Status.MERGED
    assert books.verified()


def test_a_lost_undo_cannot_be_repeated(books: Books) -> None:
    books.built(3)
    (undo,) = books.does(Undo(seq=2))
    books.does(deposit(10))
    before = books.book()
    books.lose(undo)
    books.recover()
    assert figures(books.book()) == figures(before)
    assert "already undone by" in books.refuses(Undo(seq=2), Refused)
    assert books.verified()


def test_a_lost_record_that_moved_no_money_leaves_every_balance_proven(books: Books) -> None:
    books.built(3)
    (policy,) = books.does(PolicySet(changes=(("fork.threshold", "60000"),)))
    books.does(deposit(10))
    books.lose(policy)
    report = books.recover()
    assert report.unproven == ()
    (difference,) = report.differences
    assert "fork.threshold is 50000.00 in the kept records and 60000.00 in the state" in difference
    assert books.verified() == "missing: #5; the state confirmed every balance"


def test_a_later_withdrawal_of_what_a_lost_deposit_brought_breaks_no_rule(
    books: Books,
) -> None:
    books.built()
    books.does(
        Deposit(account="gen-1", amount=amount("500000")),
        Withdraw(account="gen-1", amount=amount("550000")),
    )
    before = books.book()
    books.lose(2)
    books.recover()
    assert figures(books.book()) == figures(before)
    assert books.verified().endswith("decisions that cannot be checked without them: #3")
    books.does(deposit(1))
    assert books.verified()


def test_parts_of_an_import_that_are_lost_are_not_imported_twice(
    here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alluse_tui.domain.plan.EVENTS_PER_RECORD", 4)
    year = str(Path(__file__).parents[1] / "data" / "composed-year.xml")
    here("import", year, "--into", "gen-1", "--yes", code=0)
    here("deposit", "rev-1", "5", code=0)
    books = Books(here.journal)
    before = books.book()
    books.lose(3)
    report = books.recover()
    assert (report.unproven, report.stopped) == (("Main/gen-1",), "")
    assert figures(books.book()) == figures(before)
    again = here.json("import", year, "--yes")
    assert again["imported"] == 0
    assert books.verified()


# -- users and approvals --------------------------------------------------------------------------


# -- without the state ----------------------------------------------------------------------------


def test_without_the_state_every_balance_from_before_the_gap_is_unproven(books: Books) -> None:
    books.built(20)
    books.does(OpenAccount(tier=Tier.GEN, parent="gen-1"))
    books.lose(11)
    books.lose_state()
    report = books.recover()
    assert (report.kept, report.unproven) == (21, ("Main/com-1", "Main/gen-1", "Main/rev-1"))
    assert report.stateless
    assert unproven(books.book()) == {"gen-1", "rev-1", "com-1"}
    assert books.book().accounts["Main/gen-1"].balances == {"cash:USD": total(books, 10)}
    assert books.verified().startswith("missing: #11; balances not proven: Main/com-1 (since #23)")


def total(books: Books, lost: int) -> int:
    """What gen-1 has without deposit `lost`."""
    return amount("100000") + sum(
        amount(f"{n}.01") for n in range(1, 21) if n % 3 == 0 and n != lost
    )


def test_a_state_that_follows_a_damaged_newest_record_does_not_count(books: Books) -> None:
    books.built(20)
    books.lose(11, 21)
    report = books.recover()
    assert (report.kept, report.lost) == (19, 1)
    assert report.stateless == "it follows record 21, not record 20"
    assert len(report.unproven) == 3
    assert books.verified()


# -- more than one place --------------------------------------------------------------------------


def test_two_gaps_far_apart(books: Books) -> None:
    books.built(60)
    before = books.book()
    books.lose(11, 12, 13, 41)
    report = books.recover()
    assert [(m.first, m.last) for m in report.missing] == [(11, 13), (41, 41)]
    assert report.kept == 57
    assert figures(books.book()) == figures(before)
    assert books.verified().startswith("missing: #11–#13, #41; balances not proven: ")


def test_a_gap_of_an_earlier_recovery_is_kept_by_the_next(books: Books) -> None:
    books.built(30)
    books.lose(11)
    books.recover()
    books.does(deposit(31), deposit(32), deposit(33))
    before = books.book()
    books.lose(33)
    assert books.recover(keep_rest=False).kept == 32
    assert "missing: #11;" in books.verified()
    books.does(deposit(34))
    books.lose(20)
    books.recover()
    assert books.verified().startswith("missing: #11, #20;")
    assert books.book().accounts.keys() == before.accounts.keys()


def test_a_gap_record_that_is_lost_itself_is_a_gap_again(books: Books) -> None:
    books.built(30)
    books.lose(11, 12)
    books.recover()
    before = books.book()
    books.lose(12)
    books.recover()
    assert books.verified().startswith("missing: #11–#12; ")
    assert figures(books.book()) == figures(before)


def zeroed(path: Path, at: int, size: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes(size))


def test_a_zeroed_region_of_256_kib(books: Books) -> None:
    books.built(1_299)
    hashes = books.hashes()
    middle = books.path.read_bytes().index(b'"seq":650,')
    zeroed(books.path, middle // 4096 * 4096, 256 * 1024)
    report = books.recover()
    assert report.missing
    gone = sum(m.last - m.first + 1 for m in report.missing)
    assert report.kept + gone + report.lost == 1_300
    assert report.kept > 900
    after = books.hashes()
    kept = [s for s in hashes if after.get(s) == hashes[s]]
    assert len(kept) == report.kept
    assert "missing: " in books.verified()
    books.does(Deposit(account="gen-1", amount=amount("1")))
    assert books.verified()


@pytest.mark.parametrize("seed", range(4))
def test_scattered_pages_of_zeros(books: Books, seed: int) -> None:
    books.built(150)
    hashes, size = books.hashes(), books.path.stat().st_size
    for page in random.Random(seed).sample(range(2, size // 4096), 4):
        zeroed(books.path, page * 4096, 4096)
    try:
        report = books.recover()
    except IntegrityFailed as error:
        assert "nothing can be kept" in str(error)
        return
    except BadInput as error:
        assert "is not damaged" in str(error)
        return
    after = books.hashes()
    kept = [s for s in hashes if after.get(s) == hashes[s]]
    assert len(kept) == report.kept
    books.verified()


def test_a_remainder_that_cannot_be_read_is_dropped_as_without_the_option(books: Books) -> None:
    books.built(60)
    books.lose(*range(41, 62))
    report = books.recover()
    assert (report.kept, report.lost, report.missing) == (40, 21, ())
    assert report.unproven == ()
    assert books.verified() == ""


def test_without_the_first_record_nothing_can_be_kept(books: Books) -> None:
    books.built(10)
    books.lose(1)
    before = books.path.read_bytes()
    with pytest.raises(IntegrityFailed, match=r"record 1, .* is lost; `alluse restore`"):
        books.recover()
    assert books.path.read_bytes() == before


def test_a_sound_book_has_nothing_to_recover(books: Books) -> None:
    books.built(10)
    with pytest.raises(BadInput, match=r"is not damaged \(11 records\)"):
        books.recover()


# -- what nobody may pretend ----------------------------------------------------------------------


def test_a_gap_that_no_recovery_names_fails_verify(books: Books) -> None:
    books.built(20)
    books.lose(11)
    books.recover()
    with Journal(books.path).turn() as turn:
        turn._writer.execute("DELETE FROM record WHERE seq = 22")
        turn._writer.execute("DELETE FROM meta WHERE name = 'state'")
        turn._writer.execute("DELETE FROM state")
    books.path.with_name("alluse.journal.head").unlink()
    with books.engine() as engine:
        failed = {c.name: c.detail for c in engine.operations.verify(ask=False).checks if not c.ok}
    assert failed["gaps"] == "no recovery accounts for the missing records before #11"
