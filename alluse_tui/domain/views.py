"""Immutable views of accounts, plans, entries and alerts for front ends.

All amounts are micros of the portfolio's currency, unless the view has a currency for them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from enum import IntEnum
from functools import cached_property
from typing import Any

from msgspec import field

from alluse_tui.domain.model.instrument import Holding
from alluse_tui.domain.model.market_inputs import NO_MARKET, MarketInputs
from alluse_tui.domain.model.money import grouped, plain
from alluse_tui.domain.model.pause import Pause
from alluse_tui.domain.model.terms import EARMARKS, Bucket, Kind, Right, Status, Tier
from alluse_tui.domain.model.text import printable
from alluse_tui.domain.model.users import Role
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.model.verdict import Verdict

__all__ = [
    "EARMARKS",
    "AccountView",
    "AlertView",
    "ApprovalView",
    "BellView",
    "BranchView",
    "Bucket",
    "Coming",
    "DueView",
    "EntryView",
    "Figures",
    "Holding",
    "Identity",
    "Kind",
    "PlanView",
    "PlannedEntry",
    "PlannedHolding",
    "PlannedPosting",
    "PolicyView",
    "PortfolioView",
    "Receipt",
    "RecordView",
    "Right",
    "Role",
    "SessionView",
    "Severity",
    "Status",
    "Tier",
    "TierShare",
    "Totals",
    "UserView",
    "Verdict",
    "grouped",
    "plain",
    "printable",
    "totals",
]


class Figures(Value, kw_only=True):
    """An account's figures (rules.md, Words).

    `currencies`: cash by currency, each in that currency. `unvalued`: held currencies without a
    known rate, which are left out of every figure in the portfolio's currency. `collateral`: the
    cash that short puts tie up; `collateral_unvalued`: some of it has no rate.
    """

    base: int
    cash: int
    contracts: int
    leaps: int
    positions: int
    buffer: int
    currencies: Mapping[str, int]
    unvalued: tuple[str, ...]
    collateral: int = 0
    collateral_unvalued: bool = False
    taxes: int = 0

    @property
    def equity(self) -> int:
        """The sum of the buckets."""
        return self.cash + self.contracts + self.leaps + self.positions + self.taxes

    @property
    def available(self) -> int:
        """Cash above the buffer and the collateral, never negative.

        Nothing while part of the collateral has no rate, because it cannot be compared with cash.
        """
        if self.collateral_unvalued:
            return 0
        return max(0, self.cash - self.buffer - self.collateral)

    @property
    def cover(self) -> int:
        """The cash that backs short puts, including what is set aside to write contracts."""
        return self.cash + self.contracts

    @property
    def uncovered(self) -> int:
        """The collateral of short puts that no cash backs."""
        return max(0, self.collateral - max(0, self.cover))

    @property
    def unpledged(self) -> int:
        """Cash above the collateral, never negative: what an override of the buffer may use."""
        return 0 if self.collateral_unvalued else max(0, self.cash - self.collateral)

    @property
    def surplus(self) -> int:
        """Equity above base, never negative."""
        return max(0, self.equity - self.base)


class AccountView(Figures):
    """An account with its figures. `settings`: its overrides of the policy.

    `pause`: its own pause. `paused`: why it opens nothing, be it for its portfolio; else empty.
    """

    portfolio: str
    code: str
    name: str
    tier: Tier
    parent: str
    status: Status
    opened: date
    currency: str
    holdings: Mapping[str, Holding]
    notes: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    forked_from: str = ""
    merged_into: str = ""
    pause: Pause | None = None
    paused: str = ""
    fork_threshold: int = 0
    merge_threshold: int = 0

    @property
    def id(self) -> str:
        """'Main/gen-1'."""
        return f"{self.portfolio}/{self.code}"


class Totals(Value):
    """The sums over several accounts of one currency."""

    equity: int = 0
    cash: int = 0
    buffer: int = 0
    available: int = 0


def totals(accounts: Sequence[AccountView]) -> Totals:
    """The sums of the accounts' figures."""
    return Totals(
        sum(a.equity for a in accounts),
        sum(a.cash for a in accounts),
        sum(a.buffer for a in accounts),
        sum(a.available for a in accounts),
    )


class TierShare(Value):
    """A tier's share of the portfolio and its target, in basis points."""

    tier: Tier
    equity: int
    share_bps: int
    target_bps: int
    drifted: bool

    @property
    def drift_bps(self) -> int:
        """Share minus target."""
        return self.share_bps - self.target_bps


class PortfolioView(Value):
    """A portfolio with its accounts' sums and its allocation; `pause`: that of all its accounts."""

    name: str
    currency: str
    template: str
    strategy: str
    totals: Totals
    allocation: tuple[TierShare, ...]
    pause: Pause | None = None


class PolicyView(Value):
    """Settings by path, as typed text; `own` are the account's overrides.

    `units`: the units of those settings that have one.
    """

    portfolio: str
    account: str
    settings: Mapping[str, str]
    own: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)


class Severity(IntEnum):
    """The severity of an alert; higher is more urgent."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3


class AlertView(Value):
    """An alert: its place, its reason with numbers, and the action that resolves it.

    `codes` and `micros`: the accounts and the amount for the action, in its command's order; an
    empty code is to be chosen by the user, and no codes means that the action needs more input.
    `items`: the titles of the differences that the action explains. `acknowledged`: it was
    acknowledged at this severity. `silent_until`: it is hidden before that day. `for_audit`: it
    concerns the whole book (no portfolio), needs the AUDIT permission to be acknowledged, and
    cannot be hidden.
    """

    id: str
    kind: str
    severity: Severity
    portfolio: str
    account: str
    sentence: str
    values: tuple[int | str, ...]
    action: str = ""
    acknowledged: bool = False
    silent_until: date | None = None
    codes: tuple[str, ...] = ()
    micros: int = 0
    for_audit: bool = False
    items: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The alert's sentence as a verdict, to be formatted by a front end."""
        return Verdict(self.kind, False, self.sentence, self.values)


class DueView(Value):
    """An action that is due, and why. `auto`: the policy allows it without confirmation.

    `paused`: why it waits while trading is paused; else empty.
    """

    key: str
    command: str
    portfolio: str
    account: str
    verdict: Verdict
    auto: bool
    paused: str = ""


class Coming(Value):
    """An upcoming event on a day."""

    day: date
    portfolio: str
    what: str


class BellView(Value):
    """Whether the exchange is open, and when its next bell rings (UTC nanoseconds)."""

    is_open: bool
    next_ns: int


class SessionView(Value):
    """A weekday of the exchange: its hours in New York, or why it is closed.

    `entry`: the tiers that may open positions on it under the portfolio's policy.
    """

    day: date
    opens: time | None
    closes: time | None
    half: bool
    why_closed: str
    entry: tuple[Tier, ...]


class BranchView(Value):
    """An account and all accounts under it, in the portfolio's currency.

    `subtree`: the equity of the whole branch. `capital`: all contributions from outside the branch.
    `sent`: all capital sent to Compounding. `gain` = subtree + sent − capital.
    """

    account: AccountView
    subtree: int
    capital: int
    sent: int
    children: tuple[BranchView, ...]

    @property
    def gain(self) -> int:
        """The gain of the branch since it was opened."""
        return self.subtree + self.sent - self.capital


class PlannedPosting(Value):
    """One leg of a planned entry."""

    account: str
    bucket: str
    currency: str
    micros: int


class PlannedHolding(Value):
    """A planned change of a holding; the quantity in millionths."""

    account: str
    instrument: str
    currency: str
    quantity_micros: int


class PlannedEntry(Value):
    """An entry that a plan would post; `symbol` as in EntryPosted."""

    kind: Kind
    effective: date
    postings: tuple[PlannedPosting, ...]
    holdings: tuple[PlannedHolding, ...] = ()
    symbol: str = ""


class PlanView(Value):
    """A plan for front ends. `digest` covers all of it except time and wording.

    `accounts`: (before, after) of each changed account; before is None for a new one. `duplicates`
    and `ignored` (key, reason): an import's rows that are not among the entries; `duplicates_of`:
    those of each broker account, if there are several; `entries_of`: how many of the entries belong
    to each of several statements, one after the other. `approval`: what it needs before it is
    executed ('second person', 'cooling off' or empty). In previews only:
    `confirm_code` is the account code to type for confirmation, empty except for large changes;
    `unchecked`: no second person will check a decision of this size. `market`: what was known of
    the market when a trade was judged, which the digest leaves out.
    """

    digest: str
    command: str
    portfolio: str
    entries: tuple[PlannedEntry, ...]
    accounts: tuple[tuple[AccountView | None, AccountView], ...]
    rules: tuple[Verdict, ...]
    duplicates: int = 0
    ignored: tuple[tuple[str, str], ...] = ()
    approval: str = ""
    confirm_code: str = ""
    unchecked: bool = False
    duplicates_of: Mapping[str, int] = field(default_factory=dict)
    entries_of: tuple[int, ...] = ()
    market: MarketInputs = NO_MARKET


class ApprovalView(Value):
    """A pending proposal. `state`: waiting, cooling (until `ready_ns`) or expired.

    `about` is the command's target, as it was typed. `may`: the viewing user may approve it.
    """

    id: int
    command: str
    portfolio: str
    about: str
    note: str
    by: str
    asked_ns: int
    ready_ns: int
    expires_ns: int
    micros: int
    digest: str
    state: str
    own: bool
    may: bool


class UserView(Value):
    """A user for admins; `full_name` is decrypted if the vault has the key."""

    name: str
    roles: tuple[Role, ...]
    full_name: str
    disabled: bool
    has_password: bool
    failures: int
    open_ns: int


class Identity(Value):
    """The current user: `via` is 'first' (a book without users), 'system account' or 'login'.

    `ends_ns`: the latest end of the login; 0 if there is none.
    """

    name: str
    roles: tuple[Role, ...]
    via: str
    has_password: bool = False
    ends_ns: int = 0

    @property
    def words(self) -> str:
        """'dana · operator, approver'."""
        return f"{self.name} · {', '.join(self.roles)}" if self.roles else self.name


@dataclasses.dataclass(frozen=True)
class Receipt:
    """The result of a command: the record's seq and hash, and the executed plan.

    `duplicate`: the idempotency key was already used for the same command, so nothing changed.
    `planned` builds the plan's view lazily.
    """

    seq: int
    hash: str
    duplicate: bool
    planned: Callable[[], PlanView] = dataclasses.field(repr=False, compare=False)

    @cached_property
    def plan(self) -> PlanView:
        """The executed plan."""
        return self.planned()


class EntryView(Value):
    """A line of an account's history; `micros` is the change of the account's cash.

    Of a mark it is the change of the positions' value. `text`: what the entry did (of an undo: what
    it undid). `profit`: what a trade, expiry or assignment realised before fees. `instrument`: the
    name of what was traded, of a roll the later option; empty for other entries.
    """

    seq: int
    effective: date
    recorded_ns: int
    kind: str
    account: str
    micros: int
    currency: str
    note: str
    actor: str
    reverses: int
    text: str = ""
    profit: int = 0
    instrument: str = ""


class RecordView(Value):
    """A record of the journal for display.

    `act`: the command's name, which distinguishes a snooze from an acknowledgement. `accounts`:
    sorted codes. `refusal`: why it was refused; empty if it was executed. `denied`: it was refused
    for a missing permission. `summary`: its effect or subject in one line. `undoes`: the first and
    last record that it undid, or None; `undone_by`: the record that undid it, or 0. `part` of
    `parts`: a large command is stored in several records. `content`: the command; `events`: its
    events, both as plain data. `stored`: the whole record as stored.
    """

    seq: int
    recorded_ns: int
    portfolio: str
    actor: str
    command: str
    act: str
    accounts: tuple[str, ...]
    refusal: str
    denied: bool
    summary: str
    undoes: tuple[int, int] | None
    undone_by: int
    part: int
    parts: int
    security: bool
    content: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    stored: Mapping[str, Any]
    prev: str
    hash: str
