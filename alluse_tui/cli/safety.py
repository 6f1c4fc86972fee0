"""`alluse pause`, `resume`: stop opening positions, and begin again after a check."""

from __future__ import annotations

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, writing
from alluse_tui.cli.completion import complete_account
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import Pause, Resume

CODE = click.argument("code", required=False, default="", shell_complete=complete_account)


@click.command()
@CODE
@click.option("--why", default="", metavar="TEXT", help=texts.PAUSE_WHY)
@writing
def pause(common: Common, code: str, why: str) -> None:
    """Pause trading in CODE or everywhere.

    Without CODE, the whole portfolio pauses. Facts are still recorded; a trade that opens
    a position then asks for confirmation.
    """
    act(common, Pause(account=code, why=why, **common.envelope))


@click.command()
@CODE
@writing
def resume(common: Common, code: str) -> None:
    """Resume trading in CODE or everywhere.

    Shows what it checked, and asks if something is open.
    """
    act(common, Resume(account=code, confirmed=common.yes, **common.envelope))
