"""Options that commands share, and the engine on the chosen journal."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

import click

from alluse_tui.cli import texts
from alluse_tui.cli.completion import complete_account, complete_file, complete_portfolio
from alluse_tui.cli.open_engine import default_db, engine_on, root_flag
from alluse_tui.domain.model.errors import BadInput, Denied
from alluse_tui.engine import LocalEngine

DB_OPTION = click.option(
    "--db", metavar="PATH", default=None, help=texts.DB, shell_complete=complete_file
)
MOUSE = click.option("--no-mouse", is_flag=True, help=texts.NO_MOUSE)
ACCEPT_CLOCK = click.option("--accept-clock", is_flag=True, help=texts.ACCEPT_CLOCK)
OVERRIDE = click.option("--override", default="", metavar="REASON", help=texts.OVERRIDE)
PASSWORD_FILE = click.option(
    "--password-file", metavar="FILE", help=texts.PASSWORD_FILE, shell_complete=complete_file
)
ACCOUNT_CODE = click.argument("code", shell_complete=complete_account)
"""The argument CODE: an account."""

NUMBERS = {"ignore_unknown_options": True}
"""Context settings that let an amount begin with a minus, so that its own check reports it."""


class HungUp(SystemExit):
    """The terminal hung up: close what is open, then exit without waiting for its input."""

    code = 129


class Envelope(TypedDict):
    """The keyword arguments that every command of the domain takes."""

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
        """These options with `file` as the password file."""
        return replace(self, password_file=file)

    @property
    def envelope(self) -> Envelope:
        """The keyword arguments of any command."""
        return {
            "portfolio": self.portfolio,
            "date": self.date,
            "note": self.note,
            "key": self.key,
        }

    @property
    def interactive(self) -> bool:
        """Whether questions can be asked: a terminal on stdin, and no --json."""
        return sys.stdin.isatty() and not self.as_json

    def engine(
        self, *, create: bool = False, anyway: bool = False, login: bool = True
    ) -> LocalEngine:
        """The engine on the journal, as the logged-in user or else the system account.

        Raises BadInput, NoBook, StoreFailed.
        """
        return engine_on(
            self.db, create=create, anyway=anyway, login=login, accept_clock=self.accept_clock
        )


def reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of a command that writes nothing: --db --json --portfolio, passed as `common`."""
    return _with_common(function, _reading_options(), changes=False)


def reading_lines(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `reading`, for a command that prints one JSON document per line."""
    return _with_common(function, _reading_options(texts.JSON_LINES), changes=False)


def changing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `reading`, for a command that writes; --read-only refuses it."""
    return _with_common(function, _reading_options(), changes=True)


def writing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of a command that records something: those of `reading`, --dry-run --key …"""
    return _with_common(function, _writing_options(), changes=True)


def writing_with(flag: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options of `writing`, for a command that records something only with the option `flag`.

    Without it, --read-only does not refuse the command, and what only recording needs is BadInput.
    """

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def called(common: Common, **values: Any) -> Any:
            if values[flag]:
                if not common.dry_run:
                    refuse_read_only()
            else:
                _refuse_recording_options(common, flag)
            return function(common=common, **values)

        return _with_common(called, _writing_options(), changes=False)

    return decorated


def _refuse_recording_options(common: Common, flag: str) -> None:
    given = {
        "--dry-run": common.dry_run,
        "--key": common.key,
        "--date": common.date,
        "--note": common.note,
    }
    for option, value in given.items():
        if value:
            raise BadInput(option, None, texts.ONLY_WITH.format(flag=flag))


def _writing_options() -> list[Callable[..., Any]]:
    return [
        *_reading_options(),
        click.option("--dry-run", is_flag=True, help=texts.DRY_RUN),
        click.option("--key", metavar="KEY", default="", help=texts.KEY),
        click.option("--date", "day", metavar="YYYY-MM-DD", help=texts.DATE),
        click.option("--note", metavar="TEXT", default="", help=texts.NOTE),
        click.option("--yes", is_flag=True, help=texts.YES),
        ACCEPT_CLOCK,
        click.option(
            "--password-file",
            "own_password_file",
            metavar="FILE",
            help=texts.OWN_PASSWORD_FILE,
            shell_complete=complete_file,
        ),
    ]


def _reading_options(json_help: str = texts.JSON) -> list[Callable[..., Any]]:
    return [
        DB_OPTION,
        click.option("--json", "as_json", is_flag=True, help=json_help),
        click.option(
            "--portfolio",
            metavar="NAME",
            default="",
            help=texts.PORTFOLIO,
            shell_complete=complete_portfolio,
        ),
    ]


def parse_date(path: str, text: str) -> date:
    """A date as YYYY-MM-DD. Raises BadInput."""
    from alluse_tui.domain.commands import iso_date

    return iso_date(path, text)


def refuse_read_only() -> None:
    """Raises Denied where `alluse --read-only` was typed before a command that writes."""
    context = click.get_current_context(silent=True)
    if context is not None and root_flag("read_only"):
        raise Denied(texts.READ_ONLY_REFUSAL.format(command=context.command_path))


def _with_common(
    function: Callable[..., Any], options: list[Callable[..., Any]], *, changes: bool
) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(db: str | None, day: str | None = None, **values: Any) -> Any:
        shared = ("as_json", "portfolio", "dry_run", "key", "note", "yes", "accept_clock")
        typed = {name: values.pop(name) for name in shared if name in values}
        typed["password_file"] = values.pop("own_password_file", None)
        effective = parse_date("--date", day) if day is not None else None
        typed["portfolio"] = typed.get("portfolio") or os.environ.get("ALLUSE_PORTFOLIO", "")
        if changes and not typed.get("dry_run"):
            refuse_read_only()
        path = Path(db) if db is not None else default_db()
        return function(common=Common(path, date=effective, **typed), **values)

    command: Callable[..., Any] = called
    for option in reversed(options):
        command = option(command)
    return command
