"""`alluse pause`, `resume`, `market vix`, `market closure`: what stops or holds back trading."""

from __future__ import annotations

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import NUMBERS, Common, writing
from alluse_tui.cli.completion import complete_account
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import NoteClosure, NoteVix, Pause, Resume, exact, iso_date
from alluse_tui.domain.model.errors import BadInput

MICROS_PER_HUNDREDTH = 10_000

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


@click.command(name="vix", context_settings=NUMBERS)
@click.argument("value")
@writing
def note_vix(common: Common, value: str) -> None:
    """Note the newest VALUE of VIX; --date is its day.

    Circuit breakers are judged by it with the next `alluse run-due`, or within a minute in an open
    dashboard.
    """
    micros = exact("VALUE", value)
    if micros % MICROS_PER_HUNDREDTH:
        raise BadInput("VALUE", value, "must have at most two decimals")
    with common.engine() as engine:
        day = common.date or engine.today
    hundredths = micros // MICROS_PER_HUNDREDTH
    command = NoteVix(hundredths=hundredths, day=day, note=common.note, key=common.key)
    act(common, command)


@click.command(name="closure")
@click.argument("closed_on", metavar="DAY")
@click.argument("why", default="")
@click.option("--remove", is_flag=True, help=texts.CLOSURE_REMOVE)
@writing
def note_closure(common: Common, closed_on: str, why: str, remove: bool) -> None:
    """Record that the exchange is closed on DAY, and WHY.

    For a closure that is announced at short notice, such as a day of mourning. From then on, entry
    days, expiries and reinvestment windows follow it.
    """
    if remove and why:
        raise BadInput("WHY", why, "cannot be used with --remove")
    day = iso_date("DAY", closed_on)
    act(common, NoteClosure(day=day, why=why, removed=remove, **common.envelope))
