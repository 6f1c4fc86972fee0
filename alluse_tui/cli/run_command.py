"""How a command is carried out: plan, ask for confirmation, submit, print the receipt."""

from __future__ import annotations

import click
from msgspec.structs import replace

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common
from alluse_tui.cli.next_steps import advise
from alluse_tui.cli.output import plan_json, print_json, receipt_json
from alluse_tui.cli.passwords import password_of
from alluse_tui.cli.plans import notes_on, print_plan
from alluse_tui.cli.prompts import agreed, typed_code
from alluse_tui.domain.commands import Command, Post
from alluse_tui.domain.model.errors import BadInput, Denied, Refused
from alluse_tui.domain.views import PlanView, Receipt, grouped, printable
from alluse_tui.engine import LocalEngine


def act(common: Common, command: Command, *, ask: bool | None = None) -> None:
    """Carry out `command` and print its receipt, or its plan with --dry-run."""
    with common.engine() as engine:
        try:
            if common.dry_run:
                print_dry_run(common, engine, engine.commands.preview(command))
                return
            receipt = submitted(engine, common, command, ask=ask)
        except Refused as error:
            advise(error, command)
            raise
        print_receipt(common, engine, receipt)


def proof(common: Common, engine: LocalEngine, command: Command, file: str | None = None) -> str:
    """The user's password where `command` asks for it again, else ''."""
    if not engine.auth.logins.needs_step_up(command):
        return ""
    prompt = f"Your password, for {command.NAME}"
    return password_of(common, file or common.password_file, "--password-file", prompt)


def submitted(
    engine: LocalEngine, common: Common, command: Command, *, ask: bool | None = None
) -> Receipt:
    """Submit `command` after confirmation. Raises Refused, BadInput, Declined."""
    dangerous = command.traits.dangerous if ask is None else ask
    if common.yes or not dangerous:
        try:
            return engine.commands.submit(command, password=proof(common, engine, command))
        except Refused as error:
            if not (common.interactive and _only_outsized(error) and isinstance(command, Post)):
                raise
            for reason in error.reasons:
                if not reason.ok:
                    click.echo(printable(reason.worded(grouped)))
            otherwise = f"the fact was not recorded; the refusal is #{engine.seq} in the log"
            agreed("Record it anyway?", otherwise)
            return engine.commands.submit(replace(command, confirmed=True))
    try:
        plan = engine.commands.preview(command)
    except (Refused, Denied):
        password = proof(common, engine, command)
        return engine.commands.submit(command, password=password)  # so that the refusal is recorded
    if not common.interactive:
        raise BadInput("--yes", None, texts.NEEDS_YES.format(command=command.NAME))
    print_plan(plan, engine.queries.portfolio_names())
    agreed(f"{'Propose' if plan.approval else command.NAME.capitalize()} now?")
    if plan.confirm_code:
        typed_code(plan.confirm_code)
    password = proof(common, engine, command)
    return engine.commands.submit(command, expect=plan.digest, password=password)


def print_dry_run(common: Common, engine: LocalEngine, plan: PlanView) -> None:
    """Print the plan, and that nothing was recorded."""
    if common.as_json:
        print_json({"plan": plan_json(plan)})
    else:
        print_plan(plan, engine.queries.portfolio_names() if plan.portfolio else ())
    _print_notes([*notes_on(plan)])
    if not common.as_json:
        click.echo(texts.NOT_RECORDED, err=True)


def print_receipt(common: Common, engine: LocalEngine, receipt: Receipt) -> None:
    """Print what was recorded, and warnings."""
    if common.as_json:
        print_json(receipt_json(receipt))
    else:
        plan = receipt.plan  # after disabling oneself, the book is no longer visible
        print_plan(plan, engine.queries.portfolio_names() if plan.portfolio else ())
        if receipt.duplicate:
            click.echo(f"already recorded as #{receipt.seq}; nothing was changed")
        else:
            click.echo(f"recorded as #{receipt.seq}")
    _print_notes([*notes_on(receipt.plan), *([engine.last_warning] if engine.last_warning else [])])


def _print_notes(notes: list[str]) -> None:
    for note in notes:
        click.echo(f"note: {printable(note)}", err=True)


def _only_outsized(error: Refused) -> bool:
    return all(r.ok or r.rule == "amount.outsized" for r in error.reasons)
