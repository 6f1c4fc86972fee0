"""Questions at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from alluse_tui.cli import texts
from alluse_tui.domain.model.errors import BadInput

T = TypeVar("T")


class Declined(Exception):
    """The user answered no; the message says what that leaves behind.

    The exit code is 0: doing nothing is what the user chose. Scripts never get here, since nothing
    is asked without a terminal. No answer at all (ctrl-c, ctrl-d) is BadInput instead.
    """


def confirm(question: str, otherwise: str = texts.NOTHING_DONE) -> None:
    """Ask a yes/no question. Raises Declined with `otherwise` on no, BadInput without an answer."""
    if not _answer(lambda: click.confirm(question), otherwise):
        raise Declined(otherwise)


def require_code(code: str) -> None:
    """Ask for `code`, to confirm a large change. Raises Declined, BadInput."""
    question = f"Large change: type {code} to confirm it"
    if _answer(lambda: str(click.prompt(question)), texts.NOTHING_DONE).strip() != code:
        raise Declined(texts.NOTHING_DONE)


def answer_to(question: str) -> str:
    """A line of text, without space around it; may be empty. Raises BadInput without an answer."""
    return _answer(
        lambda: str(click.prompt(question, default="", show_default=False)), texts.NOTHING_DONE
    ).strip()


def secret(prompt: str, *, twice: bool) -> str:
    """Text typed without echo; `twice` asks for it again. Raises BadInput without an answer."""
    return _answer(
        lambda: str(click.prompt(prompt, hide_input=True, confirmation_prompt=twice)),
        texts.NOTHING_DONE,
    )


def _answer(ask: Callable[[], T], otherwise: str) -> T:
    try:
        return ask()
    except click.Abort:
        click.echo(err=True)  # end the line of the prompt
        raise BadInput("no answer was given", None, otherwise) from None
