"""Forms about users. A password is hashed and set in a thread; it is shown nowhere."""

from __future__ import annotations

from collections.abc import Callable

from alluse_tui.domain.commands.user_commands import AddUser, Role, SetPassword, SetRoles
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import Receipt, UserView
from alluse_tui.tui.modals.form import Field, Form, Typed
from alluse_tui.tui.shell import ActivePage

ABOUT_ROLES = f"roles: one or more of {', '.join(Role)}"


def add(page: ActivePage) -> Form:
    """Somebody new."""
    auth = page.shell.engine.auth
    fields = [
        Field("name", placeholder="as their system account is called, or another"),
        Field("roles", placeholder="operator, approver"),
        Field("full name", placeholder="optional, kept sealed"),
        Field("password", placeholder="theirs, at least 15 characters", secret=True),
        *_own(page),
    ]

    def go(form: Form, answers: Typed) -> None:
        command = AddUser(user=answers["name"], roles=_roles(answers["roles"]))
        _in_thread(page, form, lambda: auth.users.add(
            command, answers["password"], answers["full name"], answers.get("your own", ""),
        ))  # fmt: skip

    return Form("Add a user", [ABOUT_ROLES], fields, None, go=go)


def roles(page: ActivePage, user: UserView) -> Form:
    """Other roles; the plan asks for one's own password."""
    fields = [Field("roles", value=", ".join(user.roles))]

    def make(answers: Typed) -> SetRoles:
        return SetRoles(user=user.name, roles=_roles(answers["roles"]))

    return Form(f"Roles of {user.name}", [ABOUT_ROLES], fields, make)


def password(page: ActivePage) -> Form:
    """One's own, or as an admin that of the user under the cursor."""
    auth = page.shell.engine.auth
    snapshot = page.shell.snapshot
    assert snapshot is not None
    name = page.user.name if page.user is not None else snapshot.identity.name
    fields = [
        Field("new", placeholder="at least 15 characters", secret=True),
        Field("again", secret=True),
        *_own(page),
    ]

    def go(form: Form, answers: Typed) -> None:
        if answers["new"] != answers["again"]:
            raise BadInput("again", None, "is not the same")
        command = SetPassword(user=name)
        _in_thread(page, form, lambda: auth.users.set_password(
            command, answers["new"], answers.get("your own", ""),
        ))  # fmt: skip

    return Form(f"Password of {name}", ["Logins of theirs end."], fields, None, go=go)


def _own(page: ActivePage) -> list[Field]:
    """The password of whoever is at work, where they have one."""
    snapshot = page.shell.snapshot
    assert snapshot is not None
    has = snapshot.identity.has_password
    return [Field("your own", placeholder="your password", secret=True)] if has else []


def _roles(typed: str) -> tuple[Role, ...]:
    named = [part for part in typed.replace(",", " ").split() if part]
    for one in named:
        if one not in list(Role):
            raise BadInput("roles", one, f"must be of: {', '.join(Role)}")
    if not named:
        raise BadInput("roles", None, f"must be one or more of: {', '.join(Role)}")
    return tuple(Role(one) for one in named)


def _in_thread(page: ActivePage, form: Form, act: Callable[[], Receipt]) -> None:
    """A hash takes a moment by design: the form stays until it is known what came of it."""
    page.shell.session.change_user(act, form.done, form.wrong)
