"""`alluse approvals`, `approve`, `reject`: proposals that need a second person."""

from __future__ import annotations

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import NUMBERS, Common, reading, writing
from alluse_tui.cli.output import print_json, utc
from alluse_tui.cli.run_command import act
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands import amount
from alluse_tui.domain.commands.user_commands import Approve, Reject
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.time_text import new_york_time
from alluse_tui.domain.views import ApprovalView, grouped, plain


@click.command()
@reading
def approvals(common: Common) -> None:
    """List pending proposals, the oldest first."""
    with common.engine() as engine:
        pending = [
            a for a in engine.auth.approvals.pending() if common.portfolio in ("", a.portfolio)
        ]
    if common.as_json:
        print_json({"approvals": [_json(a) for a in pending]})
        return
    rows = [
        (str(a.id), a.command, a.about, grouped(a.micros), a.by, _state(a), a.note) for a in pending
    ]
    if rows:
        header = ("id", "command", "about", "amount", "proposed by", "state", "note")
        print_table(header, rows, right=[3])
    else:
        click.echo(texts.NO_PROPOSALS)


@click.command(context_settings=NUMBERS)
@click.argument("ident", metavar="ID")
@click.option("--amount", "typed", metavar="A", help=texts.APPROVE_AMOUNT)
@writing
def approve(common: Common, ident: str, typed: str | None) -> None:
    """Approve a proposal and carry it out.

    It is planned again first; if the plan is no longer the proposed one, it must be proposed again.
    `alluse approve ID --dry-run` shows its current plan.
    """
    micros = amount(typed, "--amount") if typed is not None else None
    command = Approve(approval=number(ident), amount=micros, **common.envelope)
    act(common, command)


@click.command()
@click.argument("ident", metavar="ID")
@writing
def reject(common: Common, ident: str) -> None:
    """Reject a proposal, or withdraw your own."""
    act(common, Reject(approval=number(ident), **common.envelope))


def number(text: str) -> int:
    """The number of a proposal, from '#12' or '12'. Raises BadInput."""
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        raise BadInput("ID", text, "must be a number that `alluse approvals` lists")
    return int(digits)


def _state(a: ApprovalView) -> str:
    if a.state == "cooling":
        return f"cooling off until {new_york_time(a.ready_ns)}"
    if a.state == "expired":
        return "expired"
    state = "you may approve" if a.may else "someone else must approve" if a.own else "waiting"
    return f"{state}, until {new_york_time(a.expires_ns)}"


def _json(a: ApprovalView) -> dict[str, object]:
    return {
        "id": a.id,
        "command": a.command,
        "portfolio": a.portfolio,
        "about": a.about,
        "note": a.note,
        "by": a.by,
        "asked": utc(a.asked_ns),
        "ready": utc(a.ready_ns) if a.ready_ns else None,
        "expires": utc(a.expires_ns),
        "amount": plain(a.micros),
        "digest": a.digest,
        "state": a.state,
        "own": a.own,
        "may_approve": a.may,
    }
