"""The man page alluse(1), generated from the click commands."""

from __future__ import annotations

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


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            yield from (".TP", rf"\fB{_roff(record[0])}\fR", _roff(record[1]))


def _paragraphs(text: str) -> Iterator[str]:
    """Help text as roff: a paragraph that starts with \\b keeps its lines."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if paragraph.startswith("\b"):
            body = [_roff(line) for line in paragraph.splitlines()[1:]]
            yield from (".PP", ".nf", *body, ".fi")
        else:
            yield from (".PP", _roff(" ".join(paragraph.split())))


def _roff(text: str) -> str:
    """`text` with what roff would interpret escaped."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
