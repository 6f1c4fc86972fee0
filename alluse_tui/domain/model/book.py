"""The book: all portfolios and accounts as immutable values, derived from events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from operator import itemgetter

from msgspec import field
from msgspec.structs import force_setattr

from alluse_tui.domain.model.comparison import Comparison
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import Holding
from alluse_tui.domain.model.market import MarketFile
from alluse_tui.domain.model.pause import Pause
from alluse_tui.domain.model.persistent_map import PersistentMap
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.rates import Rates
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.model.users import Approval, Throttle, User, UserChange
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.model.vix import Vix


class AlertNote(Value):
    """An alert's acknowledgement at a severity and amount, or the date until which it is hidden."""

    severity: int
    micros: int = 0
    until: date | None = None


class Statement(Value):
    """A broker's statement that is imported in an account; see StatementImported."""

    source: str
    first_day: date
    last_day: date
    sha256: str
    sealed: str = ""
    fills_only: bool = False


class Mark(Value):
    """A mark of one holding at a price: its record and the day of the price."""

    seq: int
    day: date


class Assignment(Value):
    """Contracts of a short option that were assigned; `instrument` is as in Instrument.name."""

    seq: int
    day: date
    instrument: str
    quantity_micros: int


class Contract(Value):
    """The broker's id of an instrument that is held, and the newest day on which it had its name.

    The day is the latest effective date of an entry that gives the id.
    """

    id: str
    day: date


ONE_UNIT = 1_000_000_000_000

PEAKS_KEPT = 64

_value = itemgetter(1)


class Unit(Value):
    """An account's unit value, which changes only with gains and losses (rules.md, Words).

    `value` and `equity_micros` are those after the newest flow. `peaks` are the newest PEAKS_KEPT
    new highs as (record, value). The unit value starts at ONE_UNIT.
    """

    value: int = ONE_UNIT
    equity_micros: int = 0
    peaks: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        """Leave the initial unit value out of the JSON."""
        if self.value == ONE_UNIT:
            force_setattr(self, "value", ONE_UNIT)

    @property
    def peak(self) -> int:
        """The highest unit value at any entry that is not reversed."""
        return max(map(_value, self.peaks), default=ONE_UNIT)

    def risen(self, seq: int, value: int) -> Unit:
        """The unit after an entry of record `seq` with the unit value `value`."""
        newest = self.peaks[-1][1] if self.peaks else 0
        if value <= newest or value <= self.peak:
            return self
        return Unit(self.value, self.equity_micros, (*self.peaks[1 - PEAKS_KEPT :], (seq, value)))

    def now(self, equity_micros: int) -> int:
        """The unit value at that equity."""
        if self.equity_micros <= 0:
            return self.value
        return self.value * max(0, equity_micros) // self.equity_micros


class Account(Value):
    """The current state of one account.

    `balances`: 'bucket:CUR' → micros. `base` and `income`: currency → micros; `income` is the net
    income of rules.md. `holdings`: 'instrument:CUR' → Holding, whose values add up to the positions
    bucket. `latest_effective`: the latest date of any entry, reversed or not. `settings`: path →
    text, overriding the portfolio's policy. `children`: the number of codes ever opened under this
    one. `fork_times_ns`: the times of the forks that are not undone. `reinvested`: the newest
    reinvested quarter ('2026Q4'). `withdrawn_from_compounding`: currency → micros, by facts.
    `marks`: the newest marks of holdings that have a price of their own, whose carried value is
    that price × shares; a holding without is carried at cost or by a mark of the whole account.
    `assignments`: the newest ones of short options. `contracts`: the broker's ids of instruments
    that are held, by holding, as far as statements gave them.
    `unproven`: the recovery's record after which records do not prove the balances, else 0.
    `compared`: the newest recorded comparison with a broker's statement; None before the first.
    `pause`: why the account opens nothing; None if it may.
    """

    portfolio: str
    code: str
    tier: Tier
    opened: date
    latest_effective: date = field(name="newest")
    name: str = ""
    parent: str = ""
    status: Status = Status.ACTIVE
    balances: Mapping[str, int] = field(default_factory=dict)
    base: Mapping[str, int] = field(default_factory=dict)
    income: Mapping[str, int] = field(default_factory=dict)
    holdings: Mapping[str, Holding] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    notes: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    children: int = 0
    forked_from: str = ""
    merged_into: str = ""
    fork_times_ns: tuple[int, ...] = ()
    reinvested: str = ""
    withdrawn_from_compounding: Mapping[str, int] = field(default_factory=dict, name="taken")
    unit: Unit = Unit()
    unproven: int = 0
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    assignments: tuple[Assignment, ...] = ()
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    compared: Comparison | None = None
    pause: Pause | None = None

    @property
    def forks(self) -> int:
        """The number of this account's forks that are not undone."""
        return len(self.fork_times_ns)

    @property
    def forked_ns(self) -> int:
        """The time of the newest fork, in nanoseconds since 1970; 0 for none."""
        return max(self.fork_times_ns, default=0)

    @property
    def id(self) -> str:
        """'Main/gen-1': unique in the file."""
        return account_id(self.portfolio, self.code)


class Portfolio(Value):
    """A portfolio: a set of accounts under one policy.

    `world`: 'world:premium:USD' → micros, the balances of the external counterparties. `codes`:
    tier → number of codes ever opened at the top of that tier. `forks`: the newest day with forks →
    their number. `noted`: alert → its AlertNote. `pause`: why none of its accounts opens anything.
    """

    name: str
    currency: str
    opened: date
    policy: Policy
    world: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    forks: Mapping[str, int] = field(default_factory=dict)
    noted: Mapping[str, AlertNote] = field(default_factory=dict)
    pause: Pause | None = None


class Book(Value):
    """The complete state that the rules read; only `apply` derives a new one.

    `rates`: portfolio → its rates. `reversed_by`: record seq → the record that reversed it.
    `users`: by name. `strangers`: failed logins by throttle bucket (users.throttle_bucket).
    `approvals`: pending proposals by seq. `user_changes`: unacknowledged changes that one admin
    made to a user, by seq. `market`: the current files of market data (market.market_key).
    `vix`: the newest known value of VIX; None before the first. `closures`: ISO date → why the
    exchange is closed on that day, where its calendar knows nothing of it.
    """

    portfolios: Mapping[str, Portfolio] = field(default_factory=dict)
    accounts: PersistentMap[Account] = field(default_factory=PersistentMap)
    rates: Mapping[str, Rates] = field(default_factory=dict)
    reversed_by: PersistentMap[int] = field(default_factory=PersistentMap)
    users: Mapping[str, User] = field(default_factory=dict)
    strangers: Mapping[str, Throttle] = field(default_factory=dict)
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    user_changes: Mapping[str, UserChange] = field(default_factory=dict)
    market: Mapping[str, MarketFile] = field(default_factory=dict)
    vix: Vix | None = None
    closures: Mapping[str, str] = field(default_factory=dict)

    def portfolio(self, name: str = "") -> Portfolio:
        """The portfolio of that name, or the only one. Raises BadInput."""
        if not name and len(self.portfolios) == 1:
            return next(iter(self.portfolios.values()))
        if name not in self.portfolios:
            known = ", ".join(sorted(self.portfolios)) or "none yet"
            how = "" if name else " (--portfolio N or ALLUSE_PORTFOLIO)"
            raise BadInput("portfolio", name or None, f"must be one of: {known}{how}")
        return self.portfolios[name]

    def account(self, typed: str, portfolio: str = "", path: str = "account") -> Account:
        """The account of that code ('gen-1', 'Smith/gen-1'). Raises BadInput about `path`."""
        owner, slash, code = typed.rpartition("/")
        if slash and not owner:
            raise BadInput(path, typed, "must be a code such as gen-1 or Main/gen-1")
        if owner and portfolio and owner != portfolio:
            raise BadInput(path, typed, f"is not in the portfolio {portfolio}")
        portfolio_name = self.portfolio(owner or portfolio).name
        account = self.accounts.get(account_id(portfolio_name, code))
        if account is None:
            codes = sorted(a.code for a in self.accounts_of(portfolio_name))
            listed = ", ".join(codes[:8]) + (f" … ({len(codes)} in all)" if len(codes) > 8 else "")
            raise BadInput(path, typed, f"is not in {portfolio_name}, which has {listed}")
        return account

    def accounts_of(self, portfolio: str) -> Iterator[Account]:
        """That portfolio's accounts of every status."""
        return (a for a in self.accounts.values() if a.portfolio == portfolio)

    def rates_of(self, portfolio: str) -> Rates:
        """That portfolio's exchange rates."""
        return self.rates.get(portfolio, NO_RATES)


NO_RATES = Rates({})


def account_id(portfolio: str, code: str) -> str:
    """'Main/gen-1'."""
    return f"{portfolio}/{code}"


def balance_key(bucket: str, currency: str) -> str:
    """'cash:USD'."""
    return f"{bucket}:{currency}"
