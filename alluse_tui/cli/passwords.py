"""Passwords: typed without echo or read from a file, never an argument."""

from __future__ import annotations

import os
import stat

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common
from alluse_tui.cli.input_files import secret_in
from alluse_tui.cli.prompts import secret
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import printable

LONGEST_BYTES = 8_192


def password_in(file: str, option: str) -> str:
    """The first line of `file` ('-': the next of stdin). Raises BadInput, which never shows it."""
    raw = _line_of_stdin(option) if file == "-" else secret_in(file, option).partition(b"\n")[0]
    if file != "-":
        _note_if_open_to_others(file)
    try:
        line = raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadInput(option, file, "must be UTF-8 text") from None
    if not line:
        raise BadInput(option, file, "has nothing on its first line")
    return line


def _line_of_stdin(option: str) -> bytes:
    """One line of stdin and not a byte more: the next '-' reads the next line."""
    try:
        with open(0, "rb", buffering=0, closefd=False) as stdin:
            return stdin.readline(LONGEST_BYTES)
    except OSError as error:
        raise BadInput(option, "-", f"cannot be read: {error.strerror}") from None


def _note_if_open_to_others(file: str) -> None:
    mode = os.stat(file).st_mode
    if stat.S_ISREG(mode) and mode & 0o077:
        click.echo(f"note: others can read {printable(file)}; protect it with chmod 600", err=True)


def password_of(common: Common, file: str | None, option: str, prompt: str) -> str:
    """The password from `file`, or typed. Raises BadInput without a file or terminal."""
    if file is not None:
        return password_in(file, option)
    if not common.interactive:
        raise BadInput(option, None, texts.NEEDS_TERMINAL)
    return secret(prompt, twice=False)


def new_password_of(common: Common, file: str | None, option: str, prompt: str) -> str:
    """A new password from `file`, or typed twice. Raises BadInput without a file or terminal."""
    if file is not None:
        return password_in(file, option)
    if not common.interactive:
        raise BadInput(option, None, texts.NEEDS_TERMINAL)
    return secret(prompt, twice=True)
