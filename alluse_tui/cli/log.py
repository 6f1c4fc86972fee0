"""`alluse log`: the records of the journal, one per line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, parse_date, reading_lines
from alluse_tui.cli.completion import complete_account
from alluse_tui.cli.output import new_york_seconds, print_json
from alluse_tui.cli.record_json import record_json
from alluse_tui.cli.tables import print_wrapped
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import RecordView, printable
from alluse_tui.engine import new_york, record_view, span_text


@click.command()
@click.option("--after", default="0", metavar="SEQ", help=texts.LOG_AFTER)
@click.option("--since", metavar="YYYY-MM-DD", help=texts.LOG_SINCE)
@click.option("--limit", metavar="N", help=texts.LOG_LIMIT)
@click.option("--reverse", is_flag=True, help=texts.LOG_REVERSE)
@click.option(
    "--account",
    default="",
    metavar="CODE",
    help=texts.LOG_ACCOUNT,
    shell_complete=complete_account,
)
@click.option("--actor", default="", metavar="NAME", help=texts.LOG_ACTOR)
@reading_lines
def log(
    common: Common,
    after: str,
    since: str | None,
    limit: str | None,
    reverse: bool,
    account: str,
    actor: str,
) -> None:
    """List records, oldest first, one per line.

    Times are in New York. With --json, each line is one JSON document (NDJSON) with times in UTC,
    money as decimal strings and shares in percent.
    """
    first = _number("--after", after)
    count = _number("--limit", limit) if limit is not None else None
    day = parse_date("--since", since) if since is not None else None
    with common.engine() as engine:
        several = len(engine.queries.portfolio_names()) > 1
        code = engine.queries.account(account, common.portfolio).code if account else ""
        views = (
            record_view(record, engine.queries.undone_by(record.seq), full_codes=several)
            for record in engine.queries.records(first)
        )
        matching = _matching(views, day, common.portfolio, actor, code)
        show = _print_document if common.as_json else _print_line
        _print_in_order(matching, count, reverse, show)


def _number(option: str, text: str) -> int:
    """A number of records, or a record's. Raises BadInput."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise BadInput(option, text, "must be a whole number")
    return int(text)


def _matching(
    views: Iterable[RecordView], since: date | None, portfolio: str, actor: str, code: str
) -> Iterator[RecordView]:
    for view in views:
        if (
            (since is None or new_york(view.recorded_ns).date() >= since)
            and portfolio in ("", view.portfolio)
            and actor in ("", view.actor)
            and (not code or code in view.accounts)
        ):
            yield view


def _print_in_order(
    views: Iterator[RecordView],
    limit: int | None,
    reverse: bool,
    show: Callable[[RecordView], None],
) -> None:
    """Print the newest `limit` views (None: all of them), in the order asked for."""
    chosen: Iterable[RecordView] = views
    if limit is not None or reverse:
        newest = deque(views, maxlen=limit)
        chosen = reversed(newest) if reverse else newest
    for view in islice(chosen, limit):
        show(view)


def _print_document(view: RecordView) -> None:
    print_json(record_json(view))


def _print_line(view: RecordView) -> None:
    act = f"undo of {span_text(view.undoes)}" if view.undoes and view.act == "undo" else view.act
    refused = f"{'denied' if view.denied else 'refused'}: {view.refusal}"
    text = refused if view.refusal else view.summary
    undone = f"; undone by #{view.undone_by}" if view.undone_by else ""
    heading = f"#{view.seq}  {new_york_seconds(view.recorded_ns)}  {view.actor}  {act}"
    print_wrapped(printable(f"{heading}  {text}{undone}"))
