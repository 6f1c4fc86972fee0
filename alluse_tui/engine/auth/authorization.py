"""Authorisation: whether an identified caller may submit a command (security.md)."""

from __future__ import annotations

from alluse_tui.domain.commands import AcknowledgeAlert, Command, ImportAccounts, Init
from alluse_tui.domain.commands.user_commands import (
    Reject,
    ResetPassword,
    SetPassword,
)
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput, Denied, StepUpNeeded
from alluse_tui.domain.model.traits import traits_of
from alluse_tui.domain.model.users import FIRST_ROLES, Approval, Permission, User
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plans import home_of
from alluse_tui.engine.auth.identity import Caller, may, require
from alluse_tui.security.roles import (
    COMMANDS_NEEDING_STEP_UP,
    OVERRIDE,
    alert_permission,
    permission_for,
)


def authorize(
    book: Book,
    user: User,
    who: Caller,
    command: Command,
    owner_uid: int,
    proven_epoch: int | None,
    undone: str = "",
) -> None:
    """Whether `user` may submit `command`. Raises Denied, StepUpNeeded.

    `owner_uid` owns the files; `proven_epoch` is the user's epoch for which a password was just
    verified. `undone` is the command that it undoes, if any: undoing a command needs the same
    permission as the command.
    """
    if isinstance(command, ResetPassword):
        if who.uid not in (0, owner_uid):
            raise Denied("only the owner of the journal's file can reset a password, on its host")
        return
    own_password = isinstance(command, SetPassword) and command.user == user.name
    if not own_password:
        needed = permission_to_submit(book, user, command)
        if needed is not None:
            require(user, needed, command.NAME)
        if undone and (needed := permission_for(undone)) is not None:
            require(user, needed, f"undo {undone}")
    if isinstance(command, ImportAccounts) and home_of(book, command) not in book.portfolios:
        require(user, Permission.ADMINISTER, Init.NAME)  # it opens a portfolio
    if getattr(command, "override", ""):
        require(user, OVERRIDE, f"override the buffer in {command.NAME}")
    if command.NAME in COMMANDS_NEEDING_STEP_UP and user.password and proven_epoch != user.epoch:
        raise StepUpNeeded(f"{command.NAME} needs your password again")


def needs_no_user(command: Command) -> bool:
    """Whether the command runs before a user is known (login), or ends a login."""
    return permission_for(command.NAME) is None


def reject_internal(command: Command) -> None:
    """Reject commands (login attempts, key changes, backups) that only the engine itself submits.

    Raises BadInput.
    """
    rehashed = isinstance(command, SetPassword) and command.rehashed
    if rehashed or traits_of(command.NAME).internal:
        raise BadInput("command", command.NAME, "is reserved for internal use")


def permission_to_submit(book: Book, user: User, command: Command) -> Permission | None:
    """What the command needs. Withdrawing one's own proposal needs the same as proposing it."""
    if isinstance(command, Reject):
        approval = book.approvals.get(str(command.approval))
        if approval is not None:
            own = approval.by == user.name
            return permission_for(approval.command) if own else Permission.APPROVE
    if isinstance(command, AcknowledgeAlert):
        return alert_permission(command.alert)
    return permission_for(command.NAME)


def proposer_may(book: Book, approval: Approval, undone: str) -> Verdict:
    """Whether the proposer still has the permission; `undone` as in `authorize`."""
    user = book.users.get(approval.by, User(approval.by, () if book.users else FIRST_ROLES))
    needs = [permission_for(approval.command), permission_for(undone) if undone else None]
    needs += [OVERRIDE] if approval.content.get("override") else []
    ok = not user.disabled and all(needed is None or may(user, needed) for needed in needs)
    message = (
        f"{approval.by}, who proposed it, {'still has' if ok else 'no longer has'} the permission"
    )
    return Verdict("approval.proposer", ok, message)
