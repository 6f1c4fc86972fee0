"""Forms about users. A password is hashed and set in a thread; it is never shown."""

from __future__ import annotations

from collections.abc import Callable

from alluse_tui.domain.commands.user_commands import AddUser, Role, SetPassword, SetRoles
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import Receipt, UserView
from alluse_tui.tui import texts
from alluse_tui.tui.modals.form import OWN_PASSWORD, Field, Form, Typed
from alluse_tui.tui.shell import ActivePage

ALL_ROLES = ", ".join(Role)


def add(page: ActivePage) -> Form:
    """A new user."""
    auth = page.shell.engine.auth
    fields = [
        Field("name", placeholder=texts.USER_NAME_EXAMPLE),
        Field("roles", placeholder=texts.ROLES_EXAMPLE),
        Field("full name", placeholder=texts.FULL_NAME_EXAMPLE),
        Field("password", placeholder=texts.NEW_USER_PASSWORD, secret=True),
        *_own_password(page),
    ]

    def go(form: Form, answers: Typed) -> None:
        _require_own_password(answers)
        command = AddUser(user=answers["name"], roles=_roles(answers["roles"]))
        password, full_name = answers["password"], answers["full name"]
        own = answers.get(OWN_PASSWORD, "")
        _change(page, form, lambda: auth.users.add(command, password, full_name, own))

    about = [texts.ROLES_ABOUT.format(roles=ALL_ROLES)]
    return Form(texts.ADD_USER_TITLE, about, fields, None, go=go)


def roles(page: ActivePage, user: UserView) -> Form:
    """New roles; the plan asks for the admin's own password."""
    fields = [Field("roles", value=", ".join(user.roles))]

    def make(answers: Typed) -> SetRoles:
        return SetRoles(user=user.name, roles=_roles(answers["roles"]))

    about = [texts.ROLES_ABOUT.format(roles=ALL_ROLES)]
    return Form(texts.ROLES_TITLE.format(user=user.name), about, fields, make)


def password(page: ActivePage) -> Form:
    """One's own password, or as an admin that of the selected user."""
    auth = page.shell.engine.auth
    snapshot = page.shell.snapshot
    assert snapshot is not None
    name = page.user.name if page.user is not None else snapshot.identity.name
    fields = [
        Field("new", placeholder=texts.NEW_PASSWORD, secret=True),
        Field("again", secret=True),
        *_own_password(page),
    ]

    def go(form: Form, answers: Typed) -> None:
        if answers["new"] != answers["again"]:
            raise BadInput("again", None, texts.PASSWORDS_DIFFER)
        _require_own_password(answers)
        command, new = SetPassword(user=name), answers["new"]
        own = answers.get(OWN_PASSWORD, "")
        _change(page, form, lambda: auth.users.set_password(command, new, own))

    about = [texts.LOGGED_OUT_EVERYWHERE]
    return Form(texts.PASSWORD_TITLE.format(user=name), about, fields, None, go=go)


def _own_password(page: ActivePage) -> list[Field]:
    """The field for the current user's password, if they have one."""
    snapshot = page.shell.snapshot
    assert snapshot is not None
    if not snapshot.identity.has_password:
        return []
    return [Field(OWN_PASSWORD, placeholder=texts.OWN_PASSWORD, secret=True)]


def _require_own_password(answers: Typed) -> None:
    if OWN_PASSWORD in answers and not answers[OWN_PASSWORD]:
        raise BadInput(OWN_PASSWORD, None, texts.OWN_PASSWORD_NEEDED)


def _roles(typed: str) -> tuple[Role, ...]:
    names = typed.replace(",", " ").split()
    for name in names:
        if name not in list(Role):
            raise BadInput("roles", name, texts.ONE_OF.format(choices=ALL_ROLES))
    if not names:
        raise BadInput("roles", None, texts.ROLES_NEEDED.format(roles=ALL_ROLES))
    return tuple(Role(name) for name in names)


def _change(page: ActivePage, form: Form, change: Callable[[], Receipt]) -> None:
    """Hashing takes a moment by design: the form stays until the result is known."""
    page.shell.session.change_user(change, form.done, form.failed)
