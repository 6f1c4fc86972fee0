"""A throw-away book with two years of generated history, and a ticker that changes it slowly.

All commands go through the engine as if a user had entered them on the day. Prices are not market
data but a seeded random walk, so that the same day always gives the same book.
"""

from __future__ import annotations

import random
import threading
from datetime import date, datetime, time, timedelta

from alluse_tui.domain.commands import (
    Command,
    Deposit,
    Fact,
    Init,
    Instrument,
    Leg,
    MarkFact,
    Post,
    Right,
    TradeFact,
)
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.model.money import CENT_MICROS, UNIT_MICROS
from alluse_tui.domain.model.terms import Kind
from alluse_tui.engine.clock import NEW_YORK, FixedClock, SystemClock, new_york
from alluse_tui.engine.engine import LocalEngine
from alluse_tui.engine.read.policy_files import policy_from

NAME = "Demo"
CAPITAL = 250_000 * UNIT_MICROS
WEEKS = 104
SEED = 1_984
TICK_SECONDS = 10.0
FEE_MICROS = 650_000
"""The fee per traded contract."""


class DemoClock:
    """A clock that is set while the history is written, and then follows the system clock."""

    def __init__(self) -> None:
        """Starts in 1970 until it is set."""
        self._fixed: FixedClock | None = FixedClock(datetime(1970, 1, 1, tzinfo=NEW_YORK))

    def now_ns(self) -> int:
        """The set time, or the system time after `release`."""
        fixed = self._fixed
        return fixed.now_ns() if fixed is not None else SystemClock().now_ns()

    def set(self, day: date, hour: int, minute: int = 0) -> None:
        """Set the clock to a time in New York."""
        assert self._fixed is not None
        self._fixed.set(datetime.combine(day, time(hour, minute), NEW_YORK))

    def release(self) -> None:
        """Follow the system clock."""
        self._fixed = None


def compose_demo(engine: LocalEngine, clock: DemoClock, today: date) -> None:
    """Write the history up to the week before `today`; the clock stays at its end."""
    history = _History(engine, clock)
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS)
    clock.set(monday, 8)
    engine.commands.submit(
        Init(portfolio=NAME, capital=CAPITAL, policy=policy_from("moderate"), note="demo")
    )
    history.begin(monday)
    for week in range(WEEKS):
        history.week(monday + timedelta(weeks=week), week)


class Ticker:
    """Changes the marks of positions slightly every few seconds, until it is stopped."""

    def __init__(self, engine: LocalEngine) -> None:
        """`start` starts it."""
        self._engine = engine
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo ticker", daemon=True)
        self._walk = random.Random(SEED)
        self._failure: AllUseError | None = None

    def start(self) -> None:
        """Start the ticker."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the ticker and wait for a running tick. Raises the error that ended it before."""
        self._stop.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def tick(self) -> None:
        """Change the mark of one account's positions slightly."""
        held = [a for a in self._engine.queries.accounts() if a.positions > 0]
        if not held:
            return
        account = self._walk.choice(held)
        step = self._walk.randint(-40, 44)
        value = account.positions * (10_000 + step) // 10_000 // CENT_MICROS * CENT_MICROS
        if value != account.positions:
            post = Post(portfolio=NAME, account=account.code, fact=MarkFact(value_micros=value))
            self._engine.commands.submit(post, actor="market")

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            try:
                self.tick()
            except AllUseError as error:
                self._failure = error
                return


class _History:
    """Sells puts each week, most of which expire and some are bought back at a loss.

    Compounding holds shares and sells calls on them.
    """

    def __init__(self, engine: LocalEngine, clock: DemoClock) -> None:
        self._engine = engine
        self._clock = clock
        self._walk = random.Random(SEED)
        self._price = 420 * UNIT_MICROS
        self._sold: dict[str, tuple[Instrument, int, int]] = {}

    def begin(self, monday: date) -> None:
        """Buy the Compounding account's shares."""
        self._clock.set(monday, 10)
        self._fill("com-1", Instrument("SPY"), 100, -self._price, "core shares")

    def week(self, monday: date, number: int) -> None:
        """Write one week: trades, Friday's expiries and marks."""
        self._price = self._price * self._walk.randint(9_830, 10_215) // 10_000
        self._clock.set(monday, 10, 15)
        self._sell("rev-1", monday, Right.PUT, below=3, credit_bps=34)
        self._clock.set(monday + timedelta(days=3), 10, 5)
        self._sell("gen-1", monday, Right.PUT, below=1, credit_bps=68)
        if number % 4 == 0:
            self._clock.set(monday + timedelta(days=3), 11)
            self._sell("com-1", monday, Right.CALL, below=-4, credit_bps=40)
        friday = monday + timedelta(days=4)
        for minute, code in enumerate(sorted(self._sold), start=1):
            self._clock.set(friday, 16, minute)
            self._settle(code)
        self._clock.set(friday, 16, 30)
        value = 100 * self._price // CENT_MICROS * CENT_MICROS
        self._post("com-1", MarkFact(value_micros=value), "weekly close")
        if number == 60:
            self._clock.set(friday, 17)
            self._submit(
                Deposit(portfolio=NAME, account="rev-1", amount=5_000 * UNIT_MICROS, note="bonus"),
                "dana",
            )

    def _sell(self, code: str, monday: date, right: Right, *, below: int, credit_bps: int) -> None:
        """Sell contracts worth `credit_bps` of the account's equity."""
        equity = self._engine.queries.account(code, NAME).equity
        strike = self._price * (100 - below) // 100 // UNIT_MICROS * UNIT_MICROS
        option = Instrument("SPY", right, strike, monday + timedelta(days=4), 100)
        contracts = max(1, equity * 9 // 10 // (strike * 100))
        credit = equity * credit_bps * self._walk.randint(80, 120) // 1_000_000
        each = credit // contracts // 100 // CENT_MICROS * CENT_MICROS
        self._fill(code, option, -contracts, each * 100, "sold to open")
        self._sold[code] = (option, contracts, each)

    def _settle(self, code: str) -> None:
        """Let the options expire (five times in six), or buy them back at a loss."""
        option, contracts, each = self._sold.pop(code)
        if self._walk.randint(1, 6) > 1:
            self._fill(code, option, contracts, 0, "expired", Kind.EXPIRY)
        else:
            loss_price = each * self._walk.randint(140, 330) // 100 // CENT_MICROS * CENT_MICROS
            self._fill(code, option, contracts, -loss_price * 100, "bought back")

    def _fill(
        self,
        code: str,
        instrument: Instrument,
        count: int,
        each_micros: int,
        note: str,
        kind: Kind = Kind.TRADE,
    ) -> None:
        gross = abs(count) * each_micros
        leg = Leg(instrument, count * UNIT_MICROS, gross)
        fee = abs(count) * FEE_MICROS if kind is Kind.TRADE and instrument.right else 0
        self._post(code, TradeFact(kind=kind, legs=(leg,), fee_micros=fee), note)

    def _post(self, code: str, fact: Fact, note: str) -> None:
        command = Post(portfolio=NAME, account=code, fact=fact, note=note, confirmed=True)
        self._submit(command, "dana" if isinstance(fact, TradeFact) else "market")

    def _submit(self, command: Command, actor: str) -> None:
        self._engine.commands.submit(command, actor=actor)


def demo_today(now_ns: int) -> date:
    """The date of a demo that starts at `now_ns`."""
    return new_york(now_ns).date()
