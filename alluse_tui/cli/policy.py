"""`alluse policy show|set|check`: the parameters of every rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from alluse_tui.cli.common import NUMBERS, Common, reading, writing
from alluse_tui.cli.output import print_json
from alluse_tui.cli.run_command import act
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands import PolicySet
from alluse_tui.domain.model.errors import BadInput, shown
from alluse_tui.domain.views import PolicyView, printable
from alluse_tui.engine import policy_problems, settings_of


@click.group()
def policy() -> None:
    """See, change and check the parameters of every rule.

    \b
      alluse policy show
      alluse policy show --account gen-1
      alluse policy set limits.buffer 7
      alluse policy set reinvest.contracts 85 reinvest.leaps 15
      alluse policy set strategy growth
      alluse policy set limits.buffer 7 --account gen-1
      alluse policy check my-template.toml
    """


@policy.command()
@click.option("--account", default="", metavar="CODE", help="As it holds for this account.")
@reading
def show(common: Common, account: str) -> None:
    """Show every setting."""
    with common.engine() as engine:
        view = engine.queries.policy(common.portfolio, account)
    if common.as_json:
        document: dict[str, Any] = {
            "portfolio": view.portfolio,
            "account": view.account or None,
            "template": view.settings["template"],
            "strategy": view.settings["strategy"],
            "settings": dict(view.settings),
            "own": dict(view.own),
        }
        print_json(document)
        return
    print_settings(view.settings, view)


def print_settings(settings: Mapping[str, str], view: PolicyView) -> None:
    """Settings as a table; of an account, with whose each is."""
    header, rows = ("setting", view.portfolio), [(path, text) for path, text in settings.items()]
    if not view.account:
        print_table(header, rows)
        return
    whose = [(*row, "its own" if row[0] in view.own else "the portfolio's") for row in rows]
    print_table(("setting", view.account, "whose"), whose)


@policy.command(name="set", context_settings=NUMBERS)
@click.argument("pairs", metavar="PATH VALUE [PATH VALUE]...", nargs=-1, required=True)
@click.option("--account", default="", metavar="CODE", help="For this account alone.")
@writing
def set_values(common: Common, pairs: tuple[str, ...], account: str) -> None:
    """Set PATH to VALUE from now on.

    Shares and parts that must add up go together. `strategy NAME` sets the three shares,
    `template NAME` everything. With --account an empty VALUE takes the account's own setting away.

    \b
      alluse policy set limits.buffer 7
      alluse policy set reinvest.contracts 85 reinvest.leaps 15
      alluse policy set limits.buffer "" --account gen-1
    """
    if len(pairs) % 2:
        raise BadInput(pairs[-1], None, "needs a value: PATH VALUE")
    changes: list[tuple[str, str]] = []
    for path, value in zip(pairs[::2], pairs[1::2], strict=True):
        named = path in ("template", "strategy") and not account
        changes += settings_of(path, value) if named else [(path, value)]
    act(common, PolicySet(changes=tuple(changes), account=account, **common.envelope))


@policy.command()
@click.argument("file")
@reading
def check(common: Common, file: str) -> int:
    """Name everything that is wrong with the policy FILE (TOML)."""
    problems = policy_problems(Path(file))
    if common.as_json:
        listed = [
            {"path": at, "value": None if value is None else str(value), "allowed": allowed}
            for at, value, allowed in problems
        ]
        print_json({"problems": listed})
    else:
        for at, value, allowed in problems:
            found = "" if value is None else f" {shown(value)}"
            click.echo(printable(f"{at}{found}: {allowed}"))
        if not problems:
            click.echo("every setting is allowed")
    return BadInput.exit_code if problems else 0


@policy.command()
@reading
def suggest(common: Common) -> None:
    """Propose settings that the history speaks for; change none."""
    with common.engine() as engine:
        found = engine.operations.suggestions(common.portfolio)
    if common.as_json:
        listed = [
            {"path": s.path, "now": s.now, "suggested": s.suggested, "evidence": s.evidence}
            for s in found
        ]
        print_json({"suggestions": listed})
        return
    if not found:
        click.echo("the history speaks for no change, or is too short to speak")
        return
    print_table(
        ("setting", "now", "suggested", "evidence"),
        [(s.path, s.now, s.suggested, s.evidence) for s in found],
    )
    click.echo("nothing was changed: `alluse policy set PATH VALUE` does")
