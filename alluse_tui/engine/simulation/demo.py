"""A throw-away book with two years of generated history, and a ticker that changes it slowly.

All commands go through the engine as if a user had entered them on the day.
"""

from __future__ import annotations

import random
import threading
from datetime import date, datetime, time, timedelta

from alluse_tui.domain.commands import Init, Post, PriceFact
from alluse_tui.domain.derived.positions import positions
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.model.money import CENT_MICROS, UNIT_MICROS
from alluse_tui.engine.clock import NEW_YORK, FixedClock, SystemClock, new_york
from alluse_tui.engine.engine import LocalEngine
from alluse_tui.engine.read.policy_files import policy_from
from alluse_tui.engine.simulation.wheel_history import WheelHistory

NAME = "Demo"
CAPITAL = 250_000 * UNIT_MICROS
WEEKS = 104
SEED = 24
TICK_SECONDS = 10.0


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
    """Write the history up to the last Friday before `today`; the clock stays at its end."""
    history = WheelHistory(engine, clock, NAME, SEED)
    last_friday = today - timedelta(days=(today.weekday() + 2) % 7 + 1)
    monday = last_friday - timedelta(days=4, weeks=WEEKS - 1)
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
        """Change the price of one account's shares slightly, while the exchange is open."""
        if not self._engine.queries.bell().is_open:
            return
        shares = [
            (account.code, position)
            for account in self._engine.queries.accounts()
            for position in positions(account.holdings)
            if position.instrument.right is None and position.quantity_micros
        ]
        if not shares:
            return
        code, position = self._walk.choice(shares)
        price = position.value_micros * UNIT_MICROS // position.quantity_micros
        step = self._walk.randint(-40, 44)
        price = price * (10_000 + step) // 10_000 // CENT_MICROS * CENT_MICROS
        if position.instrument.value_at(price, position.quantity_micros) != position.value_micros:
            fact = PriceFact(instrument=position.instrument.name, price_micros=price)
            self._engine.commands.submit(
                Post(portfolio=NAME, account=code, fact=fact), actor="market"
            )

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            try:
                self.tick()
            except AllUseError as error:
                self._failure = error
                return


def demo_today(now_ns: int) -> date:
    """The date of a demo that starts at `now_ns`."""
    return new_york(now_ns).date()
