"""The operations door: verification, publishing, export, checkpoints, keys and due work."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import (
    AllUseError,
    BadInput,
    Busy,
    Denied,
    IntegrityFailed,
    StoreFailed,
)
from alluse_tui.engine.auth.identity import require_permission
from alluse_tui.engine.auth.pseudonyms import require_key_ring
from alluse_tui.engine.core import Core
from alluse_tui.engine.read.queries import Queries
from alluse_tui.engine.write.commands import Commands
from alluse_tui.journal import Head, broken_link
from alluse_tui.replica.export_formats import EXPORT_FORMATS

if TYPE_CHECKING:
    from alluse_tui.engine.operations.checkpoints import Checkpoints
    from alluse_tui.engine.operations.scheduler import DueOutcome
    from alluse_tui.engine.operations.verification import Check, Progress, Verification
    from alluse_tui.engine.read.policy_suggestions import Suggestion
    from alluse_tui.market.statements import ReadStatement
    from alluse_tui.security.evidence import Checkpoint


class Operations:
    """Operations on the book as a whole."""

    def __init__(self, core: Core, commands: Commands, queries: Queries) -> None:
        """Created by the engine."""
        self._core, self._commands, self._queries = core, commands, queries

    def read_statement(
        self, path: Path, format_name: str = "auto", *, into: str = "", portfolio: str = ""
    ) -> ReadStatement:
        """Read the statement of the one account in a file; see read_statements."""
        from alluse_tui.market.statements import only_statement

        reads = self.read_statements(path, format_name, into=into, portfolio=portfolio)
        return only_statement(reads, path)

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
        """Read a broker's statements, one for each account in the file; records nothing.

        `into` is the account of a file that names none; without it such a file cannot be imported.
        `currency` is the base currency, for a file that does not give it. `mapping` is the name of
        a saved mapping of a CSV file, or a TOML file. `content` is what was read from elsewhere
        instead of the file. The file's account numbers are encrypted. If the vault has no key ring,
        one is created, for which the caller needs the permission to import. Raises BadInput,
        MissingKey, Denied.
        """
        from alluse_tui.engine.auth import pseudonyms
        from alluse_tui.engine.mapping_files import chosen_mapping, saved_mappings
        from alluse_tui.market.statements import read_statements

        self._core.require_view()
        reads = read_statements(
            path,
            format_name,
            currency,
            mapping=chosen_mapping(mapping),
            saved=saved_mappings,
            content=content,
        )
        if not reads[0].broker_account:
            code = into and self._core.visible_book.account(into, portfolio).id
            return tuple(read.for_account(code) if code else read for read in reads)
        if self._core.keys.ring() is None:
            require_permission(
                self._core.visible_book,
                self._core.caller,
                self._core.journal,
                self._core.now_ns,
                "import",
            )
        book, keys = self._core.visible_book, self._core.keys
        return pseudonyms.hidden_from_each_other(
            [pseudonyms.pseudonymised(read, book, keys) for read in reads]
        )

    def run_due(
        self,
        portfolio: str = "",
        *,
        actor: str = "",
        dry_run: bool = False,
        only_breakers: bool = False,
    ) -> tuple[DueOutcome, ...]:
        """Execute due work that needs no confirmation, once even if several processes try.

        `only_breakers`: only what circuit breakers pause.
        """
        from alluse_tui.engine.operations.scheduler import Scheduler

        self._core.refresh()
        scheduler = Scheduler(self._core, self._commands, actor or self._core.actor)
        return scheduler.run(portfolio, dry_run=dry_run, only_breakers=only_breakers)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Rebuild the replica from the first record; the newest record in it."""
        self._core.require_view()
        seq = self._core.seq
        self._core.replica.publish(seq, progress, whole=True)
        return seq

    def publish(self, longest_tail: int = 0) -> bool:
        """Publish the replica if it lacks more than `longest_tail` records; whether it did.

        Raises Denied.
        """
        self._core.require_view()
        seq = self._core.seq
        return self._core.replica.publish_long_tail(seq, longest_tail)

    def export(self, folder: Path, form: str) -> tuple[str, ...]:
        """Write every table and view to the new folder `folder`; the names.

        `form` is one of EXPORT_FORMATS. Raises BadInput, Denied.
        """
        self.require_permission("export")
        if form not in EXPORT_FORMATS:
            raise BadInput("--format", form, f"must be {' or '.join(EXPORT_FORMATS)}")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BadInput("DIR", folder, "must be new or empty")
        self.audit("export", str(folder))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._core.replica.export(folder, EXPORT_FORMATS[form], self._core.seq)

    def require_intact_chain(self) -> None:
        """Check the whole hash chain. If it is broken, stops writing and raises IntegrityFailed."""
        if broken := self.check_chain(self._core.closed):
            raise IntegrityFailed(f"{broken}: `alluse verify` checks the whole book")

    def check_chain(self, stop: threading.Event) -> str:
        """Check the whole hash chain until `stop`; its first fault, which stops all writing, or ''.

        The newest records were already checked when the journal was opened.
        """
        fault = self._core.journal.broken_chain(stop)
        if fault:
            self._core.journal.quarantine(fault)
        return fault

    def check_replica(self, stop: threading.Event) -> str:
        """Read the whole DuckDB file until `stop`, and rebuild it if another program changed it.

        Returns its fault; empty if it had none.
        """
        return self._core.replica.check(self._core.seq, stop)

    def verify(
        self,
        progress: Progress | None = None,
        *,
        ask: bool = True,
        signed: Sequence[Checkpoint] = (),
        signed_in: str = "",
    ) -> Verification:
        """Check everything. A failed check stops all writing; a failed checkpoint does so only if
        the caller is an auditor.

        Other processes can write meanwhile and wait for the last step only. `ask`: check the
        replica too. `signed`: checkpoints that the journal must extend; the comparison is recorded
        with `signed_in`, the name of their file.
        """
        from alluse_tui.engine.market_data import market_problems
        from alluse_tui.engine.operations.replica_check import ReplicaCheck
        from alluse_tui.engine.operations.verification import fold_records, run_checks

        if signed:
            self.require_permission("verify")
        self._core.require_view()
        try:
            with self._core.lock:
                newest = self._core.journal.head().seq
            folding = fold_records(self._core.journal, progress, newest=newest)
            replica = ReplicaCheck(self._core.replica, folding) if ask else None
            with self._core.lock, self._core.journal.standing_still():
                for record in self._core.journal.records(folding.head.seq):
                    folding.add(record, broken_link(record, folding.head))
                signs = (self.checkpoints.check(signed),) if signed else ()
                result = run_checks(self._core.journal, folding, replica, signs)
        except IntegrityFailed as error:
            self._core.journal.quarantine(str(error))
            raise
        if signs and all(c.ok or not c.of_journal for c in result.checks if c not in signs):
            self._note_comparison(signed_in, signed, signs[0])
        counts = not signs or self._core.may_audit()  # anyone can sign anything with their own key
        failed = [
            c for c in result.checks if not c.ok and c.of_journal and (counts or c not in signs)
        ]
        if failed:
            self._core.journal.quarantine(f"{failed[0].name}: {failed[0].detail}")
        return replace(result, notes=market_problems(self._core))

    def _note_comparison(self, name: str, signed: Sequence[Checkpoint], result: Check) -> None:
        """Record the comparison before a failure stops all writing; an error here is a warning."""
        outcome = "ok" if result.ok else "FAILED"
        try:
            self.audit("verify", f"{name}: up to record {signed[-1].seq}: {outcome}")
        except (Busy, Denied, StoreFailed) as error:
            self._core.journal.last_warning = f"the comparison could not be recorded: {error}"

    def checkpoint(self, *, new_key: bool = False) -> str:
        """Sign the newest record; the first use creates the machine's signing key.

        `new_key`: create one although an earlier key is missing. Raises Denied, BadInput.
        """
        self.require_permission("checkpoint")
        self.audit("checkpoint", self.checkpoints.make_key(new=new_key))
        self._core.refresh()
        return self.checkpoints.sign(self._core.follower.head, self._core.now_ns)

    def require_permission(self, name: str) -> None:
        """Raises Denied, on record, unless the caller may run the command called `name`."""
        try:
            require_permission(
                self._core.visible_book,
                self._core.caller,
                self._core.journal,
                self._core.now_ns,
                name,
            )
        except Denied:
            self.audit(name, "asked for")
            raise

    def audit(self, name: str, detail: str, resealed: tuple[tuple[str, str], ...] = ()) -> None:
        """Record an operation outside the book (backup, export, keys, checkpoint) if it has users.

        `resealed`: full names that were encrypted again, by user. Nothing is recorded while writing
        is refused, so that reading stays possible.
        """
        from alluse_tui.domain.commands.user_commands import AUDIT_NOTES, ChangeKeys

        if self._core.book.users and not (
            self._core.journal.quarantined or self._core.follower.read_only
        ):
            keys = ChangeKeys(detail=detail, resealed=resealed) if resealed else None
            self._commands.submit_as(keys or AUDIT_NOTES[name](detail=detail), self._core.caller)

    def account_of_statement(self, source: str) -> str:
        """The account ('Main/gen-1') with statements of that broker account; empty if none."""
        for _, account in self._core.visible_book.accounts.iter_uncached():
            if any(s.source == source for s in account.statements):
                return account.id
        return ""

    def auto_portfolios(self) -> tuple[str, ...]:
        """The portfolios whose `fork.auto` is not off: due work in them needs no confirmation."""
        portfolios = self._core.visible_book.portfolios.values()
        return tuple(sorted(p.name for p in portfolios if p.policy.fork_auto != "off"))

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """Signed checkpoints of this journal."""
        from alluse_tui.engine.operations.checkpoints import Checkpoints

        return Checkpoints(self._core.journal, self._core.path, self._core.keys)

    def keep_checkpoint(self, head: Head, commands: Sequence[str]) -> None:
        """Sign `head` if one of `commands` requires a checkpoint; a failure is only a warning."""
        try:
            self.checkpoints.keep(head, self._core.now_ns, commands)
        except AllUseError as error:
            self._core.journal.last_warning = str(error)

    def rotate_keys(self) -> str:
        """Create a vault key and encrypt all full names with it; its id.

        Older keys stay in the ring, because records in the journal cannot be encrypted again.
        Raises Denied, MissingKey.
        """
        self.require_permission("keys")
        require_key_ring(self._core.book, self._core.keys)
        self._core.keys.ensure_ring()
        full_names = {
            u.name: self._core.keys.decrypt(u.full_name) for u in self._core.book.users.values()
        }
        key_id = self._core.keys.add()
        resealed = tuple(
            (n, self._core.keys.encrypt(text)) for n, text in full_names.items() if text
        )
        self.audit("keys", f"new key {key_id} for encryption", resealed)
        return key_id

    def add_key(self, key: str) -> str:
        """Add a key of another ring for decryption, or create the first key; its id."""
        self.require_permission("keys")
        if not key:
            require_key_ring(self._core.book, self._core.keys)
        added = self._core.keys.add(key)
        self.audit("keys", f"key {added} added to the ring")
        return added

    def suggestions(self, portfolio: str = "") -> tuple[Suggestion, ...]:
        """Settings that the accounts' own history suggests; never applied. Raises BadInput."""
        from alluse_tui.engine.read.policy_suggestions import suggestions

        view = self._core.visible_book.portfolio(portfolio)
        return suggestions(view, self._queries.query("monthly", portfolio=view.name).rows)
