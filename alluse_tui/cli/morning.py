"""`alluse morning`: from the statements in the inbox to what is left to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.alerts import print_alerts, resolving_command
from alluse_tui.cli.common import ACCEPT_CLOCK, OWN_PASSWORD, Common, changing
from alluse_tui.cli.completion import complete_file
from alluse_tui.cli.due import print_due
from alluse_tui.cli.output import print_json
from alluse_tui.cli.prompts import Declined, answer_to
from alluse_tui.cli.reconcile import DIFFERENCES, print_differences
from alluse_tui.cli.run_command import submit
from alluse_tui.cli.tables import print_wrapped
from alluse_tui.domain.model.errors import BadInput, Pending, Refused
from alluse_tui.domain.views import printable
from alluse_tui.engine import (
    FileState,
    Inbox,
    InboxFile,
    LocalEngine,
    MorningClose,
    PreparedImport,
    Step,
    Today,
    inbox_folder,
)


@click.command()
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    default="",
    help=texts.MORNING_DIR,
    shell_complete=complete_file,
)
@click.option("--dry-run", is_flag=True, help=texts.DRY_RUN)
@click.option("--yes", is_flag=True, help=texts.YES)
@ACCEPT_CLOCK
@OWN_PASSWORD
@changing
def morning(common: Common, folder: str) -> int:
    """Import new statements, and compare with the broker.

    Each new statement is imported after you confirm its plan; without asking if the policy's
    import.auto is on and nothing about it is unusual, or with --yes. Then each account is compared
    with its newest statement, and what differs is recorded with its likely cause. In the end come
    the week that is over, the alerts and what is due. Running it again changes nothing. Exits with
    8 if something differs that nobody has explained.

    \b
      alluse morning
      alluse morning --dry-run
    """
    with common.engine() as engine:
        close = MorningClose(
            Inbox(engine, inbox_folder(engine.path, folder)),
            common.portfolio,
            dry_run=common.dry_run,
        )
        steps = []
        for step in _steps(engine, common, close):
            steps.append(step)
            if not common.as_json:
                _print_step(step)
        today = close.today()
        differs = close.differs
        if common.as_json:
            steps.append(_with_answers(today, several=len(engine.queries.portfolio_names()) > 1))
            print_json({"ok": not differs, "steps": [_json(step) for step in steps]})
        else:
            _print_today(engine, today)
            if common.dry_run:
                click.echo(texts.NOT_RECORDED, err=True)
    return DIFFERENCES if differs else 0


def _steps(engine: LocalEngine, common: Common, close: MorningClose) -> Iterator[Step]:
    yield close.look()
    for file in close.to_import():
        yield _import(engine, common, close, file)
    yield from close.compare()
    yield from close.weeks()


def _import(engine: LocalEngine, common: Common, close: MorningClose, file: InboxFile) -> Step:
    """Import the file as far as that needs nobody, or after asking."""
    try:
        prepared = _prepared(common, close, file)
        if prepared is None:
            return close.waits(file, file.why or texts.FILE_LEFT)
        if not prepared.plan.entries:
            return close.known(prepared)
        if common.dry_run:
            return close.would_import(prepared)
        return _imported(engine, common, close, prepared)
    except Declined:
        return close.waits(file, texts.FILE_LEFT)
    except Pending as error:
        needs = f"alluse approve {error.approval}"
        return close.waits(file, str(error), needs)
    except (BadInput, Refused) as error:
        return close.failed(file, str(error))


def _prepared(common: Common, close: MorningClose, file: InboxFile) -> PreparedImport | None:
    """The file's plan; asks for an unknown account. None if nobody gives it."""
    if file.state is FileState.ACCOUNT:
        file = close.inbox.again(file)  # another file may have told the account meanwhile
    if file.state is not FileState.ACCOUNT:
        return close.inbox.prepared(file)
    portfolio = common.portfolio
    if not common.interactive or common.yes or common.dry_run:
        return None
    codes = {}
    for each in file.statements:
        if not each.account:
            whose = f"broker account …{each.digits}" if each.digits else file.name
            code = answer_to(texts.ASK_ACCOUNT.format(whose=whose))
            if not code:
                return None
            codes[each.digits] = code
    if len(file.statements) == 1:
        return close.inbox.prepared(file, into=codes.popitem()[1], portfolio=portfolio)
    return close.inbox.prepared(file, mapping=codes, portfolio=portfolio)


def _imported(
    engine: LocalEngine, common: Common, close: MorningClose, prepared: PreparedImport
) -> Step:
    file = prepared.file
    if close.needs_no_person(prepared):
        receipt = submit(engine, dataclasses.replace(common, yes=True), prepared.command).receipt
    elif common.yes or common.interactive:
        if not common.as_json:
            _introduce(prepared)
        receipt = submit(engine, common, prepared.command).receipt
    else:
        return close.waits(file, prepared.asks or texts.FILE_WAITS, texts.MORNING_YES)
    return close.imported(prepared, receipt.seq)


def _introduce(prepared: PreparedImport) -> None:
    """Say which file the plan is of, and why a person is asked."""
    for each in prepared.file.statements:
        whose = f" …{each.digits}" if each.digits else ""
        line = f"{prepared.file.name}: {prepared.file.format}{whose} into {each.account},"
        click.echo(printable(f"{line} {each.first_day} to {each.last_day}"))
    if prepared.asks:
        click.echo(printable(f"note: {prepared.asks}"), err=True)


def _print_step(step: Step) -> None:
    print_wrapped(printable(f"{step.step}: {step.detail}"))
    if step.comparison is not None and not step.comparison.ok:
        print_differences(step.comparison, step.path)
        return
    for need in step.needs:
        click.echo(printable(f"    {need}"))


def _print_today(engine: LocalEngine, today: Today) -> None:
    several = len(engine.queries.portfolio_names()) > 1
    click.echo(f"{today.step.step}: {today.step.detail}")
    if today.alerts:
        print_alerts(today.alerts, several=several)
    if today.due:
        print_due(today.due, several=several)


def _with_answers(today: Today, *, several: bool) -> Step:
    """The last step with the commands that resolve alerts."""
    answers = (resolving_command(alert, several) for alert in today.alerts)
    needs = dict.fromkeys((*today.step.needs, *filter(None, answers)))
    return dataclasses.replace(today.step, needs=tuple(needs))


def _json(step: Step) -> dict[str, Any]:
    return {
        "step": step.step,
        "result": step.result,
        "detail": step.detail,
        "needs": list(step.needs),
    }
