"""The engine on the files of this machine, composed of its six doors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.engine.auth.identity import Caller
from alluse_tui.engine.auth.key_store import KeyStore
from alluse_tui.engine.book_follower import BookFollower
from alluse_tui.engine.clock import Clock, SystemClock
from alluse_tui.engine.core import Core
from alluse_tui.engine.read.queries import Queries
from alluse_tui.engine.read.replica_queries import ReplicaQueries
from alluse_tui.engine.write.commands import Commands
from alluse_tui.journal import Head, Journal
from alluse_tui.security.login_sessions import session_id

if TYPE_CHECKING:
    from alluse_tui.engine.auth.approvals import Approvals
    from alluse_tui.engine.auth.logins import Logins
    from alluse_tui.engine.auth.users import Users
    from alluse_tui.engine.market_data import MarketData
    from alluse_tui.engine.operations.operations import Operations
    from alluse_tui.engine.read.position_queries import PositionQueries
    from alluse_tui.market.trading_calendar import NewYorkCalendar


class LocalEngine:
    """One journal file, for any number of threads.

    `commands` previews and submits, `queries` returns views, `positions` positions and lots,
    `market` market data, `auth` identifies the caller, `operations` works on the book as a whole.
    The parts are loaded on first use, so a process that only reads loads no rules.
    """

    def __init__(
        self,
        path: Path,
        *,
        actor: str,
        uid: int | None = None,
        token: str = "",
        clock: Clock | None = None,
        create: bool = False,
        journal: Journal | None = None,
        read_only: bool = False,
        keys: Path | None = None,
        accept_clock: bool = False,
    ) -> None:
        """Open the journal `path` and read its state. Raises NoBook, StoreFailed, IntegrityFailed.

        With `create`, a missing journal is created by the first command that is carried out.
        `actor` is the name of the system account, `uid` its number (default: the process's), and
        `token` that of a login. `journal` is used instead of the file. `read_only` denies every
        command. `keys` is the folder of the vault's and the signing keys. `accept_clock` confirms a
        clock that is far ahead of the newest record.
        """
        opened = journal or Journal(path, create=create, accept_clock=accept_clock)
        path = path if journal is not None else opened.path
        self.core = Core(
            path=path,
            caller=Caller(
                actor, os.getuid() if uid is None else uid, session_id(token) if token else ""
            ),
            journal=opened,
            clock=clock or SystemClock(),
            keys=KeyStore(keys),
            follower=BookFollower(opened),
            replica=ReplicaQueries(opened, path.with_suffix(".duckdb")),
            opened_read_only=read_only,
        )
        self.commands = Commands(self.core, self._step_up, self._after_turn)
        self.queries = Queries(self.core)

    @cached_property
    def positions(self) -> PositionQueries:
        """What accounts hold: positions and lots."""
        from alluse_tui.engine.read.position_queries import PositionQueries

        return PositionQueries(self.core)

    @cached_property
    def market(self) -> MarketData:
        """Market data beside the journal: bars, events and indicators."""
        from alluse_tui.engine.market_data import MarketData

        return MarketData(self.core)

    @cached_property
    def auth(self) -> Auth:
        """Who is calling: logins, users and proposals."""
        from alluse_tui.engine.auth.approvals import Approvals
        from alluse_tui.engine.auth.logins import Logins
        from alluse_tui.engine.auth.users import Users

        logins = Logins(self.core, self.commands.submit_as)
        return Auth(logins, Users(self.core, self.commands, logins), Approvals(self.core, logins))

    @cached_property
    def operations(self) -> Operations:
        """Verification, publishing, export, checkpoints, keys and scheduled work."""
        from alluse_tui.engine.operations.operations import Operations

        return Operations(self.core, self.commands, self.queries)

    def close(self) -> None:
        """Close the files. Safe to call twice."""
        self.core.closed.set()
        self.core.replica.close()
        with self.core.lock:
            self.core.journal.close()

    def __enter__(self) -> LocalEngine:
        """The engine, which is closed on leaving."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files."""
        self.close()

    @property
    def path(self) -> Path:
        """The journal's path; the replica is beside it as `.duckdb`."""
        return self.core.path

    @property
    def keys(self) -> KeyStore:
        """The machine's keys."""
        return self.core.keys

    @property
    def caller(self) -> Caller:
        """The system account, and the login if there is one."""
        return self.core.caller

    @property
    def actor(self) -> str:
        """The name of the logged-in user, or of the system account."""
        return self.core.actor

    @property
    def has_users(self) -> bool:
        """Whether the book has users; without any, the system account may do everything."""
        return bool(self.core.book.users)

    @property
    def now_ns(self) -> int:
        """The engine's time in nanoseconds since 1970."""
        return self.core.now_ns

    @property
    def today(self) -> date:
        """Today in New York."""
        return self.core.today

    @property
    def trading_calendar(self) -> NewYorkCalendar:
        """The exchange's trading days."""
        return self.core.trading_calendar

    @property
    def seq(self) -> int:
        """The newest record that the views include."""
        return self.core.seq

    @property
    def read_only(self) -> str:
        """Why nothing can be written although nothing is damaged; empty if it can."""
        if self.core.opened_read_only:
            return "opened read-only"
        return self.core.follower.read_only

    @property
    def last_warning(self) -> str:
        """What failed without harm to any record; empty if nothing did."""
        return self.core.journal.last_warning

    @property
    def quarantined(self) -> str:
        """Why writing is refused; empty if it is not."""
        return self.core.journal.quarantined

    def refresh(self) -> None:
        """Follow the records of other processes."""
        self.core.refresh()

    def _step_up(self, password: str, caller: Caller) -> int | None:
        return self.auth.logins.step_up(password, caller)

    def _after_turn(self, head: Head, commands: Sequence[str]) -> None:
        self.operations.keep_checkpoint(head, commands)


@dataclass(frozen=True, slots=True)
class Auth:
    """Who is calling, and what they may answer."""

    logins: Logins
    users: Users
    approvals: Approvals
