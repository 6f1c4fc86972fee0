"""Logins: the same words and work for everybody, every try on record, and each one slower."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from books import NOON, init
from people import PASSWORDS, add, own_password, stored, two_people

from alluse_tui.domain.commands import Withdraw, amount
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    DisableUser,
    EnableUser,
    EndSession,
    LoginAttempt,
    ResetPassword,
    Role,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.model.errors import AllUseError, BadInput, Denied, Pending, StepUpNeeded
from alluse_tui.domain.model.users import throttle_bucket
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.security import passwords
from alluse_tui.security.login_sessions import new_token, session_id

Open = Callable[..., LocalEngine]
WRONG = "nobody ever had this one"
NOT_RIGHT = "wrong name or password"
WITHDRAW = Withdraw(account="gen-1", amount=amount("1"))


class Hashing:
    """Counts what is hashed; compares as text what `people.stored` made."""

    def __init__(self) -> None:
        self.work: list[str] = []

    def matches(self, password: str, form: str) -> bool:
        self.work.append(form.split("$")[3])
        known = [name for name, one in PASSWORDS.items() if stored(name) == form]
        return bool(known) and PASSWORDS[known[0]] == password


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Hashing:
    made = Hashing()
    for name in PASSWORDS:
        stored(name)
    monkeypatch.setattr(passwords, "verify_password", made.matches)
    return made


@pytest.fixture
def book(engine: LocalEngine, hashing: Hashing) -> LocalEngine:
    """dana is the last admin, eli has two roles, gus is disabled."""
    two_people(engine)
    add(engine, "gus", Role.OPERATOR)
    engine.commands.submit(DisableUser(user="gus"), password=PASSWORDS["dana"])
    hashing.work.clear()
    return engine


def tried(engine: LocalEngine, name: str, password: str = WRONG) -> str:
    """What is said; empty when it was right."""
    try:
        engine.auth.logins.login(name, password)
    except Denied as denied:
        assert type(denied) is Denied
        return str(denied)
    engine.auth.logins.use_token("")
    return ""


WHO = {
    "a wrong password": ("eli", WRONG),
    "somebody unknown": ("zoe", PASSWORDS["eli"]),
    "somebody disabled": ("gus", PASSWORDS["gus"]),
    "somebody disabled, wrongly": ("gus", WRONG),
    "another's password": ("eli", PASSWORDS["dana"]),
    "another case": ("ELI", PASSWORDS["eli"]),
    "a slot's name": ("?1234", WRONG),
    "no name": ("", WRONG),
    "half a character": ("\ud800", WRONG),
}


@pytest.mark.parametrize("who", WHO)
def test_the_same_words_the_same_work_and_a_record(
    book: LocalEngine, hashing: Hashing, clock: FixedClock, who: str
) -> None:
    name, password = WHO[who]
    said, work, seq = [], [], book.seq
    for _ in range(6):  # three are free, one is too many; then two more, each at once
        before = len(hashing.work)
        said.append(tried(book, name, password))
        work.append(len(hashing.work) - before)
    assert said == [NOT_RIGHT] * 3 + ["try again in 1 s"] * 3
    assert work == [1, 1, 1, 0, 0, 0]
    assert len({h for h in hashing.work}) == 1
    assert book.seq == seq + 6, "every one is on record"
    events = [r.plain["events"][0] for r in list(book.queries.records())[-6:]]
    assert [e.get("counted", True) for e in events] == [True] * 3 + [False] * 3
    for wait, failures in ((1, 4), (2, 5), (4, 6)):
        clock.set(NOON + timedelta(seconds=10 * failures))
        assert tried(book, name, password) == NOT_RIGHT
        assert tried(book, name, password) == f"try again in {2 * wait} s"


def test_tries_of_one_name_tell_nothing_of_another_that_shares_its_slot(
    book: LocalEngine,
) -> None:
    """Whoever finds such names by trying learns not even from them who is a user."""
    for name in ("eli", "zoe"):
        twin = sharing_with(name)
        said = [tried(book, twin) for _ in range(4)]
        assert said[-1] == tried(book, name) == "try again in 1 s"
    for name in ("dana", "yan"):
        twin = sharing_with(name)
        said = [tried(book, name) for _ in range(4)]
        assert said[-1] == tried(book, twin) == "try again in 1 s"


def sharing_with(name: str) -> str:
    return next(t for i in count() if throttle_bucket(t := f"someone{i}") == throttle_bucket(name))


def test_nothing_that_was_typed_is_written_down_or_said(
    book: LocalEngine, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = ["typed-as-a-name-by-mistake", "typed as a password, never a name"]
    said = []
    for name in (secrets[0], secrets[1], "eli"):
        for _ in range(5):
            with pytest.raises(Denied) as denied:
                book.auth.logins.login(name, secrets[1])
            said += [repr(denied.value), str(denied.value.__cause__), str(denied.value.args)]
    with pytest.raises(Denied) as denied:
        book.commands.submit(WITHDRAW, actor="dana", password=secrets[1])
    said.append(repr(denied.value))
    command = AddUser(user="hal", roles=(Role.VIEWER,), password=stored("hal"))
    said += [repr(command), repr(command.content()), repr(book.auth.users.all())]
    said += [repr(r.plain) for r in book.queries.records()]
    assert not any(form in text for text in said for form in (*secrets, stored("hal")))
    book.operations.rebuild()
    book.close()
    written = b"".join(p.read_bytes() for p in book.path.parent.rglob("*") if p.is_file())
    for secret in secrets:
        assert secret.encode() not in written
        assert not any(secret in str(text) for text in (caplog.text, *capfd.readouterr()))


def test_on_a_book_without_users_what_was_typed_is_not_said_again(engine: LocalEngine) -> None:
    with pytest.raises(BadInput) as bad:
        engine.auth.logins.login("a password by mistake", WRONG)
    assert "by mistake" not in repr(bad.value)


def test_who_was_added_meanwhile_can_log_in(engine: LocalEngine, open_engine: Open) -> None:
    other = open_engine("anybody")
    two_people(engine)
    assert other.auth.logins.login("eli", PASSWORDS["eli"])


def test_waits_double_up_to_a_quarter_of_an_hour_and_outlast_a_restart(
    book: LocalEngine, open_engine: Open, clock: FixedClock
) -> None:
    now, waits = NOON, []
    for _ in range(2):
        tried(book, "eli")
    for _ in range(13):
        assert tried(book, "eli") == NOT_RIGHT
        book.close()
        book = open_engine()
        said = tried(book, "eli", PASSWORDS["eli"])
        waits.append(int(said.removeprefix("try again in ").removesuffix(" s")))
        clock.set(now + timedelta(seconds=waits[-1], microseconds=-1))
        assert tried(book, "eli", PASSWORDS["eli"]) == "try again in 1 s"
        now += timedelta(seconds=waits[-1])
        clock.set(now)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert tried(book, "eli", PASSWORDS["eli"]) == ""
    assert [tried(book, "eli") for _ in range(3)] == [NOT_RIGHT] * 3, "success begins anew"
    assert book.operations.verify(ask=False).ok


def wrong_a_hundred_times(engine: LocalEngine, clock: FixedClock, name: str) -> None:
    for _ in range(100):
        clock.set(_later(engine, 901))
        assert tried(engine, name) == NOT_RIGHT
    clock.set(_later(engine, 901))


def _later(engine: LocalEngine, seconds: int) -> datetime:
    return datetime.fromtimestamp(engine.now_ns // 1_000_000_000 + seconds, UTC)


def test_a_hundred_in_a_row_disable_until_an_admin_enables(
    book: LocalEngine, clock: FixedClock
) -> None:
    for name in ("eli", "zoe"):
        wrong_a_hundred_times(book, clock, name)
        assert tried(book, name, PASSWORDS["eli"]) == NOT_RIGHT
        assert tried(book, name, PASSWORDS["eli"]) == "try again in 900 s", "known or not"
    (eli,) = (u for u in book.auth.users.all() if u.name == "eli")
    assert eli.disabled
    book.commands.submit(EnableUser(user="eli"), password=PASSWORDS["dana"])
    assert tried(book, "eli", PASSWORDS["eli"]) == ""
    assert book.operations.verify(ask=False).ok


def test_the_last_admin_is_only_slowed(book: LocalEngine, clock: FixedClock) -> None:
    wrong_a_hundred_times(book, clock, "dana")
    assert tried(book, "dana") == NOT_RIGHT
    assert tried(book, "dana", PASSWORDS["dana"]) == "try again in 900 s"
    clock.set(_later(book, 900))
    assert tried(book, "dana", PASSWORDS["dana"]) == ""


def test_one_of_two_admins_is_disabled_and_the_other_only_slowed(
    book: LocalEngine, clock: FixedClock
) -> None:
    roles = (Role.OPERATOR, Role.ADMIN)
    book.commands.submit(SetRoles(user="eli", roles=roles), password=PASSWORDS["dana"])
    for name in ("dana", "eli"):
        wrong_a_hundred_times(book, clock, name)
    assert tried(book, "dana", PASSWORDS["dana"]) == NOT_RIGHT
    assert tried(book, "eli", PASSWORDS["eli"]) == ""


def test_a_forgotten_last_password_has_its_way_out(
    book: LocalEngine, open_engine: Open, clock: FixedClock
) -> None:
    wrong_a_hundred_times(book, clock, "dana")
    command = ResetPassword(user="dana", password=stored("hal"))
    for uid in (os.getuid() + 1, -1):
        thief = open_engine("dana", uid=uid)
        for ask in (thief.commands.preview, thief.commands.submit):
            with pytest.raises(Denied, match="only the owner of the journal"):
                ask(command)
    owner = open_engine("not a user")
    assert owner.commands.preview(command).command == "user reset"
    seq = owner.commands.submit(command).seq
    (record,) = (r for r in book.queries.records() if r.seq == seq)
    assert (record.actor, record.plain["uid"]) == ("not a user", os.getuid())
    assert stored("hal") not in repr(record.plain)
    assert tried(book, "dana", PASSWORDS["dana"]) == NOT_RIGHT
    assert tried(book, "dana", PASSWORDS["hal"]) == "", "and nobody waits for what was before"


@pytest.mark.parametrize("name", ["eli", "zoe"])
def test_many_guessers_at_once_gain_nothing(
    book: LocalEngine, open_engine: Open, name: str
) -> None:
    engines = [book, *(open_engine(f"guesser {i}") for i in range(3))]
    barrier, said = threading.Barrier(8), []

    def guess(engine: LocalEngine, number: int) -> None:
        barrier.wait()
        for i in range(3):
            try:
                engine.auth.logins.login(name, f"{WRONG} {number} {i}")
            except Denied as denied:
                said.append(str(denied))

    threads = [threading.Thread(target=guess, args=(engines[i % 4], i)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 24
    assert said.count(NOT_RIGHT) == 3, "all others came too early, whatever they guessed"
    assert tried(book, name, PASSWORDS["eli"]) == "try again in 1 s"


def test_a_step_up_counts_as_a_login_does(book: LocalEngine, hashing: Hashing) -> None:
    for _ in range(3):
        with pytest.raises(Denied, match=NOT_RIGHT):
            book.commands.submit(WITHDRAW, password=WRONG)
    assert tried(book, "dana", PASSWORDS["dana"]) == "try again in 1 s"
    with pytest.raises(Denied, match="try again in 1 s"):
        book.commands.submit(WITHDRAW, password=PASSWORDS["dana"])
    purposes = [
        r.plain["content"].get("purpose", "login") for r in book.queries.records(book.seq - 5)
    ]
    assert purposes == ["step-up"] * 3 + ["login", "step-up"]


def test_a_password_is_good_for_one_submit(book: LocalEngine) -> None:
    with pytest.raises(StepUpNeeded):
        book.commands.submit(WITHDRAW)
    with pytest.raises(Pending):
        book.commands.submit(WITHDRAW, password=PASSWORDS["dana"])
    with pytest.raises(StepUpNeeded):
        book.commands.submit(Withdraw(account="gen-1", amount=amount("2")))
    book.auth.logins.login("dana", PASSWORDS["dana"])
    with pytest.raises(StepUpNeeded):
        book.commands.submit(Withdraw(account="gen-1", amount=amount("2")))


def test_a_password_that_was_changed_since_it_was_given_proves_nothing(book: LocalEngine) -> None:
    old = book.auth.logins.step_up(PASSWORDS["dana"], book.caller)
    changed = SetPassword(user="dana", password=stored("hal"))
    book.commands.submit_as(changed, book.caller, proven_epoch=old)
    before = book.seq
    with pytest.raises(StepUpNeeded):
        book.commands.submit_as(WITHDRAW, book.caller, proven_epoch=old)
    with pytest.raises(StepUpNeeded):
        book.commands.submit_as(
            AddUser(user="ivy", roles=(Role.ADMIN,)), book.caller, proven_epoch=old
        )
    assert [bool(r.plain["denied"]) for r in book.queries.records(before)] == [True, True]
    new = book.auth.logins.step_up(PASSWORDS["hal"], book.caller)
    with pytest.raises(Pending):
        book.commands.submit_as(WITHDRAW, book.caller, proven_epoch=new)


def test_a_program_that_never_saw_the_users_looks_at_the_password_all_the_same(
    engine: LocalEngine, open_engine: Open, hashing: Hashing
) -> None:
    stale = open_engine()
    own_password(engine)
    with pytest.raises(Denied, match=NOT_RIGHT):
        stale.commands.submit(WITHDRAW, password=WRONG)
    assert hashing.work
    stale.commands.submit(WITHDRAW, password=PASSWORDS["dana"])


def test_a_denial_with_a_password_is_on_record_too(book: LocalEngine, open_engine: Open) -> None:
    for name, token in (("stranger", ""), ("eli", "ended")):
        engine = open_engine(name, token=token)
        seq = engine.seq
        with pytest.raises(Denied, match="alluse login"):
            engine.commands.submit(WITHDRAW, password=PASSWORDS["eli"])
        assert [r.plain["command"] for r in book.queries.records(seq)] == ["withdraw"]


@pytest.mark.parametrize(
    "command",
    [
        LoginAttempt(user="dana", right=True, session=session_id("mine")),
        EndSession(user="dana"),
        SetPassword(user="eli", password="$", rehashed=True),
        SetPassword(user="dana", password="$", rehashed=True),
    ],
    ids=lambda c: f"{c.NAME} of {c.user}",
)
def test_nobody_may_say_that_a_password_was_right(
    book: LocalEngine, command: LoginAttempt | EndSession | SetPassword
) -> None:
    seq = book.seq
    for password in ("", PASSWORDS["eli"]):
        with pytest.raises(AllUseError):
            book.commands.submit(command, actor="eli", password=password)
        with pytest.raises(AllUseError):
            book.commands.preview(command, actor="eli")
    book.auth.logins.use_token("mine")
    with pytest.raises(Denied):
        book.auth.logins.whoami()
    assert book.seq == seq


@pytest.mark.usefixtures("full_cost")
def test_a_password_of_an_older_form_is_hashed_again(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "PASSES", 1)
        older = passwords.hash_password(PASSWORDS["dana"])
    engine.commands.submit(SetPassword(user="dana", password=older))
    token = engine.auth.logins.login("dana", PASSWORDS["dana"])
    last = list(engine.queries.records())[-1].plain
    assert (last["command"], last["content"]["rehashed"]) == ("user passwd", True)
    engine.auth.logins.use_token(token)
    assert engine.auth.logins.whoami().via == "login", "its sessions live on"
    assert new_token() != token


def test_a_stranger_costs_what_most_users_cost(
    open_engine: Callable[..., LocalEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the policy has just changed how new passwords are kept."""
    engine = open_engine()
    engine.commands.submit(init())
    two_people(engine)
    kept = {user.password for user in engine.core.book.users.values()}
    looked_at: list[str] = []

    def never_right(_: str, stored: str) -> bool:
        looked_at.append(stored)
        return False

    monkeypatch.setattr(passwords, "verify_password", never_right)
    monkeypatch.setattr(passwords, "needs_rehash", lambda *_, **__: True)
    for name in ("nobody", "eli"):
        with pytest.raises(Denied, match="wrong name or password"):
            engine.auth.logins.login(name, PASSWORDS["dana"])
    assert len(looked_at) == 2 and set(looked_at) <= kept
