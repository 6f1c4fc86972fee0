"""How a command is carried out: plan, ask for confirmation, submit, print the receipt."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import click
from msgspec.structs import replace

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common
from alluse_tui.cli.next_steps import advise
from alluse_tui.cli.output import plan_json, print_json, receipt_json
from alluse_tui.cli.passwords import password_of
from alluse_tui.cli.plans import notes_on, print_plan
from alluse_tui.cli.prompts import confirm, require_code
from alluse_tui.cli.stress_table import print_stress
from alluse_tui.domain.commands import Command, Post, Resume
from alluse_tui.domain.model.errors import AllUseError, BadInput, Denied, Refused
from alluse_tui.domain.views import PlanView, Receipt, printable
from alluse_tui.engine import LocalEngine


@dataclass(frozen=True, slots=True)
class Submission:
    """A carried-out command. `plan_shown`: its plan was printed before the user confirmed it."""

    receipt: Receipt
    plan_shown: bool = False


def act(common: Common, command: Command, *, ask: bool | None = None) -> None:
    """Carry out `command` and print its receipt, or its plan with --dry-run."""
    with common.engine() as engine:
        try:
            if common.dry_run:
                print_dry_run(common, engine, engine.commands.preview(command))
                return
            submission = submit(engine, common, command, ask=ask)
        except Refused as error:
            advise(error, command)
            raise
        receipt = submission.receipt
        print_receipt(common, engine, receipt, plan_shown=submission.plan_shown)


def proof(common: Common, engine: LocalEngine, command: Command, file: str | None = None) -> str:
    """The user's password where `command` asks for it again, else ''."""
    if not engine.auth.logins.needs_step_up(command):
        return ""
    prompt = f"Your password, for {command.NAME}"
    return password_of(common, file or common.password_file, "--password-file", prompt)


def submit(
    engine: LocalEngine, common: Common, command: Command, *, ask: bool | None = None
) -> Submission:
    """Submit `command` after confirmation. Raises Refused, BadInput, Declined."""
    dangerous = command.traits.dangerous if ask is None else ask
    if common.yes or not dangerous:
        if common.interactive and isinstance(command, Post | Resume) and not command.confirmed:
            unusual = _unusual(engine, command)
            if unusual is not None:
                question = "Record it anyway?" if isinstance(command, Post) else "Resume anyway?"
                return _confirm_and_submit(engine, common, *unusual, question)
        password = proof(common, engine, command)
        return Submission(engine.commands.submit(command, password=password))
    try:
        plan = engine.commands.preview(command)
    except (Refused, Denied):
        password = proof(common, engine, command)
        receipt = engine.commands.submit(command, password=password)  # records the refusal
        return Submission(receipt)
    if not common.interactive:
        raise BadInput("--yes", None, texts.NEEDS_YES.format(command=command.NAME))
    action = "Propose" if plan.approval else command.NAME.capitalize()
    return _confirm_and_submit(engine, common, command, plan, f"{action} now?")


def _unusual(engine: LocalEngine, command: Post | Resume) -> tuple[Command, PlanView] | None:
    """The command as confirmed and its plan, where only its confirmation is missing."""
    try:
        engine.commands.preview(command)
    except Refused as error:
        if error.needs_confirmation:
            confirmed = replace(command, confirmed=True)
            return confirmed, engine.commands.preview(confirmed)
    except Denied:
        pass  # submitting records the denial
    return None


def _confirm_and_submit(
    engine: LocalEngine, common: Common, command: Command, plan: PlanView, question: str
) -> Submission:
    """Show the plan, ask, and carry out exactly this plan. Raises Declined, BadInput."""
    print_plan(plan, engine.queries.portfolio_names())
    _print_stress(engine, plan)
    confirm(question)
    if plan.confirm_code:
        require_code(plan.confirm_code)
    password = proof(common, engine, command)
    receipt = engine.commands.submit(command, expect=plan.digest, password=password)
    return Submission(receipt, plan_shown=True)


def print_dry_run(common: Common, engine: LocalEngine, plan: PlanView) -> None:
    """Print the plan, and that nothing was recorded."""
    if common.as_json:
        print_json({"plan": plan_json(plan)})
    else:
        print_plan(plan, engine.queries.portfolio_names() if plan.portfolio else ())
        _print_stress(engine, plan)
    _print_notes([*notes_on(plan)])
    if not common.as_json:
        click.echo(texts.NOT_RECORDED, err=True)


def _print_stress(engine: LocalEngine, plan: PlanView) -> None:
    """Print what the plan of an option trade would lead to; a plan is shown without it as well."""
    with suppress(AllUseError):
        print_stress(engine.positions.stress_after(plan))


def print_receipt(
    common: Common, engine: LocalEngine, receipt: Receipt, *, plan_shown: bool = False
) -> None:
    """Print what was recorded, and warnings; the plan only if it was not shown before."""
    if common.as_json:
        print_json(receipt_json(receipt))
    else:
        plan = receipt.plan
        if not plan_shown:  # after disabling oneself, the book is no longer visible
            print_plan(plan, engine.queries.portfolio_names() if plan.portfolio else ())
        if receipt.duplicate:
            click.echo(f"already recorded as #{receipt.seq}; nothing was changed")
        else:
            click.echo(texts.RECORDED.format(seq=receipt.seq))
    _print_notes([*notes_on(receipt.plan), *([engine.last_warning] if engine.last_warning else [])])


def _print_notes(notes: list[str]) -> None:
    for note in notes:
        click.echo(f"note: {printable(note)}", err=True)
