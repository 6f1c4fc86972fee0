"""The declaration of every command: one row each, from which all lists of commands are derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.users import Permission
from alluse_tui.domain.model.value import Value

ACT, APPROVE = Permission.ACT, Permission.APPROVE
ADMINISTER, AUDIT = Permission.ADMINISTER, Permission.AUDIT


class Traits(Value, kw_only=True):
    """What the rest of the program must know about a command.

    `needs`: the permission of whoever submits it; None where nobody need be logged in. `decision`:
    its undo must leave cash and earmarks covered. `spends_cash`: it takes cash out of accounts, so
    `verify` checks what was available. `takes_cash`, `ends_account`: large ones ask for the code of
    the account. `second_person`: `approval.commands` may list it. `dangerous`: the command line
    asks first. `step_up`: it asks for the password again. `checkpoint`: a checkpoint is signed
    after it. `security`: its records are for admins and auditors, and never reach the replica.
    `internal`: only the engine submits it. `of_portfolio`: it belongs to a portfolio and may be
    dated. `no_undo`, `no_cli`: why there is none; empty where there is one.
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
    """A change to a user by an admin: on record for auditors, with the password given again."""
    return Traits(
        needs=ADMINISTER,
        step_up=True,
        security=True,
        of_portfolio=False,
        no_undo="a user is changed again instead",
        checkpoint=extra.get("checkpoint", True),
    )


def _audit_note(needs: Permission, *, checkpoint: bool = False) -> Traits:
    """The record that something was done beside the book."""
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
    "policy": Traits(needs=ADMINISTER, second_person=True, checkpoint=True),
    "deposit": Traits(needs=ACT, decision=True),
    "release": Traits(needs=ACT, decision=True),
    "post": Traits(needs=ACT),
    "import": Traits(needs=ACT, dangerous=True),
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
"""By the command's name, as records hold it. The order is the one in which lists show them."""


def traits_of(command: str) -> Traits:
    """The row of the command. Raises StoreFailed for a name that no row declares."""
    row = TRAITS.get(command)
    if row is None:
        raise StoreFailed(f"'{command}' is not a command of this program: upgrade")
    return row


PROGRAM_RECORDS = ("propose", "recover", "gap")
"""Records that the program writes about other records; no command of that name is submitted."""


def recorded_traits(command: str) -> Traits | None:
    """The row of a record's command; None for PROGRAM_RECORDS. Raises StoreFailed for others."""
    return None if command in PROGRAM_RECORDS else traits_of(command)


def commands_with(trait: Callable[[Traits], object]) -> tuple[str, ...]:
    """The names of the commands whose row satisfies `trait`, in order."""
    return tuple(name for name, row in TRAITS.items() if trait(row))
