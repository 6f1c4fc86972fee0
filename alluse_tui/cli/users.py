"""`alluse user …`: who may be at work on the book."""

from __future__ import annotations

import click

from alluse_tui.cli.common import Common, Envelope, os_user, reading, writing
from alluse_tui.cli.output import print_json, utc
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
    "--new-password-file", metavar="FILE", help="Its first line is the new password ('-': stdin)."
)
ROLES = click.option(
    "--role", "roles", multiple=True, metavar="ROLE", help=f"One or more of: {', '.join(Role)}."
)


@click.group()
def user() -> None:
    """Users: who may look, act, approve, administer.

    \b
      alluse user passwd                     your own, which makes you the first user
      alluse user add eli --role operator --role approver
      alluse user role eli --role viewer
      alluse user disable eli
      alluse user passwd dana --reset        the last admin's, on the host, by the files' owner

    Without a terminal --password-file holds your own password, --new-password-file the new one.
    """


@user.command(name="list")
@reading
def list_users(common: Common) -> None:
    """List users; who is no admin sees only themselves."""
    with common.engine() as engine:
        found = engine.auth.users.all()
        now_ns = engine.now_ns
    if common.as_json:
        print_json({"users": [_json(u) for u in found]})
        return
    rows = [(u.name, ", ".join(u.roles), u.full_name, _state(u, now_ns)) for u in found]
    if rows:
        print_table(("user", "roles", "full name", "state"), rows)
    else:
        click.echo("no users yet: whoever is here is the first; `alluse user passwd` begins")


@user.command()
@click.argument("name")
@ROLES
@click.option("--full-name", default="", metavar="TEXT", help="Kept sealed.")
@NEW_PASSWORD_FILE
@writing
def add(
    common: Common, name: str, roles: tuple[str, ...], full_name: str, new_password_file: str | None
) -> None:
    """Let NAME be at work, with one or more roles."""
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
    """Give NAME these roles and no others. Their logins end."""
    act(common, SetRoles(user=name, roles=_roles(roles), **_envelope(common)))


@user.command()
@click.argument("name")
@click.option("--full-name", required=True, metavar="TEXT", help="Kept sealed.")
@writing
def edit(common: Common, name: str, full_name: str) -> None:
    """Give NAME another full name."""
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
    """Let NAME do nothing any more, at once."""
    act(common, DisableUser(user=name, **_envelope(common)))


@user.command()
@click.argument("name")
@writing
def enable(common: Common, name: str) -> None:
    """Let NAME be at work again, after `disable` or too many wrong passwords."""
    act(common, EnableUser(user=name, **_envelope(common)))


@user.command()
@click.argument("name", default="")
@click.option("--reset", is_flag=True, help="The last admin's, forgotten; by the files' owner.")
@NEW_PASSWORD_FILE
@writing
def passwd(common: Common, name: str, reset: bool, new_password_file: str | None) -> None:
    """Set a password: your own, or NAME's as an admin. Their logins end."""
    with common.engine() as engine:
        me = os_user() if reset else engine.auth.logins.whoami().name
        who = name or me
        kind = ResetPassword if reset else SetPassword
        command = kind(user=who, **_envelope(common))
        if common.dry_run:
            print_dry_run(common, engine, engine.commands.preview(command))
            return
        if who != me and not reset:
            _only_admins(engine, command)
        own = "" if reset else proof(common, engine, command)
        password = _new_password(common, who, own, new_password_file)
        print_receipt(common, engine, engine.auth.users.set_password(command, password, own))


def _envelope(common: Common) -> Envelope:
    """Users are the whole book's, whichever portfolio is meant otherwise."""
    return {**common.envelope, "portfolio": ""}


def _new_password(common: Common, name: str, own: str, file: str | None) -> str:
    """The one for `name`; where no password of one's own is asked for, its file will do."""
    file = file or (None if own else common.password_file)
    return new_password_of(common, file, "--new-password-file", f"New password of {name}")


def _only_admins(engine: LocalEngine, command: Command) -> None:
    """Nothing is asked of who may not do it, nothing sealed. Raises Denied, on record."""
    if not engine.auth.logins.may("administer"):
        engine.commands.submit(command)


def _first_password(common: Common, engine: LocalEngine, name: str) -> None:
    """Before a second user comes, the first sets a password: asked for at a terminal."""
    identity = engine.auth.logins.whoami()
    if identity.via != "first" or identity.name == name or not common.interactive:
        return
    click.echo(f"{printable(identity.name)}, you are the first user and need a password too")
    password = new_password_of(common, None, "", f"New password of {identity.name}")
    engine.auth.users.set_password(SetPassword(user=identity.name), password)


def _roles(typed: tuple[str, ...]) -> tuple[Role, ...]:
    named = [part.strip() for one in typed for part in one.split(",")]
    for one in named:
        if one not in list(Role):
            raise BadInput("--role", one, f"must be one of: {', '.join(Role)}")
    return tuple(Role(one) for one in named)


def _state(user: UserView, now_ns: int) -> str:
    if user.disabled:
        return "disabled"
    if user.open_ns > now_ns:
        return f"waits until {utc(user.open_ns)[11:19]}Z after {user.failures} wrong passwords"
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
