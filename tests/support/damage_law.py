"""The law of damage: a book of 24 records, and what may become of it when its files are hurt."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
from books import NOON, init

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import IntegrityFailed, NoBook, StoreFailed
from alluse_tui.domain.views import AccountView, PlanView
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.operations.backup import make_backup, restore_backup
from alluse_tui.engine.operations.recovery import adopt_recovered, recovered_copy
from alluse_tui.journal import Head
from alluse_tui.journal.head_file import HeadFile, head_path

CLOCK = FixedClock(NOON)
LOUD = (IntegrityFailed, NoBook, StoreFailed)
RECORDS, BACKED_UP, OLDER = 24, 5, 9
SLOW_SECONDS = 4
Damage = Callable[[Path], object]


@dataclass
class Truth:
    """A book as its files lie when it is closed, while it is open, and as they lay before.

    `accounts[n]` are those after record n.
    """

    top: Path
    accounts: list[Sequence[AccountView]] = field(default_factory=lambda: [()])
    plans: list[PlanView] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    origin: str = ""

    def file(self, kind: str, suffix: str = "") -> Path:
        return self.top / kind / f"alluse.journal{suffix}"

    def keep(self, path: Path, seq: int) -> None:
        """The kept head of the book at `path` names record `seq`."""
        HeadFile(path).keep(self.origin, Head(seq, self.hashes[seq - 1]), now=True)


def opened(path: Path) -> LocalEngine:
    return LocalEngine(path, actor="dana", clock=CLOCK)


def keyed(n: int) -> Deposit:
    """What made record n + 1."""
    code = ("gen-1", "rev-1", "com-1")[n % 3]
    return Deposit(account=code, amount=n * 1_010_000, note="x" * (37 * n % 211), key=f"k{n}")


def built(top: Path) -> Truth:
    """`closed`, `open` (all after OLDER records in the -wal), `older`, `backup` under `top`."""
    made = Truth(top)
    path = made.file("live")
    for n in range(RECORDS):
        if n in (0, OLDER):
            engine = LocalEngine(path, actor="dana", clock=CLOCK, create=True)
        if n == OLDER:
            reader = reading_at(path)  # the idle journal cannot empty its -wal meanwhile
        made.plans.append(engine.commands.submit(keyed(n) if n else init()).plan)
        made.accounts.append(engine.queries.accounts())
        if n + 1 == BACKED_UP:
            make_backup(path, top / "backup", None, CLOCK)
        if n + 1 == OLDER:
            engine.close()
            shutil.copytree(top / "live", top / "older")
    assert engine.queries.sql("SELECT count(*) FROM record").rows == ((RECORDS,),)
    for record in engine.queries.records():
        made.hashes.append(record.hash)
        made.bodies.append(record.body)
    made.origin = head_path(path).read_text().split()[0]
    made.keep(path, RECORDS)
    shutil.copytree(path.parent, top / "open", ignore=shutil.ignore_patterns("*.duckdb*"))
    reader.close()
    engine.close()
    shutil.copytree(path.parent, top / "closed")
    assert not made.file("closed", "-wal").exists()
    return made


def reading_at(path: Path) -> apsw.Connection:
    """A connection in the middle of reading the book as it is now."""
    reader = apsw.Connection(str(path))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM record").fetchall()
    return reader


# -- the law --------------------------------------------------------------------------------------


class Breach(AssertionError):
    """What must never happen."""


def must(holds: object, said: str) -> None:
    if not holds:
        raise Breach(said)


def used(truth: Truth, path: Path, least: int) -> None:
    """Opening, accounts(), verify and a deposit: the same book, or one of LOUD is raised."""
    with opened(path) as engine:
        accounts, verified = engine.queries.accounts(), engine.operations.verify(ask=False)
        hashes = [record.hash for record in engine.queries.records()]
        engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        must(verified.ok, "a deposit went through though verify failed")
        must(hashes == truth.hashes[: len(hashes)], "other records")
        must(len(hashes) >= least, f"silently {len(hashes)} of {least} records")
        must(accounts == truth.accounts[len(hashes)], "other balances without a word")
        for n, plan in enumerate(repeated(truth, engine, len(hashes)), start=1):
            must(plan == truth.plans[n], f"key k{n} answers with another receipt without a word")
    with opened(path) as engine:
        must(engine.seq == len(hashes) + 1, "the deposit is gone")
        must(engine.operations.verify(ask=False).ok, "verify fails after the deposit")


def repeated(truth: Truth, engine: LocalEngine, records: int) -> list[PlanView]:
    """What every key that was used answers: its own record and entries, once more."""
    plans = []
    for n in range(1, records):
        receipt = engine.commands.submit(keyed(n))
        said = (receipt.duplicate, receipt.seq, receipt.hash)
        must(said == (True, n + 1, truth.hashes[n].hex()), f"key k{n} answers otherwise")
        must(receipt.plan.entries == truth.plans[n].entries, f"key k{n} answers other entries")
        plans.append(receipt.plan)
    return plans


def brought_back(truth: Truth, path: Path) -> int:
    """How many records `recover` kept, or 0 where it said nothing can be kept and restore did."""
    try:
        with recovered_copy(path, CLOCK) as (copy, report):
            adopt_recovered(path, copy, report, "dana", CLOCK)
        kept, way = report.kept, report.kept
    except (NoBook, IntegrityFailed) as error:
        said = isinstance(error, NoBook) or "nothing can be kept" in str(error)
        must(said and "restore" in str(error), f"recover: {error}")
        restore_backup(truth.top / "backup", path, None, CLOCK)
        kept, way = BACKED_UP, 0
    with opened(path) as engine:
        must(
            engine.operations.verify(ask=False).ok and not engine.quarantined,
            "the way back is no way",
        )
        hashes = [record.hash for record in engine.queries.records()]
        must(hashes[:kept] == truth.hashes[:kept], "other records after the way back")
        must(engine.queries.accounts() == truth.accounts[kept], "other balances after the way back")
        repeated(truth, engine, kept)
        engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    return way


def suffered(truth: Truth, kind: str, damage: Damage, least: int = RECORDS) -> int | None:
    """None: the same book. Otherwise the refusal was loud, and so many records were kept."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copytree(truth.top / kind, Path(folder) / "book")) / "alluse.journal"
        damage(path)
        began = time.monotonic()
        try:
            used(truth, path, least)
            return None
        except LOUD as error:
            must("\n" not in str(error), f"more than a line: {error!r}")
            return brought_back(truth, path)
        finally:
            must(time.monotonic() - began < SLOW_SECONDS, "it took too long")


def breaches(
    truth: Truth, kind: str, damages: Iterable[tuple[Any, Damage]], least: int = RECORDS
) -> list[tuple[Any, str]]:
    """Every damage after which the law did not hold, and how."""
    found = []
    for name, damage in damages:
        try:
            suffered(truth, kind, damage, least)
        except Exception as error:  # an error of any other type is what is looked for
            found.append((name, f"{type(error).__name__}: {str(error)[-90:]}"))
    return found


# -- the damage -----------------------------------------------------------------------------------


def written(suffix: str, at: int, new: bytes) -> Damage:
    """`new` written over the file at `at`."""

    def damage(path: Path) -> None:
        with Path(f"{path}{suffix}").open("r+b") as file:
            file.seek(at)
            file.write(new)

    return damage


def cut(suffix: str, size: int) -> Damage:
    return lambda path: os.truncate(f"{path}{suffix}", size)


def put(suffix: str, content: bytes) -> Damage:
    return lambda path: Path(f"{path}{suffix}").write_bytes(content)


def gone(suffix: str) -> Damage:
    return lambda path: Path(f"{path}{suffix}").unlink(missing_ok=True)


def both(*damages: Damage) -> Damage:
    return lambda path: [damage(path) for damage in damages]


def run(*statements: str) -> Damage:
    """Statements of a foreign program on the file."""

    def damage(path: Path) -> None:
        with closing(apsw.Connection(str(path))) as connection:
            for statement in statements:
                connection.execute(statement).fetchall()

    return damage


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)
