"""Post: record a typed fact. Facts are always accepted; an outsized one asks for confirmation."""

from __future__ import annotations

from msgspec.structs import replace

from alluse_tui.domain.commands import (
    AdjustmentFact,
    CashFact,
    Fact,
    MarkFact,
    Post,
    PriceFact,
    RateFact,
    TradeFact,
)
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import ONE_BPS, plain
from alluse_tui.domain.model.rates import balances_value
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Bucket, Kind
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.plans.adjustments import adjusted, adjustment_entries
from alluse_tui.domain.plans.entries import fact_event, rate_event
from alluse_tui.domain.rules.confirmation import to_confirm
from alluse_tui.domain.rules.named_lots import check_named_lots
from alluse_tui.domain.rules.shared_rules import not_in_future, open_for_facts
from alluse_tui.domain.rules.trade_rules import trade_rules

TYPED = (Kind.PREMIUM, Kind.FEE, Kind.INTEREST, Kind.DIVIDEND, Kind.TAX, Kind.OPENING)
"""Kinds of cash that are posted; deposits and withdrawals have their own commands."""


def plan_post(book: Book, command: Post, context: Context) -> Plan:
    """Post the entry of one fact, dated `command.date`."""
    fact = replace(command.fact, effective=command.date, note=command.note, key="", content="")
    if isinstance(fact, CashFact):
        if fact.kind not in TYPED:
            raise BadInput("KIND", fact.kind, f"must be one of: {', '.join(TYPED)}")
        if not fact.micros:
            raise BadInput("amount", plain(0), "must not be zero")
    date_rule = not_in_future(command.date or context.today, context)
    if isinstance(fact, RateFact):
        portfolio = book.portfolio(command.portfolio)
        event = rate_event(book, portfolio.name, fact, context.today)
        if event is None:
            raise BadInput("rate", plain_rate(fact), "is already recorded")
        return planned(book, command, portfolio.name, context, [event], [date_rule])
    account = book.account(command.account, command.portfolio)
    if isinstance(fact, AdjustmentFact):
        return _plan_adjustment(book, account, command, fact, context)
    entry = fact_event(book, account, fact, context.today)
    if entry is None and isinstance(fact, PriceFact):
        raise BadInput("price", plain(fact.price_micros), "is already the recorded price")
    if not isinstance(entry, EntryPosted):
        value = plain(fact.value_micros) if isinstance(fact, MarkFact) else None
        raise BadInput("amount", value, "is already the recorded value")
    rules = [open_for_facts(account), date_rule]
    if entry.effective < account.opened:
        rules.append(_before_opening(entry, account))
    rules.append(_outsized(book, account, entry, fact, command.confirmed, context))
    if isinstance(fact, PriceFact) and fact.price_micros < 0:
        rules.append(_below_zero(fact, command.confirmed, context))
    if isinstance(fact, TradeFact):
        if fact.lots:
            currency = fact.currency or book.portfolios[account.portfolio].currency
            check_named_lots(account, fact, currency, entry.effective, context.open_lots)
        rules += trade_rules(book, account, entry, fact, command, context)
    return planned(book, command, account.portfolio, context, [entry], rules)


def _plan_adjustment(
    book: Book, account: Account, command: Post, fact: AdjustmentFact, context: Context
) -> Plan:
    """The adjusted positions, and the sale of a fraction of a share."""
    entry, fraction = adjustment_entries(book, account, fact, context.today)
    rules = [open_for_facts(account), not_in_future(entry.effective, context), *adjusted(entry)]
    if entry.effective < account.latest_effective:
        sentence = (
            f"{account.code} has entries up to {account.latest_effective};"
            " what was traded since is adjusted as well"
        )
        confirmed = command.confirmed
        rules.append(to_confirm("adjust.date", sentence, (), confirmed=confirmed, context=context))
    if fraction is None:
        return planned(book, command, account.portfolio, context, [entry], rules)
    rules.append(_outsized(book, account, fraction, fact, command.confirmed, context))
    return planned(book, command, account.portfolio, context, [entry, fraction], rules)


def _before_opening(entry: EntryPosted, account: Account) -> Verdict:
    """A warning; the fact is accepted nevertheless."""
    sentence = (
        f"effective date {entry.effective} is before {account.code} opened on {account.opened}:"
        " check the date"
    )
    return Verdict("fact.before_opening", True, sentence, awaited=True)


def _below_zero(fact: PriceFact, confirmed: bool, context: Context) -> Verdict:
    """A price below zero is a typing error for almost everything that can be held."""
    sentence = "{} is marked at {}, below zero"
    values = (fact.instrument, fact.price_micros)
    return to_confirm("mark.price", sentence, values, confirmed=confirmed, context=context)


def _outsized(
    book: Book, account: Account, entry: EntryPosted, fact: Fact, confirmed: bool, context: Context
) -> Verdict:
    """A fact above a share of the account's equity must be confirmed (rules.md, Facts).

    So must one in a currency that is new to the portfolio and has no rate, as its amount cannot be
    compared with equity.
    """
    unknown = _unknown_currency(book, account, entry, context)
    if unknown:
        sentence = f"{unknown} has no exchange rate and is new to {account.portfolio}"
        return to_confirm("amount.outsized", sentence, (), confirmed=confirmed, context=context)
    portfolio = book.portfolios[account.portfolio]
    rates = book.rates_of(portfolio.name)
    equity = balances_value(account.balances, portfolio.currency, rates, context.today)
    bucket = Bucket.POSITIONS if isinstance(fact, MarkFact | PriceFact) else Bucket.CASH
    values = [
        rates.value(p.micros, p.currency, portfolio.currency, context.today)
        for p in entry.postings
        if p.bucket == bucket
    ]
    micros = max((abs(value or 0) for value in values), default=0)
    if equity <= 0:
        sentence = f"{{}} on {account.code}, which has no equity"
        return Verdict("amount.outsized", True, sentence, (micros,))
    outsized_bps = policy_of(account, portfolio).outsized_bps
    share = f"{outsized_bps / 100:g} % of the {{}} equity"
    if micros <= equity * outsized_bps // ONE_BPS:
        return Verdict("amount.outsized", True, f"{{}} is within {share}", (micros, equity))
    return to_confirm(
        "amount.outsized",
        f"{{}} is more than {share}",
        (micros, equity),
        confirmed=confirmed,
        context=context,
    )


def _unknown_currency(book: Book, account: Account, entry: EntryPosted, context: Context) -> str:
    """A currency of the entry that has no rate and that the portfolio has never used, or ''."""
    portfolio = book.portfolios[account.portfolio]
    currencies = {posting.currency for posting in entry.postings} - {portfolio.currency}
    if not currencies:
        return ""
    rates = book.rates_of(portfolio.name)
    used = {key.rpartition(":")[2] for key in (*portfolio.world, *account.balances)}
    for currency in sorted(currencies):
        rate = rates.value(1, currency, portfolio.currency, context.today)
        if rate is None and currency not in used:
            return currency
    return ""


def plain_rate(fact: RateFact) -> str:
    """'USD/CHF 0.918280000'."""
    units, rest = divmod(fact.nanos, 1_000_000_000)
    return f"{fact.currency}/{fact.against} {units}.{rest:09d}"
