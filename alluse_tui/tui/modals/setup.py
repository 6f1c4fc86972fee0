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
from alluse_tui.tui import texts
from alluse_tui.tui.formatting import bar
from alluse_tui.tui.modals.form import Field, Form
from alluse_tui.tui.shell import UsesShell

TEMPLATES = ("moderate", "conservative", "aggressive", "constitution-1.3")


class SetupScreen(UsesShell, Screen[None]):
    """The choices on a machine without a book."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,enter", "new", texts.NEW_PORTFOLIO_TITLE),
        Binding("d", "demo", "Demo"),
        Binding("q,escape", "app.quit", "Quit"),
    ]

    def compose(self) -> ComposeResult:
        """The choices."""
        with Vertical(id="welcome"):
            choices = texts.WELCOME.format(path=self.shell.engine.path)
            yield Static(choices, markup=False, id="choices")

    def action_new(self) -> None:
        """Ask for the portfolio, unless an earlier book is missing that can be brought back."""
        try:
            check_new_book(self.shell.engine.path)
        except NoBook as error:
            self.query_one("#choices", Static).update(texts.BOOK_MISSING.format(problem=error))
            return
        fields = [
            Field("name", value="Main"),
            Field("capital", placeholder=texts.CAPITAL_EXAMPLE),
            Field("template", value="moderate", choices=TEMPLATES),
            Field("currency", value="USD"),
        ]
        about = [texts.TEMPLATE_CHOICES.format(templates=", ".join(TEMPLATES))]
        form = Form(
            texts.NEW_PORTFOLIO_TITLE, about, fields, portfolio, self.split, after=self.begin
        )
        self.shell.push_screen(form)

    def action_demo(self) -> None:
        """Leave this book and open the demo."""
        self.app.exit("demo")

    def begin(self, _: Receipt) -> None:
        """Show the new book."""
        self.shell.begin()

    def split(self, typed: Mapping[str, str]) -> list[str]:
        """The three accounts as they would be opened, or what is wrong."""
        if not typed["capital"]:
            return [texts.CAPITAL_HINT]
        try:
            plan = self.shell.engine.commands.preview(portfolio(typed))
        except AllUseError as error:
            return [str(error)]
        total = sum(after.equity for _, after in plan.accounts)
        return [
            texts.SPLIT_LINE.format(
                tier=account.tier.full_name,
                code=account.code,
                bar=bar(account.equity, total, 10),
                equity=grouped(account.equity),
                buffer=grouped(account.buffer),
            )
            for _, account in plan.accounts
        ]


def portfolio(typed: Mapping[str, str]) -> Command:
    """The command that opens it. Raises BadInput."""
    return Init(
        portfolio=typed["name"],
        capital=amount(typed["capital"], "capital", zero=True),
        policy=policy_from(typed["template"]),
        currency=currency_code("currency", typed["currency"]),
    )
