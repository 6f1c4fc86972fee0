"""Four eyes where several ask at once, and in every way that a book comes back."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from books import init
from machine_oracle import rows_by_kind
from people import PASSWORDS, add, own_password, two_people

from alluse_tui.domain.commands import Deposit, Withdraw, amount
from alluse_tui.domain.commands.user_commands import Approve, Role
from alluse_tui.domain.model.errors import AllUseError, BadInput, Denied, IntegrityFailed, Pending
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.operations.backup import make_backup, restore_backup
from alluse_tui.engine.operations.recovery import adopt_recovered, recovered_copy

Open = Callable[..., LocalEngine]
HUNDRED = Withdraw(account="gen-1", amount=amount("100"))


@pytest.fixture
def book(engine: LocalEngine) -> LocalEngine:
    two_people(engine)
    add(engine, "fay", Role.APPROVER)
    return engine


def does(engine: LocalEngine, command: Any, by: str) -> Any:
    return engine.commands.submit(command, actor=by, password=PASSWORDS[by])


def proposed(engine: LocalEngine, command: Any = HUNDRED) -> int:
    with pytest.raises(Pending) as pending:
        does(engine, command, "dana")
    return pending.value.approval


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """What each of the threads came to: its result, or the error."""
    barrier, found = threading.Barrier(count), list[object]()

    def one(number: int) -> None:
        barrier.wait()
        try:
            found.append(act(number))
        except AllUseError as error:
            found.append(error)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("engines", [1, 4])
def test_a_yes_is_spent_once(book: LocalEngine, open_engine: Open, engines: int) -> None:
    doors = [book, *(open_engine() for _ in range(engines - 1))]
    number, cash = proposed(book), book.queries.account("gen-1").cash
    who = ("eli", "fay")
    found = at_once(4, lambda n: does(doors[n % engines], Approve(approval=number), who[n % 2]))
    errors = [one for one in found if isinstance(one, Exception)]
    assert len(errors) == 3 and all(isinstance(e, BadInput) for e in errors), found
    book.refresh()
    assert book.queries.account("gen-1").cash == cash - amount("100")
    assert book.operations.verify(ask=False).ok


PROCESS = """
import sys
from pathlib import Path
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.commands.user_commands import Approve
from alluse_tui.engine import LocalEngine
path, name, password, number = sys.argv[1:]
from datetime import datetime
from alluse_tui.engine import FixedClock
clock = FixedClock(datetime.fromisoformat("2026-11-24T17:00:00+00:00"))
with LocalEngine(Path(path), actor=name, clock=clock) as engine:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        print(engine.commands.submit(Approve(approval=int(number)), password=password).seq)
    except AllUseError as error:
        print(type(error).__name__)
"""


def test_a_yes_is_spent_once_among_processes(book: LocalEngine) -> None:
    number, cash = proposed(book), book.queries.account("gen-1").cash
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(book.path), name, PASSWORDS[name], str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("eli", "fay")
    ]
    for one in started:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    said = sorted(one.communicate(timeout=60)[0].strip() for one in started)
    assert said[1] == "BadInput" and said[0].isdigit(), said
    book.refresh()
    assert book.queries.account("gen-1").cash == cash - amount("100")
    assert book.operations.verify(ask=False).ok


def test_the_same_key_at_once_makes_one_proposal(book: LocalEngine, open_engine: Open) -> None:
    doors = [book, *(open_engine() for _ in range(3))]
    keyed = Withdraw(account="gen-1", amount=amount("100"), key="k")
    found = at_once(4, lambda n: does(doors[n], keyed, "dana"))
    numbers = {one.approval for one in found if isinstance(one, Pending)}
    assert len(found) == 4 and len(numbers) == 1, found
    book.refresh()
    assert [one.id for one in book.auth.approvals.pending()] == [*numbers]


def test_a_turn_of_many_books_what_it_says(book: LocalEngine, open_engine: Open) -> None:
    """Proposals, a yes, a no and deposits share turns: the state is still their fold."""
    numbers = [
        proposed(book, Withdraw(account=code, amount=amount("1"))) for code in ("gen-1", "rev-1")
    ]

    def act(n: int) -> object:
        if n < 2:
            return does(book, Approve(approval=numbers[n]), "eli")
        if n < 4:
            return does(book, Withdraw(account="gen-1", amount=amount(str(n))), "fay")
        return book.commands.submit(Deposit(account="rev-1", amount=amount("1")), actor="eli")

    at_once(8, act)
    assert book.operations.verify(ask=False).ok
    again = open_engine()
    assert again.auth.approvals.pending() == book.auth.approvals.pending()
    assert again.queries.accounts() == book.queries.accounts()


def restored(book: LocalEngine, tmp_path: Path, clock: FixedClock) -> None:
    make_backup(book.path, tmp_path / "copy.journal", None, clock)
    book.close()
    restore_backup(tmp_path / "copy.journal", book.path, None, clock)


def recovered(book: LocalEngine, tmp_path: Path, clock: FixedClock) -> None:
    book.close()
    with apsw.Connection(str(book.path)) as connection:
        connection.execute("UPDATE state SET body = 'x' WHERE kind = 'approval'")
    with recovered_copy(book.path, clock) as (copy, report):
        adopt_recovered(book.path, copy, report, "the owner", clock)


@pytest.mark.parametrize("comes_back", [restored, recovered])
def test_proposals_and_users_come_back_and_logins_do_not(
    book: LocalEngine,
    open_engine: Open,
    tmp_path: Path,
    clock: FixedClock,
    comes_back: Callable[..., None],
) -> None:
    token = open_engine().auth.logins.login("eli", PASSWORDS["eli"])
    number = proposed(book)
    for _ in range(4):
        with pytest.raises(Denied):
            book.auth.logins.login("fay", "wrong for certain, this one")
    users = book.auth.users.all()
    comes_back(book, tmp_path, clock)
    again = open_engine()
    assert again.auth.users.all() == users
    assert [one.id for one in again.auth.approvals.pending()] == [number]
    with pytest.raises(Denied, match="try again in 1 s"):
        again.auth.logins.login("fay", PASSWORDS["fay"])
    copied = open_engine(token=token)
    with pytest.raises(Denied, match="has ended"):
        copied.queries.accounts()
    does(again, Approve(approval=number), "eli")
    assert again.operations.verify().ok


def test_what_was_ended_after_a_backup_does_not_begin_again_with_it(
    book: LocalEngine, open_engine: Open, tmp_path: Path, clock: FixedClock
) -> None:
    engine = open_engine()
    token = engine.auth.logins.login("eli", PASSWORDS["eli"])
    make_backup(book.path, tmp_path / "copy.journal", None, clock)
    engine.auth.logins.logout()
    book.close()
    engine.close()
    restore_backup(tmp_path / "copy.journal", book.path, None, clock)
    with pytest.raises(Denied, match="has ended"):
        open_engine(token=token).queries.accounts()


def test_a_journal_without_a_table_of_logins_opens_and_a_turn_gives_it_one(
    engine: LocalEngine, open_engine: Open
) -> None:
    engine.close()
    with apsw.Connection(str(engine.path)) as connection:
        connection.execute("DROP TABLE session")
        connection.execute("UPDATE meta SET value = '2' WHERE name = 'min_writer'")
    reader = open_engine(read_only=True, token="some token")
    reader.auth.logins.touch()
    assert reader.queries.accounts() and reader.auth.logins.whoami().via == "first"
    assert not reader.auth.logins.locked
    with apsw.Connection(str(engine.path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    assert "session" not in tables
    writer = open_engine()
    two_people(writer)
    assert writer.auth.logins.login("eli", PASSWORDS["eli"])
    assert writer.auth.logins.whoami().via == "login"
    assert writer.operations.verify().ok
    with apsw.Connection(str(engine.path)) as connection:
        assert list(connection.execute("SELECT value FROM meta WHERE name = 'min_writer'")) == [
            ("4",)
        ]


FORGED = {
    "who said yes": "UPDATE record SET actor = 'fay' WHERE seq = {yes}",
    "who said yes, within": "UPDATE record SET body = replace(body, '\"eli\"', '\"fay\"')"
    " WHERE seq = {yes}",
    "who proposed": 'UPDATE record SET body = replace(body, \'"by":"dana"\', \'"by":"fay"\')'
    " WHERE seq = {asked}",
    "when": "UPDATE record SET recorded_ns = recorded_ns + 1 WHERE seq = {yes}",
    "when, within": "UPDATE record SET body = replace(body, '\"recorded\":1', '\"recorded\":2')"
    " WHERE seq = {yes}",
    "that it was denied": "DELETE FROM record WHERE seq = {asked}",
}


@pytest.mark.parametrize("what", FORGED)
def test_a_record_that_was_changed_breaks_the_chain(
    book: LocalEngine, open_engine: Open, what: str
) -> None:
    number = proposed(book)
    does(book, Approve(approval=number), "eli")
    yes = book.seq - 1
    book.close()
    with apsw.Connection(str(book.path)) as connection:
        connection.execute(FORGED[what].format(yes=yes, asked=number))
        assert connection.changes() == 1
    again = open_engine()
    try:
        found = again.operations.verify(ask=False)
    except IntegrityFailed:
        return
    chain = next(c for c in found.checks if c.name == "chain")
    assert not chain.ok, found
    with pytest.raises(IntegrityFailed):
        again.commands.submit(Deposit(account="gen-1", amount=amount("1")))


def test_a_forged_state_is_found_out(book: LocalEngine, open_engine: Open) -> None:
    """A role written into the state, with every check and the digest, is not in the records."""
    from alluse_tui.domain.fold.state_rows import book_from_rows, changed_rows
    from alluse_tui.journal.state_digest import digest_of, digest_text

    book.close()
    with apsw.Connection(str(book.path)) as connection:
        rows: list[Any] = connection.execute("SELECT kind, id, body FROM state").fetchall()
        held = book_from_rows(rows_by_kind(rows))
        from msgspec.structs import replace

        eli = replace(held.users["eli"], roles=tuple(Role))
        forged = replace(held, users={**held.users, "eli": eli})
        connection.executemany(
            "INSERT OR REPLACE INTO state VALUES (?, ?, ?)", list(changed_rows(held, forged))
        )
        digest = digest_of([body for (body,) in connection.execute("SELECT body FROM state")])
        connection.execute(
            "UPDATE meta SET value = ? WHERE name = 'state_digest'", (digest_text(digest),)
        )
    again = open_engine()
    found = again.operations.verify(ask=False)
    assert [c.name for c in found.checks if not c.ok] == ["state"]


def test_nobody_but_the_owner_reads_the_files(book: LocalEngine) -> None:
    proposed(book)
    book.operations.rebuild()
    files = [p for p in book.path.parent.iterdir() if p.is_file()]
    assert all(p.stat().st_mode & 0o077 == 0 for p in files), [
        (p.name, oct(p.stat().st_mode)) for p in files
    ]
    assert book.path.parent.stat().st_mode & 0o077 == 0
    assert os.getuid() == book.path.stat().st_uid


def test_of_two_first_users_at_once_one_is_first(open_engine: Open) -> None:
    doors = [open_engine("dana"), open_engine("eli")]
    doors[0].commands.submit(init())
    found = at_once(2, lambda n: own_password(doors[n], ("dana", "eli")[n]))
    assert sorted(type(one).__name__ for one in found) == ["Denied", "NoneType"], found
