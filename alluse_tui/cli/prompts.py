"""Asking somebody at a terminal before something dangerous is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from alluse_tui.domain.model.errors import BadInput

T = TypeVar("T")

NOTHING = "nothing was done"


class Declined(Exception):
    """Somebody was asked and said no: `str` of it says what that leaves behind.

    No failure, so the exit code is 0: the program did what it was told, which is nothing. A script
    never comes here, for without a terminal nobody is asked. No answer at all (ctrl-c, ctrl-d) is
    an input that is missing, and so BadInput.
    """


def agreed(question: str, otherwise: str = NOTHING) -> None:
    """Returns when the answer is yes. Raises Declined with `otherwise`, BadInput without one."""
    if not _answer(lambda: click.confirm(question), otherwise):
        raise Declined(otherwise)


def typed_code(code: str) -> None:
    """Returns once `code` was typed, to confirm a large change. Raises Declined, BadInput."""
    question = f"Large change: type {code} to confirm it"
    if _answer(lambda: str(click.prompt(question)), NOTHING).strip() != code:
        raise Declined(NOTHING)


def secret(what: str, *, twice: bool) -> str:
    """What is typed unseen; `twice` when a slip would be costly. Raises BadInput without any."""
    return _answer(
        lambda: str(click.prompt(what, hide_input=True, confirmation_prompt=twice)), NOTHING
    )


def _answer(ask: Callable[[], T], otherwise: str) -> T:
    try:
        return ask()
    except click.Abort:
        click.echo(err=True)  # the prompt's own line is still open
        raise BadInput("no answer was given", None, otherwise) from None
