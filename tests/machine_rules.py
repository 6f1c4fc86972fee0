"""Everything an operator may do, in any order, and the laws that hold after each step (10-domain).

`AnyOrder` is a state machine without a store: a subclass says how a command is submitted and where
the records lie. Every command is drawn from the book as it stands, so that amounts and dates hit
the edges of its rules. What was recorded is added up here a second time, without `apply`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from machine_draws import (
    CASH_FACTS,
    CENTS,
    CONVERSIONS,
    CURRENCIES,
    EARMARKS,
    FIRST_DAY,
    KEYS,
    MARKS,
    MICROS,
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
from machine_laws import Act, Ledger, book_laws, restored
from machine_oracle import allowed, available, cash_of, rows_of, surplus_of

from alluse_tui.domain.alerts import alerts
from alluse_tui.domain.book import Account, Book
from alluse_tui.domain.commands import (
    Activate,
    CashFact,
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
    NoteAlert,
    OpenAccount,
    PolicySet,
    Post,
    RateFact,
    Reinvest,
    Release,
    Suspend,
    Tier,
    TradeFact,
    Transfer,
    Undo,
    Withdraw,
    amount,
)
from alluse_tui.domain.errors import BadInput, Refused
from alluse_tui.domain.money import CENT_MICROS, MAX_MICROS
from alluse_tui.domain.quarters import Weekdays, next_window
from alluse_tui.domain.settings import policy_of
from alluse_tui.domain.views import Receipt
from alluse_tui.journal import Record


def active(account: Account) -> bool:
    return account.status == "active"


def a_rate(tenths: int) -> RateFact:
    return RateFact(currency="USD", against="CHF", nanos=tenths * 10**8)


def giving(account: Account) -> bool:
    return active(account) and account.tier != "com"


class AnyOrder(RuleBasedStateMachine):
    """Up to three portfolios, two operators, any command in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.submitted: list[Command] = []
        self.sound = True

    # -- what a subclass says ---------------------------------------------------------------

    @property
    def book(self) -> Book:
        raise NotImplementedError

    @property
    def today(self) -> date:
        raise NotImplementedError

    def submit(self, command: Command, actor: str) -> Receipt:
        raise NotImplementedError

    def records(self, after: int) -> Iterable[Record]:
        raise NotImplementedError

    def keys(self, portfolio: str, keys: list[str]) -> dict[str, int]:
        """Which of `keys` stand, and in which record."""
        raise NotImplementedError

    def pass_days(self, days: int) -> None:
        raise NotImplementedError

    # -- one attempt ------------------------------------------------------------------------

    def attempt(self, command: Command, actor: str = "dana") -> Receipt | Refused | BadInput:
        """Submit, and hold what was recorded against the laws of acts. Nothing else is raised."""
        before, rows, today = self.book, rows_of(self.book), self.today
        self.sound = False
        self.submitted.append(command)
        may = allowed(command, before, today)
        outcome: Receipt | Refused | BadInput
        try:
            outcome = self.submit(command, actor)
        except (Refused, BadInput) as error:
            outcome = error
        act = self.ledger.follow(list(self.records(self.ledger.head.seq)), actor)
        accepted = isinstance(outcome, Receipt) and not outcome.duplicate
        if may is not None and not (isinstance(outcome, Receipt) and outcome.duplicate):
            assert accepted is may, outcome
        if not accepted:
            assert self.book == before
            assert rows_of(self.book) == rows
            assert act.events == []
            assert len(act.records) == isinstance(outcome, Refused)
        else:
            assert rows_of(before) == rows, "the book before was changed in place"
            act.holds(command, before, self.book, today, self.ledger)
        if isinstance(outcome, Receipt):
            self.receipt_holds(command, outcome, act)
        if isinstance(outcome, Refused) and isinstance(command, Post):
            self.refused_fact_holds(command, outcome, before, today)
        self.sound = True
        return outcome

    def receipt_holds(self, command: Command, receipt: Receipt, act: Act) -> None:
        """A duplicate is what stood; what is no duplicate used its key for the first time."""
        if receipt.duplicate and receipt.hash:
            stood = self.ledger.commands[receipt.seq]
            content = json.loads(json.dumps(command.content()))
            assert (stood["command"], stood["content"], stood["key"]) == (
                command.NAME, content, command.key,
            )  # fmt: skip
        elif receipt.duplicate:
            assert isinstance(command, Import), "only an import may find nothing new"
        if not receipt.duplicate:
            assert receipt.seq == act.records[0].seq
            assert receipt.hash == act.records[0].hash.hex()

    def refused_fact_holds(self, post: Post, refused: Refused, before: Book, today: date) -> None:
        """A fact is always accepted, unless for one of these true reasons."""
        for broken in (r for r in refused.reasons if not r.ok):
            match broken.rule:
                case "status.closed":
                    assert before.account(post.account, post.portfolio).status in (
                        "closed", "merged",
                    )  # fmt: skip
                case "date.future":
                    assert (post.date or today) > today
                case "amount.outsized":
                    assert not post.confirmed
                case other:
                    assert other == "key.content"

    # -- drawing ----------------------------------------------------------------------------

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
        newest = max((a.newest for a in accounts), default=FIRST_DAY)
        edges = [
            newest, newest - timedelta(days=1), self.today, self.today + timedelta(days=1),
            FIRST_DAY - timedelta(days=400),
        ]  # fmt: skip
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
            account=one.id, amount=self.micros(data, one), date=self.day(data, one),
            key=data.draw(KEYS), override=data.draw(OVERRIDES),
        )  # fmt: skip

    def transfer(self, data: st.DataObject) -> Command:
        source = self.account(data, giving)
        target = self.account(
            data, lambda a: a is not source and a.portfolio == source.portfolio, active
        )
        return Transfer(
            source=source.id, target=target.id, amount=self.micros(data, source),
            date=self.day(data, source, target), key=data.draw(KEYS), override=data.draw(OVERRIDES),
        )  # fmt: skip

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
        return kind(account=self.account(data, better).id, key=data.draw(KEYS))

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
            account=one.id, fact=data.draw(facts), date=self.day(data, one), key=data.draw(KEYS),
            confirmed=data.draw(st.sampled_from([True, True, True, False])),
        )  # fmt: skip

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
        one = self.account(data, lambda a: a.statements or a.code == "gen-1")
        return Import(account=one.id, statement=came, key=data.draw(KEYS))

    def fork(self, data: st.DataObject) -> Command:
        one = self.account(data, active, lambda a: a.tier == "gen")
        return Fork(
            account=one.id, date=self.day(data, one), key=data.draw(KEYS),
            override=data.draw(OVERRIDES),
        )  # fmt: skip

    def merge(self, data: st.DataObject) -> Command:
        one = self.account(data, active, lambda a: bool(a.forked_from))
        return Merge(account=one.id, date=self.day(data, one), key=data.draw(KEYS))

    def reinvest(self, data: st.DataObject) -> Command:
        one = self.account(data, active, lambda a: a.tier != "gen")
        typed = None if data.draw(st.integers(0, 2)) else self.micros(data, one)
        return Reinvest(
            account=one.id, amount=typed, date=self.day(data, one), key=data.draw(KEYS),
            override=data.draw(OVERRIDES),
        )  # fmt: skip

    def note(self, data: st.DataObject) -> Command:
        """Of an alert that stands, or of none."""
        standing = [a.id for a in alerts(self.book, self.today, silent=True)]
        ident = data.draw(st.sampled_from([*standing, *standing, "fork due:Main/gen-1:77"]))
        days = data.draw(st.sampled_from([None, None, 0, 1, 40]))
        until = None if days is None else self.today + timedelta(days=days)
        return NoteAlert(alert=ident, until=until, key=data.draw(KEYS))

    # -- rules ------------------------------------------------------------------------------

    def command(self, data: st.DataObject, *names: str) -> Command:
        return getattr(self, data.draw(st.sampled_from(names), label="command"))(data)

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        capital = data.draw(st.sampled_from([amount("250000"), 0]))
        first = Init(portfolio="Main", capital=capital, policy=POLICY, date=FIRST_DAY)
        assert isinstance(self.attempt(first), Receipt)

    @rule(data=st.data(), actor=st.sampled_from(["dana", "eli"]))
    def move(self, data: st.DataObject, actor: str) -> None:
        self.attempt(self.command(data, "deposit", "withdraw", "transfer"), actor)

    @rule(data=st.data())
    def manage(self, data: st.DataObject) -> None:
        self.attempt(self.command(data, "open", "open", "edit", "status", "status", "release"))

    @precondition(lambda self: len(self.book.portfolios) < len(NAMES))
    @rule(data=st.data())
    def another_portfolio(self, data: st.DataObject) -> None:
        self.attempt(self.init(data))

    @rule(data=st.data())
    def set_policy(self, data: st.DataObject) -> None:
        self.attempt(self.policy(data))

    @rule(data=st.data())
    def grow(self, data: st.DataObject) -> None:
        self.attempt(self.command(data, "fork", "fork", "merge", "reinvest", "note"))

    @rule(data=st.data(), deep=st.integers(1, 3), last=st.sampled_from(["merge", "undo", ""]))
    def generations(self, data: st.DataObject, deep: int, last: str) -> None:
        """A fork that forks; then one of them merges, or any of it is taken back."""
        one = self.account(data, giving, lambda a: a.tier == "gen")
        small = (("fork.threshold", "100"), ("merge.threshold", "300"))
        self.attempt(PolicySet(portfolio=one.portfolio, changes=small))
        line, seqs = [one.id], list[int]()
        for _ in range(deep):
            home = self.book.portfolios[one.portfolio]
            micros = data.draw(st.sampled_from([10**8, 10**9 + 5_000, 123_456_789]))
            lacks = home.policy.fork_threshold_micros - surplus_of(
                self.book, self.book.accounts[line[-1]], self.today
            )
            if 0 < lacks < 10**12:
                micros += lacks
            fact = CashFact(kind=Kind.PREMIUM, micros=micros)
            self.attempt(Post(account=line[-1], fact=fact, confirmed=True))
            ever = set(self.book.accounts)
            done = self.attempt(Fork(account=line[-1]))
            if not isinstance(done, Receipt):
                break
            seqs.append(done.seq)
            line += set(self.book.accounts) - ever
        if last == "merge":
            code = data.draw(st.sampled_from(line))
            fact = CashFact(kind=Kind.PREMIUM, micros=10**9)
            self.attempt(Post(account=code, fact=fact, confirmed=True))
            merged = self.attempt(Merge(account=code))
            seqs += [merged.seq] if isinstance(merged, Receipt) else []
            if data.draw(st.booleans(), label="and more"):
                self.attempt(self.command(data, "trade", "post", "status", "merge"))
        if last and seqs:
            self.attempt(Undo(seq=data.draw(st.sampled_from(seqs))))

    @rule(data=st.data())
    def a_quarter_ends(self, data: st.DataObject) -> None:
        """Income, the window, a reinvestment; sometimes taken back."""
        one = self.account(data, active, lambda a: a.tier != "gen")
        self.attempt(PolicySet(portfolio=one.portfolio, changes=(("reinvest.minimum", "1"),)))
        fact = CashFact(kind=Kind.PREMIUM, micros=data.draw(MICROS.filter(lambda m: m > 0)))
        self.attempt(Post(account=one.id, fact=fact, confirmed=True))
        opens, _ = next_window(self.today, Weekdays())
        days = (opens - self.today).days
        if 0 < days < 100:
            self.pass_days(days)
        done = self.attempt(Reinvest(account=one.id))
        self.attempt(Reinvest(account=one.id))
        if isinstance(done, Receipt) and data.draw(st.booleans(), label="undo"):
            self.attempt(Undo(seq=done.seq))

    @rule(data=st.data())
    def fact(self, data: st.DataObject) -> None:
        self.attempt(self.command(data, "post", "trade", "expire", "convert", "mark", "rate"))

    @rule(data=st.data())
    def import_statement(self, data: st.DataObject) -> None:
        self.attempt(self.bring(data))

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """Of any record; mostly of one that can be undone."""
        standing: dict[str, list[int]] = {}
        for seq, plain in self.ledger.commands.items():
            undone = str(seq) in self.book.reversed_by
            if plain["events"] and plain["command"] not in ("init", "undo") and not undone:
                standing.setdefault(plain["command"], []).append(seq)
        seqs = st.integers(1, self.ledger.head.seq + 1)
        if standing and data.draw(st.integers(0, 4)):
            seqs = st.sampled_from(standing[data.draw(st.sampled_from(sorted(standing)))])
        self.attempt(Undo(seq=data.draw(seqs), key=data.draw(KEYS)))

    @rule(data=st.data(), actor=st.sampled_from(["dana", "dana", "eli"]))
    def undo_newest(self, data: st.DataObject, actor: str) -> None:
        names = st.sampled_from(["", *sorted(self.book.portfolios)])
        self.attempt(Undo(portfolio=data.draw(names), key=data.draw(KEYS)), actor)

    @precondition(lambda self: any(c.key for c in self.submitted))
    @rule(data=st.data())
    def submit_again(self, data: st.DataObject) -> None:
        """The very same command once more: with a key that stands, nothing happens."""
        keyed = [c for c in self.submitted if c.key]
        self.attempt(keyed[data.draw(st.integers(0, len(keyed) - 1))])

    @precondition(lambda self: self.ledger.head.seq > 3)
    @rule(days=st.sampled_from([1, 1, 30]))
    def a_day_passes(self, days: int) -> None:
        self.pass_days(days)

    @rule(data=st.data(), kind=st.sampled_from(["rate", "status", "words", "setting"]))
    def there_and_back(self, data: st.DataObject, kind: str) -> None:
        """Set, set otherwise, set again as at first; then one of the three is undone."""
        one = self.account(data, giving)
        there, back = {
            "rate": (Post(portfolio=one.portfolio, fact=a_rate(8)),
                     Post(portfolio=one.portfolio, fact=a_rate(5))),
            "status": (Suspend(account=one.id), Activate(account=one.id)),
            "words": (Edit(account=one.id, name="There"), Edit(account=one.id, name="Back")),
            "setting": (PolicySet(account=one.id, changes=(("limits.buffer", "9"),)),
                        PolicySet(account=one.id, changes=(("limits.buffer", "3"),))),
        }[kind]  # fmt: skip
        outcomes = [self.attempt(command) for command in (there, back, there)]
        seqs = [o.seq for o in outcomes if isinstance(o, Receipt)]
        if seqs:
            self.attempt(Undo(seq=data.draw(st.sampled_from(seqs))))

    @rule(
        data=st.data(),
        script=st.sampled_from(["com", "take", "huge", "family", "nieces", "thresholds"]),
    )
    def in_a_row(self, data: st.DataObject, script: str) -> None:
        """Short stories that chance hardly tells; afterwards any part of one is undone."""
        home = data.draw(st.sampled_from(sorted(self.book.portfolios)))
        com = f"{home}/com-1"
        tier = Tier.REV if script == "nieces" else Tier.GEN
        story: list[Command] = {
            "com": [Suspend(account=com), OpenAccount(parent=home, tier=Tier.COM),
                    Activate(account=com)],
            "take": [OpenAccount(parent=home, tier=tier, amount=CENT_MICROS, source=com),
                     Transfer(source=com, target=f"{home}/gen-1", amount=CENT_MICROS)],
            "huge": [Deposit(account=f"{home}/gen-1", amount=MAX_MICROS)] * 2,
            "thresholds": [
                PolicySet(portfolio=home, changes=(("merge.threshold", "700000"),)),
                PolicySet(portfolio=home, changes=(("fork.threshold", "600000"),)),
            ],
        }.get(script, [])  # fmt: skip
        if not story:
            above, below = self.next_codes(home, tier)
            story = [OpenAccount(parent=home, tier=Tier.GEN), OpenAccount(parent=above, tier=tier)]
            story += [Close(account=one) for one in (below, above)[: data.draw(st.integers(0, 2))]]
        outcomes = [self.attempt(command) for command in story]
        seqs = [o.seq for o in outcomes if isinstance(o, Receipt)]
        if seqs:
            self.attempt(Undo(seq=data.draw(st.sampled_from(seqs))))

    def next_codes(self, home: str, tier: Tier) -> tuple[str, str]:
        """The next account at the top of gen, and what would come first under it."""
        codes = self.book.portfolios[home].codes
        above = f"{home}/gen-{codes['gen'] + 1}"
        return above, f"{above}.1" if tier is Tier.GEN else f"{home}/rev-{codes['rev'] + 1}"

    @rule(data=st.data(), micros=CENTS)
    def spend_and_undo(self, data: st.DataObject, micros: int) -> None:
        """What came in and went out again cannot be taken back any more."""
        one = self.account(data, giving)
        came = self.attempt(Deposit(account=one.id, amount=micros))
        now = self.book.accounts[one.id]
        free = available(self.book, now, self.today) // CENT_MICROS * CENT_MICROS
        self.attempt(Withdraw(account=one.id, amount=free))
        if isinstance(came, Receipt):
            self.attempt(Undo(seq=came.seq))

    @rule(data=st.data())
    def act_and_undo(self, data: st.DataObject) -> None:
        """What is undone at once leaves everything as it was, to the micro."""
        before = self.book
        names = ("deposit", "withdraw", "transfer", "open", "edit", "status", "policy", "post",
                 "trade", "expire", "convert", "mark", "rate", "bring", "bring", "fork", "fork",
                 "merge", "merge", "reinvest", "note")  # fmt: skip
        command = self.command(data, *names)
        outcome = self.attempt(command)
        if not isinstance(outcome, Receipt) or outcome.duplicate:
            return
        middle = data.draw(st.integers(outcome.seq, self.ledger.head.seq), label="any of its parts")
        undone = self.attempt(Undo(seq=middle))
        if isinstance(undone, Refused):
            # money that came into an overdrawn account is not "still there"
            assert {r.rule for r in undone.reasons if not r.ok} == {"undo.cash"}
            return
        if isinstance(undone, Receipt):
            restored(before, self.book)

    # -- laws -------------------------------------------------------------------------------

    @invariant()
    def the_laws_hold(self) -> None:
        book_laws(self.book)
        self.ledger.equals(self.book)
        for name in self.book.portfolios:
            ever = sorted(key for home, key in self.ledger.keys_ever if home == name)
            standing = {k: seq for (home, k), seq in self.ledger.keys.items() if home == name}
            assert self.keys(name, ever) == standing
        for account in self.book.accounts.values():
            policy = policy_of(account, self.book.portfolios[account.portfolio])
            assert policy.problems() == []
