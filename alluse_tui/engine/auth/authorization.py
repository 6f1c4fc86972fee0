"""The gate: whether somebody who was admitted may submit this command (80-security)."""

from __future__ import annotations

from alluse_tui.domain.commands.commands import AcknowledgeAlert, Command
from alluse_tui.domain.commands.user_commands import (
    AuditNote,
    EndSession,
    LoginAttempt,
    Reject,
    ResetPassword,
    SetPassword,
)
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput, Denied, StepUpNeeded
from alluse_tui.domain.model.users import FIRST_ROLES, Approval, User
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.engine.auth.identity import Caller, may, require
from alluse_tui.security.roles import (
    COMMANDS_NEEDING_STEP_UP,
    NEEDS,
    OVERRIDE,
    Permission,
    alert_permission,
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
    given. `undone` is the command that it takes back, if any: whoever may not do a thing may not
    take it back.
    """
    if isinstance(command, ResetPassword):
        if who.uid not in (0, owner_uid):
            raise Denied("only whoever owns the journal's file resets a password, on its host")
        return
    own_password = isinstance(command, SetPassword) and command.user == user.name
    if not own_password:
        require(user, permission_for(book, user, command), command.NAME)
        if undone in NEEDS:
            require(user, NEEDS[undone], f"undo {undone}")
    if getattr(command, "override", ""):
        require(user, OVERRIDE, f"override the buffer in {command.NAME}")
    if command.NAME in COMMANDS_NEEDING_STEP_UP and user.password and proven_epoch != user.epoch:
        raise StepUpNeeded(f"{command.NAME} asks for your password again")


def needs_no_user(command: Command) -> bool:
    """Commands that come before anybody is somebody, or end it."""
    return isinstance(command, (LoginAttempt, EndSession, ResetPassword))


def reject_internal(command: Command) -> None:
    """Raises BadInput for what says that something was done beside the book: a password looked at,
    a key made, a copy taken. Nobody else may say so."""
    rehashed = isinstance(command, SetPassword) and command.rehashed
    if rehashed or isinstance(command, (LoginAttempt, EndSession, AuditNote)):
        raise BadInput("command", command.NAME, "is made by the program only")


def permission_for(book: Book, user: User, command: Command) -> Permission:
    """What the command needs; to take back one's own proposal is no approving."""
    if isinstance(command, Reject):
        found = book.approvals.get(str(command.approval))
        if found is not None:
            return NEEDS[found.command] if found.by == user.name else Permission.APPROVE
    if isinstance(command, AcknowledgeAlert):
        return alert_permission(command.alert)
    return NEEDS[command.NAME]


def proposer_may(book: Book, approval: Approval, undone: str) -> Verdict:
    """Whether whoever proposed it is still somebody who may; `undone` as in `authorize`."""
    user = book.users.get(approval.by, User(approval.by, () if book.users else FIRST_ROLES))
    needs = [NEEDS[approval.command], *([OVERRIDE] if approval.content.get("override") else [])]
    needs += [NEEDS[undone]] if undone in NEEDS else []
    ok = not user.disabled and all(may(user, one) for one in needs)
    said = f"{approval.by}, who proposed it, may {'still' if ok else 'no longer'} do so"
    return Verdict("approval.proposer", ok, said)
