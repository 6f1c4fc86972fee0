"""`alluse policy show|set|check|suggest`: the settings of every rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import NUMBERS, Common, reading, writing
from alluse_tui.cli.completion import complete_account, complete_file, complete_setting
from alluse_tui.cli.output import print_json
from alluse_tui.cli.run_command import act
from alluse_tui.cli.tables import print_table, print_wrapped
from alluse_tui.domain.commands import PolicySet
from alluse_tui.domain.model.errors import BadInput, shown
from alluse_tui.domain.model.rule_settings import RULE_OF_SETTING
from alluse_tui.domain.model.settings import SETTINGS
from alluse_tui.domain.views import PolicyView, printable
from alluse_tui.engine import policy_problems, settings_of


@click.group()
def policy() -> None:
    """Show, change and check the settings of every rule.

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
@click.option(
    "--account",
    default="",
    metavar="CODE",
    help=texts.POLICY_SHOW_ACCOUNT,
    shell_complete=complete_account,
)
@click.option("--explain", is_flag=True, help=texts.POLICY_EXPLAIN)
@reading
def show(common: Common, account: str, explain: bool) -> None:
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
        if explain:
            document["explained"] = explained(view.settings)
        print_json(document)
        return
    if explain:
        print_explained(view.settings)
    else:
        print_settings(view.settings, view)


def print_settings(settings: Mapping[str, str], view: PolicyView) -> None:
    """Print settings as a table; for an account, with where each comes from and the rule that
    applies it."""
    header, rows = ("setting", view.portfolio), [(path, text) for path, text in settings.items()]
    if not view.account:
        print_table(header, rows)
        return
    with_source = [
        (*row, "account" if row[0] in view.own else "portfolio", RULE_OF_SETTING.get(row[0], ""))
        for row in rows
    ]
    print_table(("setting", view.account, "set by", "rule"), with_source)


def explained(settings: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The explanation and the allowed values of each setting, by path."""
    return {
        path: {"explanation": SETTINGS[path].explanation, "allowed": SETTINGS[path].allowed}
        for path in settings
    }


def print_explained(settings: Mapping[str, str]) -> None:
    """Print each setting with its meaning and allowed values below it."""
    for path, text in settings.items():
        click.echo(printable(f"{path} = {text}"))
        for line in (SETTINGS[path].explanation, f"Allowed: {SETTINGS[path].allowed}."):
            print_wrapped(f"    {line}", "    ")


@policy.command(name="set", context_settings=NUMBERS)
@click.argument(
    "pairs",
    metavar="PATH VALUE [PATH VALUE]...",
    nargs=-1,
    required=True,
    shell_complete=complete_setting,
)
@click.option(
    "--account",
    default="",
    metavar="CODE",
    help=texts.POLICY_SET_ACCOUNT,
    shell_complete=complete_account,
)
@writing
def set_values(common: Common, pairs: tuple[str, ...], account: str) -> None:
    """Set each PATH to its VALUE.

    Set shares that must add up to 100 in one command. `strategy NAME` sets the three shares,
    `template NAME` every setting. With --account, an empty VALUE removes the account's own setting.

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
@click.argument("file", shell_complete=complete_file)
@reading
def check(common: Common, file: str) -> int:
    """Check the policy FILE (TOML) and list every problem."""
    problems = policy_problems(Path(file))
    if common.as_json:
        documents = [
            {"path": at, "value": None if value is None else str(value), "allowed": allowed}
            for at, value, allowed in problems
        ]
        print_json({"problems": documents})
    else:
        for at, value, allowed in problems:
            quoted = "" if value is None else f" {shown(value)}"
            click.echo(printable(f"{at}{quoted}: {allowed}"))
        if not problems:
            click.echo("no problems found")
    return BadInput.exit_code if problems else 0


@policy.command()
@reading
def suggest(common: Common) -> None:
    """Suggest settings based on the history."""
    with common.engine() as engine:
        suggestions = engine.operations.suggestions(common.portfolio)
    if common.as_json:
        documents = [
            {"path": s.path, "now": s.now, "suggested": s.suggested, "evidence": s.evidence}
            for s in suggestions
        ]
        print_json({"suggestions": documents})
        return
    if not suggestions:
        click.echo("no change suggested, or not enough history")
        return
    print_table(
        ("setting", "now", "suggested", "evidence"),
        [(s.path, s.now, s.suggested, s.evidence) for s in suggestions],
    )
    click.echo("nothing was changed; use `alluse policy set PATH VALUE`")
