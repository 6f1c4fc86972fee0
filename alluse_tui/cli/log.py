"""`alluse log`: the journal, oldest first, one record a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.output import print_json, utc
from alluse_tui.domain.errors import BadInput
from alluse_tui.domain.views import grouped, printable
from alluse_tui.engine import is_security, security_words


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
        several = len(engine.names()) > 1
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
                undone_by = engine.undone_by(record.seq)
                click.echo(_line(record.seq, record.recorded_ns, body, undone_by, several))


def codes_in(body: Mapping[str, Any]) -> set[str]:
    """The codes of the accounts that a record is about."""
    content = body["content"]
    named = {content.get(k, "").rpartition("/")[2] for k in ("account", "source", "target")}
    for event in body["events"]:
        named |= {event.get("code", ""), event.get("account", "")}
        named |= {p["account"] for p in event.get("postings", ())}
    return named


def _line(
    seq: int, recorded_ns: int, body: Mapping[str, Any], undone_by: int, several: bool
) -> str:
    head = f"#{seq}  {utc(recorded_ns)[:19]}Z  {body['actor']}  {_act(body)}"
    undone = f"; undone by #{undone_by}" if undone_by else ""
    return printable(f"{head}  {_said(body, several)}{undone}")


def _act(body: Mapping[str, Any]) -> str:
    """The command's name; of an undo what it took back, and a snooze apart from an ack."""
    if body["command"] == "ack" and body["content"].get("until"):
        return "snooze"
    for event in body["events"] if body["command"] == "undo" else ():
        if first := event.get("first_seq") or event.get("reverses"):
            last = event.get("last_seq", first)
            return f"undo of #{first}" + (f"–#{last}" if last > first else "")
    named: str = body["command"]
    return named


def _said(body: Mapping[str, Any], several: bool) -> str:
    content, events = body["content"], body["events"]
    if body.get("refusals"):
        why = dict.fromkeys(r["message"] for r in body["refusals"] if not r["ok"])
        return f"refused: {'; '.join(why)}"
    if is_security(body):
        return security_words(body)
    if body["command"] == "propose":
        return f"{content['proposes']} {_listed({**content, 'proposes': ''})}: waits for approval"
    if body["command"] in ("approve", "reject", "expire"):
        return _listed(content)
    if body["command"] == "gap":
        return f"in the place of a lost record, {span_text(content['first'], content['last'])}"
    if body["command"] == "recover":
        return _recovered(content)
    if body["command"] == "ack":
        until = content.get("until")
        return f"{content['alert']} until {until}" if until else str(content["alert"])
    if not events:
        return _listed(content)
    home = f"{body['portfolio']}/" if several else ""
    about = sorted(f"{home}{c}" for c in codes_in(body) if c and not c.startswith("world:"))
    by = body.get("approval")
    approved = f", proposed by {by['by']} as #{by['id']}" if by else ""
    part, parts = body.get("part", (1, 1))
    said = f"{len(events)} event{'s' if len(events) > 1 else ''}"
    said += f" on {', '.join(about) or body['portfolio']}{approved}"
    return said + (f" (part {part} of {parts})" if parts > 1 else "")


def span_text(first: int, last: int) -> str:
    """'#41', '#41–#45'."""
    return f"#{first}" if last == first else f"#{first}–#{last}"


def _recovered(content: Mapping[str, Any]) -> str:
    """What was kept, and what is missing."""
    said = f"kept {content['kept']:,} records"
    if lost := content.get("lost"):
        said += f", {lost:,} lost at the end"
    if dropped := content.get("dropped"):
        said += f", {dropped:,} dropped"
    if gaps := content.get("gaps"):
        said += f", missing {', '.join(span_text(g['first'], g['last']) for g in gaps)}"
    if unproven := content.get("unproven"):
        said += f", balances not proven: {', '.join(unproven)}"
    return said


def _listed(content: Mapping[str, Any]) -> str:
    """What was typed."""
    said = (
        f"{k} {_worded(k, v)}"
        for k, v in content.items()
        if v and k != "digest" and not str(v).startswith("vault:")
    )
    return ", ".join(said)


def _worded(name: str, value: Any) -> str:
    if (name in ("amount", "deposit") or name.endswith("micros")) and isinstance(value, int):
        return grouped(value)
    if isinstance(value, dict):  # a fact, its instrument
        return _listed(value)
    if isinstance(value, list):  # of a policy, each change is a path and a text
        return ", ".join(" ".join(one) if isinstance(one, list) else _worded("", one)
                         for one in value)  # fmt: skip
    return str(value)
