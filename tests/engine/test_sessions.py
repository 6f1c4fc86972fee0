"""Sessions: a row of the journal's file decides whether a login lives, and nothing else does."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from books import NOON, init
from people import PASSWORDS, add, own_password, stored, two_people

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.commands.user_commands import (
    DisableUser,
    EnableUser,
    ResetPassword,
    Role,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.model.errors import AllUseError, Denied
from alluse_tui.engine import FixedClock, LocalEngine

Open = Callable[..., LocalEngine]
DEPOSIT = Deposit(account="gen-1", amount=amount("1"))
MINUTE = timedelta(minutes=1)
ENDED = "the login has ended: alluse login"


@pytest.fixture
def book(engine: LocalEngine) -> LocalEngine:
    two_people(engine)
    return engine


@pytest.fixture
def token(book: LocalEngine) -> str:
    """eli's login; the engine `book` is dana's system account again."""
    found = book.auth.logins.login("eli", PASSWORDS["eli"])
    book.auth.logins.use_token("")
    return found


def acts(engine: LocalEngine) -> bool:
    try:
        engine.commands.submit(DEPOSIT)
    except Denied as denied:
        assert str(denied) == ENDED
        return False
    return True


def looks(engine: LocalEngine) -> bool:
    try:
        return bool(engine.queries.accounts())
    except Denied as denied:
        assert str(denied) == ENDED
        return False


def test_a_token_decides_and_not_the_system_account(token: str, open_engine: Open) -> None:
    engine = open_engine("a stranger", token=token)
    assert engine.auth.logins.whoami().name == engine.actor == "eli"
    engine.commands.submit(DEPOSIT)
    engine.commands.submit(DEPOSIT, actor="dana")
    records = list(open_engine().queries.records())[-2:]
    assert [r.actor for r in records] == ["eli", "eli"]
    ident = hashlib.sha256(token.encode()).hexdigest()
    assert all(r.plain["session"] == ident[:16] for r in records)
    for other in (token[:-1], token + "A", token.lower(), ident):
        engine.auth.logins.use_token(other)
        assert not looks(engine) and not acts(engine)


def test_only_the_hash_of_a_token_is_in_any_file(token: str, book: LocalEngine) -> None:
    book.operations.rebuild()
    book.close()
    written = b"".join(p.read_bytes() for p in book.path.parent.iterdir())
    assert token.encode() not in written
    assert hashlib.sha256(token.encode()).hexdigest().encode() in written


@pytest.mark.parametrize("minutes", [9, 10])
def test_ten_idle_minutes_leave_the_view_and_take_the_authority(
    token: str, open_engine: Open, clock: FixedClock, minutes: int
) -> None:
    clock.set(NOON + minutes * MINUTE)
    engine = open_engine(token=token)
    assert looks(engine)
    assert acts(engine) == (minutes < 10)
    assert engine.auth.logins.locked == (minutes == 10)


def test_looking_revives_nothing_and_neither_does_a_key(
    token: str, open_engine: Open, clock: FixedClock
) -> None:
    old = open_engine(token=token)
    clock.set(NOON + 8 * MINUTE)
    late = open_engine(token=token)
    for engine in (old, late):
        looks(engine)
    clock.set(NOON + 11 * MINUTE)
    newest = open_engine(token=token)
    for engine in (old, late, newest):
        engine.auth.logins.touch()
        assert looks(engine)
    clock.set(NOON + 12 * MINUTE)
    for engine in (old, late, newest):
        engine.auth.logins.touch()
        assert engine.auth.logins.locked
        assert not acts(engine)


def test_who_types_all_the_time_stays(token: str, open_engine: Open, clock: FixedClock) -> None:
    engine = open_engine(token=token)
    for second in range(0, 1_500, 5):
        clock.set(NOON + timedelta(seconds=second))
        engine.auth.logins.touch()
    assert not engine.auth.logins.locked and acts(engine)


def test_twelve_hours_end_it_whatever_happens(
    token: str, open_engine: Open, clock: FixedClock
) -> None:
    engine = open_engine(token=token)
    for minutes in range(0, 12 * 60, 9):
        clock.set(NOON + minutes * MINUTE)
        assert acts(engine)
    clock.set(NOON + 12 * 60 * MINUTE)
    assert not acts(engine) and not looks(engine)
    with pytest.raises(Denied, match=ENDED):
        engine.auth.logins.unlock(PASSWORDS["eli"])
    assert not acts(engine)


def test_unlocking_takes_the_password(token: str, open_engine: Open, clock: FixedClock) -> None:
    engine = open_engine(token=token)
    clock.set(NOON + 30 * MINUTE)
    with pytest.raises(Denied, match="wrong name or password"):
        engine.auth.logins.unlock(PASSWORDS["dana"])
    assert engine.auth.logins.locked and not acts(engine)
    engine.auth.logins.unlock(PASSWORDS["eli"])
    assert not engine.auth.logins.locked and acts(engine)


ENDS: dict[str, tuple[str, Callable[[], list[AllUseError | object]]]] = {
    "another password": ("dana", lambda: [SetPassword(user="eli", password=stored("fay"))]),
    "one's own password": ("eli", lambda: [SetPassword(user="eli", password=stored("fay"))]),
    "other roles": ("dana", lambda: [SetRoles(user="eli", roles=(Role.APPROVER,))]),
    "disabling": ("dana", lambda: [DisableUser(user="eli")]),
    "disabling and enabling": (
        "dana",
        lambda: [DisableUser(user="eli"), EnableUser(user="eli")],
    ),
}


@pytest.mark.parametrize("what", ENDS)
def test_it_ends_at_once_everywhere(
    token: str, book: LocalEngine, open_engine: Open, what: str
) -> None:
    engine = open_engine(token=token)
    assert acts(engine)
    by, commands = ENDS[what]
    for command in commands():
        book.commands.submit(command, actor=by, password=PASSWORDS[by])  # type: ignore[arg-type] # a command
    assert not acts(engine) and not looks(engine)


def test_a_reset_ends_what_the_last_admin_left_open(book: LocalEngine, open_engine: Open) -> None:
    engine = open_engine(token=book.auth.logins.login("dana", PASSWORDS["dana"]))
    book.auth.logins.use_token("")
    book.commands.submit(ResetPassword(user="dana", password=stored("gus")), actor="the owner")
    assert not acts(engine) and not looks(engine)


def test_a_logout_ends_it_for_every_copy_of_the_token(token: str, open_engine: Open) -> None:
    one, other = open_engine(token=token), open_engine(token=token)
    assert acts(other)
    one.auth.logins.logout()
    assert not acts(other) and not looks(other)
    with pytest.raises(Denied, match=ENDED):
        other.auth.logins.unlock(PASSWORDS["eli"])
    other.auth.logins.touch()
    assert not acts(other)


def test_another_processes_uid_has_no_use_for_it(
    token: str, open_engine: Open, clock: FixedClock
) -> None:
    thief = open_engine("eli", uid=os.getuid() + 1, token=token)
    assert not acts(thief) and not looks(thief)
    owner = open_engine(token=token)
    clock.set(NOON + 8 * MINUTE)
    thief.auth.logins.touch()
    clock.set(NOON + 11 * MINUTE)
    assert not acts(owner), "nor does the thief keep it alive"


def test_a_token_is_of_one_book(token: str, tmp_path: Path, clock: FixedClock) -> None:
    other = LocalEngine(tmp_path / "other.journal", actor="dana", clock=clock, create=True)
    with other:
        other.commands.submit(init())
        two_people(other)
    with LocalEngine(tmp_path / "other.journal", actor="dana", clock=clock, token=token) as other:
        assert not acts(other) and not looks(other)


def test_looking_and_touching_on_other_threads_disturbs_no_turn(
    token: str, open_engine: Open, clock: FixedClock
) -> None:
    engine = open_engine(token=token)
    failed: list[Exception] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            try:
                engine.queries.accounts(), engine.actor, engine.auth.logins.whoami()
                engine.auth.logins.touch()
            except Exception as error:
                failed.append(error)
                return

    threads = [threading.Thread(target=watch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for second in range(40):
        clock.set(NOON + timedelta(seconds=20 * second))
        engine.commands.submit(DEPOSIT)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed
    assert engine.operations.verify(ask=False).ok


def test_a_new_login_leaves_others_of_the_same_user(book: LocalEngine, open_engine: Open) -> None:
    own_and_other = [open_engine() for _ in range(2)]
    for engine in own_and_other:
        engine.auth.logins.login("eli", PASSWORDS["eli"])
    own_and_other[0].auth.logins.logout()
    assert own_and_other[0].auth.logins.whoami().name == "dana"
    assert acts(own_and_other[1])


def test_without_users_a_token_says_nothing(engine: LocalEngine, open_engine: Open) -> None:
    other = open_engine("fay", token="anything")
    assert other.auth.logins.whoami().name == "fay"
    assert acts(other)
    own_password(engine)
    add(engine, "eli", Role.VIEWER)
    assert not acts(other) and not looks(other)
