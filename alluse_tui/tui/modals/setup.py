"""The first run: from an empty machine to a portfolio, or to the demo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from alluse_tui.domain.commands import Command, Init, amount, currency_code
from alluse_tui.domain.model.errors import AllUseError, NoBook
from alluse_tui.domain.views import Receipt, grouped
from alluse_tui.engine import check_new_book, policy_from
from alluse_tui.tui.formatting import bar
from alluse_tui.tui.modals.form import Field, Form
from alluse_tui.tui.shell import UsesShell

TEMPLATES = ("moderate", "conservative", "aggressive")

WELCOME = """\
ALL-USE runs option-premium accounts by rule.

There is no book yet at
  {path}
and nothing is made until you agree to its plan.

  n   a new portfolio: its name and its capital, split as you type
  d   the demo: a throw-away book with two years of history
  q   leave

From another machine?  alluse restore BACKUP   or   alluse --db PATH"""

GONE = """\
{problem}

  d   the demo: a throw-away book with two years of history
  q   leave"""


class SetupScreen(UsesShell, Screen[None]):
    """Where somebody begins."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,enter", "new", "A new portfolio"),
        Binding("d", "demo", "The demo"),
        Binding("q,escape", "app.quit", "Leave"),
    ]

    def compose(self) -> ComposeResult:
        """The choices."""
        with Vertical(id="welcome"):
            yield Static(WELCOME.format(path=self.shell.engine.path), markup=False, id="choices")

    def action_new(self) -> None:
        """Ask for the portfolio, unless a book is gone that `restore` or `recover` kept."""
        try:
            check_new_book(self.shell.engine.path)
        except NoBook as error:
            self.query_one("#choices", Static).update(GONE.format(problem=error))
            return
        fields = [
            Field("name", value="Main"),
            Field("capital", placeholder="250000"),
            Field("template", value="moderate", choices=TEMPLATES),
            Field("currency", value="USD"),
        ]
        form = Form("A new portfolio", [], fields, portfolio, self.split, after=self.begin)
        self.shell.push_screen(form)

    def action_demo(self) -> None:
        """Leave, for the demo."""
        self.app.exit("demo")

    def begin(self, _: Receipt) -> None:
        """There is a book now."""
        self.shell.begin()

    def split(self, typed: Mapping[str, str]) -> list[str]:
        """The three accounts as they would be opened, or what is wrong."""
        if not typed["capital"]:
            return ["the capital is split over three tiers; 0 opens them empty"]
        try:
            plan = self.shell.engine.commands.preview(portfolio(typed))
        except AllUseError as error:
            return [str(error)]
        whole = sum(after.equity for _, after in plan.accounts)
        return [
            f"{a.tier.full_name:<12}{a.code:<6} {bar(a.equity, whole, 10)}"
            f" {grouped(a.equity):>15}  buffer {grouped(a.buffer):>13}"
            for _, a in plan.accounts
        ]


def portfolio(typed: Mapping[str, str]) -> Command:
    """The command that opens it. Raises BadInput."""
    return Init(
        portfolio=typed["name"],
        capital=amount(typed["capital"], "capital", zero=True),
        policy=policy_from(typed["template"]),
        currency=currency_code("currency", typed["currency"]),
    )
