"""`alluse inbox`: the folder of new statements."""

from __future__ import annotations

from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.completion import complete_file
from alluse_tui.cli.output import print_json
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.domain.views import printable
from alluse_tui.engine import FileState, Inbox, InboxFile, InboxStatement, inbox_folder

QUIET = (FileState.DONE, FileState.KNOWN, FileState.LATER)
"""States of files that the table leaves out without --all."""

PLANNED = (FileState.NEW, FileState.KNOWN, FileState.PROPOSED)
"""States of files for which it is known what an import would do."""


@click.command()
@click.argument("folder", metavar="DIR", required=False, default="", shell_complete=complete_file)
@click.option("--all", "everything", is_flag=True, help=texts.INBOX_ALL)
@reading
def inbox(common: Common, folder: str, everything: bool) -> None:
    """List the statements in the inbox.

    Each comes with what its import would do. The inbox is the folder DIR, else $ALLUSE_INBOX, the
    folder that inbox.toml names, or inbox/ beside the journal. Nothing is imported, and no file is
    moved, changed or deleted. A file that was imported before is done, whatever its name.

    \b
      alluse inbox
      alluse inbox ~/Downloads --all
    """
    with common.engine() as engine:
        place = inbox_folder(engine.path, folder)
        files = Inbox(engine, place).look()
        several = len(engine.queries.portfolio_names()) > 1
    if common.as_json:
        new = sum(file.is_offered for file in files)
        document = {"folder": str(place), "new": new, "files": [_file_json(f) for f in files]}
        print_json(document)
        return
    listed = [file for file in files if everything or file.state not in QUIET]
    _print_files(listed, several=several)
    if not place.is_dir():
        print_wrapped(printable(texts.NO_INBOX.format(folder=place)))
    elif not files:
        print_wrapped(printable(texts.EMPTY_INBOX.format(folder=place)))
    elif not listed:
        print_wrapped(printable(texts.NOTHING_IN_INBOX.format(folder=place)))
    later = 0 if everything else sum(file.state is FileState.LATER for file in files)
    if left_out := len(files) - len(listed) - later:
        click.echo(texts.INBOX_LEFT_OUT.format(count=f"{left_out:,}"), err=True)
    if later:
        click.echo(texts.INBOX_LATER.format(count=f"{later:,}"), err=True)


def _print_files(files: list[InboxFile], *, several: bool) -> None:
    """Print a table of the files' statements, then why files wait and what to do."""
    rows = [row for file in files for row in _rows(file, several=several)]
    if rows:
        header = ("file", "state", "format", "broker", "account", "period")
        counts = ("rows", "new", "known", "ignored")
        print_table((*header, *counts), rows, right=range(6, 10), spare=(2, 6, 9))
    for file in files:
        if file.why:
            print_wrapped(printable(f"{file.name}: {file.why}"))
        if file.needs:
            click.echo(printable(f"    {file.needs}"))


def _rows(file: InboxFile, *, several: bool) -> list[tuple[str, ...]]:
    if not file.statements:
        return [(file.name, file.state, file.format, *[""] * 7)]
    return [
        (
            file.name if number == 0 else "",
            file.state if number == 0 else "",
            file.format,
            f"…{each.digits}" if each.digits else "",
            each.account if several else each.account.rpartition("/")[2],
            f"{each.first_day} to {each.last_day}",
            *_counts(file, each),
        )
        for number, each in enumerate(file.statements)
    ]


def _counts(file: InboxFile, each: InboxStatement) -> tuple[str, str, str, str]:
    if file.state is FileState.DONE:
        return "", "", "", ""
    if file.state not in PLANNED:
        return f"{each.rows:,}", "", "", ""
    return f"{each.rows:,}", f"{each.new:,}", f"{each.duplicates:,}", f"{each.ignored:,}"


def _file_json(file: InboxFile) -> dict[str, Any]:
    is_planned = file.state in PLANNED
    return {
        "file": file.name,
        "state": file.state,
        "format": file.format or None,
        "why": file.why or None,
        "needs": file.needs or None,
        "statements": [
            {
                "broker_account": each.digits or None,
                "account": each.account or None,
                "from": each.first_day.isoformat(),
                "to": each.last_day.isoformat(),
                "rows": each.rows if file.state is not FileState.DONE else None,
                "new": each.new if is_planned else None,
                "duplicates": each.duplicates if is_planned else None,
                "ignored": each.ignored if is_planned else None,
            }
            for each in file.statements
        ],
    }
