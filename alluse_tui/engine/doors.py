"""What faces may ask of an engine: its doors as protocols, which `LocalEngine` implements.

A face that types against `Engine` works with any other engine too, such as one on another machine.
No door has more than DOOR_LIMIT members.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from alluse_tui.domain.derived.cycles import ALL_CYCLES
from alluse_tui.domain.derived.income import IncomeGroup, IncomeView
from alluse_tui.engine.auth_doors import AuthDoor
from alluse_tui.engine.market_door import MarketDoor as MarketDoor

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command, Post, Undo
    from alluse_tui.domain.derived.adherence import Adherence
    from alluse_tui.domain.derived.cycles import Cycle
    from alluse_tui.domain.derived.fills import Key
    from alluse_tui.domain.derived.import_summary import ImportComparison
    from alluse_tui.domain.derived.income import Income
    from alluse_tui.domain.derived.lots import Lots
    from alluse_tui.domain.derived.position_history import PositionHistory
    from alluse_tui.domain.derived.position_views import PositionView
    from alluse_tui.domain.derived.reconciliation import Reconciliation
    from alluse_tui.domain.derived.stress import StressView
    from alluse_tui.domain.derived.underlying_prices import Prices
    from alluse_tui.domain.derived.week_view import WeekView
    from alluse_tui.domain.derived.week_year import WeekYear
    from alluse_tui.domain.model.comparison import Comparison
    from alluse_tui.domain.model.terms import LotMethod
    from alluse_tui.domain.model.verdict import Verdict
    from alluse_tui.domain.views import (
        AccountView,
        AlertView,
        BellView,
        BranchView,
        Coming,
        DueView,
        EntryView,
        PlanView,
        PolicyView,
        PortfolioView,
        Receipt,
        SessionView,
    )
    from alluse_tui.engine.auth.identity import Caller
    from alluse_tui.engine.engine import LocalEngine
    from alluse_tui.engine.notices import Notice
    from alluse_tui.engine.operations.scheduler import DueOutcome
    from alluse_tui.engine.operations.verification import Verification
    from alluse_tui.engine.read.overview import Overview
    from alluse_tui.engine.read.policy_suggestions import Suggestion
    from alluse_tui.engine.read.statement_queries import ImportedStatement
    from alluse_tui.journal import Record
    from alluse_tui.market.statements import ReadStatement
    from alluse_tui.replica.replica import Rows
    from alluse_tui.security.evidence import Checkpoint

DOOR_LIMIT = 20

Progress = Callable[[int, int], None]
"""Called with records done and records in all; may raise to stop the work."""


class CommandDoor(Protocol):
    """Previews and submits commands."""

    def preview(self, command: Command, actor: str = "") -> PlanView:
        """The plan of `command`; records nothing."""

    def check_trade(self, command: Post) -> tuple[Verdict, ...]:
        """The verdict of each rule on a trade; records nothing."""

    def submit(
        self,
        command: Command,
        *,
        actor: str = "",
        expect: str = "",
        password: str = "",
        progress: Progress | None = None,
    ) -> Receipt:
        """Carry out `command`; it is durable when this returns."""

    def undo_target(self, command: Undo) -> int:
        """The record that `command` would undo; 0 if there is none."""

    def record_for_key(self, key: str, portfolio: str) -> int:
        """The record that used an idempotency key; 0 if none did."""

    def changes(self, after: int, stop: threading.Event | None = None) -> Iterator[Notice]:
        """A notice whenever the journal has moved past record `after`."""


class QueryDoor(Protocol):
    """Views of the book; each raises Denied for a caller who may not look at it."""

    def portfolio_names(self) -> tuple[str, ...]:
        """The names of all portfolios, sorted."""

    def portfolio(self, name: str = "") -> PortfolioView:
        """One portfolio."""

    def overview(self, portfolio: str = "") -> Overview:
        """One portfolio with its accounts and alerts, updated incrementally."""

    def accounts(self, portfolio: str = "", as_of: date | None = None) -> Sequence[AccountView]:
        """Accounts of every status, now or on a day."""

    def account(self, code: str, portfolio: str = "") -> AccountView:
        """One account."""

    def rules_of(self, code: str, portfolio: str = "") -> tuple[Verdict, ...]:
        """The verdict of each rule on an account."""

    def policy(self, portfolio: str = "", code: str = "") -> PolicyView:
        """The settings of a portfolio or an account."""

    def entries(self, code: str, portfolio: str, count: int) -> tuple[EntryView, ...]:
        """The newest entries of an account."""

    def alerts(self, portfolio: str = "", *, silent: bool = False) -> tuple[AlertView, ...]:
        """Alerts, worst first; with `silent` also the snoozed ones."""

    def user_alerts(self) -> tuple[AlertView, ...]:
        """Changes of users that nobody has acknowledged."""

    def bell(self) -> BellView:
        """Whether the exchange is open, and when that changes."""

    def calendar(
        self, portfolio: str, days: int, first: date | None = None
    ) -> tuple[SessionView, ...]:
        """The weekdays from a day on, with the exchange's hours."""

    def due(self, portfolio: str = "") -> tuple[tuple[DueView, ...], tuple[Coming, ...]]:
        """What is due now, and what is next."""

    def tree(self, portfolio: str = "") -> tuple[BranchView, ...]:
        """Accounts by descent."""

    def records(self, after: int = 0) -> Iterator[Record]:
        """The journal's records after `after`, oldest first."""

    def record(self, seq: int) -> Record:
        """One record."""

    def security_records(self, most: int) -> tuple[Record, ...]:
        """The newest security records, newest first."""

    def undone_by(self, seq: int) -> int:
        """The record that undid record `seq`; 0 if none did."""

    def query(self, name: str, **values: str | int | date) -> Rows:
        """The result of a named query on the replica."""

    def sql(self, text: str) -> Rows:
        """The result of an operator's own SELECT."""


class PositionDoor(Protocol):
    """What accounts hold; each method raises Denied for a caller who may not look at it."""

    def positions(
        self, code: str = "", portfolio: str = "", method: LotMethod | None = None
    ) -> tuple[PositionView, ...]:
        """The positions of an account, of a portfolio, or of all; by its own lot method."""

    def lots(self, code: str, portfolio: str = "", method: LotMethod | None = None) -> Lots:
        """The open and closed lots of an account; by its own lot method."""

    def history(self, position: Key, portfolio: str = "") -> PositionHistory:
        """The lots and rolls of one position, held or ended."""

    def underlying_prices(self, portfolio: str = "") -> Prices:
        """The newest known price of each underlying of a portfolio."""

    def income(
        self,
        code: str = "",
        portfolio: str = "",
        group: IncomeGroup = IncomeGroup.MONTH,
        view: IncomeView = IncomeView.CASH,
    ) -> Income:
        """The income of an account, or of a portfolio."""

    def cycles(
        self, code: str = "", portfolio: str = "", count: int = ALL_CYCLES
    ) -> tuple[Cycle, ...]:
        """The open cycles of an account or a portfolio, then the newest `count` closed ones."""

    def adherence(self, code: str = "", portfolio: str = "") -> Adherence:
        """How the typed trades of an account or a portfolio kept to the rules."""

    def week(self, day: date, code: str = "", portfolio: str = "") -> WeekView:
        """The week that a day is in: the market before it, and how it went."""

    def week_year(self, year: int, code: str = "", portfolio: str = "") -> WeekYear:
        """The week types of a year, and what they returned, against the expected ones."""

    def stress_after(self, plan: PlanView) -> tuple[StressView, ...]:
        """The account of a planned option trade as it would be then; () for any other plan."""

    def stress(self, code: str = "", portfolio: str = "") -> tuple[StressView, ...]:
        """An account as it is and in each scenario, or the sums of a portfolio."""

    def compare_after(
        self, read: ReadStatement, plan: PlanView, code: str, portfolio: str = ""
    ) -> ImportComparison:
        """Compare the account, as the import's `plan` would leave it, with the file."""

    def reconcile(self, read: ReadStatement, code: str, portfolio: str = "") -> Reconciliation:
        """Compare an account with a statement at the end of its last day; records nothing."""


class StatementDoor(Protocol):
    """What is kept of statements; each method raises Denied for a caller who may not look at it."""

    def imported(self) -> tuple[ImportedStatement, ...]:
        """Every statement that was imported, of all portfolios."""

    def undone(self) -> frozenset[str]:
        """The SHA-256 of every file whose import was undone."""

    def proposed(self) -> Mapping[str, int]:
        """The SHA-256 of every file whose import waits for approval, with its proposal."""

    def compared(self, portfolio: str = "") -> Mapping[str, Comparison]:
        """The newest recorded comparison of each open account, by its id; '': all portfolios."""

    def auto_portfolios(self) -> tuple[str, ...]:
        """The portfolios whose policy lets the morning close import without asking."""


class CheckpointDoor(Protocol):
    """Signed checkpoints of the journal."""

    @property
    def file(self) -> Path:
        """The file of the checkpoints that were signed automatically."""

    def public_half(self) -> str:
        """The public key that verifies this machine's checkpoints."""

    def read(self, texts: Sequence[str], public: str) -> tuple[Checkpoint, ...]:
        """The checkpoints in `texts`, with their signatures verified."""


class OperationsDoor(Protocol):
    """What is done with the book as a whole."""

    def read_statement(
        self, path: Path, format_name: str = "auto", *, into: str = "", portfolio: str = ""
    ) -> ReadStatement:
        """Read the statement of the one account in a file; records nothing."""

    def read_statements(
        self,
        path: Path,
        format_name: str = "auto",
        *,
        into: str = "",
        portfolio: str = "",
        currency: str = "",
        mapping: str = "",
        content: bytes | None = None,
    ) -> tuple[ReadStatement, ...]:
        """Read a broker's statements, one for each account in the file; records nothing."""

    def run_due(
        self,
        portfolio: str = "",
        *,
        actor: str = "",
        dry_run: bool = False,
        only_breakers: bool = False,
    ) -> tuple[DueOutcome, ...]:
        """Carry out what is due and needs no confirmation; or only what circuit breakers pause."""

    def rebuild(self, progress: Progress | None = None) -> int:
        """Rebuild the replica from the first record; the newest record in it."""

    def publish(self, longest_tail: int = 0) -> bool:
        """Publish the replica if it lacks more records than that; whether it did."""

    def export(self, folder: Path, form: str) -> tuple[str, ...]:
        """Write every table to `folder`; the names of the tables."""

    def require_intact_chain(self) -> None:
        """Raises IntegrityFailed if a link of the hash chain is broken."""

    def check_chain(self, stop: threading.Event) -> str:
        """What is wrong with the hash chain; empty if nothing is."""

    def check_replica(self, stop: threading.Event) -> str:
        """What was wrong with the DuckDB file, which is then rebuilt; empty if nothing was."""

    def verify(
        self,
        progress: Progress | None = None,
        *,
        ask: bool = True,
        signed: Sequence[Checkpoint] = (),
        signed_in: str = "",
    ) -> Verification:
        """Check everything."""

    def checkpoint(self, *, new_key: bool = False) -> str:
        """Sign the newest record."""

    @property
    def checkpoints(self) -> CheckpointDoor:
        """Signed checkpoints of this journal."""

    def require_permission(self, name: str) -> None:
        """Raises Denied, on record, if the caller may not run that command."""

    def audit(self, name: str, detail: str, resealed: tuple[tuple[str, str], ...] = ()) -> None:
        """Record an operation that changes no account, such as a backup."""

    def account_of_statement(self, source: str) -> str:
        """The account that holds statements of a broker account; empty if none does."""

    def auto_portfolios(self) -> tuple[str, ...]:
        """The portfolios in which due work is carried out without confirmation."""

    def rotate_keys(self) -> str:
        """Create a new vault key and encrypt full names with it; its id."""

    def add_key(self, key: str) -> str:
        """Add a key to the vault; its id."""

    def suggestions(self, portfolio: str = "") -> tuple[Suggestion, ...]:
        """Settings that the accounts' history suggests."""


class Engine(Protocol):
    """A book, open for one caller."""

    @property
    def commands(self) -> CommandDoor:
        """Previews and submits."""

    @property
    def queries(self) -> QueryDoor:
        """Views."""

    @property
    def positions(self) -> PositionDoor:
        """Positions and lots."""

    @property
    def statements(self) -> StatementDoor:
        """Imported statements and recorded comparisons."""

    @property
    def market(self) -> MarketDoor:
        """Market data."""

    @property
    def auth(self) -> AuthDoor:
        """Logins, users and proposals."""

    @property
    def operations(self) -> OperationsDoor:
        """Verification, publishing, export, checkpoints, keys and due work."""

    @property
    def path(self) -> Path:
        """The journal's path."""

    @property
    def caller(self) -> Caller:
        """The system account, and the login if there is one."""

    @property
    def actor(self) -> str:
        """The name of the user, or of the system account."""

    @property
    def has_users(self) -> bool:
        """Whether the book has users."""

    @property
    def now_ns(self) -> int:
        """The engine's time in nanoseconds since 1970."""

    @property
    def today(self) -> date:
        """Today in New York."""

    @property
    def seq(self) -> int:
        """The newest record that the views include."""

    @property
    def read_only(self) -> str:
        """Why nothing can be written although nothing is damaged; empty if it can."""

    @property
    def last_warning(self) -> str:
        """What failed without harm to any record; empty if nothing did."""

    @property
    def quarantined(self) -> str:
        """Why writing is refused; empty if it is not."""

    def refresh(self) -> None:
        """Follow what other processes recorded."""

    def close(self) -> None:
        """Close the files."""


if TYPE_CHECKING:

    def _local_engine_is_an_engine(engine: LocalEngine) -> Engine:
        """Fails to type-check when a door of the local engine no longer fits its protocol."""
        return engine
