"""The command-line reference, generated as Markdown from the click commands."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Iterator

import click

from alluse_tui.cli import texts
from alluse_tui.cli.main import SECTIONS, alluse
from alluse_tui.cli.man_page import ENVIRONMENT, commands, options, paragraphs

Row = tuple[str, str]
"""An option as typed, and its help."""

MODEL = "alluse deposit"
"""The command whose options, all of them shared, are explained once."""


def reference_page() -> str:
    """Every command with its usage, help, arguments and options, as Markdown.

    The page depends on the commands alone: not on the environment, the terminal or the book.
    """
    context = click.Context(alluse, info_name="alluse")
    entries = list(commands(alluse, context))
    shared = next(_options(*entry[1:]) for entry in entries if entry[0] == MODEL)
    lines = [*texts.REFERENCE_HEAD, "## alluse", ""]
    lines += _body(alluse, context, ())
    lines += ["## Shared options", "", texts.SHARED_OPTIONS, "", *_table(shared)]
    for title, names in SECTIONS.items():
        lines += [f"## {title}", ""]
        in_section = [entry for name in names for entry in entries if entry[0].split()[1] == name]
        for path, command, command_context in in_section:
            lines += [f"### {path}", "", *_body(command, command_context, shared)]
    lines += ["## Confirmation", "", texts.CONFIRMED_COMMANDS, ""]
    lines += ["## Exit codes", "", texts.EXIT_CODES, ""]
    lines += ["## Environment", "", *_table(ENVIRONMENT, "variable")]
    return "\n".join(lines).rstrip() + "\n"


def _body(command: click.Command, context: click.Context, shared: Collection[Row]) -> list[str]:
    """The command below its heading."""
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = ["```", usage, "```", ""]
    for verbatim, text in paragraphs(command.help or ""):
        if verbatim:
            lines += ["```", *textwrap.dedent("\n".join(text)).splitlines(), "```", ""]
        else:
            lines += [*text, ""]
    arguments = [_argument(p, context) for p in command.params if isinstance(p, click.Argument)]
    if arguments:
        lines += [f"Arguments: {', '.join(arguments)}.", ""]
    rows = _options(command, context)
    if own := [row for row in rows if row not in shared]:
        lines += _table(own)
    if also := [row[0] for row in rows if row in shared]:
        lines += [f"Shared options: {', '.join(f'`{name}`' for name in also)}.", ""]
    return lines


def _argument(argument: click.Argument, context: click.Context) -> str:
    name = argument.make_metavar(context)
    return f"`{name}`" if argument.required else f"`{name.strip('[]')}` (optional)"


def _options(command: click.Command, context: click.Context) -> list[Row]:
    """The command's options with their help, without --help."""
    return [row for row in options(command, context) if row[0] != "--help"]


def _table(rows: Iterable[Row], heading: str = "option") -> Iterator[str]:
    yield f"| {heading} | meaning |"
    yield "|---|---|"
    for name, meaning in rows:
        yield f"| `{_escaped(name)}` | {_escaped(meaning)} |"
    yield ""


def _escaped(text: str) -> str:
    """`text` for a cell of a table, where a bar would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")
