"""The man page alluse(1), generated from the click commands."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from alluse_tui import __version__
from alluse_tui.cli import texts

ENVIRONMENT = (
    ("ALLUSE_DB", "Path of the journal, where --db is not given."),
    ("ALLUSE_PORTFOLIO", "Default portfolio."),
    ("ALLUSE_SESSION_FILE", "File that holds the login of this terminal."),
    ("ALLUSE_VAULT_KEY, ALLUSE_KEYS", "The vault's key, or the directory of the key files."),
    ("ALLUSE_DEBUG", "Set to 1 to print the traceback of an internal error."),
)


def man_page(root: click.Group) -> str:
    """The page in roff, with every command, option and exit code."""
    context = click.Context(root, info_name="alluse")
    lines = [
        f'.TH ALLUSE 1 "" "alluse {__version__}" "User Commands"',
        ".SH NAME",
        r"alluse \- run option-premium accounts by rule",
        ".SH SYNOPSIS",
        r".B alluse",
        r"[\fIOPTIONS\fR] [\fICOMMAND\fR [\fIARGS\fR]...]",
        ".SH DESCRIPTION",
        *_paragraphs(root.help or ""),
        *_paragraphs(texts.CONFIRMED_COMMANDS),
        ".SH OPTIONS",
        *_options(root, context),
        ".SH COMMANDS",
    ]
    for path, command, command_context in commands(root, context):
        lines += [f".SS {_roff(' '.join([path, *command.collect_usage_pieces(command_context)]))}"]
        lines += [*_paragraphs(command.help or ""), *_options(command, command_context)]
    lines += [".SH EXIT STATUS", *_paragraphs(texts.EXIT_CODES), ".SH ENVIRONMENT"]
    for name, meaning in ENVIRONMENT:
        lines += [".TP", rf"\fB{_roff(name)}\fR", _roff(meaning)]
    return "\n".join(lines) + "\n"


def commands(
    group: click.Group, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every visible command below `group`, depth first: its path, the command, its context."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        command_context = click.Context(command, info_name=name, parent=context)
        yield command_context.command_path, command, command_context
        if isinstance(command, click.Group):
            yield from commands(command, command_context)


def options(command: click.Command, context: click.Context) -> list[tuple[str, str]]:
    """Every option of `command` as typed, and its help."""
    records = [
        parameter.get_help_record(context)
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option)
    ]
    return [record for record in records if record is not None]


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for name, meaning in options(command, context):
        yield from (".TP", rf"\fB{_roff(name)}\fR", _roff(meaning))


def paragraphs(text: str) -> Iterator[tuple[bool, list[str]]]:
    """The paragraphs of a help text: whether its lines are kept (\\b), and its lines."""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if paragraph.startswith("\b"):
            yield True, paragraph.splitlines()[1:]
        else:
            yield False, [" ".join(paragraph.split())]


def _paragraphs(text: str) -> Iterator[str]:
    """Help text as roff."""
    for verbatim, lines in paragraphs(text):
        body = [_roff(line) for line in lines]
        yield from (".PP", ".nf", *body, ".fi") if verbatim else (".PP", *body)


def _roff(text: str) -> str:
    """`text` with what roff would interpret escaped."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
