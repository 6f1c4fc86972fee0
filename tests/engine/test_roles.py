"""The table of security.md: every role × every command × own or another's proposal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from books import NOON, init
from growth import earned
from people import PASSWORDS, add, own_password, stored

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Activate,
    CashFact,
    Close,
    Command,
    Deposit,
    Edit,
    ExplainDifference,
    Fork,
    Import,
    ImportAccounts,
    ImportMarket,
    Init,
    Kind,
    Merge,
    NoteClosure,
    NoteVix,
    OpenAccount,
    Pause,
    PolicySet,
    Post,
    RecordComparison,
    Reinvest,
    Release,
    Resume,
    StatementFacts,
    Suspend,
    Tier,
    Transfer,
    Undo,
    Withdraw,
    amount,
    iso_date,
)
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    Approve,
    DisableUser,
    EnableUser,
    Expire,
    Reject,
    ResetPassword,
    Role,
    SetFullName,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.model.errors import AllUseError, Denied, Pending, StepUpNeeded
from alluse_tui.domain.model.market import MarketFile, MarketKind
from alluse_tui.domain.model.traits import TRAITS
from alluse_tui.engine import FixedClock, LocalEngine

SEE, ACT, APPROVE, ADMINISTER = "see", "act", "approve", "administer"

TABLE = {
    Role.VIEWER: {SEE},
    Role.OPERATOR: {SEE, ACT},
    Role.APPROVER: {SEE, ACT, APPROVE},
    Role.ADMIN: {SEE, ADMINISTER},
    Role.AUDITOR: {SEE},
}
"""Written down here once more, from the page and not from the program."""

DAY = iso_date("day", "2026-11-24")
STATEMENT = StatementFacts(
    source="ibkr:U1", first_day=DAY, last_day=DAY, sha256="0", rates=(), opening=(), facts=()
)

OLD_ACCOUNTS = ImportAccounts(
    portfolio="Main", name="Main", policy=load_policy("moderate"), sha256="0", accounts=()
)
BARS = MarketFile(MarketKind.BARS, "AAPL", "0" * 64, DAY, DAY, 1)

COMMANDS: dict[str, tuple[str, Command]] = {
    "deposit": (ACT, Deposit(account="gen-1", amount=amount("1"))),
    "post": (ACT, Post(account="gen-1", fact=CashFact(kind=Kind.PREMIUM, micros=1_000_000))),
    "import": (ACT, Import(account="gen-1", statement=STATEMENT)),
    "reconcile": (
        ACT,
        RecordComparison(account="gen-1", day=DAY, source="ibkr:U1", cash=True, quantities=True),
    ),
    "explain-difference": (ACT, ExplainDifference(account="gen-1", item="USD", why="known")),
    "import accounts": (ACT, OLD_ACCOUNTS),
    "market import": (ACT, ImportMarket(files=(BARS,))),
    "market closure": (ACT, NoteClosure(day=DAY, why="A storm")),
    "edit": (ACT, Edit(account="gen-1", name="Other")),
    "ack": (ACT, AcknowledgeAlert(alert="fork due:Main/gen-1:0")),
    "release": (ACT, Release(account="rev-1", bucket="leaps", amount=amount("1"))),
    "fork": (ACT, Fork(account="gen-1")),
    "merge": (ACT, Merge(account="gen-1")),
    "reinvest": (ACT, Reinvest(account="rev-1")),
    "transfer": (ACT, Transfer(source="rev-1", target="gen-1", amount=amount("1"))),
    "withdraw": (ACT, Withdraw(account="gen-1", amount=amount("1"))),
    "undo": (ACT, Undo(seq=1)),
    "open": (ACT, OpenAccount(parent="Main", tier=Tier.GEN)),
    "suspend": (ACT, Suspend(account="gen-1")),
    "activate": (ACT, Activate(account="gen-1")),
    "close": (ACT, Close(account="gen-1")),
    "market vix": (ACT, NoteVix(hundredths=1_900, day=DAY)),
    "pause": (ACT, Pause(account="gen-1")),
    "resume": (ACT, Resume()),
    "reject own": (ACT, Reject(approval=0)),
    "reject another's": (APPROVE, Reject(approval=0)),
    "approve own": (APPROVE, Approve(approval=0)),
    "approve another's": (APPROVE, Approve(approval=0)),
    "expire": (ACT, Expire(approval=0)),
    "override": (APPROVE, Withdraw(account="gen-1", amount=amount("1"), override="tuition")),
    "init": (ADMINISTER, Init(portfolio="B", capital=0, policy=load_policy("moderate"))),
    "policy": (ADMINISTER, PolicySet(changes=(("limits.buffer", "6"),))),
    "user add": (ADMINISTER, AddUser(user="new", roles=(Role.VIEWER,), password="x")),
    "user edit": (ADMINISTER, SetFullName(user="dana", full_name="x")),
    "user role": (ADMINISTER, SetRoles(user="gus", roles=(Role.AUDITOR,))),
    "user disable": (ADMINISTER, DisableUser(user="gus")),
    "user enable": (ADMINISTER, EnableUser(user="gus")),
    "user passwd": (ADMINISTER, SetPassword(user="gus", password="x")),
}


def test_the_table_has_every_command_that_somebody_submits() -> None:
    submitted = {name for name, traits in TRAITS.items() if not traits.internal}
    in_table = {command.NAME for _, command in COMMANDS.values()}
    assert submitted - in_table == {"user reset"}, "add the command to COMMANDS"


@pytest.fixture
def book(open_engine: Callable[..., LocalEngine]) -> LocalEngine:
    """Main, whose gen-1 is ready to fork; dana is its admin; fay has the roles to be tried."""
    engine = open_engine()
    engine.commands.submit(init())
    earned(engine, "gen-1", "52000.01")
    own_password(engine)
    add(engine, "gus", Role.VIEWER)
    engine.commands.submit(DisableUser(user="gus"), actor="dana", password=PASSWORDS["dana"])
    add(engine, "eli", Role.OPERATOR, Role.APPROVER)
    return engine


def outcome(engine: LocalEngine, command: Command, actor: str) -> str:
    """denied, asked (for the password), proposed, or judged by its rules."""
    try:
        engine.commands.submit(command, actor=actor)
    except StepUpNeeded:
        return "asked"
    except Denied:
        return "denied"
    except Pending:
        return "proposed"
    except AllUseError:
        return "judged"
    return "judged"


def proposed_by(engine: LocalEngine, name: str) -> int:
    with pytest.raises(Pending) as pending:
        engine.commands.submit(Fork(account="gen-1", note=name), actor=name)
    return pending.value.approval


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("role", Role)
def test_every_role_and_every_command(book: LocalEngine, role: Role, name: str) -> None:
    permission, command = COMMANDS[name]
    own = name.endswith(" own")  # whoever proposed it can at least do that
    roles = (role, Role.OPERATOR) if own else (role,)
    add(book, "fay", *roles)
    if isinstance(command, (Approve, Reject, Expire)):
        command = type(command)(approval=proposed_by(book, "fay" if own else "eli"))
    found = outcome(book, command, "fay")
    may = any(permission in TABLE[one] for one in roles)
    assert (found != "denied") == may, found
    if found == "denied":
        record = list(book.queries.records())[-1].plain
        assert (record["actor"], record["events"]) == ("fay", [])
        assert "may not" in record["denied"]


@pytest.mark.parametrize("role", Role)
def test_nobody_approves_their_own_proposal(book: LocalEngine, role: Role) -> None:
    add(book, "fay", role, Role.APPROVER)
    number = proposed_by(book, "fay")
    before = book.queries.accounts()
    with pytest.raises(AllUseError, match="someone else must approve"):
        book.commands.submit(Approve(approval=number), actor="fay", password=PASSWORDS["fay"])
    assert book.queries.accounts() == before
    receipt = book.commands.submit(Approve(approval=number), actor="eli", password=PASSWORDS["eli"])
    assert book.queries.account("gen-1.1").equity == amount("26000.01")
    assert receipt.seq == book.seq


@pytest.mark.parametrize("name", ["stranger", "gus", "?1234", ""])
def test_who_is_no_user_or_disabled_neither_looks_nor_acts(book: LocalEngine, name: str) -> None:
    seen = book.seq
    with pytest.raises(Denied, match="not logged in"):
        book.commands.submit(Deposit(account="gen-1", amount=amount("1")), actor=name or "nobody")
    assert book.seq == seen + 1, "the denial is on record"
    other = LocalEngine(book.path, actor=name or "nobody", clock=FixedClock(NOON))
    try:
        for look in (
            other.queries.portfolio_names,
            other.queries.accounts,
            other.queries.alerts,
            other.queries.overview,
            other.queries.policy,
            lambda: list(other.queries.records()),
            lambda: other.queries.query("records"),
            other.queries.tree,
            lambda: other.queries.sql("SELECT 1"),
            lambda: other.queries.account("gen-1"),
            lambda: other.queries.entries("gen-1", "Main", 5),
            other.operations.verify,
            other.queries.due,
        ):
            with pytest.raises(Denied):
                look()
    finally:
        other.close()


@pytest.mark.parametrize("role", Role)
def test_records_of_security_are_shown_to_who_audits(book: LocalEngine, role: Role) -> None:
    add(book, "fay", role)
    engine = LocalEngine(book.path, actor="fay", clock=FixedClock(NOON))
    try:
        commands = {record.plain["command"] for record in engine.queries.records()}
    finally:
        engine.close()
    assert {"init", "post"} <= commands
    assert ("user add" in commands) == (role in (Role.ADMIN, Role.AUDITOR))


def test_the_last_admin_stays(book: LocalEngine) -> None:
    for command in (DisableUser(user="dana"), SetRoles(user="dana", roles=(Role.VIEWER,))):
        with pytest.raises(AllUseError, match="no admin would remain"):
            book.commands.submit(command, actor="dana", password=PASSWORDS["dana"])


def test_a_book_without_users_asks_nobody(engine: LocalEngine) -> None:
    assert engine.auth.logins.whoami().via == "first"
    engine.commands.submit(Withdraw(account="gen-1", amount=amount("1")))
    engine.commands.submit(Withdraw(account="gen-1", amount=amount("1")), actor="anybody")


def test_the_first_user_sets_a_password_before_a_second_comes(engine: LocalEngine) -> None:
    with pytest.raises(AllUseError, match="alluse user passwd"):
        engine.commands.submit(AddUser(user="eli", roles=(Role.OPERATOR,), password=stored("eli")))
    own_password(engine)
    assert engine.auth.logins.whoami().roles == (Role.OPERATOR, Role.APPROVER, Role.ADMIN)
    with pytest.raises(StepUpNeeded):
        engine.commands.submit(AddUser(user="eli", roles=(Role.OPERATOR,), password=stored("eli")))
    add(engine, "eli", Role.OPERATOR)


def test_resetting_is_for_the_owner_of_the_file(book: LocalEngine) -> None:
    command = ResetPassword(user="dana", password=stored("dana"))
    thief = LocalEngine(book.path, actor="eli", uid=4242, clock=FixedClock(NOON))
    try:
        with pytest.raises(Denied, match="only the owner of the journal"):
            thief.commands.submit(command)
    finally:
        thief.close()
    receipt = book.commands.submit(command, actor="whoever owns it")
    assert receipt.plan.command == "user reset"
    add(book, "fay", Role.ADMIN)
    with pytest.raises(AllUseError, match="not the last admin"):
        book.commands.submit(command, actor="dana")


def test_passwords_follow_the_policy_at_the_next_login(book: LocalEngine) -> None:
    assert book.auth.logins.login("eli", PASSWORDS["eli"])
    book.auth.logins.logout()
    changes = (("security.password_hash", "pbkdf2"), ("approval.commands", "none"))
    with pytest.raises(Pending) as pending:
        book.commands.submit(PolicySet(changes=changes), actor="dana")
    yes = Approve(approval=pending.value.approval)
    book.commands.submit(yes, actor="eli", password=PASSWORDS["eli"])
    assert stored("eli").startswith("$argon2id$")
    for _ in range(2):
        book.auth.logins.login("eli", PASSWORDS["eli"])
    kinds = [
        r.plain for r in book.core.journal.records() if "user passwd" in str(r.plain["command"])
    ]
    assert kinds[-1]["events"][0]["password"].startswith("$pbkdf2-sha256$")
    assert [k["content"].get("rehashed") for k in kinds] == [None, True]
