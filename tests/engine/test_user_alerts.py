"""What an admin does to users alone is an alert until somebody else who audits acknowledges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from books import Cli, init
from people import PASSWORDS, add, does, own_password, stored
from screens import press, running, screen_text

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    CashFact,
    Deposit,
    Kind,
    Post,
    Undo,
    amount,
)
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    DisableUser,
    EnableUser,
    ResetPassword,
    Role,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.model.errors import AllUseError, BadInput, Denied, Refused
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.views import AlertView
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.screens.alerts import AlertsPage

Open = Callable[..., LocalEngine]
KIND = "user changed"


@pytest.fixture
def book(engine: LocalEngine) -> LocalEngine:
    """dana: operator, approver, admin; eli: auditor; fay: operator. Nothing is open."""
    own_password(engine)
    add(engine, "eli", Role.AUDITOR)
    add(engine, "fay", Role.OPERATOR)
    for one in changes(engine, "eli"):
        acknowledge(engine, one, "eli")
    return engine


def changes(engine: LocalEngine, by: str) -> list[str]:
    """The ids of the alerts about users that `by` sees."""
    return [a.id for a in seen(engine, by) if a.kind == KIND]


def seen(engine: LocalEngine, by: str) -> tuple[AlertView, ...]:
    kept, engine.core.caller = (
        engine.caller,
        replace(engine.caller, name=by),
    )
    alerts = engine.queries.alerts()
    engine.core.caller = kept
    return alerts


def said(engine: LocalEngine, by: str = "eli") -> list[str]:
    return [a.verdict.message for a in seen(engine, by) if a.kind == KIND]


def acknowledge(engine: LocalEngine, alert: str, by: str) -> None:
    engine.commands.submit(AcknowledgeAlert(alert=alert), actor=by)


def test_a_new_user_is_told_of_until_somebody_else_who_audits_has_seen_it(
    book: LocalEngine, open_engine: Open
) -> None:
    add(book, "hal", Role.OPERATOR, Role.APPROVER)
    seq = book.seq
    for by in ("eli", "dana", "hal"):  # auditor, admin, approver
        assert changes(book, by) == [f"{KIND}:{seq}"]
        assert said(book, by) == ["dana added hal as operator, approver, 2026-11-24 12:00 New York"]
    assert changes(book, "fay") == []
    with pytest.raises(Refused, match="changed by dana; only eli may acknowledge it"):
        acknowledge(book, f"{KIND}:{seq}", "dana")
    with pytest.raises(Denied, match="admin or auditor"):
        acknowledge(book, f"{KIND}:{seq}", "hal")
    with pytest.raises(Denied, match="admin or auditor"):
        acknowledge(book, f"{KIND}:{seq}", "fay")
    book.close()
    again = open_engine()
    assert changes(again, "eli") == [f"{KIND}:{seq}"]
    acknowledge(again, f"{KIND}:{seq}", "eli")
    assert changes(again, "eli") == changes(again, "dana") == []
    assert again.operations.verify().ok
    again.close()
    assert changes(open_engine(), "eli") == []


MORE = SetRoles(user="fay", roles=(Role.OPERATOR, Role.ADMIN))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (MORE, "dana gave fay more roles: operator, admin"),
        (SetRoles(user="dana", roles=tuple(Role)), "dana gave dana more roles: viewer, operator,"),
        (SetPassword(user="fay", password=stored("hal")), "dana set a new password for fay"),
    ],
)
def test_more_roles_and_another_password_are_told_of(
    book: LocalEngine, command: AddUser, words: str
) -> None:
    does(book, command, "dana")
    (sentence,) = said(book)
    assert sentence.startswith(words)
    assert book.operations.verify().ok


def test_a_user_who_is_enabled_again_is_told_of(book: LocalEngine) -> None:
    does(book, DisableUser(user="fay"), "dana")
    assert said(book) == []
    does(book, EnableUser(user="fay"), "dana")
    (sentence,) = said(book)
    assert sentence.startswith("dana re-enabled fay (operator), 2026-11-24")


def test_a_password_reset_on_the_host_is_told_of(book: LocalEngine) -> None:
    command = ResetPassword(user="dana", password=stored("hal"))
    book.commands.submit(command, actor="root")
    (sentence,) = said(book)
    assert sentence.startswith("root set a new password for dana")


def test_fewer_roles_and_ones_own_password_are_not(book: LocalEngine) -> None:
    does(book, MORE, "dana")
    acknowledge(book, changes(book, "eli")[0], "eli")
    does(book, SetRoles(user="fay", roles=(Role.OPERATOR,)), "dana")
    does(book, SetRoles(user="fay", roles=(Role.VIEWER,)), "dana")
    (sentence,) = said(book)  # viewer is a role that fay had not
    assert "more roles: viewer" in sentence
    does(book, SetPassword(user="eli", password=stored("hal")), "eli")
    assert len(book.core.book.user_changes) == 1


def test_every_change_of_a_user_is_an_alert_of_its_own(book: LocalEngine) -> None:
    does(book, MORE, "dana")
    does(book, SetPassword(user="fay", password=stored("hal")), "dana")
    assert [s.split(",")[0] for s in said(book)] == [
        "dana gave fay more roles: operator",
        "dana set a new password for fay",
    ]


def test_who_was_just_planted_acknowledges_nothing_where_somebody_else_can(
    book: LocalEngine,
) -> None:
    add(book, "gus", Role.AUDITOR)
    add(book, "hal", Role.AUDITOR)
    first, second = changes(book, "eli")
    for by, alert in (("hal", first), ("gus", second), ("gus", first)):
        with pytest.raises(Refused, match="only eli may"):
            acknowledge(book, alert, by)
    acknowledge(book, first, "eli")
    acknowledge(book, second, "gus")
    assert book.operations.verify(ask=False).ok


def test_an_admin_who_is_the_only_one_to_audit_acknowledges_their_own(
    engine: LocalEngine,
) -> None:
    own_password(engine)
    assert changes(engine, "dana") == []
    add(engine, "fay", Role.OPERATOR)
    acknowledge(engine, changes(engine, "dana")[0], "dana")
    assert changes(engine, "dana") == []
    assert engine.operations.verify().ok


def test_it_cannot_be_snoozed_and_neither_be_undone(book: LocalEngine) -> None:
    does(book, MORE, "dana")
    (alert,) = changes(book, "eli")
    with pytest.raises(BadInput, match="stays until someone else"):
        book.commands.submit(AcknowledgeAlert(alert=alert, until=date(2027, 1, 1)), actor="eli")
    acknowledge(book, alert, "eli")
    seq = book.seq
    with pytest.raises(AllUseError, match="not a current alert"):
        acknowledge(book, alert, "eli")
    with pytest.raises(Refused, match="cannot be undone"):
        book.commands.preview(Undo(seq=seq), "dana")


@pytest.mark.parametrize("typed", [f"{KIND}:", f"{KIND}:0", f"{KIND}:x", f"{KIND}:99999", KIND])
def test_an_alert_that_is_not_there_is_named(book: LocalEngine, typed: str) -> None:
    with pytest.raises(BadInput, match="not a current alert"):
        acknowledge(book, typed, "eli")


def test_it_is_shown_of_whichever_portfolio_and_after_what_is_worse(book: LocalEngine) -> None:
    does(book, MORE, "dana")
    book.commands.submit(init("Smith", "0"))
    fact = CashFact(kind=Kind.FEE, micros=-amount("200000"))
    book.commands.submit(Post(account="Main/gen-1", fact=fact, confirmed=True))
    assert [a.kind for a in book.queries.alerts("Smith")] == [KIND]
    kinds = [a.kind for a in book.queries.alerts()]
    assert kinds.index("overdraft") < kinds.index(KIND)
    alert = next(a for a in book.queries.alerts() if a.kind == KIND)
    assert (alert.portfolio, alert.account, alert.action) == ("", "", "ack")


# -- verify ---------------------------------------------------------------------------------------


def broken(engine: LocalEngine) -> str:
    """What verify finds wrong with the decisions, and nothing else."""
    (failed,) = [c for c in engine.operations.verify(ask=False).checks if not c.ok]
    assert failed.name == "decisions"
    return failed.detail


def test_verify_sees_who_acknowledged_their_own(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    does(book, MORE, "dana")
    ok = Verdict("alert.second_person", True, "")
    monkeypatch.setattr("alluse_tui.domain.plans.alerts.second_person", lambda *_: ok)
    number = book.seq
    acknowledge(book, f"{KIND}:{number}", "dana")
    assert f"dana acknowledged the user change #{number}" in broken(book)


def test_verify_sees_who_acknowledged_without_the_role(
    book: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    does(book, MORE, "dana")
    monkeypatch.setattr("alluse_tui.engine.write.executor.authorize", lambda *_: None)
    monkeypatch.setattr("alluse_tui.domain.derived.user_changes.ACKNOWLEDGE", tuple(Role))
    monkeypatch.setattr(
        "alluse_tui.domain.derived.user_changes.acknowledgers", lambda *_: frozenset({"fay"})
    )
    acknowledge(book, f"{KIND}:{book.seq}", "fay")
    monkeypatch.undo()
    assert "fay" in broken(book)


# -- faces ----------------------------------------------------------------------------------------


def test_the_command_line_lists_it_with_the_command_that_answers_it(cli: Cli, me: str) -> None:
    with LocalEngine(cli.journal, actor=me, create=True) as engine:
        engine.commands.submit(init())
        engine.commands.submit(SetPassword(user=me, password=stored("dana")))
        command = AddUser(user="eli2", roles=(Role.OPERATOR,), password=stored("eli"))
        engine.commands.submit(command, password=PASSWORDS["dana"])
        alert = f"{KIND}:{engine.seq}"
    shown = cli("alerts").stdout
    assert f"{me} added eli2 as operator" in shown
    assert f"alluse ack '{alert}'" in shown
    (listed,) = cli.json("alerts")["alerts"]
    assert (listed["portfolio"], listed["account"], listed["action"]) == (None, None, "ack")
    assert cli("ack", alert).returncode == 0
    assert cli("alerts").stdout == "no alerts\n"
    assert cli("verify").returncode == 0
    assert f"ack  {alert}" in cli("log").stdout


async def test_the_screen_shows_it_to_who_audits_and_a_acknowledges_it(
    book: LocalEngine, open_engine: Open
) -> None:
    does(book, MORE, "dana")
    async with running(open_engine("eli")) as pilot:
        await press(pilot, "3")
        page = pilot.app.screen
        assert isinstance(page, AlertsPage)
        assert "dana gave fay more roles: operator, admin" in screen_text(pilot)
        assert "the whole book" in screen_text(pilot)
        await press(pilot, "z")
        assert "stays until someone else acknowledges it" in screen_text(pilot)
        await press(pilot, "a")
        assert f"{KIND} acknowledged" in screen_text(pilot)
        assert "dana gave fay" not in screen_text(pilot)
    book.refresh()
    assert changes(book, "eli") == []


async def test_the_screen_says_to_an_admin_who_did_it_that_it_takes_another(
    book: LocalEngine,
) -> None:
    does(book, MORE, "dana")
    book.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    async with running(book) as pilot:
        await press(pilot, "3", "a")
        assert "only eli may" in screen_text(pilot)
