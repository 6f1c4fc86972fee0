"""Starts, refreshes and ends login sessions in the transaction of a command's turn."""

from __future__ import annotations

from dataclasses import replace

from alluse_tui.domain.commands import Command
from alluse_tui.domain.commands.user_commands import LOGIN, LOGOUT, UNLOCK, EndSession, LoginAttempt
from alluse_tui.domain.model.users import User
from alluse_tui.engine.auth.identity import Caller, session_of
from alluse_tui.journal import Turn
from alluse_tui.security.login_sessions import LoginSession


def update_session(turn: Turn, command: Command, who: Caller, now_ns: int) -> None:
    """Refresh the caller's session; end it if the command is a logout."""
    session = session_of(who, turn)
    if session is None:
        return
    if isinstance(command, EndSession):
        if command.why == LOGOUT:
            turn.put_session(session.id, replace(session, revoked_ns=now_ns).row)
    elif session.needs_touch(now_ns):
        turn.put_session(session.id, replace(session, seen_ns=now_ns).row)


def start_session(
    turn: Turn, command: LoginAttempt, user: User | None, who: Caller, now_ns: int, *, right: bool
) -> None:
    """Start a session after a correct password, or refresh the idle one that is unlocked."""
    if not right or user is None:
        return
    if command.purpose == LOGIN:
        row = LoginSession(command.session, user.name, user.epoch, who.uid, now_ns, now_ns).row
        turn.put_session(command.session, row)
    elif command.purpose == UNLOCK:
        session = session_of(who, turn)
        if session is not None and session.user == user.name and now_ns < session.ends_ns:
            turn.put_session(session.id, replace(session, seen_ns=now_ns).row)
