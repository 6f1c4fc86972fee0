"""The commands door: preview, submit, undo, and notices of new records."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from alluse_tui.domain.fold.state_rows import STATE_SCHEMA, changed_rows
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import (
    AllUseError,
    Busy,
    Denied,
    IntegrityFailed,
    Pending,
    StoreFailed,
)
from alluse_tui.domain.rules.invariants import imbalance
from alluse_tui.domain.views import PlanView, Receipt
from alluse_tui.engine.auth.identity import Caller
from alluse_tui.engine.core import Core
from alluse_tui.engine.notices import Notice
from alluse_tui.engine.write.group_commit import TURN_LIMIT, CommandQueue, Waiting
from alluse_tui.journal import Head, Turn

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command, Post, Undo
    from alluse_tui.domain.model.verdict import Verdict
    from alluse_tui.engine.write.executor import CommandExecutor

WATCH_SECONDS = 0.2
"""How soon `changes` notices that the engine was closed."""

Outcome = tuple[Waiting, Receipt | None, Exception | None]

StepUp = Callable[[str, Caller], int | None]
"""Verifies the caller's password; returns the user's epoch, or None in a book without users."""

AfterTurn = Callable[[Head, Sequence[str]], None]
"""Called with the new head and the names of the executed commands."""


class Commands:
    """Executes commands; those that wait at the same time share a turn on the journal."""

    def __init__(self, core: Core, step_up: StepUp, after_turn: AfterTurn) -> None:
        """Created by the engine."""
        self._core = core
        self._step_up = step_up
        self._after_turn = after_turn
        self._queue = CommandQueue(self._take_turn)

    def preview(self, command: Command, actor: str = "") -> PlanView:
        """The plan of `command` now; records nothing. Raises Refused, BadInput, Denied."""
        from alluse_tui.engine.auth.authorization import reject_internal

        reject_internal(command)
        with self._core.lock:
            self._core.refresh()
            following = self._core.seq + 1
            who = replace(self._core.caller, name=actor) if actor else self._core.caller
            return self._executor.preview(self._core.book, following, command, who)

    def check_trade(self, command: Post) -> tuple[Verdict, ...]:
        """The verdict of each rule on the trade of `command`, which is not recorded.

        Anybody who may view the book may check a trade, in any account and for any day. Raises
        BadInput, Denied.
        """
        from alluse_tui.domain.plan import Context
        from alluse_tui.domain.plans.trade_checks import check_trade
        from alluse_tui.engine.write.open_lots import open_lots_for

        with self._core.lock:
            self._core.refresh()
            book, following = self._core.visible_book, self._core.seq + 1
            open_lots = open_lots_for(book, command, self._core.journal)
        context = Context(
            today=self._core.today,
            seq=following,
            now_ns=self._core.now_ns,
            is_preview=True,
            sessions=self._core.trading_calendar,
            open_lots=open_lots,
            market=self._core.market_inputs.of_command(book, command),
        )
        return check_trade(book, command, context)

    def undo_target(self, command: Undo) -> int:
        """The record that `command` would undo now; 0 if there is none.

        Raises BadInput, Denied.
        """
        from alluse_tui.engine.write.undo_target import undo_target

        with self._core.lock:
            self._core.refresh()
            target = undo_target(
                self._core.visible_book, command, self._core.actor, self._core.journal
            )
        return target.first_seq if target is not None else 0

    def submit(
        self,
        command: Command,
        *,
        actor: str = "",
        expect: str = "",
        password: str = "",
        progress: Callable[[int, int], None] | None = None,
    ) -> Receipt:
        """Execute `command`; it is durable on return.

        `actor` replaces the engine's system account; the caller vouches for it. `expect` is the
        digest of the confirmed plan: a different plan raises Conflict. `password` is the user's,
        for commands that need it again. `progress` receives the events written and all events, in
        the thread that takes the turn; it must not raise. Commands that wait at the same time share
        a turn. Raises Refused and Denied (both are recorded), Pending (a proposal was recorded),
        BadInput, Busy, StoreFailed, IntegrityFailed.
        """
        from alluse_tui.engine.auth.authorization import reject_internal

        reject_internal(command)
        who = replace(self._core.caller, name=actor) if actor else self._core.caller
        proven = self._step_up(password, who) if password else None
        return self.submit_as(command, who, expect, proven, progress)

    def submit_as(
        self,
        command: Command,
        who: Caller,
        expect: str = "",
        proven_epoch: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Receipt:
        """As `submit`, for a caller whose password was already verified."""
        if self._core.opened_read_only:
            raise Denied("the book was opened read-only")
        if not self._core.journal.exists:
            self.preview(command, who.name)  # a command that fails must not create a file
        waiting = Waiting(command, who, expect, proven_epoch, progress)
        self._queue.carry([waiting])
        if waiting.error is not None:
            raise waiting.error
        assert waiting.receipt is not None
        return waiting.receipt

    def submit_many(
        self, commands: Sequence[Command], *, actor: str = ""
    ) -> list[Receipt | AllUseError]:
        """Execute `commands` in order, up to TURN_LIMIT of them per turn.

        Returns a receipt for each, or the error that `submit` would raise; an error does not stop
        the others. Raises Denied if the book is open read-only.
        """
        from alluse_tui.engine.auth.authorization import reject_internal

        for command in commands:
            reject_internal(command)
        if self._core.opened_read_only:
            raise Denied("the book was opened read-only")
        if commands and not self._core.journal.exists:
            self.preview(commands[0], actor)  # a command that fails must not create a file
        who = replace(self._core.caller, name=actor) if actor else self._core.caller
        outcomes: list[Receipt | AllUseError] = []
        for first in range(0, len(commands), TURN_LIMIT):
            batch = [Waiting(c, who) for c in commands[first : first + TURN_LIMIT]]
            try:
                self._queue.carry(batch)
            except Busy as error:  # earlier turns are durable, so their receipts are returned
                for waiting in batch:
                    waiting.error = error
            for waiting in batch:
                if waiting.error is not None and not isinstance(waiting.error, AllUseError):
                    raise waiting.error
                outcome = waiting.error or waiting.receipt
                assert outcome is not None
                outcomes.append(outcome)
        return outcomes

    def record_for_key(self, key: str, portfolio: str) -> int:
        """The record that used an idempotency key of the portfolio; 0 if it is unused.

        Raises Denied.
        """
        self._core.require_view()
        with self._core.lock:
            entry = self._core.journal.keys(portfolio, [key]).get(key)
        return entry.seq if entry is not None else 0

    def changes(self, after: int, stop: threading.Event | None = None) -> Iterator[Notice]:
        """Yield a notice whenever the journal has records after `after`.

        A notice has no accounts while the caller may not view the book. Ends within WATCH_SECONDS
        after `stop` is set or the engine is closed.
        """
        from alluse_tui.engine.record_decoding import accounts_in

        stop = stop or self._core.closed
        while not (stop.is_set() or self._core.closed.is_set()):
            if self._core.journal.wait_for_change(after, WATCH_SECONDS):
                self._core.refresh()
                if self._core.seq <= after:  # a newer program's records cannot be read
                    stop.wait(WATCH_SECONDS)
                    continue
                changed: set[str] = set()
                for record in self._core.journal.records(after, self._core.seq):
                    changed |= accounts_in(record)
                    after = record.seq
                yield Notice(after, tuple(sorted(changed)) if self._core.may_view() else ())

    @cached_property
    def _executor(self) -> CommandExecutor:
        """Created by the first command, so that viewing does not load the rules."""
        from alluse_tui.engine.write.executor import CommandExecutor

        owner = self._core.path.stat().st_uid if self._core.path.exists() else self._core.caller.uid
        return CommandExecutor(
            self._core.journal,
            self._core.clock,
            owner,
            self._core.trading_calendar,
            self._core.market_inputs,
            self._core.market_facts,
        )

    def _take_turn(self, batch: Sequence[Waiting]) -> None:
        """Execute the batch in one transaction, and set the outcomes."""
        with self._core.lock:
            self._turn_of(batch)

    def _turn_of(self, batch: Sequence[Waiting]) -> None:
        outcomes: list[Outcome] = []
        try:
            with self._core.journal.turn() as turn:
                if turn.head != self._core.follower.head:
                    self._core.follower.follow(turn.records(self._core.seq), turn.head)
                self._core.follower.check_writable()
                draft = self._core.book
                for waiting in batch:
                    try:
                        draft, outcome = self._executor.execute(turn, draft, waiting)
                        if isinstance(outcome, Pending):
                            outcomes.append((waiting, None, outcome))
                        else:
                            outcomes.append((waiting, outcome, None))
                    except AllUseError as error:
                        if isinstance(error, (StoreFailed, IntegrityFailed)):
                            raise
                        outcomes.append((waiting, None, error))
                head = turn.head
                if head != self._core.follower.head:
                    self._put_state(turn, draft)
        except Exception as error:
            for waiting in batch:
                waiting.error = error
            if isinstance(error, IntegrityFailed) and not self._core.journal.quarantined:
                self._core.journal.quarantine(str(error))
            return
        except BaseException:
            for waiting in batch:
                waiting.error = StoreFailed("interrupted before anything was recorded")
            raise
        if head != self._core.follower.head:
            self._core.follower.adopt(draft, head)
            self._core.follower.put_whole()
            self._after_turn(head, [w.command.NAME for w, receipt, _ in outcomes if receipt])
        for waiting, receipt, failure in outcomes:
            waiting.receipt, waiting.error = receipt, failure

    def _put_state(self, turn: Turn, draft: Book) -> None:
        if self._core.follower.stored is None:
            turn.clear_state()
        stored = self._core.follower.stored or Book()
        if off := imbalance(stored, draft):
            raise IntegrityFailed(f"the turn would leave the book out of balance: {off}")
        turn.put_state(STATE_SCHEMA, changed_rows(stored, draft))
