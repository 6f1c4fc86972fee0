"""What the rules ought to say, worked out a second time and from the Book alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from math import ceil

from alluse_tui.domain.commands import (
    Command,
    Deposit,
    Fork,
    Kind,
    Merge,
    OpenAccount,
    Post,
    Reinvest,
    Release,
    TradeFact,
    Transfer,
    Withdraw,
)
from alluse_tui.domain.fold.state_rows import changed_rows
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.money import CENT_MICROS, MAX_MICROS
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Status, Tier

DECISIONS = (Deposit, Withdraw, Transfer, OpenAccount, Release)
GROWTH = (Fork, Merge, Reinvest)
DECIDED = frozenset(one.NAME for one in (*DECISIONS, *GROWTH))
CAPITAL = ("world:opening", "world:deposits", "world:withdrawals")
GONE = (Status.CLOSED, Status.MERGED)


def rows_of(book: Book) -> str:
    """Everything the book holds, as the state beside the records would."""
    return json.dumps(sorted(changed_rows(Book(), book), key=lambda row: row[:2]))


def rows_by_kind(rows: Iterable[Sequence[str]]) -> dict[str, dict[str, str]]:
    """Rows of the state as the journal returns them: kind → id → text."""
    by_kind: dict[str, dict[str, str]] = {}
    for kind, key, text in rows:
        by_kind.setdefault(kind, {})[key] = text
    return by_kind


def worth(book: Book, account: Account, today: date, bucket: str = "") -> int:
    """The account's buckets, or one of them, in the portfolio's currency."""
    home = book.portfolios[account.portfolio]
    rates = book.rates_of(home.name)
    return sum(
        rates.value(micros, key.rpartition(":")[2], home.currency, today) or 0
        for key, micros in account.balances.items()
        if key.startswith(bucket)
    )


def cash_of(book: Book, account: Account, today: date) -> int:
    return worth(book, account, today, "cash:")


def pledged(book: Book, account: Account, today: date) -> int | None:
    """The strikes of what short puts may have to buy; None without a rate for some of it."""
    portfolio = book.portfolios[account.portfolio]
    by_currency: Counter[str] = Counter()
    for key, holding in account.holdings.items():
        name, _, currency = key.rpartition(":")
        *_, strike, right = name.split() if " " in name else ("", "", "")
        if right == "put" and holding.quantity_micros < 0:
            by_currency[currency] += ceil(-holding.quantity_micros * 100 * Fraction(strike))
    rates = book.rates_of(portfolio.name)
    values = [rates.value(m, c, portfolio.currency, today) for c, m in by_currency.items()]
    return None if None in values else sum(value or 0 for value in values)


def unpledged(book: Book, account: Account, today: date) -> int:
    """Cash that no short put ties up."""
    tied = pledged(book, account, today)
    return 0 if tied is None else max(0, cash_of(book, account, today) - tied)


def available(book: Book, account: Account, today: date) -> int:
    """Cash above the collateral and the buffer: policy % of equity, rounded up to the cent."""
    percent = policy_of(account, book.portfolios[account.portfolio]).buffer_bps
    equity = max(0, worth(book, account, today))
    buffer = ceil(Fraction(equity * percent, 10_000 * CENT_MICROS)) * CENT_MICROS
    return max(0, unpledged(book, account, today) - buffer)


def surplus_of(book: Book, account: Account, today: date) -> int:
    """Equity above base, in whole cents."""
    home = book.portfolios[account.portfolio]
    rates = book.rates_of(home.name)
    base = sum(rates.value(m, c, home.currency, today) or 0 for c, m in account.base.items())
    return max(0, worth(book, account, today) - base) // CENT_MICROS * CENT_MICROS


def held_by(book: Book, *keys: str) -> Counter[str]:
    """What the accounts hold together, by currency; of all when none is named."""
    sums: Counter[str] = Counter()
    for key, account in book.accounts.items():
        if not keys or key in keys:
            for held, micros in account.balances.items():
                sums[f"{account.portfolio} {held.rpartition(':')[2]}"] += micros
    return sums


def com_of(book: Book, portfolio: str) -> Account | None:
    receives = [a for a in book.accounts_of(portfolio) if (a.tier, a.status) == ("com", "active")]
    return receives[0] if receives else None


def ends_what_is_not_held(book: Book, post: Post) -> bool:
    """Whether an expiry or assignment ends more of an option than the account holds."""
    fact, account = post.fact, book.account(post.account, post.portfolio)
    if not isinstance(fact, TradeFact) or fact.kind is Kind.TRADE:
        return False
    currency = fact.currency or book.portfolios[account.portfolio].currency
    for leg in fact.legs:
        if leg.instrument.right is not None:
            holding = account.holdings.get(f"{leg.instrument.name}:{currency}")
            held, ended = holding.quantity_micros if holding else 0, -leg.quantity_micros
            if not (0 < ended <= held or held <= ended < 0):
                return True
    return False


def growth_allowed(command: Fork | Merge, book: Book, today: date) -> bool | None:
    """Whether a fork or a merge is; None where time, a key, a reason or the bounds decide."""
    account = book.account(command.account, command.portfolio)
    home = book.portfolios[account.portfolio]
    com, policy = com_of(book, home.name), policy_of(account, home)
    day = command.date or today
    if command.key or account.status is not Status.ACTIVE or com is None:
        return None if command.key else False
    if not max(account.latest_effective, com.latest_effective) <= day <= today:
        return False
    if isinstance(command, Merge):
        grown = worth(book, account, today) >= policy.merge_threshold_micros
        return None if account.forked_from and grown else False
    surplus = surplus_of(book, account, today)
    buffer = (
        ceil(
            Fraction(
                max(0, worth(book, account, today) - surplus) * policy.buffer_bps,
                10_000 * CENT_MICROS,
            )
        )
        * CENT_MICROS
    )
    free = unpledged(book, account, today) - (0 if command.override else buffer)
    if account.tier is not Tier.GEN or not policy.fork_threshold_micros <= surplus <= free:
        return False
    if home.forks.get(today.isoformat(), 0) >= home.policy.fork_daily_limit:
        return False
    cooled = not account.forked_ns or not policy.fork_cooling_hours
    rich = max(abs(m) for m in (0, *com.balances.values(), *com.base.values()))
    return True if cooled and max(surplus, rich) < MAX_MICROS // 4 else None


def allowed(command: Command, book: Book, today: date) -> bool | None:
    """Whether the rules allow a plain movement; None for what they are not spelt out for here."""
    if isinstance(command, Fork | Merge):
        return growth_allowed(command, book, today)
    if not isinstance(command, Deposit | Withdraw | Transfer) or command.key:
        return None
    taker = giver = None
    if isinstance(command, Transfer):
        giver, taker = book.accounts[command.source], book.accounts[command.target]
    elif isinstance(command, Deposit):
        taker = book.accounts[command.account]
    else:
        giver = book.accounts[command.account]
    both = [a for a in (giver, taker) if a is not None]
    day = command.date or today
    fits = 0 < command.amount <= MAX_MICROS and command.amount % CENT_MICROS == 0
    if giver is not None and fits:
        limit = available(book, giver, today)
        if getattr(command, "override", ""):
            limit = max(limit, unpledged(book, giver, today))
        fits = giver.tier is not Tier.COM and command.amount <= limit
    return (
        fits
        and giver is not taker
        and len({a.portfolio for a in both}) == 1
        and all(a.status is Status.ACTIVE and a.latest_effective <= day <= today for a in both)
        and all(
            abs(held.get(key, 0) + sign * command.amount) <= MAX_MICROS
            for a, sign in ((giver, -1), (taker, 1))
            if a is not None
            for currency in [book.portfolios[a.portfolio].currency]
            for held, key in ((a.balances, f"cash:{currency}"), (a.base, currency))
        )
    )
