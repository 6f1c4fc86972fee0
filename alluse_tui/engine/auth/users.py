"""Users: adding them, and changing names and passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from alluse_tui.domain.commands.user_commands import (
    AddUser,
    ResetPassword,
    SetFullName,
    SetPassword,
)
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.model.users import Permission, User
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.views import Receipt, UserView
from alluse_tui.engine.auth.identity import may
from alluse_tui.engine.auth.logins import Logins
from alluse_tui.engine.auth.pseudonyms import require_key_ring
from alluse_tui.engine.core import Core
from alluse_tui.engine.write.commands import Commands

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command

S = TypeVar("S", bound="AddUser | SetPassword | ResetPassword")
N = TypeVar("N", bound="AddUser | SetFullName")


class Users:
    """Hashes passwords and encrypts names before a command is submitted."""

    def __init__(self, core: Core, commands: Commands, logins: Logins) -> None:
        """Created by the engine."""
        self._core, self._commands, self._logins = core, commands, logins

    def all(self) -> tuple[UserView, ...]:
        """All users for an admin; for others only themselves. Raises Denied."""
        caller = self._logins.user()
        all_users = self._core.book.users.values()
        admin = may(caller, Permission.ADMINISTER)
        return tuple(self._view(user) for user in all_users if admin or user == caller)

    def _view(self, user: User) -> UserView:
        from alluse_tui.security.vault import MissingKey

        try:
            full_name = self._core.keys.decrypt(user.full_name)
        except MissingKey as error:
            full_name = f"encrypted with key {error.key_id}, which is missing"
        throttle = user.throttle
        return UserView(
            name=user.name,
            roles=user.roles,
            full_name=full_name,
            disabled=user.disabled,
            has_password=bool(user.password),
            failures=throttle.failures,
            open_ns=throttle.open_ns,
        )

    def add(self, command: AddUser, password: str, full_name: str = "", own: str = "") -> Receipt:
        """Add a user; `own` is the caller's own password."""
        receipt = self._submit_encrypted(self._with_password(command, password), full_name, own)
        if receipt.duplicate:
            self._require_same_password(command, password, receipt)
        return receipt

    def set_full_name(self, command: SetFullName, full_name: str, own: str = "") -> Receipt:
        """Change a user's full name; `own` is the caller's own password."""
        return self._submit_encrypted(command, full_name, own)

    def set_password(
        self, command: SetPassword | ResetPassword, password: str, own: str = ""
    ) -> Receipt:
        """Change a user's password; `own` is the caller's own password, which may be the old one.

        Raises Refused if the command's key was used for another password.
        """
        receipt = self._commands.submit(self._with_password(command, password), password=own)
        if receipt.duplicate:
            self._require_same_password(command, password, receipt)
        return receipt

    def _submit_encrypted(self, command: N, full_name: str, own: str) -> Receipt:
        """Preview and authenticate first, then encrypt the name and submit.

        Raises Refused if the command's key was used for another name.
        """
        who = self._core.caller
        self._commands.preview(command)
        proven = self._logins.step_up(own, who) if own else None
        named = replace(
            command, full_name=self._encrypted(full_name) if self._logins.may_act() else ""
        )
        receipt = self._commands.submit_as(named, who, proven_epoch=proven)
        if receipt.duplicate:
            user = self._core.book.users.get(command.user)
            same = user is not None and self._core.keys.decrypt(user.full_name) == full_name
            _require_same(command, receipt, same, "full name")
        return receipt

    def _require_same_password(
        self, command: AddUser | SetPassword | ResetPassword, password: str, receipt: Receipt
    ) -> None:
        from alluse_tui.security.passwords import verify_password

        user = self._core.book.users.get(command.user)
        same = user is not None and verify_password(password, user.password)
        _require_same(command, receipt, same, "password")

    def _with_password(self, command: S, password: str) -> S:
        """The command with the password hashed. Raises BadInput for one that is easily guessed."""
        from alluse_tui.security.passwords import check_password, hash_password

        check_password(password, name=command.user)
        return replace(command, password=hash_password(password, fips=self._logins.fips))

    def _encrypted(self, full_name: str) -> str:
        """A full name as the book stores it. Raises MissingKey."""
        if not full_name:
            return ""
        require_key_ring(self._core.book, self._core.keys)
        return self._core.keys.encrypt(full_name)


def _require_same(command: Command, receipt: Receipt, same: bool, secret: str) -> None:
    """Raises Refused unless a repeated command has the same secret, which its content omits."""
    if not same:
        message = f"key {command.key} was used for another {secret} in record {receipt.seq}"
        raise Refused([Verdict("key.content", False, message)])
