"""Undo of what was done to accounts, keys, and several portfolios in one file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from accounts import CENT, OPEN, PREMIUM, opened
from books import init
from msgspec.structs import replace
from refusals import bad, refused

from alluse_tui.domain.commands import (
    Activate,
    Close,
    Command,
    Deposit,
    Edit,
    OpenAccount,
    Post,
    Suspend,
    Tier,
    Transfer,
    Undo,
    amount,
)
from alluse_tui.domain.model.terms import Status
from alluse_tui.engine import LocalEngine


@pytest.mark.parametrize(
    "command",
    [
        Edit(account="gen-2", name="X", notes="y"),
        Suspend(account="gen-2"),
        Activate(account="rev-1"),
        Close(account="gen-2"),
    ],
    ids=lambda c: c.NAME,
)
def test_undo_gives_the_account_back(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine], command: Command
) -> None:
    opened(engine)
    engine.commands.submit(Suspend(account="rev-1"))
    before = engine.queries.accounts()
    receipt = engine.commands.submit(replace(command, key="k"))
    assert engine.commands.submit(replace(command, key="k")).duplicate
    assert "key.content" in refused(engine, Deposit(account="gen-1", amount=CENT, key="k"))
    engine.commands.submit(Undo(seq=receipt.seq))
    assert engine.queries.accounts() == before
    assert "undo.once" in refused(engine, Undo(seq=receipt.seq))
    assert not engine.commands.submit(replace(command, key="k")).duplicate
    assert open_engine().queries.accounts() == engine.queries.accounts()
    assert engine.operations.verify().ok


@pytest.mark.parametrize(
    "more", [{}, {"deposit": amount("7")}, {"source": "gen-1", "amount": amount("7")}], ids=str
)
def test_undo_of_an_open_closes_it_and_gives_the_money_back(
    engine: LocalEngine, more: dict[str, Any]
) -> None:
    before = engine.queries.accounts()
    command = replace(OPEN, key="k", **more)
    receipt = engine.commands.submit(command)
    assert engine.commands.submit(command).duplicate
    engine.commands.submit(Undo(seq=receipt.seq))
    left = engine.queries.account("gen-2")
    assert (left.status, left.equity, left.base) == (Status.CLOSED, 0, 0)
    assert tuple(a for a in engine.queries.accounts() if a.code != "gen-2") == before
    assert "undo.once" in refused(engine, Undo(seq=receipt.seq))
    engine.commands.submit(command)
    assert engine.queries.account("gen-3").equity == more.get("deposit", 0) + more.get("amount", 0)
    assert engine.operations.verify().ok


def test_undo_of_an_open_says_which_money_stands_in_the_way(engine: LocalEngine) -> None:
    receipt = engine.commands.submit(replace(OPEN, deposit=amount("100")))
    moved = engine.commands.submit(Transfer(source="gen-2", target="rev-1", amount=amount("40")))
    said = refused(engine, Undo(seq=receipt.seq))
    assert said["undo.cash"] == "takes 100.00 USD cash from gen-2, leaving -40.00"
    engine.commands.submit(Undo(seq=moved.seq))
    engine.commands.submit(Post(account="gen-2", fact=PREMIUM))
    said = refused(engine, Undo(seq=receipt.seq))
    assert said == {"close.empty": "gen-2 still holds 5.00 cash USD: move it out first"}


def test_undo_of_an_open_refuses_while_an_account_stands_under_it(engine: LocalEngine) -> None:
    for tier in (Tier.GEN, Tier.REV):
        receipt = engine.commands.submit(OPEN)
        code = receipt.plan.accounts[0][1].code
        below = engine.commands.submit(OpenAccount(parent=code, tier=tier))
        assert list(refused(engine, Undo(seq=receipt.seq))) == ["undo.open"], tier
        engine.commands.submit(Undo(seq=below.seq))
        engine.commands.submit(Undo(seq=receipt.seq))


def test_undo_does_not_reopen_an_account_under_a_closed_one(engine: LocalEngine) -> None:
    above = opened(engine)
    closed = engine.commands.submit(Close(account=opened(engine, above)))
    engine.commands.submit(Close(account=above))
    refused(engine, Undo(seq=closed.seq))
    assert engine.queries.account("gen-2.1").status == Status.CLOSED


def test_an_opening_is_undone_after_the_closing_that_followed_it(engine: LocalEngine) -> None:
    made = engine.commands.submit(OPEN)
    closed = engine.commands.submit(Close(account="gen-2"))
    assert refused(engine, Undo(seq=made.seq))["undo.open"] == "gen-2 is closed"
    engine.commands.submit(Undo(seq=closed.seq))
    assert engine.queries.account("gen-2").status == Status.ACTIVE
    engine.commands.submit(Undo(seq=made.seq))
    assert engine.queries.account("gen-2").status == Status.CLOSED
    assert "undo.once" in refused(engine, Undo(seq=closed.seq))


def test_undo_of_a_change_is_refused_once_it_was_changed_again(engine: LocalEngine) -> None:
    first = engine.commands.submit(Edit(account="gen-1", name="A"))
    engine.commands.submit(Edit(account="gen-1", name="B"))
    said = refused(engine, Undo(seq=first.seq))
    assert said["undo.edit"] == "the name and notes of gen-1 have changed since"
    assert said["undo.overtaken"] == "name and notes Main gen-1 was set again by #3"
    engine.commands.submit(Undo())
    engine.commands.submit(Undo(seq=first.seq))
    assert engine.queries.account("gen-1").name == "Generation 1"
    suspended = engine.commands.submit(Suspend(account="gen-1"))
    engine.commands.submit(Activate(account="gen-1"))
    assert refused(engine, Undo(seq=suspended.seq))["undo.status"] == "gen-1 is active"


def test_several_portfolios_keep_their_accounts_apart(engine: LocalEngine) -> None:
    engine.commands.submit(init("Smith"))
    for command in (Suspend(account="gen-1"), Close(account="gen-1"), Edit(account="gen-1")):
        assert bad(engine, command).path == "portfolio"
    assert opened(engine, "Smith") == "gen-2"
    assert opened(engine, "Main/gen-1") == "gen-1.1"
    engine.commands.submit(Suspend(account="gen-1", portfolio="Smith", key="k"))
    engine.commands.submit(Suspend(account="Main/rev-1", key="k"))
    found = {a.id for a in engine.queries.accounts() if a.status == Status.SUSPENDED}
    assert found == {"Smith/gen-1", "Main/rev-1"}
    assert opened(engine, "Smith", Tier.REV) == "rev-2"
    assert "not in Main" in bad(engine, Suspend(account="Main/gen-2")).allowed
