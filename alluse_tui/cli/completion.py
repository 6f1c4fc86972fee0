"""Shell completion of accounts, portfolios, settings, choices and files.

Completers are fast and silent: they open an existing journal read-only, and offer nothing where
there is no book or it cannot be read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alluse_tui.cli.open_engine import default_db, engine_on
from alluse_tui.domain.model.errors import AllUseError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from alluse_tui.domain.derived.positions import Position
    from alluse_tui.engine import LocalEngine

Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def complete_choices(*choices: str) -> Completer:
    """A completer for a fixed list of words."""

    def complete(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
        return _starting_with(typed, choices)

    return complete


def complete_file(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Let the shell complete a path."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(typed, type="file")]


def complete_account(ctx: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """Codes of accounts; with several portfolios also 'Main/gen-1'."""

    def codes(engine: LocalEngine) -> list[str]:
        accounts = engine.queries.accounts(_portfolio(ctx))
        several = len({account.portfolio for account in accounts}) > 1
        return [account.id if several else account.code for account in accounts]

    return _starting_with(typed, _from_book(ctx, codes))


def complete_position(wanted: Callable[[Position], bool]) -> Completer:
    """A completer for the names of those positions of the account CODE that are `wanted`."""

    def complete(ctx: click.Context, _: click.Parameter, typed: str) -> list[str]:
        words = ctx.params.get("words") or ()  # a name may be typed in several words
        before = "".join(f"{word} " for word in words)
        code = ctx.params.get("code") or ""

        def names(engine: LocalEngine) -> list[str]:
            from alluse_tui.domain.derived.positions import positions

            held = positions(engine.queries.account(code, _portfolio(ctx)).holdings)
            return [p.instrument.name for p in held if p.quantity_micros and wanted(p)]

        start = f"{before}{typed}".lower()
        matching = (n for n in _from_book(ctx, names) if n.lower().startswith(start))
        return [_as_one_word(name[len(before) :]) for name in dict.fromkeys(matching)]

    return complete


def _as_one_word(text: str) -> str:
    """`text` in quotes in bash, which adds none, unless a quote was already typed."""
    in_bash = os.environ.get("_ALLUSE_COMPLETE") == "bash_complete"
    typed = os.environ.get("COMP_WORDS", "")
    in_quotes = typed.count("'") % 2 or typed.count('"') % 2
    return f"'{text}'" if in_bash and " " in text and not in_quotes else text


def complete_portfolio(ctx: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """Names of portfolios."""
    return _starting_with(typed, _from_book(ctx, lambda engine: engine.queries.portfolio_names()))


def complete_alert(ctx: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """Ids of alerts."""
    ids = _from_book(ctx, lambda engine: [alert.id for alert in engine.queries.alerts()])
    return _starting_with(typed, ids)


def complete_difference(ctx: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """Titles of the differences of the account CODE that are to be explained."""
    code = ctx.params.get("code") or ""

    def titles(engine: LocalEngine) -> list[str]:
        alerts = engine.queries.alerts(_portfolio(ctx), silent=True)
        own = (a for a in alerts if code in (a.account, f"{a.portfolio}/{a.account}"))
        return [title for alert in own for title in alert.items]

    matching = (t for t in _from_book(ctx, titles) if t.lower().startswith(typed.lower()))
    return [_as_one_word(title) for title in matching]


def complete_setting(ctx: click.Context, _: click.Parameter, typed: str) -> list[str]:
    """Paths of settings; every second word is a value, for which nothing is offered."""
    from alluse_tui.domain.model.settings import SETTINGS

    if len(ctx.params.get("pairs") or ()) % 2:
        return []
    return _starting_with(typed, SETTINGS)


def _portfolio(ctx: click.Context) -> str:
    return ctx.params.get("portfolio") or os.environ.get("ALLUSE_PORTFOLIO", "")


def _starting_with(typed: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.startswith(typed)]


def _from_book(ctx: click.Context, read: Callable[[LocalEngine], Iterable[str]]) -> Iterable[str]:
    """What `read` takes from the book; nothing where there is none or it cannot be read."""
    path = ctx.params.get("db") or ctx.find_root().params.get("db")
    journal = Path(path) if path else default_db()
    if not journal.is_file():
        return ()
    try:
        with engine_on(journal, read_only=True) as engine:
            return tuple(read(engine))
    except (AllUseError, OSError):
        return ()  # a completion never reports; the command itself will
