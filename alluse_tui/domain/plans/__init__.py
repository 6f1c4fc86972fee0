"""Plans: from a book and a command to what would happen, or to a refusal with its numbers."""

from __future__ import annotations

from alluse_tui.domain.commands.commands import (
    AcknowledgeAlert,
    Activate,
    Close,
    Command,
    Deposit,
    Edit,
    Fork,
    Import,
    Init,
    Merge,
    OpenAccount,
    PolicySet,
    Post,
    Reinvest,
    Release,
    Suspend,
    Transfer,
    Undo,
    Withdraw,
)
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    Approve,
    AuditNote,
    DisableUser,
    EnableUser,
    EndSession,
    Expire,
    LoginAttempt,
    Reject,
    ResetPassword,
    SetFullName,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.plan import Context, Plan
from alluse_tui.domain.plans.accounts import (
    place_of,
    plan_activate,
    plan_close,
    plan_edit,
    plan_open,
    plan_release,
    plan_suspend,
)
from alluse_tui.domain.plans.alerts import alert_home, plan_acknowledge_alert
from alluse_tui.domain.plans.forks import plan_fork
from alluse_tui.domain.plans.imports import plan_import
from alluse_tui.domain.plans.init import plan_init
from alluse_tui.domain.plans.merges import plan_merge
from alluse_tui.domain.plans.movements import plan_deposit, plan_transfer, plan_withdraw
from alluse_tui.domain.plans.policies import plan_policy_set
from alluse_tui.domain.plans.posts import plan_post
from alluse_tui.domain.plans.proposals import plan_end
from alluse_tui.domain.plans.reinvests import plan_reinvest
from alluse_tui.domain.plans.undo import plan_undo
from alluse_tui.domain.plans.users import (
    plan_add_user,
    plan_audit_note,
    plan_disable_user,
    plan_enable_user,
    plan_end_session,
    plan_login_attempt,
    plan_reset_password,
    plan_set_full_name,
    plan_set_password,
    plan_set_roles,
)
from alluse_tui.domain.rules.job_keys import is_reserved
from alluse_tui.domain.rules.shared_rules import undated

OF_NO_PORTFOLIO = (
    AddUser, SetPassword, ResetPassword, SetRoles, SetFullName, DisableUser, EnableUser, LoginAttempt,
    EndSession, AuditNote,
)  # fmt: skip

NOTE_LIMIT = 500
KEY_LIMIT = 200

__all__ = ["Context", "Plan", "home_of", "plan"]


def plan(book: Book, command: Command, context: Context) -> Plan:
    """What `command` would do to `book`. Pure. Raises Refused, BadInput."""
    _check_text("note", command.note, NOTE_LIMIT)
    _check_text("key", command.key, KEY_LIMIT)
    if is_reserved(command):
        raise BadInput("key", command.key, "is kept for scheduled acts and brokers' rows")
    match command:
        case Init():
            return plan_init(book, command, context)
        case Deposit():
            return plan_deposit(book, command, context)
        case Withdraw():
            return plan_withdraw(book, command, context)
        case Transfer():
            return plan_transfer(book, command, context)
        case Post():
            return plan_post(book, command, context)
        case Import():
            return plan_import(book, command, context)
        case OpenAccount():
            return plan_open(book, command, context)
        case Edit():
            return plan_edit(book, command, context)
        case Suspend():
            return plan_suspend(book, command, context)
        case Activate():
            return plan_activate(book, command, context)
        case Close():
            return plan_close(book, command, context)
        case Release():
            return plan_release(book, command, context)
        case Fork():
            return plan_fork(book, command, context)
        case Merge():
            return plan_merge(book, command, context)
        case Reinvest():
            return plan_reinvest(book, command, context)
        case AcknowledgeAlert():
            return plan_acknowledge_alert(book, command, context)
        case PolicySet():
            return plan_policy_set(book, command, context)
        case Undo():
            return plan_undo(book, command, context)
    return _plan_of_people(book, command, context)


def _plan_of_people(book: Book, command: Command, context: Context) -> Plan:
    undated(command)
    match command:
        case AddUser():
            return plan_add_user(book, command, context)
        case SetPassword():
            return plan_set_password(book, command, context)
        case ResetPassword():
            return plan_reset_password(book, command, context)
        case SetRoles():
            return plan_set_roles(book, command, context)
        case SetFullName():
            return plan_set_full_name(book, command, context)
        case DisableUser():
            return plan_disable_user(book, command, context)
        case EnableUser():
            return plan_enable_user(book, command, context)
        case LoginAttempt():
            return plan_login_attempt(book, command, context)
        case EndSession():
            return plan_end_session(book, command, context)
        case AuditNote():
            return plan_audit_note(book, command, context)
        case Reject() | Expire():
            return plan_end(book, command, context)
    raise TypeError(f"no plan for {type(command).__name__}")


def _check_text(path: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise BadInput(path, text, f"at most {longest} characters")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise BadInput(path, text, "must be valid text")


def home_of(book: Book, command: Command) -> str:
    """The portfolio a command is about, whose keys it uses. Raises BadInput."""
    match command:
        case Init():
            return command.portfolio
        case OpenAccount():
            return place_of(book, command)[1]
        case AcknowledgeAlert():
            return alert_home(book, command)
        case PolicySet() if not command.account:
            return book.portfolio(command.portfolio).name
        case Approve() | Reject() | Expire():
            found = book.approvals.get(str(command.approval))
            return found.portfolio if found else ""
        case _ if isinstance(command, OF_NO_PORTFOLIO):
            return ""
        case (
            Deposit()
            | Withdraw()
            | Import()
            | Edit()
            | Suspend()
            | Activate()
            | Close()
            | Release()
            | Fork()
            | Merge()
            | Reinvest()
            | PolicySet()
        ):
            return book.account(command.account, command.portfolio).portfolio
        case Transfer():
            return book.account(command.source, command.portfolio).portfolio
        case Post() if command.account:
            return book.account(command.account, command.portfolio).portfolio
    return book.portfolio(command.portfolio).name
