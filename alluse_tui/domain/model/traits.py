"""The declaration of every command, from which all lists of commands are derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.users import Permission
from alluse_tui.domain.model.value import Value

ACT, APPROVE = Permission.ACT, Permission.APPROVE
ADMINISTER, AUDIT = Permission.ADMINISTER, Permission.AUDIT


class Traits(Value, kw_only=True):
    """The properties of a command.

    `needs`: the permission to submit it; None if it needs no login. `decision`: its undo must leave
    cash and earmarks covered. `spends_cash`: it takes cash out of accounts, so `verify` checks that
    the cash was available. `takes_cash`, `ends_account`: large ones are confirmed by the account's
    code. `second_person`: `approval.commands` may list it. `dangerous`: the command line asks for
    confirmation. `step_up`: it needs the password again. `checkpoint`: a checkpoint is signed after
    it. `security`: its records are for admins and auditors only, and not in the replica.
    `internal`: only the engine submits it. `of_portfolio`: it belongs to a portfolio and may have a
    date. `no_undo`, `no_cli`: why it has no undo or no CLI command; empty if it has.
    """

    needs: Permission | None
    decision: bool = False
    spends_cash: bool = False
    takes_cash: bool = False
    ends_account: bool = False
    second_person: bool = False
    dangerous: bool = False
    step_up: bool = False
    checkpoint: bool = False
    security: bool = False
    internal: bool = False
    of_portfolio: bool = True
    no_undo: str = ""
    no_cli: str = ""


def _user_change(**extra: bool) -> Traits:
    """The traits of an admin's change to a user, which needs the password again."""
    return Traits(
        needs=ADMINISTER,
        step_up=True,
        security=True,
        of_portfolio=False,
        no_undo="a user is changed again instead",
        checkpoint=extra.get("checkpoint", True),
    )


def _audit_note(needs: Permission, *, checkpoint: bool = False) -> Traits:
    """The traits of a record of an operation outside the book."""
    return Traits(
        needs=needs,
        security=True,
        internal=True,
        of_portfolio=False,
        checkpoint=checkpoint,
        no_undo="it records what was done outside the book",
        no_cli="the command that does it records it",
    )


_MOVES_CAPITAL = Traits(needs=ACT, decision=True, second_person=True, dangerous=True)

TRAITS: Mapping[str, Traits] = {
    "fork": replace(_MOVES_CAPITAL, spends_cash=True, checkpoint=True),
    "merge": replace(_MOVES_CAPITAL, ends_account=True, checkpoint=True),
    "reinvest": replace(_MOVES_CAPITAL, spends_cash=True),
    "transfer": replace(_MOVES_CAPITAL, spends_cash=True, takes_cash=True, checkpoint=True),
    "withdraw": replace(
        _MOVES_CAPITAL, spends_cash=True, takes_cash=True, checkpoint=True, step_up=True
    ),
    "undo": Traits(
        needs=ACT, second_person=True, dangerous=True, takes_cash=True, no_undo="it is an undo"
    ),
    "open": Traits(needs=ACT, decision=True, spends_cash=True, second_person=True),
    "suspend": Traits(needs=ACT, second_person=True),
    "activate": Traits(needs=ACT, second_person=True),
    "close": Traits(needs=ACT, second_person=True, dangerous=True, ends_account=True),
    "pause": Traits(needs=ACT),
    "resume": Traits(needs=ACT),
    "policy": Traits(needs=ADMINISTER, second_person=True, checkpoint=True),
    "deposit": Traits(needs=ACT, decision=True),
    "release": Traits(needs=ACT, decision=True),
    "post": Traits(needs=ACT),
    "import": Traits(needs=ACT, dangerous=True),
    "reconcile": Traits(needs=ACT),
    "explain-difference": Traits(needs=ACT),
    "import accounts": Traits(
        needs=ACT, dangerous=True, no_cli="`alluse import` does it for an old database"
    ),
    "market import": Traits(needs=ACT, of_portfolio=False),
    "market vix": Traits(needs=ACT, of_portfolio=False),
    "market closure": Traits(needs=ACT, of_portfolio=False),
    "edit": Traits(needs=ACT),
    "ack": Traits(needs=ACT),
    "init": Traits(needs=ADMINISTER, no_undo="a portfolio stays open"),
    "approve": Traits(
        needs=APPROVE,
        dangerous=True,
        step_up=True,
        checkpoint=True,
        no_undo="undo what was approved instead",
    ),
    "reject": Traits(needs=ACT, no_undo="propose it again instead"),
    "expire": Traits(needs=ACT, no_undo="propose it again instead", no_cli="`run-due` records it"),
    "user add": _user_change(),
    "user edit": _user_change(checkpoint=False),
    "user role": _user_change(),
    "user disable": _user_change(),
    "user enable": _user_change(),
    "user passwd": _user_change(),
    "user reset": Traits(
        needs=None,
        security=True,
        checkpoint=True,
        of_portfolio=False,
        no_undo="a password is changed again instead",
        no_cli="an option of `alluse user passwd`",
    ),
    "login": Traits(
        needs=None, security=True, internal=True, of_portfolio=False, no_undo="log out instead"
    ),
    "logout": Traits(
        needs=None, security=True, internal=True, of_portfolio=False, no_undo="log in again instead"
    ),
    "keys": _audit_note(ADMINISTER, checkpoint=True),
    "backup": _audit_note(ADMINISTER),
    "checkpoint": _audit_note(AUDIT),
    "export": _audit_note(AUDIT),
    "verify": _audit_note(Permission.SEE),
}
"""Traits by the command's name in records, in the order of all lists of commands."""


def traits_of(command: str) -> Traits:
    """The traits of the command. Raises StoreFailed for an unknown name."""
    row = TRAITS.get(command)
    if row is None:
        raise StoreFailed(f"'{command}' is not a command of this program: upgrade")
    return row


PROGRAM_RECORDS = ("propose", "recover", "gap")
"""Commands of records that the program itself writes; they are never submitted."""


def recorded_traits(command: str) -> Traits | None:
    """The traits of a record's command; None for PROGRAM_RECORDS. Raises StoreFailed."""
    return None if command in PROGRAM_RECORDS else traits_of(command)


def commands_with(trait: Callable[[Traits], object]) -> tuple[str, ...]:
    """The names of the commands whose traits satisfy `trait`, in order."""
    return tuple(name for name, row in TRAITS.items() if trait(row))
