"""Everything an operator may do, in any order, and the laws that hold after each step (rules.md).

`AnyOrder` is a state machine without a store: a subclass says how a command is submitted and where
the records lie. Commands are those of machine_commands, the laws are machine_laws; machine_ledger
adds up what was recorded a second time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from machine_commands import AnyCommand, active, giving
from machine_draws import CENTS, FIRST_DAY, KEYS, MICROS, NAMES, POLICY
from machine_laws import Act, book_laws, restored
from machine_ledger import Ledger
from machine_oracle import allowed, available, ends_what_is_not_held, rows_of, surplus_of

from alluse_tui.domain.commands import (
    Activate,
    CashFact,
    Close,
    Command,
    Deposit,
    Edit,
    Fork,
    Import,
    Init,
    Kind,
    Merge,
    OpenAccount,
    PolicySet,
    Post,
    RateFact,
    Reinvest,
    Suspend,
    Tier,
    TradeFact,
    Transfer,
    Undo,
    Withdraw,
    amount,
)
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.calendar import WeekdayCalendar, next_window
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.money import CENT_MICROS, MAX_MICROS
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.verdict import CONFIRMABLE
from alluse_tui.domain.views import Receipt
from alluse_tui.journal import Record


def a_rate(tenths: int) -> RateFact:
    return RateFact(currency="USD", against="CHF", nanos=tenths * 10**8)


class AnyOrder(AnyCommand, RuleBasedStateMachine):
    """Up to three portfolios, two operators, any command in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.submitted: list[Command] = []
        self.sound = True

    # -- what a subclass says ---------------------------------------------------------------

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
        records = list(self.records(self.ledger.head.seq))
        act = Act(records, self.ledger.follow(records, actor))
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
                command.NAME,
                content,
                command.key,
            )
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
                        "closed",
                        "merged",
                    )
                case "date.future":
                    assert (post.date or today) > today
                case "trade.held" if ends_what_is_not_held(before, post):
                    pass
                case "trade.expiry":
                    assert isinstance(post.fact, TradeFact)
                    day = post.date or today
                    expiries = [leg.instrument.expiry for leg in post.fact.legs]
                    assert any(expiry is not None and day != expiry for expiry in expiries)
                case confirmable if confirmable in CONFIRMABLE:
                    assert not post.confirmed
                case other:
                    assert other == "key.content"

    # -- rules ------------------------------------------------------------------------------

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
        opens, _ = next_window(self.today, WeekdayCalendar())
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
        if standing and data.draw(st.integers(0, 4)):  # type: ignore[arg-type]
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
            "rate": (
                Post(portfolio=one.portfolio, fact=a_rate(8)),
                Post(portfolio=one.portfolio, fact=a_rate(5)),
            ),
            "status": (Suspend(account=one.id), Activate(account=one.id)),
            "words": (Edit(account=one.id, name="There"), Edit(account=one.id, name="Back")),
            "setting": (
                PolicySet(account=one.id, changes=(("limits.buffer", "9"),)),
                PolicySet(account=one.id, changes=(("limits.buffer", "3"),)),
            ),
        }[kind]
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
        stories: dict[str, list[Command]] = {
            "com": [
                Suspend(account=com),
                OpenAccount(parent=home, tier=Tier.COM),
                Activate(account=com),
            ],
            "take": [
                OpenAccount(parent=home, tier=tier, amount=CENT_MICROS, source=com),
                Transfer(source=com, target=f"{home}/gen-1", amount=CENT_MICROS),
            ],
            "huge": [Deposit(account=f"{home}/gen-1", amount=MAX_MICROS)] * 2,
            "thresholds": [
                PolicySet(portfolio=home, changes=(("merge.threshold", "700000"),)),
                PolicySet(portfolio=home, changes=(("fork.threshold", "600000"),)),
            ],
        }
        story = stories.get(script, [])
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
        names = (
            "deposit",
            "withdraw",
            "transfer",
            "open",
            "edit",
            "status",
            "policy",
            "post",
            "trade",
            "expire",
            "convert",
            "mark",
            "rate",
            "bring",
            "bring",
            "fork",
            "fork",
            "merge",
            "merge",
            "reinvest",
            "note",
        )
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
