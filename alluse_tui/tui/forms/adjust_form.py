"""The form of an adjustment: a split, a rename, another deliverable."""

from __future__ import annotations

from collections.abc import Mapping

from alluse_tui.domain.commands import AdjustmentFact, Command, Post, amount, iso_date
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.tui import texts
from alluse_tui.tui.forms.account_forms import account_figures, note_field, selected_account
from alluse_tui.tui.modals.form import Field, Form
from alluse_tui.tui.shell import ActivePage

THIS, ALL = "this", "all"


def adjust(page: ActivePage) -> Form:
    """The position under the cursor is adjusted, with all others on its symbol or alone."""
    assert page.position is not None
    account, instrument = selected_account(page), page.position.instrument
    is_option = instrument.right is not None
    fields = [
        Field("split", placeholder=texts.SPLIT_EXAMPLE),
        Field("rename", placeholder=texts.RENAME_EXAMPLE),
        Field("deliverable", placeholder=texts.DELIVERABLE_EXAMPLE),
        Field("cash", placeholder=texts.FRACTION_EXAMPLE),
        *([Field("positions", value=ALL, choices=(ALL, THIS))] if is_option else []),
        Field("date", placeholder=texts.DATE_OR_TODAY),
        note_field(),
    ]

    def make(answers: Mapping[str, str]) -> Command:
        which = answers.get("positions", ALL)
        if which not in (ALL, THIS):
            raise BadInput("positions", which, texts.ONE_OF.format(choices=f"{ALL}, {THIS}"))
        cash = answers["cash"]
        fact = AdjustmentFact(
            position=instrument.name if which == THIS else instrument.symbol,
            split=answers["split"],
            rename=answers["rename"],
            deliverable=_shares(answers["deliverable"]),
            cash_micros=amount(cash, "cash", zero=True) if cash else None,
        )
        return Post(
            portfolio=account.portfolio,
            account=account.code,
            fact=fact,
            date=iso_date("date", answers["date"]) if answers["date"] else None,
            note=answers["note"],
        )

    title = texts.ADJUST_TITLE.format(symbol=instrument.symbol)
    hint = texts.ADJUST_OPTION_HINT if is_option else texts.ADJUST_HINT
    about = [*account_figures(account), hint]
    return Form(title, about, fields, make)


def _shares(text: str) -> int:
    """A number of shares; 0 if it was left empty."""
    if text and not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise BadInput("deliverable", text, "must be a whole number of shares")
    return int(text or 0)
