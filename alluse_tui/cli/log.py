"""`alluse log`: the journal, oldest first, one record a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.output import print_json, utc
from alluse_tui.domain.errors import BadInput
from alluse_tui.domain.views import printable


@click.command()
@click.option("--after", default="0", metavar="SEQ", help="Only records after this one.")
@click.option("--account", default="", metavar="CODE", help="Only records about this account.")
@click.option("--actor", default="", metavar="A", help="Only what this person did.")
@reading
def log(common: Common, after: str, account: str, actor: str) -> None:
    """List records, oldest first, one a line."""
    if not (after.isascii() and after.isdigit() and len(after) <= 15):
        raise BadInput("--after", after, "must be a record's number")
    with common.engine() as engine:
        code = engine.account(account, common.portfolio).code if account else ""
        for record in engine.records(int(after)):
            body = record.plain
            if (
                (actor and body["actor"] != actor)
                or (common.portfolio and body["portfolio"] != common.portfolio)
                or (code and code not in codes_in(body))
            ):
                continue
            if common.as_json:
                print_json({
                    **body,
                    "recorded": utc(record.recorded_ns),
                    "prev": record.prev.hex(),
                    "hash": record.hash.hex(),
                })  # fmt: skip
            else:
                click.echo(_line(record.seq, record.recorded_ns, body))


def codes_in(body: Mapping[str, Any]) -> set[str]:
    """The codes of the accounts that a record is about."""
    content = body["content"]
    named = {content.get(k, "").rpartition("/")[2] for k in ("account", "source", "target")}
    for event in body["events"]:
        named |= {event.get("code", ""), event.get("account", "")}
        named |= {p["account"] for p in event.get("postings", ())}
    return named


def _line(seq: int, recorded_ns: int, body: Mapping[str, Any]) -> str:
    if body.get("refusals"):
        why = "; ".join(r["message"] for r in body["refusals"] if not r["ok"])
        said = f"refused: {why}"
    elif not body["events"]:
        said = ", ".join(f"{k} {v}" for k, v in body["content"].items() if v)
    else:
        about = sorted(c for c in codes_in(body) if c and not c.startswith("world:"))
        part, parts = body.get("part", (1, 1))
        said = f"{len(body['events'])} events on {', '.join(about) or body['portfolio']}"
        said += f" (part {part} of {parts})" if parts > 1 else ""
    head = f"#{seq}  {utc(recorded_ns)[:19]}Z  {body['actor']}  {body['command']}"
    return printable(f"{head}  {said}")
