"""What `verify` judges anew from the records: who could act, in whose login, and how much alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from books import init
from people import PASSWORDS, add, does, policy, proposed, three_people, two_people

from alluse_tui.domain.commands import Deposit, Fork, Withdraw, amount
from alluse_tui.domain.commands.user_commands import Approve, Role
from alluse_tui.engine import LocalEngine

Open = Callable[..., LocalEngine]
FORK = Fork(account="gen-1")
HUNDRED = Withdraw(account="gen-1", amount=amount("100"))


@pytest.fixture
def book(engine: LocalEngine) -> LocalEngine:
    """dana: operator, approver, admin; eli: operator, approver; fay: operator. gen-1 can fork."""
    return three_people(engine)


def test_verify_sees_what_lacked_its_second_person(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert book.operations.verify(ask=False).ok
    monkeypatch.setattr("alluse_tui.engine.write.executor.needed", lambda book, made: "")
    book.commands.submit(FORK, actor="eli")
    found = [c for c in book.operations.verify(ask=False).checks if not c.ok]
    assert [c.name for c in found] == ["decisions"]
    assert "eli ran fork without a second person" in found[0].detail


def broken(engine: LocalEngine) -> str:
    """What verify finds wrong with the decisions, and nothing else."""
    (found,) = [c for c in engine.operations.verify(ask=False).checks if not c.ok]
    assert found.name == "decisions"
    return found.detail


def test_verify_sees_what_was_too_much_for_one_person(
    open_engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    policy(engine, ("approval.above", "100"))
    two_people(engine)
    monkeypatch.setattr("alluse_tui.engine.write.executor.needed", lambda book, made: "")
    does(engine, HUNDRED, "eli")
    assert engine.operations.verify(ask=False).ok
    does(engine, Withdraw(account="gen-1", amount=amount("100.01")), "eli")
    assert "eli ran withdraw without a second person" in broken(engine)


def test_verify_sees_what_took_a_role_that_they_had_not(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(book, "gus", Role.VIEWER)
    monkeypatch.setattr("alluse_tui.engine.write.executor.authorize", lambda *_: None)
    book.commands.submit(Deposit(account="gen-1", amount=amount("5")), actor="gus")
    assert "gus ran deposit, which needs operator or approver" in broken(book)


def test_verify_sees_who_approved_without_the_role(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = proposed(book, FORK)
    monkeypatch.setattr("alluse_tui.engine.write.executor.authorize", lambda *_: None)
    book.commands.submit(Approve(approval=number), actor="fay")
    assert "fay ran approve, which needs approver" in broken(book)


def test_verify_sees_a_login_that_was_made_anothers(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.auth.logins.login("fay", PASSWORDS["fay"])
    book.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    assert book.operations.verify(ask=False).ok
    dana = book.core.book.users["dana"]
    monkeypatch.setattr("alluse_tui.engine.write.executor.resolve_user", lambda *_, **__: dana)
    book.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    assert "dana ran deposit in a login of fay" in broken(book)


def test_verify_sees_who_approved_their_own(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = proposed(book, FORK)
    by = book.auth.approvals.pending()[0].by
    monkeypatch.setattr("alluse_tui.engine.write.executor.answerable", lambda *_: [])
    does(book, Approve(approval=number), by)
    found = [c for c in book.operations.verify(ask=False).checks if not c.ok]
    assert f"{by} approved #{number}, their own proposal" in found[0].detail
