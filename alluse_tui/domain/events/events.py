"""Events, which are the only thing that changes a book (ARCHITECTURE.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from msgspec import field

from alluse_tui.domain.events.comparison_events import DifferenceExplained, StatementCompared
from alluse_tui.domain.events.market_events import ClosureNoted, MarketImported
from alluse_tui.domain.events.recorded_event import RecordedEvent
from alluse_tui.domain.events.safety_events import TradingPaused, TradingResumed, VixNoted
from alluse_tui.domain.model.book import AlertNote, Statement, Unit
from alluse_tui.domain.model.ignored_rows import IgnoredRows
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Kind, Status, Tier
from alluse_tui.domain.model.users import Role, UserChange
from alluse_tui.domain.model.value import Value, repr_without


class Posting(Value):
    """One leg of an entry: micros of `currency` into a bucket of an account.

    `account` is a code of the entry's portfolio, or a `world:*` account (no bucket).
    """

    account: str
    bucket: str
    currency: str
    micros: int


class HoldingChange(Value):
    """An entry's change of an account's holding; `instrument` is as in Instrument.name.

    `replaces`: the instrument which an adjustment turned into this one; empty for other changes.
    `contract`: the broker's id of the instrument, which a rename does not change; empty if unknown.
    """

    account: str
    instrument: str
    currency: str
    quantity_micros: int
    value_micros: int
    replaces: str = ""
    contract: str = ""


class BaseChange(Value):
    """An entry's change of an account's base (capital).

    In the portfolio's currency at the rate of the effective date, or in the amount's own currency
    if no rate is known.
    """

    account: str
    currency: str
    micros: int


class PortfolioOpened(RecordedEvent, tag="portfolio_opened"):
    """A portfolio was opened with its policy."""

    portfolio: str
    currency: str
    opened: date
    policy: Policy


class AccountOpened(RecordedEvent, tag="account_opened"):
    """An empty account was opened."""

    portfolio: str
    code: str
    tier: Tier
    opened: date
    name: str = ""
    parent: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    forked_from: str = ""


class Forked(RecordedEvent, tag="forked"):
    """`account` gave half its surplus to the new account `child` and half to Compounding.

    `day` is the New York date, for the daily limit; `at_ns` the time, for the cooling period.
    `undone`: the fork was undone and no longer counts.
    """

    portfolio: str
    account: str
    child: str
    day: date
    at_ns: int
    undone: bool = False


class Merged(RecordedEvent, tag="merged"):
    """`account` was merged `into` a Compounding account; `undone`: the merge was undone.

    `held`: the quantities of the account's instruments that Compounding held before, by holding.
    """

    portfolio: str
    account: str
    into: str
    held: Mapping[str, int] = field(default_factory=dict)
    undone: bool = False


class Reparented(RecordedEvent, tag="reparented"):
    """`account` was moved under another parent (empty: to the top)."""

    portfolio: str
    account: str
    parent: str
    previous: str


class Reinvested(RecordedEvent, tag="reinvested"):
    """The account reinvested for a quarter ('2026Q4'), which settled the net income `income`.

    `previous` is the quarter of the previous reinvestment; an undo negates `income`.
    """

    portfolio: str
    account: str
    quarter: str
    previous: str
    income: Mapping[str, int]


class AlertNoted(RecordedEvent, tag="alert_noted"):
    """The note of an alert changed from `previous` to `note` (None: no note)."""

    portfolio: str
    alert: str
    note: AlertNote | None = None
    previous: AlertNote | None = None


class AccountEdited(RecordedEvent, tag="account_edited"):
    """An account's name and notes changed."""

    portfolio: str
    account: str
    name: str
    notes: str
    previous_name: str
    previous_notes: str


class StatusChanged(RecordedEvent, tag="status"):
    """An account's status changed."""

    portfolio: str
    account: str
    status: Status
    previous: Status


class SettingChanged(RecordedEvent, tag="setting"):
    """A setting of the policy changed; the values are text (domain/model/settings.py).

    With an `account` it is that account's override; an empty text removes the override.
    """

    portfolio: str
    path: str
    value: str
    previous: str
    account: str = ""


class EntryPosted(RecordedEvent, tag="entry"):
    """Money moved: postings that sum to zero per currency.

    `key` and `content` identify a broker's row, so that it is posted once. `reverses` is the
    record of the entry that this one reverses (0: none). `lots`: the records that opened the lots
    which a trade closes, in that order; empty if the lot method decides. `symbol`: the underlying
    that cash belongs to, such as that of a dividend; empty if none was given. `fill` and
    `fill_content` identify a broker's fill by what it was confirmed with, beside its final id.
    """

    portfolio: str
    kind: Kind
    effective: date
    postings: tuple[Posting, ...]
    base: tuple[BaseChange, ...] = ()
    holdings: tuple[HoldingChange, ...] = ()
    note: str = ""
    key: str = ""
    content: str = ""
    reverses: int = 0
    lots: tuple[int, ...] = ()
    symbol: str = ""
    fill: str = ""
    fill_content: str = ""

    @property
    def row_keys(self) -> tuple[tuple[str, str], ...]:
        """(key, content) of each key that identifies the broker's row; () for an entry of ours."""
        keys = ((self.key, self.content), (self.fill, self.fill_content))
        return tuple(pair for pair in keys if pair[0])


class RateSet(RecordedEvent, tag="rate"):
    """A rate was set: one unit of `currency` is worth `nanos` billionths of `against` on a day.

    `nanos` 0 removes the rate; `previous_nanos` is the rate before (0: none).
    """

    portfolio: str
    currency: str
    against: str
    effective: date
    nanos: int
    previous_nanos: int = 0


class StatementImported(RecordedEvent, tag="statement_imported"):
    """A broker's statement was imported completely; its rows are the entries next to this event.

    `source` identifies the broker's account, by a pseudonym if `sealed` is its encrypted number.
    `fills_only`: it confirmed fills, and had neither cash nor positions. `duplicates`: rows that
    were recorded before. `ignored`: the other rows of the file, by reason. Both are empty in
    records of older programs, which did not keep them.
    """

    portfolio: str
    account: str
    source: str
    first_day: date
    last_day: date
    sha256: str
    rows: int
    sealed: str = ""
    fills_only: bool = False
    duplicates: int = 0
    ignored: tuple[IgnoredRows, ...] = ()


class StatementReleased(RecordedEvent, tag="statement_released"):
    """The import of a statement was undone."""

    portfolio: str
    account: str
    source: str
    sha256: str


class KeysFreed(RecordedEvent, tag="keys_freed"):
    """Idempotency keys may be used again, as their records were reversed."""

    portfolio: str
    keys: tuple[str, ...]


class RecordsReversed(RecordedEvent, tag="records_reversed"):
    """The records from `first_seq` to `last_seq` were undone by this one."""

    first_seq: int
    last_seq: int


class UserAdded(RecordedEvent, tag="user_added"):
    """A user was added; see model/users.py for the fields.

    `by` added the user at `at_ns`; empty for the first user and in records of older programs.
    """

    user: str
    roles: tuple[Role, ...]
    password: str = ""
    full_name: str = ""
    by: str = ""
    at_ns: int = 0

    def __repr__(self) -> str:
        """Without the password."""
        return repr_without(self, "password")


class UserEdited(RecordedEvent, tag="user_edited"):
    """A user's full name changed; it is encrypted by the vault."""

    user: str
    full_name: str


class RolesChanged(RecordedEvent, tag="roles"):
    """`by` changed a user's roles at `at_ns`; the user's sessions end."""

    user: str
    roles: tuple[Role, ...]
    previous: tuple[Role, ...]
    by: str = ""
    at_ns: int = 0


class UserDisabled(RecordedEvent, tag="user_disabled"):
    """A user was disabled; `why` is the reason if the program did it."""

    user: str
    why: str = ""


class UserEnabled(RecordedEvent, tag="user_enabled"):
    """`by` enabled a disabled user at `at_ns`."""

    user: str
    by: str = ""
    at_ns: int = 0


class PasswordSet(RecordedEvent, tag="password"):
    """A user's password changed, in PHC form. The user's sessions end, unless it is a rehash.

    `by` set it at `at_ns`; empty if the user did.
    """

    user: str
    password: str
    rehashed: bool = False
    by: str = ""
    at_ns: int = 0

    def __repr__(self) -> str:
        """Without the password."""
        return repr_without(self, "password")


class UserChangeAcknowledged(RecordedEvent, tag="user_change_acknowledged"):
    """`by` acknowledged the user change of record `change`; see users.UserChange."""

    change: int
    by: str


class LoggedIn(RecordedEvent, tag="login"):
    """A user entered the right password; `session` is the new session, empty for a step-up."""

    user: str
    session: str = ""


class LoginFailed(RecordedEvent, tag="login_failed"):
    """A login as `user` failed; an unknown user is its throttle bucket ('?' and four digits).

    Not `counted`: it came before the wait was over, so the password was not checked.
    """

    user: str
    at_ns: int
    counted: bool = True


class LoggedOut(RecordedEvent, tag="logout"):
    """A session ended or locked: `why` is logout, locked or revoked."""

    user: str
    session: str
    why: str = "logout"


class Noted(RecordedEvent, tag="noted"):
    """An operation outside the book: an export, a backup, a key change, a checkpoint."""

    what: str
    detail: str


class ApprovalRequested(RecordedEvent, tag="approval_requested"):
    """A command was proposed; see users.Approval. Its record's seq identifies it."""

    command: str
    content: Mapping[str, Any]
    portfolio: str
    by: str
    asked_ns: int
    expires_ns: int
    digest: str
    micros: int
    ready_ns: int = 0
    effect: str = ""


class ApprovalClosed(RecordedEvent, tag="approval_closed"):
    """A proposal is no longer pending: `outcome` is approved, rejected, expired or superseded."""

    approval: int
    outcome: str
    by: str


class LostKey(Value):
    """An idempotency key whose record is lost; see journal.KeyEntry.

    `command`: whether it was the key of a command, not of a broker's row.
    """

    portfolio: str
    key: str
    content: str
    command: bool = False


class GapRecovered(RecordedEvent, tag="gap_recovered"):
    """The records from `first_seq` to `last_seq` are lost; each is replaced by one with this event.

    `resumes` is the previous hash (hex) of the record after the last one. `keys` were used in the
    lost record and stay used; `user_change` is its unacknowledged change of a user. Written only by
    a recovery.
    """

    first_seq: int
    last_seq: int
    resumes: str
    keys: tuple[LostKey, ...] = ()
    user_change: UserChange | None = None


class AccountRecovered(RecordedEvent, tag="account_recovered"):
    """An account was recovered from the stored state; its balances and holdings are in entries.

    The fields are those of book.Account; `newest` is a lower bound. Written only by a recovery.
    """

    portfolio: str
    account: str
    newest: date
    income: Mapping[str, int] = field(default_factory=dict)
    taken: Mapping[str, int] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    reinvested: str = ""
    unit: Unit = field(default_factory=Unit)


class BalanceUnproven(RecordedEvent, tag="balance_unproven"):
    """The kept records do not prove the account's balances. Written only by a recovery."""

    portfolio: str
    account: str


Event = (
    PortfolioOpened
    | AccountOpened
    | AccountEdited
    | StatusChanged
    | SettingChanged
    | Forked
    | Merged
    | Reparented
    | Reinvested
    | AlertNoted
    | EntryPosted
    | RateSet
    | StatementImported
    | StatementReleased
    | StatementCompared
    | DifferenceExplained
    | MarketImported
    | ClosureNoted
    | TradingPaused
    | TradingResumed
    | VixNoted
    | KeysFreed
    | RecordsReversed
    | UserAdded
    | UserEdited
    | RolesChanged
    | UserDisabled
    | UserEnabled
    | PasswordSet
    | UserChangeAcknowledged
    | LoggedIn
    | LoginFailed
    | LoggedOut
    | Noted
    | ApprovalRequested
    | ApprovalClosed
    | GapRecovered
    | AccountRecovered
    | BalanceUnproven
)

EVENT_TYPES: Mapping[str, type[Event]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(Event)
}
"""Event classes by their names in records."""
