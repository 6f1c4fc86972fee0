"""`alluse user`: users and their roles."""

from __future__ import annotations

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, Envelope, reading, writing
from alluse_tui.cli.completion import complete_choices, complete_file
from alluse_tui.cli.open_engine import os_user
from alluse_tui.cli.output import new_york_seconds, print_json
from alluse_tui.cli.passwords import new_password_of
from alluse_tui.cli.run_command import act, print_dry_run, print_receipt, proof
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands import Command
from alluse_tui.domain.commands.user_commands import (
    AddUser,
    DisableUser,
    EnableUser,
    ResetPassword,
    Role,
    SetFullName,
    SetPassword,
    SetRoles,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import UserView, printable
from alluse_tui.engine import LocalEngine

NEW_PASSWORD_FILE = click.option(
    "--new-password-file",
    metavar="FILE",
    help=texts.NEW_PASSWORD_FILE,
    shell_complete=complete_file,
)
ROLES = click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE",
    help=texts.ROLE.format(roles=", ".join(Role)),
    shell_complete=complete_choices(*Role),
)


@click.group()
def user() -> None:
    """Manage users and their roles.

    \b
      alluse user passwd                     set your own password
      alluse user add eli --role operator --role approver
      alluse user role eli --role viewer
      alluse user disable eli
      alluse user passwd dana --reset        reset the last admin's password

    Without a terminal, pass your own password with --password-file and the new one with
    --new-password-file.
    """


@user.command(name="list")
@reading
def list_users(common: Common) -> None:
    """List users; non-admins see only themselves."""
    with common.engine() as engine:
        users = engine.auth.users.all()
        now_ns = engine.now_ns
    if common.as_json:
        print_json({"users": [_json(u) for u in users]})
        return
    rows = [(u.name, ", ".join(u.roles), u.full_name, _state(u, now_ns)) for u in users]
    if rows:
        print_table(("user", "roles", "full name", "state"), rows)
    else:
        click.echo("no users yet; become the first with `alluse user passwd`")


@user.command()
@click.argument("name")
@ROLES
@click.option("--full-name", default="", metavar="TEXT", help=texts.FULL_NAME)
@NEW_PASSWORD_FILE
@writing
def add(
    common: Common, name: str, roles: tuple[str, ...], full_name: str, new_password_file: str | None
) -> None:
    """Add the user NAME with one or more roles."""
    command = AddUser(user=name, roles=_roles(roles), **_envelope(common))
    if common.dry_run:
        act(common, command)
        return
    with common.engine() as engine:
        _first_password(common, engine, name)
        _only_admins(engine, command)
        own = proof(common, engine, command)
        password = _new_password(common, name, own, new_password_file)
        receipt = engine.auth.users.add(command, password, full_name, own)
        print_receipt(common, engine, receipt)


@user.command()
@click.argument("name")
@ROLES
@writing
def role(common: Common, name: str, roles: tuple[str, ...]) -> None:
    """Set the roles of NAME, replacing all others. This logs NAME out."""
    act(common, SetRoles(user=name, roles=_roles(roles), **_envelope(common)))


@user.command()
@click.argument("name")
@click.option("--full-name", required=True, metavar="TEXT", help=texts.FULL_NAME)
@writing
def edit(common: Common, name: str, full_name: str) -> None:
    """Change the full name of NAME."""
    command = SetFullName(user=name, full_name="", **_envelope(common))
    if common.dry_run:
        act(common, command)
        return
    with common.engine() as engine:
        _only_admins(engine, command)
        own = proof(common, engine, command)
        print_receipt(common, engine, engine.auth.users.set_full_name(command, full_name, own))


@user.command()
@click.argument("name")
@writing
def disable(common: Common, name: str) -> None:
    """Disable the user NAME at once."""
    act(common, DisableUser(user=name, **_envelope(common)))


@user.command()
@click.argument("name")
@writing
def enable(common: Common, name: str) -> None:
    """Re-enable NAME after `disable` or too many wrong passwords."""
    act(common, EnableUser(user=name, **_envelope(common)))


@user.command()
@click.argument("name", default="")
@click.option("--reset", is_flag=True, help=texts.PASSWD_RESET)
@NEW_PASSWORD_FILE
@writing
def passwd(common: Common, name: str, reset: bool, new_password_file: str | None) -> None:
    """Set your own password, or that of NAME as an admin. This logs the user out."""
    with common.engine() as engine:
        me = os_user() if reset else engine.auth.logins.whoami().name
        user_name = name or me
        kind = ResetPassword if reset else SetPassword
        command = kind(user=user_name, **_envelope(common))
        if common.dry_run:
            print_dry_run(common, engine, engine.commands.preview(command))
            return
        if user_name != me and not reset:
            _only_admins(engine, command)
        own = "" if reset else proof(common, engine, command)
        password = _new_password(common, user_name, own, new_password_file)
        print_receipt(common, engine, engine.auth.users.set_password(command, password, own))


def _envelope(common: Common) -> Envelope:
    """The common keywords without a portfolio: users belong to the whole book."""
    return {**common.envelope, "portfolio": ""}


def _new_password(common: Common, name: str, own: str, file: str | None) -> str:
    """The new password of `name`; --password-file is used where no own password is needed."""
    file = file or (None if own else common.password_file)
    return new_password_of(common, file, "--new-password-file", f"New password of {name}")


def _only_admins(engine: LocalEngine, command: Command) -> None:
    """Check the permission before asking for passwords. Raises Denied, which is recorded."""
    if not engine.auth.logins.may("administer"):
        engine.commands.submit(command)


def _first_password(common: Common, engine: LocalEngine, name: str) -> None:
    """Ask the first user for a password before a second user is added."""
    identity = engine.auth.logins.whoami()
    if identity.via != "first" or identity.name == name or not common.interactive:
        return
    click.echo(f"{printable(identity.name)}, you are the first user and need a password too")
    password = new_password_of(common, None, "", f"New password of {identity.name}")
    engine.auth.users.set_password(SetPassword(user=identity.name), password)


def _roles(typed: tuple[str, ...]) -> tuple[Role, ...]:
    names = [part.strip() for value in typed for part in value.split(",")]
    for name in names:
        if name not in list(Role):
            raise BadInput("--role", name, f"must be one of: {', '.join(Role)}")
    return tuple(Role(name) for name in names)


def _state(user: UserView, now_ns: int) -> str:
    if user.disabled:
        return "disabled"
    if user.open_ns > now_ns:
        return (
            f"locked until {new_york_seconds(user.open_ns)} after {user.failures} wrong passwords"
        )
    return "" if user.has_password else "no password"


def _json(user: UserView) -> dict[str, object]:
    return {
        "name": user.name,
        "roles": list(user.roles),
        "full_name": user.full_name,
        "disabled": user.disabled,
        "password": user.has_password,
        "failures": user.failures,
    }
