"""Any command an operator may give, drawn from the book as it stands.

Amounts and dates hit the edges of its rules, and some are wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from machine_draws import (
    CASH_FACTS,
    CENTS,
    CONVERSIONS,
    CURRENCIES,
    EARMARKS,
    FIRST_DAY,
    KEYS,
    MARKS,
    NAMES,
    OPTIONS,
    OVERRIDES,
    PAIRS,
    POLICY,
    RATES,
    SETTINGS,
    SHARES,
    TRADES,
    statement,
)
from machine_oracle import available, cash_of

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Activate,
    Close,
    Command,
    Deposit,
    Edit,
    Fact,
    Fork,
    Import,
    Init,
    Kind,
    Leg,
    Merge,
    OpenAccount,
    PolicySet,
    Post,
    Reinvest,
    Release,
    Suspend,
    Tier,
    TradeFact,
    Transfer,
    Withdraw,
    amount,
)
from alluse_tui.domain.derived.alerts import alerts
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.money import CENT_MICROS, MAX_MICROS


def active(account: Account) -> bool:
    return account.status == "active"


def giving(account: Account) -> bool:
    return active(account) and account.tier != "com"


class AnyCommand:
    """Draws commands; a subclass says from which book, and what day it is."""

    @property
    def book(self) -> Book:
        raise NotImplementedError

    @property
    def today(self) -> date:
        raise NotImplementedError

    def command(self, data: st.DataObject, *names: str) -> Command:
        draw = getattr(self, data.draw(st.sampled_from(names), label="command"))
        command: Command = draw(data)
        return command

    # -- the edges ---------------------------------------------------------------------------

    def account(self, data: st.DataObject, *better: Callable[[Account], bool]) -> Account:
        """Any account; three times in four one that is `better`, if there is such a one."""
        accounts = self.book.accounts
        picked = sorted(accounts)
        fitting = [key for key in picked if all(one(accounts[key]) for one in better)]
        if better and fitting and data.draw(st.integers(0, 3)):
            picked = fitting
        return accounts[data.draw(st.sampled_from(picked), label="account")]

    def day(self, data: st.DataObject, *accounts: Account) -> date | None:
        """Mostly today; the edges of what a decision may be dated; long ago; tomorrow."""
        newest = max((a.latest_effective for a in accounts), default=FIRST_DAY)
        edges = [
            newest,
            newest - timedelta(days=1),
            self.today,
            self.today + timedelta(days=1),
            FIRST_DAY - timedelta(days=400),
        ]
        return data.draw(st.sampled_from([*[None] * 9, *edges]), label="date")

    def micros(self, data: st.DataObject, account: Account) -> int:
        """An amount to decide on: the edges of what is available, of cash and of all amounts."""
        free = available(self.book, account, self.today) // CENT_MICROS * CENT_MICROS
        cash = max(0, cash_of(self.book, account, self.today)) // CENT_MICROS * CENT_MICROS
        inside = st.integers(1, max(1, free // CENT_MICROS)).map(lambda cents: cents * CENT_MICROS)
        edges = [CENT_MICROS, free, free + CENT_MICROS, cash, cash + CENT_MICROS, MAX_MICROS]
        bad = [0, -CENT_MICROS, CENT_MICROS + 1, MAX_MICROS + CENT_MICROS]
        drawn = st.one_of(inside, CENTS, st.sampled_from(edges), st.sampled_from([*edges, *bad]))
        return data.draw(drawn, label="amount")

    # -- the commands ------------------------------------------------------------------------

    def init(self, data: st.DataObject) -> Command:
        left = [name for name in NAMES if name not in self.book.portfolios]
        return Init(
            portfolio=data.draw(st.sampled_from([*left, *left, *left, "Main"])),
            capital=data.draw(
                st.sampled_from([0, CENT_MICROS, amount("250000"), amount("999.99"), MAX_MICROS])
            ),
            policy=POLICY,
            currency=data.draw(CURRENCIES),
            date=data.draw(st.sampled_from([None, FIRST_DAY, self.today + timedelta(days=1)])),
        )

    def deposit(self, data: st.DataObject) -> Command:
        one = self.account(data)
        day = self.day(data, one)
        return Deposit(account=one.id, amount=self.micros(data, one), date=day, key=data.draw(KEYS))

    def withdraw(self, data: st.DataObject) -> Command:
        one = self.account(data, giving)
        return Withdraw(
            account=one.id,
            amount=self.micros(data, one),
            date=self.day(data, one),
            key=data.draw(KEYS),
            override=data.draw(OVERRIDES),
        )

    def transfer(self, data: st.DataObject) -> Command:
        source = self.account(data, giving)
        target = self.account(
            data, lambda a: a is not source and a.portfolio == source.portfolio, active
        )
        return Transfer(
            source=source.id,
            target=target.id,
            amount=self.micros(data, source),
            date=self.day(data, source, target),
            key=data.draw(KEYS),
            override=data.draw(OVERRIDES),
        )

    def open(self, data: st.DataObject) -> Command:
        """Empty, with another account's cash, or with a deposit; at the top or under another."""
        one = self.account(data, active)
        given: dict[str, Any] = {}
        ways = ["empty", "empty", "from", "from", "from", "deposit", "deposit", "both"]
        match data.draw(st.sampled_from(ways), label="with"):
            case "from":
                giver = self.account(data, active, lambda a: a.portfolio == one.portfolio)
                given = {"amount": self.micros(data, giver), "source": giver.id}
            case "deposit":
                given = {"deposit": self.micros(data, one)}
            case "both":
                given = {"amount": CENT_MICROS, "source": one.id, "deposit": CENT_MICROS}
        receives = any(a.tier == "com" and active(a) for a in self.book.accounts_of(one.portfolio))
        tiers = [Tier.GEN, Tier.GEN, Tier.REV, Tier.REV, *[Tier.COM] * (1 if receives else 8)]
        return OpenAccount(
            parent=data.draw(st.sampled_from([one.portfolio, one.id])),
            tier=data.draw(st.sampled_from(tiers), label="tier"),
            date=self.day(data, one),
            key=data.draw(KEYS),
            **given,
        )

    def edit(self, data: st.DataObject) -> Command:
        words = st.sampled_from([None, "Income", "Generation 1", "", " x"])
        one = self.account(data).id
        return Edit(account=one, name=data.draw(words), notes=data.draw(words))

    def status(self, data: st.DataObject) -> Command:
        kind, better = data.draw(
            st.sampled_from(
                [
                    (Suspend, active),
                    (Activate, lambda a: a.status == "suspended"),
                    (Close, lambda a: active(a) and not a.balances and a.tier != "com"),
                    (Close, lambda a: active(a) and not a.balances and a.tier != "com"),
                ]
            )
        )
        command: Command = kind(account=self.account(data, better).id, key=data.draw(KEYS))
        return command

    def release(self, data: st.DataObject) -> Command:
        one = self.account(data, lambda a: any(a.balances.get(f"{b}:USD") for b in EARMARKS))
        bucket = data.draw(st.sampled_from([*EARMARKS, *EARMARKS, "cash"]))
        held = one.balances.get(f"{bucket}:{self.book.portfolios[one.portfolio].currency}", 0)
        edges = st.sampled_from([CENT_MICROS, held, held + CENT_MICROS])
        day = self.day(data, one)
        return Release(account=one.id, bucket=bucket, amount=data.draw(edges), date=day)

    def policy(self, data: st.DataObject) -> Command:
        one = self.account(data)
        changes = data.draw(st.lists(SETTINGS, min_size=1, max_size=2).map(tuple) | PAIRS)
        if data.draw(st.booleans(), label="its own"):
            return PolicySet(changes=changes, account=one.id, key=data.draw(KEYS))
        return PolicySet(changes=changes, portfolio=one.portfolio, key=data.draw(KEYS))

    def post(self, data: st.DataObject, facts: st.SearchStrategy[Fact] = CASH_FACTS) -> Command:
        one = self.account(data, active)
        return Post(
            account=one.id,
            fact=data.draw(facts),
            date=self.day(data, one),
            key=data.draw(KEYS),
            confirmed=data.draw(st.sampled_from([True, True, True, False])),
        )

    def trade(self, data: st.DataObject) -> Command:
        return self.post(data, TRADES)

    def convert(self, data: st.DataObject) -> Command:
        return self.post(data, CONVERSIONS)

    def mark(self, data: st.DataObject) -> Command:
        return self.post(data, MARKS)

    def expire(self, data: st.DataObject) -> Command:
        """What is held of one thing ends worth nothing, or exactly turns into its opposite."""
        one = self.account(data)
        held = {k: h.quantity_micros for k, h in one.holdings.items() if h.quantity_micros}
        if not held:
            return self.trade(data)
        name, _, currency = data.draw(st.sampled_from(sorted(held))).rpartition(":")
        times = data.draw(st.sampled_from([1, 2]))
        instrument = next(i for i in (SHARES, *OPTIONS) if i.name == name)
        leg = Leg(instrument, -times * held[f"{name}:{currency}"], (times - 1) * 5_000_001)
        fact = TradeFact(kind=Kind.EXPIRY, legs=(leg,), currency=currency)
        return Post(account=one.id, fact=fact, confirmed=True, date=self.day(data, one))

    def rate(self, data: st.DataObject) -> Command:
        name = data.draw(st.sampled_from(sorted(self.book.portfolios)))
        day = self.day(data, *self.book.accounts_of(name))
        return Post(portfolio=name, fact=data.draw(RATES), date=day, key=data.draw(KEYS))

    def bring(self, data: st.DataObject) -> Command:
        first = data.draw(st.sampled_from([0, 0, 1, 1, 2, 4]), label="first row")
        last = first + data.draw(st.sampled_from([0, 1, 1, 2, 4]), label="more rows")
        source = data.draw(st.sampled_from(["ibkr:U1", "ibkr:U1", "ibkr:U2"]))
        came = statement(source, first, last, data.draw(st.sampled_from([0, 0, 0, 1])))
        one = self.account(data, lambda a: bool(a.statements) or a.code == "gen-1")
        return Import(account=one.id, statement=came, key=data.draw(KEYS))

    def fork(self, data: st.DataObject) -> Command:
        one = self.account(data, active, lambda a: a.tier == "gen")
        return Fork(
            account=one.id,
            date=self.day(data, one),
            key=data.draw(KEYS),
            override=data.draw(OVERRIDES),
        )

    def merge(self, data: st.DataObject) -> Command:
        one = self.account(data, active, lambda a: bool(a.forked_from))
        return Merge(account=one.id, date=self.day(data, one), key=data.draw(KEYS))

    def reinvest(self, data: st.DataObject) -> Command:
        one = self.account(data, active, lambda a: a.tier != "gen")
        typed = None if data.draw(st.integers(0, 2)) else self.micros(data, one)
        return Reinvest(
            account=one.id,
            amount=typed,
            date=self.day(data, one),
            key=data.draw(KEYS),
            override=data.draw(OVERRIDES),
        )

    def note(self, data: st.DataObject) -> Command:
        """Of an alert that stands, or of none."""
        standing = [a.id for a in alerts(self.book, self.today, silent=True)]
        ident = data.draw(st.sampled_from([*standing, *standing, "fork due:Main/gen-1:77"]))
        days = data.draw(st.sampled_from([None, None, 0, 1, 40]))
        until = None if days is None else self.today + timedelta(days=days)
        return AcknowledgeAlert(alert=ident, until=until, key=data.draw(KEYS))
