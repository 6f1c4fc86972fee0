"""Four eyes: what needs a second person, who that can be, and what a yes is good for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from books import NOON, init
from growth import earned
from people import (
    PASSWORDS,
    add,
    does,
    own_password,
    policy,
    proposed,
    stored,
    three_people,
    two_people,
)

from alluse_tui.domain.commands import (
    Close,
    Command,
    Deposit,
    Fork,
    Merge,
    OpenAccount,
    PolicySet,
    Reinvest,
    Suspend,
    Tier,
    Transfer,
    Undo,
    Withdraw,
    amount,
)
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    Approve,
    DisableUser,
    EnableUser,
    Expire,
    Reject,
    Role,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.model.errors import AllUseError, BadInput, Conflict, Denied, Pending, Refused
from alluse_tui.domain.views import plain
from alluse_tui.engine import FixedClock, LocalEngine

Open = Callable[..., LocalEngine]
HOURS = timedelta(hours=1)
FORK = Fork(account="gen-1")
HUNDRED = Withdraw(account="gen-1", amount=amount("100"))


@pytest.fixture
def book(engine: LocalEngine) -> LocalEngine:
    """dana: operator, approver, admin; eli: operator, approver; fay: operator. gen-1 can fork."""
    return three_people(engine)


def said_no(engine: LocalEngine, command: Command, by: str) -> set[str]:
    """The rules that refuse it; nothing changed but for the record of it."""
    before, seq = engine.queries.accounts(), engine.seq
    with pytest.raises(Refused) as refused:
        does(engine, command, by)
    assert engine.queries.accounts() == before
    assert engine.seq == seq + 2, "the password and the refusal"
    return {r.rule for r in refused.value.reasons if not r.ok}


def waiting(engine: LocalEngine) -> list[int]:
    return [one.id for one in engine.auth.approvals.pending()]


PROPOSALS: dict[str, tuple[Command, str]] = {
    "fork": (FORK, ""),
    "reinvest": (Reinvest(account="rev-1"), ""),
    "transfer": (Transfer(source="gen-1", target="rev-1", amount=amount("7")), "7"),
    "withdraw": (HUNDRED, "100"),
    "undo": (Undo(seq=2), "52000.01"),
    "open": (OpenAccount(parent="Main", tier=Tier.GEN), "0"),
    "suspend": (Suspend(account="rev-1"), "0"),
    "policy": (PolicySet(changes=(("limits.buffer", "6"), ("fork.auto", "all"))), "0"),
}


@pytest.mark.parametrize("name", PROPOSALS)
def test_it_is_done_once_somebody_else_says_yes_also_after_a_restart(
    book: LocalEngine, open_engine: Open, clock: FixedClock, name: str
) -> None:
    command, moved = PROPOSALS[name]
    if name == "reinvest":
        earned(book, "rev-1", "40000")
        clock.set(datetime(2026, 12, 16, 17, 0, tzinfo=UTC))
    number = proposed(book, command)
    (view,) = book.auth.approvals.pending()
    assert (view.command, view.by, view.state, view.own) == (name, "dana", "waiting", True)
    assert not moved or view.micros == amount(moved, zero=True)
    book.close()
    again = open_engine()
    assert waiting(again) == [number]
    shown = again.commands.preview(Approve(approval=number), "eli")
    done = does(again, Approve(approval=number), "eli", expect=shown.digest)
    assert (done.plan.command, done.plan.digest) == (name, view.digest)
    assert waiting(again) == []
    yes, act = list(again.queries.records())[-2:]
    assert (yes.plain["command"], yes.actor) == ("approve", "eli")
    assert act.plain["approval"] == {"id": number, "by": "dana"}
    with pytest.raises(BadInput, match="not a pending proposal"):
        does(again, Approve(approval=number), "eli")
    assert again.operations.verify().ok


def test_what_is_not_listed_needs_nobody(book: LocalEngine) -> None:
    book.commands.submit(Deposit(account="gen-1", amount=amount("1")), actor="fay")


@pytest.mark.parametrize("by", ["dana", "eli"])
def test_nobody_says_yes_to_their_own_however_they_come_in(
    book: LocalEngine, open_engine: Open, by: str
) -> None:
    number = proposed(book, HUNDRED, by)
    assert said_no(book, Approve(approval=number), by) == {"approval.second_person"}
    other = open_engine("somebody")
    other.auth.logins.login(by, PASSWORDS[by])
    name = "eli" if by == "dana" else "dana"
    with pytest.raises(Refused, match="someone else"):
        other.commands.submit(Approve(approval=number), actor=name, password=PASSWORDS[by])
    with pytest.raises(Refused, match="someone else"):
        other.commands.preview(Approve(approval=number), name)
    with pytest.raises(Denied):
        other.commands.submit(Approve(approval=number), actor=name, password=PASSWORDS[name])
    assert waiting(book) == [number]


@pytest.mark.parametrize(
    "name", ["Dana", "DANA", "dаna", "dana ", "dana\u200b", "ｄａｎａ", "ﬀ", ""]
)
def test_nobody_is_added_who_looks_like_somebody(book: LocalEngine, name: str) -> None:
    command = AddUser(user=name, roles=(Role.APPROVER,), password=stored("hal"))
    with pytest.raises(BadInput):
        does(book, command, "dana")


@pytest.mark.parametrize("name", ["?a41f", "two words", "tab\t", "dаna", "-x", "x" * 33])
def test_the_first_user_has_a_name_too(open_engine: Open, name: str) -> None:
    engine = open_engine(name)
    engine.commands.submit(init())
    with pytest.raises(BadInput, match="NAME"):
        engine.commands.submit(SetPassword(user=name, password=stored("hal")))


def test_a_day_later_it_can_be_proposed_again(book: LocalEngine, clock: FixedClock) -> None:
    number = proposed(book, HUNDRED)
    clock.set(NOON + 24 * HOURS - timedelta(microseconds=1))
    assert said_no(book, HUNDRED, "dana") == {"approval.waiting"}
    with pytest.raises(Refused, match="is still open"):
        book.commands.submit(Expire(approval=number), actor="fay")
    clock.set(NOON + 24 * HOURS)
    assert said_no(book, Approve(approval=number), "eli") == {"approval.waiting"}
    (view,) = book.auth.approvals.pending()
    assert (view.state, view.may) == ("expired", False)
    again = proposed(book, HUNDRED)
    book.commands.submit(Expire(approval=number), actor="fay")
    assert waiting(book) == [again]
    does(book, Approve(approval=again), "eli")


def test_an_unrelated_change_of_the_account_leaves_a_proposal_open(book: LocalEngine) -> None:
    number = proposed(book, HUNDRED)
    book.commands.submit(Deposit(account="gen-1", amount=amount("1")), actor="fay")
    assert said_no(book, HUNDRED, "eli") == {"approval.waiting"}
    does(book, Approve(approval=number), "eli")
    assert waiting(book) == []


def test_a_proposal_that_a_rule_now_refuses_is_not_carried_out(book: LocalEngine) -> None:
    number = proposed(book, HUNDRED)
    earned(book, "gen-1", plain(amount("50") - book.queries.account("gen-1").cash))
    assert said_no(book, Approve(approval=number), "eli") == {"buffer.available"}


def test_a_plan_that_changed_is_not_done_and_a_new_one_takes_its_place(book: LocalEngine) -> None:
    number = proposed(book, FORK)
    earned(book, "gen-1", "1")
    with pytest.raises(Refused, match="now has another effect than when dana"):
        book.commands.preview(Approve(approval=number), "eli")
    assert said_no(book, Approve(approval=number), "eli") == {"approval.changed"}
    assert waiting(book) == [number]
    again = proposed(book, FORK, "fay")
    assert waiting(book) == [again]
    last = list(book.queries.records())[-1].plain["events"]
    assert [e["type"] for e in last] == ["approval_closed", "approval_requested"]
    assert last[0]["outcome"] == "superseded"
    does(book, Approve(approval=again), "dana")


def test_the_same_again_waits_already_also_for_another_and_before_it_is_sent(
    book: LocalEngine,
) -> None:
    number = proposed(book, HUNDRED)
    for by in ("dana", "eli"):
        assert said_no(book, HUNDRED, by) == {"approval.waiting"}
        with pytest.raises(Refused, match=f"#{number}"):
            book.commands.preview(HUNDRED, by)
    proposed(book, Withdraw(account="gen-1", amount=amount("101")))


def test_a_key_stands_for_its_proposal_and_then_for_its_receipt(book: LocalEngine) -> None:
    keyed = Withdraw(account="gen-1", amount=amount("100"), key="k")
    number = proposed(book, keyed)
    for by in ("dana", "fay"):
        assert proposed(book, keyed, by) == number
    assert book.commands.preview(keyed, "dana").approval == "second person"
    done = does(book, Approve(approval=number), "eli")
    again = does(book, keyed, "dana")
    assert (again.seq, again.duplicate) == (done.seq, True)
    with pytest.raises(Refused, match="already used for another command"):
        does(book, Withdraw(account="gen-1", amount=amount("2"), key="k"), "dana")
    assert book.operations.verify(ask=False).ok


def test_two_proposals_under_one_key_are_done_once(book: LocalEngine) -> None:
    one = proposed(book, Withdraw(account="gen-1", amount=amount("1"), key="k"))
    two = proposed(book, Withdraw(account="gen-1", amount=amount("2"), key="k"))
    does(book, Approve(approval=two), "eli")
    assert said_no(book, Approve(approval=one), "eli") == {"key.content"}
    assert book.operations.verify(ask=False).ok


def test_another_plan_than_the_one_that_was_shown_is_a_conflict(book: LocalEngine) -> None:
    with pytest.raises(Conflict):
        does(book, HUNDRED, "dana", expect="another")
    assert waiting(book) == []
    number = proposed(book, HUNDRED)
    with pytest.raises(Conflict):
        does(book, Approve(approval=number), "eli", expect="another")
    assert waiting(book) == [number]


def lost(engine: LocalEngine, what: str) -> None:
    if what == "disabled":
        does(engine, DisableUser(user="eli"), "dana")
    else:
        does(engine, SetRoles(user="eli", roles=(Role(what),)), "dana")


@pytest.mark.parametrize("what", ["disabled", "viewer", "auditor"])
def test_what_somebody_proposed_who_no_longer_may_is_not_done(book: LocalEngine, what: str) -> None:
    number = proposed(book, HUNDRED, "eli")
    lost(book, what)
    assert said_no(book, Approve(approval=number), "dana") == {"approval.proposer"}
    if what == "disabled":
        does(book, EnableUser(user="eli"), "dana")
        does(book, Approve(approval=number), "dana")


def test_an_override_needs_who_proposed_it_to_be_approver_still(book: LocalEngine) -> None:
    command = Withdraw(account="rev-1", amount=amount("71251"), override="tuition")
    with pytest.raises(Denied, match="override"):
        does(book, command, "fay")
    number = proposed(book, command, "eli")
    lost(book, "operator")
    assert said_no(book, Approve(approval=number), "dana") == {"approval.proposer"}


def test_who_lost_the_role_meanwhile_says_no_yes(book: LocalEngine) -> None:
    number = proposed(book, HUNDRED)
    lost(book, "operator")
    with pytest.raises(Denied, match="this needs approver"):
        does(book, Approve(approval=number), "eli")


def test_rejecting_takes_an_approver_or_whoever_proposed_it(book: LocalEngine) -> None:
    number = proposed(book, HUNDRED)
    with pytest.raises(Denied):
        book.commands.submit(Reject(approval=number), actor="fay")
    book.commands.submit(Reject(approval=number), actor="eli")
    for answer in (Approve(approval=number), Reject(approval=number)):
        with pytest.raises(BadInput, match="not a pending proposal"):
            does(book, answer, "eli")
    number = proposed(book, HUNDRED, "fay")
    book.commands.submit(Reject(approval=number), actor="fay")
    assert waiting(book) == []


def test_an_admin_takes_back_a_policy_they_proposed(book: LocalEngine) -> None:
    add(book, "hal", Role.ADMIN)
    number = proposed(book, PolicySet(changes=(("limits.buffer", "6"),)), "hal")
    book.commands.submit(Reject(approval=number), actor="hal")
    assert waiting(book) == []


def test_an_approved_act_is_undone_as_one_of_whoever_proposed_it(book: LocalEngine) -> None:
    does(book, Approve(approval=proposed(book, HUNDRED)), "eli")
    act = book.seq
    with pytest.raises(Refused, match="you have nothing to undo"):
        book.commands.preview(Undo(), "eli")
    number = proposed(book, Undo())
    (view,) = book.auth.approvals.pending()
    assert view.about == str(act)
    before = book.queries.account("gen-1").cash
    does(book, Approve(approval=number), "eli")
    assert book.queries.account("gen-1").cash == before + amount("100")
    assert book.queries.undone_by(act) == book.seq
    assert book.operations.verify().ok


@pytest.mark.parametrize("offset", [-1, 0])
def test_neither_a_proposal_nor_a_yes_can_be_undone(book: LocalEngine, offset: int) -> None:
    number = proposed(book, HUNDRED)
    seq = number
    if offset:
        does(book, Approve(approval=number), "eli")
        seq = book.seq + offset
    with pytest.raises(Refused, match="cannot be undone"):
        book.commands.preview(Undo(seq=seq), "dana")


def test_above_an_amount_and_of_some_commands_only(engine: LocalEngine) -> None:
    policy(engine, ("approval.above", "100"), ("approval.commands", "withdraw, suspend"))
    two_people(engine)
    does(engine, HUNDRED, "dana")
    proposed(engine, Withdraw(account="gen-1", amount=amount("100.01")))
    does(engine, Transfer(source="gen-1", target="rev-1", amount=amount("5000")), "dana")
    proposed(engine, Suspend(account="gen-1"))  # moves nothing, and is no small amount


def test_with_one_user_nothing_is_asked_unless_to_sleep_over_it(engine: LocalEngine) -> None:
    own_password(engine)
    does(engine, HUNDRED, "dana")
    assert waiting(engine) == []


@pytest.mark.parametrize("users", [0, 1])
def test_cooling_off_takes_its_minutes_and_the_typed_amount(
    engine: LocalEngine, clock: FixedClock, users: int
) -> None:
    policy(engine, ("approval.alone", "cooling_off"), ("approval.delay_minutes", "45"))
    if users:
        own_password(engine)
    number = proposed(engine, HUNDRED)
    (view,) = engine.auth.approvals.pending()
    assert (view.state, view.may) == ("cooling", False)
    yes = Approve(approval=number, amount=amount("100"))
    clock.set(NOON + timedelta(minutes=45) - timedelta(microseconds=1))
    with pytest.raises(Refused, match="in 1 min"):
        does(engine, yes, "dana")
    clock.set(NOON + timedelta(minutes=45))
    for typed in (None, 0, amount("100.01"), amount("1")):
        with pytest.raises(Refused, match=r"--amount 100\.00"):
            does(engine, Approve(approval=number, amount=typed), "dana")
    does(engine, yes, "dana")
    assert engine.operations.verify(ask=False).ok


def test_what_moves_nothing_has_no_amount_to_type(engine: LocalEngine, clock: FixedClock) -> None:
    policy(engine, ("approval.alone", "cooling_off"))
    number = proposed(engine, Suspend(account="gen-1"))
    clock.set(NOON + HOURS)
    does(engine, Approve(approval=number), "dana")


def test_who_is_left_alone_sleeps_over_what_was_for_two(
    engine: LocalEngine, clock: FixedClock
) -> None:
    policy(engine, ("approval.alone", "cooling_off"))
    two_people(engine)
    number = proposed(engine, HUNDRED)
    yes = Approve(approval=number, amount=amount("100"))
    does(engine, DisableUser(user="eli"), "dana")
    (view,) = engine.auth.approvals.pending()
    assert (view.state, view.may) == ("cooling", False)
    assert said_no(engine, yes, "dana") == {"approval.cooling_off"}
    clock.set(NOON + HOURS)
    does(engine, yes, "dana")


def test_what_was_slept_over_needs_the_second_person_who_came_since(
    engine: LocalEngine, clock: FixedClock
) -> None:
    policy(engine, ("approval.alone", "cooling_off"))
    own_password(engine)
    number = proposed(engine, HUNDRED)
    add(engine, "eli", Role.APPROVER)
    clock.set(NOON + HOURS)
    yes = Approve(approval=number, amount=amount("100"))
    assert said_no(engine, yes, "dana") == {"approval.second_person"}
    does(engine, Approve(approval=number), "eli")


def test_where_nobody_may_say_yes_it_is_said(engine: LocalEngine) -> None:
    own_password(engine)
    add(engine, "eli", Role.VIEWER)
    with pytest.raises(Pending, match="there is no other approver"):
        does(engine, HUNDRED, "dana")


def test_automatic_acts_are_proposed_once_and_done_by_the_yes(
    open_engine: Open, clock: FixedClock
) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    policy(engine, ("fork.auto", "all"))
    for code, dollars in (("gen-1", "52000"), ("rev-1", "40000")):
        earned(engine, code, dollars)
    two_people(engine)
    clock.set(datetime(2026, 12, 16, 17, 0, tzinfo=UTC))
    seq = engine.seq
    assert {o.why for o in engine.operations.run_due(dry_run=True)} == {
        "would be proposed: second person"
    }
    assert engine.seq == seq
    outcomes = engine.operations.run_due()
    numbers = waiting(engine)
    assert len(numbers) == 2
    assert all(o.receipt is None and "not done" in o.why for o in outcomes)
    seq = engine.seq
    again = zip(engine.operations.run_due(), numbers, strict=True)
    assert all(f"#{number}, not done" in outcome.why for outcome, number in again)
    assert (engine.seq, waiting(engine)) == (seq, numbers), "not by the minute"
    for number in numbers:
        does(engine, Approve(approval=number), "eli")
    assert all("already done" in o.why or o.receipt is None for o in engine.operations.run_due())
    assert engine.queries.account("gen-1.1").equity
    assert engine.operations.verify(ask=False).ok


def test_closing_and_merging_need_it_too(book: LocalEngine) -> None:
    does(book, Approve(approval=proposed(book, FORK)), "eli")
    for command in (Close(account="gen-1.1"), Merge(account="gen-1.1")):
        with pytest.raises(AllUseError) as refused:
            does(book, command, "dana")
        assert not isinstance(refused.value, Pending), "what cannot be done is not proposed"
    assert waiting(book) == []


# -- taking back ----------------------------------------------------------------------------------


def test_who_may_not_set_the_policy_may_not_undo_it(open_engine: Open) -> None:
    engine = open_engine()
    engine.commands.submit(init())
    policy(engine, ("approval.commands", "withdraw,policy"))
    two_people(engine)
    add(engine, "fay", Role.OPERATOR)
    change = PolicySet(changes=(("limits.buffer", "15"),))
    number = does(engine, Approve(approval=proposed(engine, change)), "eli").seq
    for by in ("fay", "eli"):
        with pytest.raises(Denied, match="may not undo policy: this needs admin"):
            does(engine, Undo(seq=number), by)
        with pytest.raises(Denied, match="may not undo policy"):
            engine.commands.preview(Undo(seq=number), by)
    waits = proposed(engine, Undo(seq=number), "dana")
    does(engine, Approve(approval=waits), "eli")
    assert engine.queries.policy().settings["limits.buffer"] == "5"
    assert engine.operations.verify(ask=False).ok


def test_the_undo_of_who_is_admin_no_longer_is_not_carried_out(book: LocalEngine) -> None:
    change = PolicySet(changes=(("limits.buffer", "15"),))
    number = does(book, Approve(approval=proposed(book, change)), "eli").seq
    waits = proposed(book, Undo(seq=number), "dana")
    add(book, "hal", Role.ADMIN)
    does(book, SetRoles(user="dana", roles=(Role.OPERATOR,)), "hal")
    assert "approval.proposer" in said_no(book, Approve(approval=waits), "eli")
