"""Books that lose records, and what `recover` makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
from books import NOON, init
from msgspec.structs import replace

from alluse_tui.domain.commands import Command, Deposit, amount
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.operations.recovery import Report, adopt_recovered, recovered_copy
from alluse_tui.engine.write.group_commit import TURN_LIMIT, Waiting
from alluse_tui.journal import Journal

CODES = ("gen-1", "rev-1", "com-1")


def deposit(n: int) -> Deposit:
    return Deposit(account=CODES[n % 3], amount=amount(f"{n}.01"), key=f"k{n}")


class Books:
    """A journal at `path` by a clock that stands still; nothing has it open in between."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = FixedClock(NOON)

    @contextmanager
    def engine(self, actor: str = "dana") -> Iterator[LocalEngine]:
        with LocalEngine(
            self.path, actor=actor, clock=self.clock, create=True, accept_clock=True
        ) as engine:
            yield engine

    def built(self, deposits: int = 0) -> Books:
        """Record 1 is init, record n + 1 is deposit n; many share a turn, as threads would."""
        with self.engine() as engine:
            engine.commands.submit(init())
            for first in range(1, deposits + 1, TURN_LIMIT):
                numbers = range(first, min(first + TURN_LIMIT, deposits + 1))
                batch = [Waiting(deposit(n), engine.caller) for n in numbers]
                engine.commands._take_turn(batch)
                assert [w.error for w in batch if w.error] == []
        return self

    def does(self, *commands: Command, actor: str = "dana") -> list[int]:
        """The record of each."""
        with self.engine(actor) as engine:
            return [engine.commands.submit(command).seq for command in commands]

    def sql(self, statement: str, values: Sequence[object] = ()) -> None:
        with closing(apsw.Connection(str(self.path))) as connection:
            connection.execute(statement, tuple(values))

    def lose(self, *seqs: int) -> None:
        """These records no longer match their hashes."""
        for seq in seqs:
            self.sql("UPDATE record SET body = replace(body, ':', ' :') WHERE seq = ?", [seq])

    def lose_state(self) -> None:
        """Nothing beside the records can be believed any more."""
        self.sql("UPDATE state SET body = replace(body, 'USD', 'XXX')")

    def book(self) -> Book:
        """Accounts, users and all else, as the state has them."""
        with self.engine() as engine:
            return engine.core.follower.book

    def hashes(self) -> dict[int, bytes]:
        with closing(Journal(self.path)) as journal:
            return {record.seq: record.hash for record in journal.records()}

    def recover(self, **options: object) -> Report:
        options.setdefault("keep_rest", True)
        with recovered_copy(self.path, self.clock, **options) as (copy, report):  # type: ignore[arg-type]
            adopt_recovered(self.path, copy, report, "dana", self.clock, accept_clock=True)
        return report

    def verified(self) -> str:
        """What `verify` says of the gaps; everything else must be right, in SQL too."""
        with self.engine() as engine:
            checks = engine.operations.verify().checks
            assert [c for c in checks if not c.ok] == []
            assert engine.quarantined == ""
            return next((c.detail for c in checks if c.name == "gaps"), "")

    def refuses(self, command: Command, error: type[Exception]) -> str:
        with self.engine() as engine:
            try:
                engine.commands.submit(command)
            except error as refusal:
                return str(refusal)
        raise AssertionError("it was not refused")


def figures(book: Book) -> dict[str, Account]:
    """The accounts without what only a recovery sets."""
    return {
        key: replace(a, unproven=0, latest_effective=a.opened) for key, a in book.accounts.items()
    }
