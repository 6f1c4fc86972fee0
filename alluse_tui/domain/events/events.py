"""What did happen. Events are the only thing that changes a book (ARCHITECTURE.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from msgspec import field

from alluse_tui.domain.model.book import AlertNote, Statement, Unit
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Kind, Status, Tier
from alluse_tui.domain.model.users import Role, UserChange
from alluse_tui.domain.model.value import Value, repr_without


class RecordedEvent(Value, tag_field="type"):
    """The base of all events; its tag names it in records, and is never given another meaning."""


class Posting(Value):
    """One leg of an entry: micros of `currency` into a bucket of an account.

    `account` is a code of the entry's portfolio, or a `world:*` account (no bucket).
    """

    account: str
    bucket: str
    currency: str
    micros: int


class HoldingChange(Value):
    """How an entry changes what an account holds of an instrument named as in Instrument.name."""

    account: str
    instrument: str
    currency: str
    quantity_micros: int
    value_micros: int


class BaseChange(Value):
    """Capital that an entry brings into an account or takes out of it.

    In the portfolio's currency at the rate of the effective date; in its own where none is known.
    """

    account: str
    currency: str
    micros: int


class PortfolioOpened(RecordedEvent, tag="portfolio_opened"):
    """A portfolio begins, with its policy."""

    portfolio: str
    currency: str
    opened: date
    policy: Policy


class AccountOpened(RecordedEvent, tag="account_opened"):
    """An account begins, empty."""

    portfolio: str
    code: str
    tier: Tier
    opened: date
    name: str = ""
    parent: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    forked_from: str = ""


class Forked(RecordedEvent, tag="forked"):
    """`account` gave half its surplus to the new account `child`, half to Compounding.

    `day` is New York's, for the daily limit; `at_ns` the time, for the cooling. `undone`: the fork
    was taken back and no longer counts.
    """

    portfolio: str
    account: str
    child: str
    day: date
    at_ns: int
    undone: bool = False


class Merged(RecordedEvent, tag="merged"):
    """All of `account` went `into` Compounding; `undone`: and came back.

    `held`: how much of what the account brought Compounding held before, by holding.
    """

    portfolio: str
    account: str
    into: str
    held: Mapping[str, int] = field(default_factory=dict)
    undone: bool = False


class Reparented(RecordedEvent, tag="reparented"):
    """`account` stands under another parent from now on (empty: at the top)."""

    portfolio: str
    account: str
    parent: str
    previous: str


class Reinvested(RecordedEvent, tag="reinvested"):
    """The account's reinvestment of a quarter ('2026Q4'), and the net income that it settled.

    `previous` is the quarter of the one before; taking it back negates `income`.
    """

    portfolio: str
    account: str
    quarter: str
    previous: str
    income: Mapping[str, int]


class AlertNoted(RecordedEvent, tag="alert_noted"):
    """What somebody says of an alert from now on, and what was said before (None: nothing)."""

    portfolio: str
    alert: str
    note: AlertNote | None = None
    previous: AlertNote | None = None


class AccountEdited(RecordedEvent, tag="account_edited"):
    """An account's name and notes from now on, and what they were."""

    portfolio: str
    account: str
    name: str
    notes: str
    previous_name: str
    previous_notes: str


class StatusChanged(RecordedEvent, tag="status"):
    """What may happen to an account from now on, and what it was."""

    portfolio: str
    account: str
    status: Status
    previous: Status


class SettingChanged(RecordedEvent, tag="setting"):
    """One setting of the policy from now on, as text (domain/settings), and what it was.

    With an `account` it stands for that one alone; empty text: the portfolio's holds again.
    """

    portfolio: str
    path: str
    value: str
    previous: str
    account: str = ""


class EntryPosted(RecordedEvent, tag="entry"):
    """Money moved: postings that sum to zero per currency.

    `key` and `content` identify a broker's row, so that it is posted once. `reverses` names the
    record of the entry that this one takes back (0: none).
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


class RateSet(RecordedEvent, tag="rate"):
    """One unit of `currency` was worth `nanos` billionths of `against` on that day.

    `nanos` 0 takes the rate away; `previous_nanos` is what stood there before (0: none).
    """

    portfolio: str
    currency: str
    against: str
    effective: date
    nanos: int
    previous_nanos: int = 0


class StatementImported(RecordedEvent, tag="statement_imported"):
    """A broker's statement came in whole; its rows are the entries beside it.

    `source` names the broker's account, by a pseudonym where `sealed` holds its number.
    """

    portfolio: str
    account: str
    source: str
    first_day: date
    last_day: date
    sha256: str
    rows: int
    sealed: str = ""


class StatementReleased(RecordedEvent, tag="statement_released"):
    """An imported statement was taken back."""

    portfolio: str
    account: str
    source: str
    sha256: str


class KeysFreed(RecordedEvent, tag="keys_freed"):
    """Keys may be used again: what stood under them was reversed."""

    portfolio: str
    keys: tuple[str, ...]


class RecordsReversed(RecordedEvent, tag="records_reversed"):
    """The records from `first_seq` to `last_seq` were taken back by this one."""

    first_seq: int
    last_seq: int


class UserAdded(RecordedEvent, tag="user_added"):
    """Somebody may be at work from now on; see domain/people for the fields.

    `by` added them at `at_ns`; empty for the first user, and in records of older programs.
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
    """A user's full name, as the vault sealed it."""

    user: str
    full_name: str


class RolesChanged(RecordedEvent, tag="roles"):
    """What a user may do from now on, as `by` said at `at_ns`; their sessions end."""

    user: str
    roles: tuple[Role, ...]
    previous: tuple[Role, ...]
    by: str = ""
    at_ns: int = 0


class UserDisabled(RecordedEvent, tag="user_disabled"):
    """A user may do nothing until somebody enables them; `why` where the program did it."""

    user: str
    why: str = ""


class UserEnabled(RecordedEvent, tag="user_enabled"):
    """A user may be at work again, as `by` said at `at_ns`."""

    user: str
    by: str = ""
    at_ns: int = 0


class PasswordSet(RecordedEvent, tag="password"):
    """A user's password from now on, in PHC form. Their sessions end, unless `rehashed` only.

    `by` set it at `at_ns`; empty where the user did.
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
    """`by` has seen what record `change` did to a user; see people.UserChange."""

    change: int
    by: str


class LoggedIn(RecordedEvent, tag="login"):
    """A user gave the right password; `session` names what began, empty for a step-up."""

    user: str
    session: str = ""


class LoginFailed(RecordedEvent, tag="login_failed"):
    """Somebody gave a wrong password for `user`; who nobody is, is '?' and four digits.

    Not `counted`: it came before the wait was over, and was not looked at.
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
    """Something was done that changes no book: an export, a backup, a key, a checkpoint."""

    what: str
    detail: str


class ApprovalRequested(RecordedEvent, tag="approval_requested"):
    """A command was proposed and waits; see users.Approval. Its record's seq names it."""

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
    """An idempotency key that was first used in a record that is lost; see journal.KeyEntry.

    `command`: it was a command's key, not that of a broker's row.
    """

    portfolio: str
    key: str
    content: str
    command: bool = False


class GapRecovered(RecordedEvent, tag="gap_recovered"):
    """The records from `first_seq` to `last_seq` are lost; each is replaced by one with this event.

    The record after the last one still names `resumes` (hex) as the hash before it. `keys` were
    used in the lost record and stay used; `user_change` is what it did to a user, which others
    acknowledge later. Written by a recovery only.
    """

    first_seq: int
    last_seq: int
    resumes: str
    keys: tuple[LostKey, ...] = ()
    user_change: UserChange | None = None


class AccountRecovered(RecordedEvent, tag="account_recovered"):
    """What the state beside the records said of an account, besides its balances and holdings.

    The fields are those of book.Account, `newest` at least. Written by a recovery only.
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
    """The kept records do not prove the account's balances. Written by a recovery only."""

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
"""By the names that records use."""
