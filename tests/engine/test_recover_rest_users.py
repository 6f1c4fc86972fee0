"""`recover --keep-rest` where users, approvals and logins are among the lost records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from damaged_books import Books, deposit, figures
from people import PASSWORDS, add, own_password, stored, two_people

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Withdraw,
    amount,
)
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    Approve,
    DisableUser,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.model.errors import Pending
from alluse_tui.domain.model.users import Role


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "alluse.journal")


@pytest.fixture
def staffed(books: Books) -> Books:
    """dana: operator, approver, admin; eli: operator, approver; fay: operator. Records 1 to 4."""
    books.built()
    with books.engine() as engine:
        two_people(engine)
        add(engine, "fay", Role.OPERATOR)
        assert engine.seq == 6  # two logins for proofs
    return books


def do(books: Books, command: Any, actor: str = "dana") -> int:
    with books.engine() as engine:
        return engine.commands.submit(command, actor=actor, password=PASSWORDS[actor]).seq


@pytest.mark.parametrize(
    "command",
    [
        DisableUser(user="fay"),
        SetRoles(user="fay", roles=(Role.VIEWER,)),
        SetPassword(user="fay", password=stored("gus")),
    ],
)
def test_whom_a_lost_record_restricted_comes_back_disabled(staffed: Books, command: Any) -> None:
    seq = do(staffed, command)
    staffed.does(deposit(1))
    staffed.lose(seq)
    report = staffed.recover()
    user = staffed.book().users["fay"]
    assert user.disabled
    assert [d for d in report.differences if d.startswith("user fay was disabled")]
    assert staffed.verified()


def test_whom_a_lost_record_added_comes_back_without_roles_and_disabled(staffed: Books) -> None:
    seq = do(staffed, AddUser(user="gus", roles=(Role.ADMIN,), password=stored("gus")))
    do(staffed, SetPassword(user="gus", password=stored("hal")))
    staffed.lose(seq)
    report = staffed.recover()
    user = staffed.book().users["gus"]
    assert (user.roles, user.disabled) == ((), True)
    assert report.stopped == ""
    assert staffed.verified()


def test_the_last_admin_is_not_locked_out(books: Books) -> None:
    books.built()
    with books.engine() as engine:
        own_password(engine)
    seq = do(books, SetPassword(user="dana", password=stored("eli")))
    books.does(deposit(1))
    books.lose(seq)
    report = books.recover()
    assert not books.book().users["dana"].disabled
    assert [d for d in report.differences if "dana is the last admin" in d]
    assert books.verified()


def test_what_was_done_in_a_login_whose_record_is_lost_breaks_no_rule(staffed: Books) -> None:
    with staffed.engine() as engine:
        token = engine.auth.logins.login("eli", PASSWORDS["eli"])
        login = engine.seq
        engine.auth.logins.use_token(token)
        engine.commands.submit(deposit(1))
    staffed.lose(login)
    assert staffed.recover().unproven == ()
    assert "cannot be checked" in staffed.verified()


def proposal(books: Books) -> int:
    with pytest.raises(Pending) as pending:
        do(books, Withdraw(account="gen-1", amount=amount("50000")), "eli")
    return pending.value.approval


def test_a_lost_proposal_that_was_approved_keeps_its_act(staffed: Books) -> None:
    asked = proposal(staffed)
    do(staffed, Approve(approval=asked))
    before = staffed.book()
    staffed.lose(asked)
    report = staffed.recover()
    assert (report.stopped, report.unproven) == ("", ())
    assert figures(staffed.book()) == figures(before)
    assert staffed.verified()


@pytest.mark.parametrize("state", [True, False])
def test_a_proposal_whose_answer_is_lost_cannot_be_approved_again(
    staffed: Books, state: bool
) -> None:
    asked = proposal(staffed)
    answer = do(staffed, Approve(approval=asked))
    staffed.does(deposit(1))
    with staffed.engine() as engine:
        yes = [r.seq for r in engine.queries.records() if r.plain["command"] == "approve"]
    staffed.lose(*yes, answer)
    if not state:
        staffed.lose_state()
    report = staffed.recover()
    assert staffed.book().approvals == {}
    assert [d for d in report.differences if d.startswith(f"proposal #{asked} ")]
    assert staffed.verified()


@pytest.fixture
def audited(books: Books) -> Books:
    """dana: operator, approver, admin; eli: auditor; fay: operator. eli has seen each addition."""
    books.built()
    with books.engine() as engine:
        own_password(engine)
        add(engine, "eli", Role.AUDITOR)
        add(engine, "fay", Role.OPERATOR)
    for seq in books.book().user_changes:
        books.does(AcknowledgeAlert(alert=f"user changed:{seq}"), actor="eli")
    return books


MORE_ROLES = SetRoles(user="fay", roles=(Role.OPERATOR, Role.APPROVER))


def test_a_lost_change_of_a_user_that_was_acknowledged_keeps_the_rest(audited: Books) -> None:
    seq = do(audited, MORE_ROLES)
    audited.does(AcknowledgeAlert(alert=f"user changed:{seq}"), actor="eli")
    audited.does(deposit(1))
    audited.lose(seq)
    report = audited.recover()
    assert (report.stopped, report.missing[0].first) == ("", seq)
    assert audited.book().user_changes == {}
    assert audited.verified()


def test_a_lost_change_of_a_user_that_nobody_saw_is_still_an_alert(audited: Books) -> None:
    seq = do(audited, MORE_ROLES)
    audited.does(deposit(1))
    changes = audited.book().user_changes
    assert [*changes] == [str(seq)]
    audited.lose(seq)
    audited.recover()
    assert audited.book().user_changes == changes
    assert audited.verified()


def test_a_lost_change_of_a_user_can_be_told_of_where_its_acknowledgement_is_not_kept(
    audited: Books,
) -> None:
    seq = do(audited, MORE_ROLES)
    added = do(audited, AddUser(user="gus", roles=(Role.VIEWER,), password=stored("gus")))
    do(audited, SetPassword(user="gus", password=stored("hal")))
    audited.does(AcknowledgeAlert(alert=f"user changed:{seq}"), actor="eli")
    audited.lose(seq, added)
    audited.lose_state()
    assert "gus" in audited.recover().stopped
    with audited.engine("eli") as engine:
        assert [a.verdict.message for a in engine.queries.alerts() if a.id == f"user changed:{seq}"]


def test_a_change_of_a_user_whose_acknowledgement_is_lost_is_an_alert_again(
    audited: Books,
) -> None:
    seq = do(audited, MORE_ROLES)
    (seen,) = audited.does(AcknowledgeAlert(alert=f"user changed:{seq}"), actor="eli")
    audited.does(deposit(1))
    audited.lose(seen)
    audited.recover()
    assert [*audited.book().user_changes] == [str(seq)]
    assert audited.verified()
