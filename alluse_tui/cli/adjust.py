"""`alluse adjust`: splits, renames and other deliverables of what an account holds."""

from __future__ import annotations

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, NUMBERS, Common, writing
from alluse_tui.cli.completion import complete_position
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import AdjustmentFact, Post, amount


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.argument(
    "words",
    metavar="POSITION",
    nargs=-1,
    required=True,
    shell_complete=complete_position(lambda position: True),
)
@click.option("--split", default="", metavar="N:M", help=texts.SPLIT)
@click.option("--rename", default="", metavar="NEW", help=texts.RENAME)
@click.option("--deliverable", type=int, default=0, metavar="N", help=texts.DELIVERABLE)
@click.option("--cash", default="", metavar="AMOUNT", help=texts.FRACTION_CASH)
@click.option("--all", "is_whole", is_flag=True, help=texts.ADJUST_ALL)
@writing
def adjust(
    common: Common,
    code: str,
    words: tuple[str, ...],
    split: str,
    rename: str,
    deliverable: int,
    cash: str,
    is_whole: bool,
) -> None:
    """Record a split, a rename or another deliverable.

    POSITION is a symbol, for its shares and all options on it, or one option. A split N:1 makes N
    contracts of each; any other split changes their deliverable. Lots keep their dates and costs.

    \b
      alluse adjust gen-1 XYZ --split 2:1
      alluse adjust gen-1 XYZ --split 1:10 --cash 12.40
      alluse adjust gen-1 LCID --rename LCID1
    """
    for word in words:
        if word.startswith("--"):
            raise click.NoSuchOption(word, ctx=click.get_current_context())
    fact = AdjustmentFact(
        position=" ".join(words),
        is_whole=is_whole,
        split=split,
        rename=rename,
        deliverable=deliverable,
        cash_micros=amount(cash, "--cash", zero=True) if cash else None,
    )
    act(common, Post(account=code, fact=fact, confirmed=common.yes, **common.envelope))
