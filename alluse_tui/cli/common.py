"""The options that commands share, and how a command gets its engine."""

from __future__ import annotations

import functools
import os
import pwd
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

import click

from alluse_tui.domain.errors import StoreFailed
from alluse_tui.engine import LocalEngine, check_new_book

DB_OPTION = click.option(
    "--db",
    metavar="PATH",
    default=None,
    help="The journal (ALLUSE_DB; default: alluse/alluse.journal in the XDG data directory).",
)

MOUSE = click.option(
    "--no-mouse", is_flag=True, help="Leave the mouse to the terminal: select and copy as usual."
)

ACCEPT_CLOCK = click.option(
    "--accept-clock",
    is_flag=True,
    help="Confirm a clock that is more than ten days ahead of the newest record.",
)

OVERRIDE = click.option(
    "--override", default="", metavar="REASON", help="Use the buffer too; the reason is recorded."
)

PASSWORD_FILE = click.option(
    "--password-file", metavar="FILE", help="Its first line is your password ('-': stdin)."
)

NUMBERS = {"ignore_unknown_options": True}
"""Lets an amount begin with a minus, so that its own check can speak about it."""


class HungUp(SystemExit):
    """The terminal is gone: close what is open, then end without waiting for anything of its."""

    code = 129


class Envelope(TypedDict):
    """What every command carries besides what it is about."""

    portfolio: str
    date: date | None
    note: str
    key: str


@dataclass(frozen=True, slots=True)
class Common:
    """The shared options as typed."""

    db: Path
    as_json: bool
    portfolio: str = ""
    dry_run: bool = False
    key: str = ""
    date: date | None = None
    note: str = ""
    yes: bool = False
    password_file: str | None = None
    accept_clock: bool = False

    def with_password(self, file: str | None) -> Common:
        """The same, with the file of the password for what asks for it again."""
        return replace(self, password_file=file)

    @property
    def envelope(self) -> Envelope:
        """The keywords of any command."""
        return {
            "portfolio": self.portfolio,
            "date": self.date,
            "note": self.note,
            "key": self.key,
        }

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin.isatty() and not self.as_json

    def engine(
        self, *, create: bool = False, anyway: bool = False, login: bool = True
    ) -> LocalEngine:
        """The engine on the journal, as whoever logged in, or else as the system account.

        Raises NoBook.
        """
        return engine_on(
            self.db, create=create, anyway=anyway, login=login, accept_clock=self.accept_clock
        )


def clock_accepted() -> bool:
    """Whether `alluse --accept-clock COMMAND` was typed, before the command's own options."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().params.get("accept_clock"))


def engine_on(
    journal: Path,
    *,
    create: bool = False,
    anyway: bool = False,
    only_look: bool = False,
    login: bool = True,
    accept_clock: bool = False,
) -> LocalEngine:
    """The engine on that journal, as whoever logged in, or else as the system account.

    A login is looked for only where the book has users. A new book begins where one was replaced
    and is gone only if that is meant (`anyway`). Raises NoBook, StoreFailed.
    """
    if create and not anyway:
        check_new_book(journal)
    engine = LocalEngine(
        journal,
        actor=os_user(),
        create=create,
        only_look=only_look,
        accept_clock=accept_clock or clock_accepted(),
    )
    if login and engine.has_users:
        from alluse_tui.cli.token import kept_token

        try:
            engine.resume(kept_token(journal))
        except StoreFailed:
            engine.close()
            raise
    return engine


def reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """--db --json --portfolio, handed over as `common`."""
    options = [
        DB_OPTION,
        click.option("--json", "as_json", is_flag=True, help="One JSON document."),
        click.option("--portfolio", metavar="N", default="", help="Which portfolio."),
    ]
    return _with_common(function, options)


def writing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `reading` and --dry-run --key --date --note --yes."""
    options = [
        DB_OPTION,
        click.option("--json", "as_json", is_flag=True, help="One JSON document."),
        click.option("--portfolio", metavar="N", default="", help="Which portfolio."),
        click.option("--dry-run", is_flag=True, help="Show the plan, change nothing."),
        click.option("--key", metavar="KEY", default="", help="Makes a repeat harmless."),
        click.option("--date", "day", metavar="YYYY-MM-DD", help="Effective date (New York)."),
        click.option("--note", metavar="TEXT", default="", help="Kept with the record."),
        click.option("--yes", is_flag=True, help="Do not ask."),
        ACCEPT_CLOCK,
        click.option(
            "--password-file", "own_password_file", metavar="FILE",
            help="Its first line is your password, for what asks again ('-': stdin).",
        ),
    ]  # fmt: skip
    return _with_common(function, options)


def default_db() -> Path:
    """The journal that is meant when none is named."""
    if named := os.environ.get("ALLUSE_DB"):
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("alluse")) / "alluse.journal"


def typed_date(path: str, text: str) -> date:
    """A date as YYYY-MM-DD. Raises BadInput."""
    from alluse_tui.domain.commands import iso_date

    return iso_date(path, text)


def os_user() -> str:
    """Who is at the keyboard, as the system knows them, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid:{os.getuid()}"


def _with_common(
    function: Callable[..., Any], options: list[Callable[..., Any]]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(db: str | None, day: str | None = None, **values: Any) -> Any:
        shared = ("as_json", "portfolio", "dry_run", "key", "note", "yes", "accept_clock")
        taken = {name: values.pop(name) for name in shared if name in values}
        taken["password_file"] = values.pop("own_password_file", None)
        when = typed_date("--date", day) if day is not None else None
        taken["portfolio"] = taken.get("portfolio") or os.environ.get("ALLUSE_PORTFOLIO", "")
        path = Path(db) if db is not None else default_db()
        return function(common=Common(path, date=when, **taken), **values)

    wrapped: Callable[..., Any] = called
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped
