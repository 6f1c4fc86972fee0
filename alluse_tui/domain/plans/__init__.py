"""Plans: what a command would do to a book, or a refusal that gives the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Activate,
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
    Suspend,
    Transfer,
    Undo,
    Withdraw,
)
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    Approve,
    BackUp,
    ChangeKeys,
    CompareCheckpoint,
    DisableUser,
    EnableUser,
    EndSession,
    Expire,
    Export,
    LoginAttempt,
    Reject,
    ResetPassword,
    SetFullName,
    SetPassword,
    SetRoles,
    SignCheckpoint,
)
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.value import Value
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
from alluse_tui.domain.plans.comparisons import (
    plan_explain_difference,
    plan_record_comparison,
)
from alluse_tui.domain.plans.forks import plan_fork
from alluse_tui.domain.plans.imports import plan_import
from alluse_tui.domain.plans.init import plan_init
from alluse_tui.domain.plans.market import plan_import_market, plan_note_closure
from alluse_tui.domain.plans.merges import plan_merge
from alluse_tui.domain.plans.movements import plan_deposit, plan_transfer, plan_withdraw
from alluse_tui.domain.plans.old_system import plan_import_accounts, portfolio_of_old_system
from alluse_tui.domain.plans.pauses import plan_note_vix, plan_pause, plan_resume
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

NOTE_LIMIT = 500
KEY_LIMIT = 200

PortfolioOf = Callable[[Book, Any], str]
"""The portfolio that a command concerns and whose idempotency keys it uses. Raises BadInput."""


class Planner(Value):
    """How one kind of command is planned."""

    plan: Callable[[Book, Any, Context], Plan]
    portfolio_of: PortfolioOf


def _named_portfolio(book: Book, command: Command) -> str:
    return book.portfolio(command.portfolio).name


def _of_account(book: Book, command: Any) -> str:
    return book.account(command.account, command.portfolio).portfolio


def _of_account_if_any(book: Book, command: Any) -> str:
    return _of_account(book, command) if command.account else _named_portfolio(book, command)


def _of_approval(book: Book, command: Any) -> str:
    approval = book.approvals.get(str(command.approval))
    return approval.portfolio if approval else ""


def _no_portfolio(book: Book, command: Command) -> str:
    return ""


PLANNERS: Mapping[type[Command], Planner] = {
    Init: Planner(plan_init, lambda book, command: str(command.portfolio)),
    Deposit: Planner(plan_deposit, _of_account),
    Withdraw: Planner(plan_withdraw, _of_account),
    Transfer: Planner(
        plan_transfer,
        lambda book, command: book.account(command.source, command.portfolio).portfolio,
    ),
    Post: Planner(plan_post, _of_account_if_any),
    Import: Planner(plan_import, _of_account),
    RecordComparison: Planner(plan_record_comparison, _of_account),
    ExplainDifference: Planner(plan_explain_difference, _of_account),
    ImportAccounts: Planner(plan_import_accounts, portfolio_of_old_system),
    ImportMarket: Planner(plan_import_market, _no_portfolio),
    OpenAccount: Planner(plan_open, lambda book, command: place_of(book, command)[1]),
    Edit: Planner(plan_edit, _of_account),
    Suspend: Planner(plan_suspend, _of_account),
    Activate: Planner(plan_activate, _of_account),
    Close: Planner(plan_close, _of_account),
    Pause: Planner(plan_pause, _of_account_if_any),
    Resume: Planner(plan_resume, _of_account_if_any),
    NoteVix: Planner(plan_note_vix, _no_portfolio),
    NoteClosure: Planner(plan_note_closure, _no_portfolio),
    Release: Planner(plan_release, _of_account),
    Fork: Planner(plan_fork, _of_account),
    Merge: Planner(plan_merge, _of_account),
    Reinvest: Planner(plan_reinvest, _of_account),
    AcknowledgeAlert: Planner(plan_acknowledge_alert, alert_home),
    PolicySet: Planner(plan_policy_set, _of_account_if_any),
    Undo: Planner(plan_undo, _named_portfolio),
    Reject: Planner(plan_end, _of_approval),
    Expire: Planner(plan_end, _of_approval),
    AddUser: Planner(plan_add_user, _no_portfolio),
    SetPassword: Planner(plan_set_password, _no_portfolio),
    ResetPassword: Planner(plan_reset_password, _no_portfolio),
    SetRoles: Planner(plan_set_roles, _no_portfolio),
    SetFullName: Planner(plan_set_full_name, _no_portfolio),
    DisableUser: Planner(plan_disable_user, _no_portfolio),
    EnableUser: Planner(plan_enable_user, _no_portfolio),
    LoginAttempt: Planner(plan_login_attempt, _no_portfolio),
    EndSession: Planner(plan_end_session, _no_portfolio),
    BackUp: Planner(plan_audit_note, _no_portfolio),
    ChangeKeys: Planner(plan_audit_note, _no_portfolio),
    CompareCheckpoint: Planner(plan_audit_note, _no_portfolio),
    Export: Planner(plan_audit_note, _no_portfolio),
    SignCheckpoint: Planner(plan_audit_note, _no_portfolio),
}
"""Every command except Approve, which carries out another one (engine/write/executor.py)."""

__all__ = ["PLANNERS", "Context", "Plan", "home_of", "plan"]


def plan(book: Book, command: Command, context: Context) -> Plan:
    """Plan `command` on `book` without changing it. Raises Refused, BadInput."""
    _check_text("note", command.note, NOTE_LIMIT)
    _check_text("key", command.key, KEY_LIMIT)
    if is_reserved(command):
        raise BadInput("key", command.key, "is reserved for scheduled jobs and broker rows")
    if not command.traits.of_portfolio or isinstance(command, (Reject, Expire)):
        undated(command)
    return PLANNERS[type(command)].plan(book, command, context)


def home_of(book: Book, command: Command) -> str:
    """The portfolio that a command concerns; '' for none. Raises BadInput."""
    if isinstance(command, Approve):
        return _of_approval(book, command)
    return PLANNERS[type(command)].portfolio_of(book, command)


def _check_text(path: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise BadInput(path, text, f"must be at most {limit} characters")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise BadInput(path, text, "must be valid text")
