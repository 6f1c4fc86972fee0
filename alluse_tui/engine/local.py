"""The engine on the files of this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.book import Book
from alluse_tui.domain.errors import (
    AllUseError,
    BadInput,
    Busy,
    Denied,
    IntegrityFailed,
    Pending,
    StoreFailed,
)
from alluse_tui.domain.invariants import imbalance
from alluse_tui.domain.state import SCHEMA, changed_rows
from alluse_tui.domain.views import PlanView, Receipt
from alluse_tui.engine.admission import Who, must_be_allowed, session_of
from alluse_tui.engine.clock import Clock, SystemClock
from alluse_tui.engine.fold import Fold
from alluse_tui.engine.keys import Keys
from alluse_tui.engine.notices import Notice
from alluse_tui.engine.questions import Questions
from alluse_tui.engine.queue import Queue, Waiting
from alluse_tui.engine.seeing import Seeing
from alluse_tui.journal import Head, Journal, Turn, broken_link
from alluse_tui.security.sessions import id_of

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Command, Undo
    from alluse_tui.engine.access import Access
    from alluse_tui.engine.carrying import Carrier
    from alluse_tui.engine.evidence import Evidence
    from alluse_tui.engine.overview import Watch
    from alluse_tui.engine.schedule import DueOutcome
    from alluse_tui.engine.verification import Check, Progress, Verification
    from alluse_tui.market.statements import ReadStatement
    from alluse_tui.security.evidence import Checkpoint

WATCH_SECONDS = 0.2
"""How soon `changes` notices that the engine was closed."""


Outcome = tuple[Waiting, Receipt | None, Exception | None]


class LocalEngine(Seeing):
    """One door to one journal file, for any number of threads.

    `path` is the journal; the replica lies beside it as `.duckdb`. With `create`, a missing
    journal is made by the first command that is carried out; otherwise NoBook is raised. A
    `journal` that is handed in is used instead of the file.
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
        only_look: bool = False,
        keys: Path | None = None,
        accept_clock: bool = False,
    ) -> None:
        """Opens the journal and reads its state. Raises NoBook, StoreFailed, IntegrityFailed.

        `actor` is the name of the system account at work and `uid` its number (the process's own
        where it is not given); `token` of its login, if any. `only_look`: every command is
        denied. `keys` is the folder of the vault's and the signing keys. `accept_clock`: a clock
        that is far ahead of the newest record is right.
        """
        self.who = Who(actor, os.getuid() if uid is None else uid, id_of(token) if token else "")
        self._clock: Clock = clock or SystemClock()
        self._journal = journal or Journal(path, create=create, accept_clock=accept_clock)
        self.path = path = path if journal is not None else self._journal.path
        self._lock = threading.RLock()
        self._queue = Queue(self._take_turn)
        self._closed = threading.Event()
        self._fold = Fold(self._journal)
        self._only_look = only_look
        self.keys = Keys(keys)
        self._watch: Watch | None = None
        self._watching = threading.Lock()
        self._questions = Questions(self._journal, path.with_suffix(".duckdb"))

    def close(self) -> None:
        """Close the files. Safe to call twice."""
        self._closed.set()
        self._questions.close()
        with self._lock:
            self._journal.close()

    def __enter__(self) -> LocalEngine:
        """The engine, to be closed on leaving."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self.close()

    # -- acting -----------------------------------------------------------------------------

    @property
    def actor(self) -> str:
        """The name of whoever is at work: the login's user, or the system account."""
        session = session_of(self.who, self._journal)
        return session.user if session else self.who.name

    @property
    def has_users(self) -> bool:
        """Whether anybody needs to be one: without users the system account decides."""
        return bool(self._fold.book.users)

    def resume(self, token: str) -> None:
        """Be who the token says; an empty one: who the system account is."""
        self.who = replace(self.who, session=id_of(token) if token else "")

    @cached_property
    def access(self) -> Access:
        """Users, logins, and who is at work."""
        from alluse_tui.engine.access import Access

        return Access(self, self._journal, lambda: self._fold.book)

    def preview(self, command: Command, actor: str = "") -> PlanView:
        """What `command` would do now; appends nothing. Raises Refused, BadInput, Denied."""
        from alluse_tui.engine.gate import only_the_engines

        only_the_engines(command)
        with self._lock:
            self.refresh()
            following = self._fold.head.seq + 1
            who = replace(self.who, name=actor) if actor else self.who
            return self._carrier.planned(self._fold.book, following, command, who)

    def undoes(self, command: Undo) -> int:
        """The record that `command` would take back now; 0 where there is none.

        Raises BadInput, Denied.
        """
        from alluse_tui.engine.undoing import undo_target

        with self._lock:
            self.refresh()
            target = undo_target(self._seen, command, self.actor, self._journal)
        return target.first_seq if target is not None else 0

    def submit(
        self, command: Command, *, actor: str = "", expect: str = "", password: str = ""
    ) -> Receipt:
        """Carry out `command`; durable when it returns.

        `actor` is another system account's name than the engine's, vouched for by the caller.
        `expect` is the digest of the plan that was shown: another plan raises Conflict. `password`
        is whoever's at work, for what asks for it again. Commands that wait at the same time share
        a turn. Raises Refused and Denied (which are journalled), Pending (a proposal was recorded),
        BadInput, Busy, StoreFailed, IntegrityFailed.
        """
        from alluse_tui.engine.gate import only_the_engines

        only_the_engines(command)
        who = replace(self.who, name=actor) if actor else self.who
        proven = self.access.prove(password, who) if password else None
        return self.submit_as(command, who, expect, proven)

    def submit_as(
        self, command: Command, who: Who, expect: str = "", proven_epoch: int | None = None
    ) -> Receipt:
        """`submit` for somebody whose password was looked at already."""
        if self._only_look:
            raise Denied("the book was opened read-only")
        if not self._journal.exists:
            self.preview(command, who.name)  # what cannot be carried out makes no file
        waiting = Waiting(command, who, expect, proven_epoch)
        self._queue.carry(waiting)
        if waiting.error is not None:
            raise waiting.error
        assert waiting.receipt is not None
        return waiting.receipt

    def stands(self, key: str, portfolio: str) -> int:
        """The record that stands under a key of the portfolio; 0 when it is not used.

        Raises Denied.
        """
        self.must_see()
        with self._lock:
            entry = self._journal.keys(portfolio, [key]).get(key)
        return entry.seq if entry is not None else 0

    def read_statement(self, path: Path, format_name: str = "auto") -> ReadStatement:
        """A broker's statement as the file has it; books nothing.

        Its account number is sealed: where the vault has no ring, one is made for a user who may
        import. Raises BadInput, MissingKey, Denied.
        """
        from alluse_tui.engine.privacy import with_pseudonym
        from alluse_tui.market.statements import read_statement

        self.must_see()
        read = read_statement(path, format_name)
        if self.keys.ring() is None:
            must_be_allowed(self._seen, self.who, self._journal, self.now_ns, "import")
        return with_pseudonym(read, self._seen, self.keys)

    def run_due(
        self, portfolio: str = "", *, actor: str = "", dry_run: bool = False
    ) -> tuple[DueOutcome, ...]:
        """Carry out what is due and may be done without asking, each once, whoever tries too."""
        from alluse_tui.engine.schedule import run_due

        self.refresh()
        return run_due(
            self, self._journal, lambda: self._seen, portfolio, actor or self.actor,
            dry_run=dry_run,
        )  # fmt: skip

    def changes(self, after: int, stop: threading.Event | None = None) -> Iterator[Notice]:
        """A notice whenever the journal has moved past `after`.

        It names no accounts while nobody may look at the book. Ends within WATCH_SECONDS when
        `stop` is set or the engine is closed.
        """
        from alluse_tui.engine.reading import accounts_in

        stop = stop or self._closed
        while not (stop.is_set() or self._closed.is_set()):
            if self._journal.wait_for_change(after, WATCH_SECONDS):
                self.refresh()
                if self._fold.head.seq <= after:  # a newer program's records: nothing to follow
                    stop.wait(WATCH_SECONDS)
                    continue
                changed: set[str] = set()
                for record in self._journal.records(after, self._fold.head.seq):
                    changed |= accounts_in(record)
                    after = record.seq
                yield Notice(after, tuple(sorted(changed)) if self._may_see() else ())

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build the replica anew from the first record; up to which record."""
        self.must_see()
        seq = self._fold.head.seq
        self._questions.publish(seq, progress, whole=True)
        return seq

    def publish(self, longest_tail: int = 0) -> bool:
        """Publish the replica when it lacks more than so many records; whether it did.

        Raises Denied.
        """
        self.must_see()
        seq = self._fold.head.seq
        return self._questions.publish_long_tail(seq, longest_tail)

    def export(self, folder: Path, form: str) -> tuple[str, ...]:
        """Write every table and view to the new folder `folder` ('parquet' or 'csv'); the names.

        Raises BadInput, Denied.
        """
        self.must_be_allowed("export")
        if form not in ("parquet", "csv"):
            raise BadInput("--format", form, "must be parquet or csv")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadInput("DIR", folder, "must be new or empty")
        self.note("export", str(folder))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._questions.export(folder, form, self._fold.head.seq)

    def must_be_intact(self) -> None:
        """Check the whole chain by its hashes. Raises IntegrityFailed, with writing stopped."""
        if found := self.check_chain(self._closed):
            raise IntegrityFailed(f"{found}: `alluse verify` checks the whole book")

    def check_chain(self, stop: threading.Event) -> str:
        """The whole chain by its hashes, until `stop`; a broken link stops all writing.

        The newest records were checked when the journal was opened; this is the rest.
        """
        found = self._journal.broken_chain(stop)
        if found:
            self._journal.quarantine(found)
        return found

    def check_replica(self, stop: threading.Event) -> str:
        """Read the whole DuckDB file, until `stop`; one that another program changed is rebuilt.

        What was wrong with it; empty when nothing was.
        """
        return self._questions.check(self._fold.head.seq, stop)

    def verify(
        self,
        progress: Progress | None = None,
        *,
        ask: bool = True,
        signed: Sequence[Checkpoint] = (),
        signed_in: str = "",
    ) -> Verification:
        """Check everything; a failed check stops all writing from then on, one of what was `signed`
        only for who audits.

        Others go on meanwhile; only the last step makes them wait. `ask`: also what SQL says.
        `signed`: checkpoints that the journal must extend; comparing them is put on record, with
        `signed_in`, the name of their file.
        """
        from alluse_tui.engine.replica_check import ReplicaCheck
        from alluse_tui.engine.verification import checked, folded

        if signed:
            self.must_be_allowed("verify")
        self.must_see()
        try:
            folding = folded(self._journal, progress)
            replica = ReplicaCheck(self._questions, folding) if ask else None
            with self._lock, self._journal.standing_still():
                for record in self._journal.records(folding.head.seq):
                    folding.add(record, broken_link(record, folding.head))
                signs = (self.evidence.check(signed),) if signed else ()
                result = checked(self._journal, folding, replica, signs)
        except IntegrityFailed as error:
            self._journal.quarantine(str(error))
            raise
        if signs and all(c.ok or not c.of_journal for c in result.checks if c not in signs):
            self._note_comparison(signed_in, signed, signs[0])
        counts = not signs or self._audits()  # a key of one's own can sign anything
        failed = [
            c for c in result.checks if not c.ok and c.of_journal and (counts or c not in signs)
        ]
        if failed:
            self._journal.quarantine(f"{failed[0].name}: {failed[0].detail}")
        return result

    def _note_comparison(self, name: str, signed: Sequence[Checkpoint], result: Check) -> None:
        """Before a failed comparison stops all writing; the result is told, recorded or not."""
        outcome = "ok" if result.ok else "FAILED"
        try:
            self.note("verify", f"{name}: up to record {signed[-1].seq}: {outcome}")
        except (Busy, Denied, StoreFailed) as error:
            self._journal.trouble = f"the comparison could not be recorded: {error}"

    @cached_property
    def evidence(self) -> Evidence:
        """Signed checkpoints of this journal."""
        from alluse_tui.engine.evidence import Evidence

        return Evidence(self._journal, self.path, self.keys)

    def checkpoint(self, *, new_key: bool = False) -> str:
        """The newest record, signed; the first makes the machine's signing key.

        `new_key`: make one although an earlier key is missing. Raises Denied, BadInput.
        """
        self.must_be_allowed("checkpoint")
        self.note("checkpoint", self.evidence.make_key(new=new_key))
        self.refresh()
        return self.evidence.sign(self._fold.head, self.now_ns)

    def must_be_allowed(self, name: str) -> None:
        """Raises Denied, on record, to whom the table of 80-security does not let do that."""
        try:
            must_be_allowed(self._seen, self.who, self._journal, self.now_ns, name)
        except Denied:
            self.note(name, "asked for")
            raise

    def note(self, name: str, detail: str, resealed: tuple[tuple[str, str], ...] = ()) -> None:
        """Put on record what is done beside the book (backup, export, keys, checkpoint), where
        there are users to answer for it; with it the full names that were sealed anew.

        What only reads goes on where nothing can be written.
        """
        from alluse_tui.domain.people_commands import NOTED, ChangeKeys

        if self._fold.book.users and not (self.quarantined or self._fold.read_only):
            made = ChangeKeys(detail=detail, resealed=resealed) if resealed else None
            self.submit_as(made or NOTED[name](detail=detail), self.who)

    # -- inside -----------------------------------------------------------------------------

    @cached_property
    def _carrier(self) -> Carrier:
        """Loaded by the first command: who only looks loads no rules."""
        from alluse_tui.engine.carrying import Carrier

        owner = self.path.stat().st_uid if self.path.exists() else self.who.uid
        return Carrier(self._journal, self._clock, owner, self.sessions)

    def _take_turn(self, batch: Sequence[Waiting]) -> None:
        """Carry out what is waiting, in one transaction, and note how it went."""
        with self._lock:
            self._turn_of(batch)

    def _turn_of(self, batch: Sequence[Waiting]) -> None:
        outcomes: list[Outcome] = []
        try:
            with self._journal.turn() as turn:
                if turn.head != self._fold.head:
                    self._fold.follow(turn.records(self._fold.head.seq), turn.head)
                self._fold.check_writable()
                draft = self._fold.book
                for waiting in batch:
                    try:
                        draft, outcome = self._carrier.carry_out(turn, draft, waiting)
                        if isinstance(outcome, Pending):
                            outcomes.append((waiting, None, outcome))
                        else:
                            outcomes.append((waiting, outcome, None))
                    except AllUseError as error:
                        if isinstance(error, (StoreFailed, IntegrityFailed)):
                            raise
                        outcomes.append((waiting, None, error))
                head = turn.head
                if head != self._fold.head:
                    self._put_state(turn, draft)
        except Exception as error:
            for waiting in batch:
                waiting.error = error
            if isinstance(error, IntegrityFailed) and not self._journal.quarantined:
                self._journal.quarantine(str(error))
            return
        except BaseException:
            for waiting in batch:
                waiting.error = StoreFailed("interrupted before anything was recorded")
            raise
        if head != self._fold.head:
            self._fold.adopt(draft, head)
            self._fold.put_whole()
            self._keep_evidence(head, outcomes)
        for waiting, made, failure in outcomes:
            waiting.receipt, waiting.error = made, failure

    def _keep_evidence(self, head: Head, outcomes: Sequence[Outcome]) -> None:
        """What is recorded stays recorded, whether or not this succeeds."""
        try:
            done = [waiting.command.NAME for waiting, receipt, _ in outcomes if receipt]
            self.evidence.keep(head, self.now_ns, done)
        except AllUseError as error:
            self._journal.trouble = str(error)

    def _put_state(self, turn: Turn, draft: Book) -> None:
        if self._fold.stored is None:
            turn.clear_state()
        stored = self._fold.stored or Book()
        if off := imbalance(stored, draft):
            raise IntegrityFailed(f"the turn would leave the book out of balance: {off}")
        turn.put_state(SCHEMA, changed_rows(stored, draft))
