"""What must be typed to confirm a plan, the same on every front end."""

from __future__ import annotations

from alluse_tui.domain.derived.account_views import portfolio_accounts
from alluse_tui.domain.model.traits import Traits
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan
from alluse_tui.domain.views import totals

LARGE_PERCENT = 25
"""A plan that takes this share of the portfolio's equity from one account is large."""


def confirm_code(plan: Plan) -> str:
    """The account code to type when a plan ends an account or takes a large share; else ''."""
    traits = plan.command.traits
    if not (traits.ends_account or traits.takes_cash):
        return ""
    portfolio = plan.before.portfolios[plan.portfolio]
    equity = totals(portfolio_accounts(plan.before, portfolio, plan.today)).equity
    for before, after in plan.view.accounts:
        if before is None:
            continue
        ends = traits.ends_account and before.status != after.status
        taken = before.equity - after.equity if traits.takes_cash else 0
        if ends or (taken and taken * 100 >= equity * LARGE_PERCENT):
            return after.code
    return ""


def weighs_on_one(traits: Traits) -> bool:
    """Whether a second person would have to check such a command if there were one."""
    return traits.second_person and traits.dangerous and not traits.no_undo


def to_confirm(
    rule: str,
    sentence: str,
    values: tuple[int | str, ...],
    *,
    confirmed: bool,
    context: Context,
    setting: str = "",
) -> Verdict:
    """The verdict of a CONFIRMABLE rule that a typed fact breaks.

    A preview cannot have been confirmed yet, and a check asks nothing.
    """
    if context.is_check:
        return Verdict(rule, False, sentence, values, setting=setting)
    if not confirmed:
        return Verdict(rule, False, f"{sentence}: confirm with --yes", values, setting=setting)
    if context.is_preview:
        return Verdict(rule, True, f"{sentence}: confirm", values, awaited=True, setting=setting)
    return Verdict(rule, True, f"{sentence}; confirmed", values, confirmed=True, setting=setting)
