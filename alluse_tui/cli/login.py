"""`alluse login`, `logout`, `whoami`: who is at work."""

from __future__ import annotations

from contextlib import suppress

import click

from alluse_tui.cli.common import PASSWORD_FILE, Common, os_user, reading
from alluse_tui.cli.output import print_json, utc
from alluse_tui.cli.passwords import password_of
from alluse_tui.cli.token import forget_token, keep_token, kept_token
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.domain.views import Identity, printable


@click.command()
@click.argument("name", default="")
@PASSWORD_FILE
@reading
def login(common: Common, name: str, password_file: str | None) -> None:
    """Be NAME (by default the system account's) until `logout`.

    A login ends after 10 minutes in which nothing was recorded (it can look on), after 12 hours,
    and at once when the user's password or roles change. `alluse whoami` says who is at work.
    """
    with common.engine(login=False) as engine:
        who = name or os_user()
        password = password_of(common, password_file, "--password-file", f"Password of {who}")
        token = engine.auth.logins.login(who, password)
        keep_token(common.db, token)
        _say(common, engine.auth.logins.whoami())


@click.command()
@reading
def logout(common: Common) -> None:
    """End the login; from then on the system account decides again."""
    with common.engine(login=False) as engine:
        with suppress(StoreFailed):  # a damaged file is no login, and goes too
            engine.auth.logins.use_token(kept_token(common.db))
        had = bool(engine.caller.session)
        engine.auth.logins.logout()
        forget_token(common.db)
    if common.as_json:
        print_json({"logged_out": had})
    else:
        click.echo("logged out" if had else "there was no login")


@click.command()
@reading
def whoami(common: Common) -> None:
    """Say who is at work, and what they may do."""
    with common.engine() as engine:
        _say(common, engine.auth.logins.whoami())


def _say(common: Common, identity: Identity) -> None:
    if common.as_json:
        print_json({
            "user": identity.name,
            "roles": list(identity.roles),
            "via": identity.via,
            "password": identity.has_password,
            "ends": utc(identity.ends_ns) if identity.ends_ns else None,
        })  # fmt: skip
        return
    until = f", until {utc(identity.ends_ns)[:16]}Z" if identity.ends_ns else ""
    how = {
        "first": "this book has no users: whoever is here is the first",
        "system account": "known by the system account",
        "login": f"logged in{until}",
    }[identity.via]
    click.echo(printable(f"{identity.words} ({how})"))
