"""Post: a typed fact. Facts are always accepted; an outsized one asks again."""

from __future__ import annotations

from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    Fact,
    MarkFact,
    Post,
    RateFact,
)
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import ONE_BPS, plain
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Bucket, Kind
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.plans.entries import fact_event, rate_event
from alluse_tui.domain.rules.shared_rules import not_in_future, open_for_facts

TYPED = (Kind.PREMIUM, Kind.FEE, Kind.INTEREST, Kind.DIVIDEND, Kind.TAX, Kind.OPENING)
"""Cash that is typed as a fact; what is brought and taken has commands of its own."""


def plan_post(book: Book, command: Post, context: Context) -> Plan:
    """The entry of one fact, dated `command.date`."""
    fact = replace(command.fact, effective=command.date, note=command.note, key="", content="")
    if isinstance(fact, CashFact):
        if fact.kind not in TYPED:
            raise BadInput("KIND", fact.kind, f"must be one of: {', '.join(TYPED)}")
        if not fact.micros:
            raise BadInput("amount", plain(0), "must not be zero")
    dated = not_in_future(command.date or context.today, context)
    if isinstance(fact, RateFact):
        home = book.portfolio(command.portfolio)
        event = rate_event(book, home.name, fact, context.today)
        if event is None:
            raise BadInput("rate", plain_rate(fact), "is what stands there already")
        return planned(book, command, home.name, context, [event], [dated])
    account = book.account(command.account, command.portfolio)
    entry = fact_event(book, account, fact, context.today)
    if not isinstance(entry, EntryPosted):
        stands = plain(fact.value_micros) if isinstance(fact, MarkFact) else None
        raise BadInput("amount", stands, "is what stands there already")
    rules = [
        open_for_facts(account),
        dated,
        _outsized(book, account, entry, fact, command.confirmed, context),
    ]
    return planned(book, command, account.portfolio, context, [entry], rules)


def _outsized(
    book: Book, account: Account, entry: EntryPosted, fact: Fact, confirmed: bool, context: Context
) -> Verdict:
    """A typed fact above a share of the account's equity must be confirmed (rules.md, Facts)."""
    home = book.portfolios[account.portfolio]
    view = view_in(book, account, context.today)
    rates = book.rates_of(home.name)
    buckets = (Bucket.POSITIONS,) if isinstance(fact, MarkFact) else (Bucket.CASH,)
    micros = 0
    for p in entry.postings:
        if p.bucket in buckets:
            value = rates.value(p.micros, p.currency, home.currency, context.today)
            micros = max(micros, abs(value or 0))
    outsized_bps = policy_of(account, home).outsized_bps
    limit = view.equity * outsized_bps // ONE_BPS
    share = f"{outsized_bps / 100:g} %"
    if view.equity <= 0:
        return Verdict("amount.outsized", True, "{} on an account without equity", (micros,))
    ok = micros <= limit
    text = f"{{}} is {'within' if ok else 'above'} {share} of equity {{}}"
    unanswered = not ok and confirmed and context.ahead
    if unanswered:
        text += ": needs your confirmation"
    elif not ok and confirmed:
        text += ", confirmed"
    elif not ok:
        text += ": confirm it (--yes)"
    values = (micros, view.equity)
    return Verdict("amount.outsized", ok or confirmed, text, values, awaited=unanswered)


def plain_rate(fact: RateFact) -> str:
    """'USD/CHF 0.918280000'."""
    units, rest = divmod(fact.nanos, 1_000_000_000)
    return f"{fact.currency}/{fact.against} {units}.{rest:09d}"
