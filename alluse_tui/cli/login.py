"""`alluse login`, `logout`, `whoami`: the current user."""

from __future__ import annotations

from contextlib import suppress

import click

from alluse_tui.cli.common import PASSWORD_FILE, Common, changing, reading
from alluse_tui.cli.open_engine import os_user
from alluse_tui.cli.output import print_json, utc
from alluse_tui.cli.passwords import password_of
from alluse_tui.cli.token import forget_token, keep_token, stored_token
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.model.time_text import new_york_time
from alluse_tui.domain.views import Identity, printable


@click.command()
@click.argument("name", default="")
@PASSWORD_FILE
@changing
def login(common: Common, name: str, password_file: str | None) -> None:
    """Log in as NAME (default: the OS account).

    After 10 minutes without a recorded command a login is read-only. It ends after 12 hours, and at
    once when the user's password or roles change. `alluse whoami` shows the current user.
    """
    with common.engine(login=False) as engine:
        user = name or os_user()
        password = password_of(common, password_file, "--password-file", f"Password of {user}")
        token = engine.auth.logins.login(user, password)
        keep_token(common.db, token)
        _print_identity(common, engine.auth.logins.whoami())


@click.command()
@changing
def logout(common: Common) -> None:
    """Log out; commands then run as the OS account."""
    with common.engine(login=False) as engine:
        with suppress(StoreFailed):  # a damaged login file is removed too
            engine.auth.logins.use_token(stored_token(common.db))
        was_logged_in = bool(engine.caller.session)
        engine.auth.logins.logout()
        forget_token(common.db)
    if common.as_json:
        print_json({"logged_out": was_logged_in})
    else:
        click.echo("logged out" if was_logged_in else "you were not logged in")


@click.command()
@reading
def whoami(common: Common) -> None:
    """Show the current user and their roles."""
    with common.engine() as engine:
        _print_identity(common, engine.auth.logins.whoami())


def _print_identity(common: Common, identity: Identity) -> None:
    if common.as_json:
        print_json(
            {
                "user": identity.name,
                "roles": list(identity.roles),
                "via": identity.via,
                "password": identity.has_password,
                "ends": utc(identity.ends_ns) if identity.ends_ns else None,
            }
        )
        return
    until = f", until {new_york_time(identity.ends_ns)}" if identity.ends_ns else ""
    how = {
        "first": "this book has no users yet: you are the first",
        "system account": "by OS account",
        "login": f"logged in{until}",
    }[identity.via]
    click.echo(printable(f"{identity.words} ({how})"))
