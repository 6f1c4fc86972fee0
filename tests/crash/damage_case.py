"""One case of damage: what the book's files are, what is done to them, and what may come of it.

A process of its own, `damage_case.py TOP`, reads "SEED FOLDER" lines and answers each with one line
of JSON. So a case that hangs or kills its process is seen by the test, and is a breach as well.

What must hold: the same records and the same figures, or an error that is loud and a way out of it
that ends with a sound book. What cannot hold: records newer than both the head file and what was
copied from the `-wal` into the file are lost without a word where the `-wal` is damaged, and so is
what only files knew that are damaged as well. Even then the book is one that it was before.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import re
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import AllUseError, BadInput, IntegrityFailed, NoBook
from alluse_tui.domain.views import printable
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.operations.backup import restore_backup
from alluse_tui.engine.operations.recovery import adopt_recovered, recovered_copy
from alluse_tui.journal.head_file import head_path
from alluse_tui.journal.quarantine import mark_path
from crash.damage_book import BACKED_UP, END, Truth, as_of, figures_of
from crash.damage_kinds import (
    BLOCK,
    FRAME,
    OBSTACLES,
    PAGE,
    REPLICA_HEADER,
    WAL_HEADER,
    Damage,
    Place,
    damaged,
)

CLOCK = FixedClock(END)
STAGES = {"closed": 40, "busy": 25, "resting": 25, "marked": 10}
"""Whose files are damaged, and how often: `marked` is `closed` in quarantine."""

OBSTACLE_KINDS = frozenset(kind.__name__ for kind in OBSTACLES)
ATTEMPTS = 4


class Breach(AssertionError):
    """What must never happen."""


@dataclass
class Case:
    """A copy of the book at `path` and the damage that was done to it.

    `head_seq`: the record that the head file named before. `outcome` tells how it ended.
    """

    seed: int
    truth: Truth
    top: Path
    path: Path
    stage: str
    head_seq: int
    damages: list[Damage] = field(default_factory=list)
    outcome: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def hurt(self) -> frozenset[str]:
        """The names of the damaged files."""
        return frozenset(d.name for d in self.damages)

    @property
    def floor(self) -> int:
        """The newest record that an undamaged file proves."""
        in_file = self.truth.records if self.stage in ("closed", "marked") else self.truth.closed_at
        return max(
            0 if "head" in self.hurt else self.head_seq, 0 if "main" in self.hurt else in_file
        )

    @property
    def asks(self) -> bool:
        """Whether the replica is looked at again later on, which takes most of a case's time."""
        return "replica" in self.hurt or self.seed % 4 == 0

    @property
    def only_derived(self) -> bool:
        """Whether only the replica of a sound book is damaged, and is a file still, or gone."""
        obstacle = any(d.kind in OBSTACLE_KINDS for d in self.damages)
        return self.stage != "marked" and self.hurt == {"replica"} and not obstacle


def drawn(seed: int, top: Path, folder: Path) -> Case:
    """The case of that seed, its files in the new folder `folder`, damaged."""
    draw = random.Random(seed)
    truth = _truth(top)
    stage = draw.choices([*STAGES], [*STAGES.values()])[0]
    shutil.copytree(top / ("closed" if stage == "marked" else stage), folder)
    path = folder / "alluse.journal"
    if stage == "marked":
        mark_path(path).write_text("chain: record 7 was changed", encoding="utf-8")
    head_seq = int(head_path(path).read_text(encoding="ascii").split()[1])
    case = Case(seed, truth, top, path, stage, head_seq)
    places = _places(top, path)
    weights = {
        "main": 40,
        "wal": 30 if stage in ("busy", "resting") else 3,
        "head": 12,
        "replica": 24,
        "mark": 40 if stage == "marked" else 1,
    }
    for _ in range(draw.choice([1, 1, 1, 1, 1, 1, 2, 2, 3])):
        name = draw.choices([*weights], [*weights.values()])[0]
        if os.path.lexists(places[name].path) and not places[name].path.is_file():
            continue  # an earlier damage left something else there
        case.damages.append(damaged(draw, places[name]))
    return case


@cache
def _truth(top: Path) -> Truth:
    truth: Truth = pickle.loads((top / "truth").read_bytes())
    return truth


def _places(top: Path, path: Path) -> dict[str, Place]:
    """The files of the book at `path`, by their names."""

    def earlier(folder: str, suffix: str) -> bytes:
        file = top / folder / f"alluse{suffix}"
        return file.read_bytes() if file.exists() else b""

    wal, replica = Path(f"{path}-wal"), path.with_suffix(".duckdb")
    return {
        "main": Place("main", path, 0, PAGE, earlier("older", ".journal")),
        "wal": Place("wal", wal, WAL_HEADER, FRAME, earlier("older-open", ".journal-wal")),
        "head": Place("head", head_path(path), 0, 16, earlier("older", ".journal.head")),
        "mark": Place("mark", mark_path(path), 0, 16, b""),
        "replica": Place("replica", replica, REPLICA_HEADER, BLOCK, earlier("older", ".duckdb")),
    }


# -- the law --------------------------------------------------------------------------------------


def judged(case: Case) -> None:
    """Uses the damaged book as people do. Raises Breach for what must never happen."""
    try:
        used(case)
    except (AllUseError, OSError) as error:  # an OSError is a line and exit code 6 too
        _loud(case, error)
        way_out(case, error)


def must(holds: object, said: str) -> None:
    if not holds:
        raise Breach(said)


def used(case: Case) -> None:
    """Open, list, ask as of a day, repeat a command, verify, write: or a loud refusal."""
    truth = case.truth
    with _opened(case.path) as engine:
        _shown_rightly(case, engine, "accounts", lambda: figures_of(engine), truth.figures)
        _shown_rightly(case, engine, "as of", lambda: as_of(engine), truth.as_of)
        _repeated(case, engine)
        verified = engine.operations.verify(ask=case.asks)
        if not verified.ok:
            failed = [f"{c.name}: {c.detail}" for c in verified.checks if not c.ok]
            raise IntegrityFailed(f"verify: {failed[0]}; `alluse recover` or `alluse restore`")
        must(not engine.quarantined, "verify is content with a book that is quarantined")
        hashes = [record.hash for record in engine.queries.records()]
        seq = len(hashes)
        must(seq == engine.seq, f"{seq} records and a head of {engine.seq}")
        must(hashes == truth.hashes[1 : seq + 1], "other records without a word")
        must(seq >= case.floor, f"ends silently at {seq}, an undamaged file proves {case.floor}")
        _shown_rightly(
            case, engine, "accounts after verify", lambda: figures_of(engine), truth.figures
        )
        if case.asks:
            _shown_rightly(case, engine, "as of after verify", lambda: as_of(engine), truth.as_of)
        engine.commands.submit(Deposit(account="Main/gen-1", amount=amount("1")))
    if case.stage == "marked":
        last = [d.kind for d in case.damages if d.name == "mark"][-1:]
        must(last in (["deleted"], ["link_to_nothing"]), "a damaged mark no longer counts")
    with _opened(case.path) as engine:
        must(engine.seq == seq + 1, "the new deposit is gone")
        must(engine.operations.verify(ask=False).ok, "verify fails after the new deposit")
    case.outcome = "same" if seq == truth.records else f"shorter: {seq} of {truth.records}"


def _opened(path: Path) -> LocalEngine:
    return LocalEngine(path, actor="dana", clock=CLOCK)


def _shown_rightly(
    case: Case, engine: LocalEngine, what: str, ask: Callable[[], object], truth: Sequence[object]
) -> None:
    """The answer is that of a book which was; where the book is in quarantine it may be wrong."""
    shown = ask()
    if not engine.quarantined:
        must(engine.seq <= case.truth.records, f"{what}: a book of {engine.seq} records")
        must(shown == truth[engine.seq], f"{what}: other figures without a word")


def _repeated(case: Case, engine: LocalEngine) -> None:
    """A key that was used answers with its receipt; nothing is done a second time."""
    draw = random.Random(case.seed)
    used = [(k, c, n) for k, (c, n) in case.truth.keyed.items() if n <= engine.seq]
    if not used or engine.quarantined:
        return
    key, command, seq = draw.choice(sorted(used, key=lambda one: one[0]))
    receipt = engine.commands.submit(command)
    must(receipt.duplicate, f"the command of key {key} was carried out a second time")
    answer = (receipt.seq, receipt.hash)
    must(answer == (seq, case.truth.hashes[seq].hex()), f"key {key} answers otherwise")


# -- loud, and the way out ------------------------------------------------------------------------


def _loud(case: Case, error: AllUseError | OSError) -> None:
    """What an error has to be: one line, and none where nothing that counts was lost."""
    must("\n" not in printable(str(error)), f"more than a line: {error!r}")
    must(not case.only_derived, f"damage to the replica alone is no reason for: {_short(error)}")


def way_out(case: Case, error: AllUseError | OSError) -> None:
    """Do what the error says until the book is sound again."""
    steps = []
    for _ in range(ATTEMPTS):
        step = _step(case, error)
        steps.append(step)
        try:
            _steps()[step](case)
            kept = _sound(case)
        except (AllUseError, OSError) as again:
            must(
                str(again) != str(error) or step == "clear", f"no way out: {step}: {_short(again)}"
            )
            error = again
            continue
        case.outcome = f"loud, then {' and '.join(steps)}: {kept} of {case.truth.records}"
        return
    raise Breach(f"no way out after {', '.join(steps)}: {_short(error)}")


def _step(case: Case, error: AllUseError | OSError) -> str:
    """What to do about the error, by its own words."""
    said = str(error)
    if " belongs to " in said:
        return "move"
    for obstacle in _obstacles(case):
        if any(name in said for name in (str(obstacle), os.path.realpath(obstacle))):
            return "clear"
    if isinstance(error, NoBook):
        return "restore"
    if "recover" in said and "nothing can be kept" not in said:
        return "recover"
    if "restore" in said:
        return "restore"
    case.notes.append(f"names no way out: {_short(error)}")
    return "restore" if isinstance(error, BadInput) or _obstacles(case) else "recover"


def _obstacles(case: Case) -> list[Path]:
    """Names of our files at which something lies that is no file; damage put it there."""
    places = _places(case.top, case.path).values()
    return [p.path for p in places if os.path.lexists(p.path) and not p.path.is_file()]


def _steps() -> dict[str, Callable[[Case], None]]:
    return {"clear": _clear, "move": _move, "recover": _recover, "restore": _restore}


def _clear(case: Case) -> None:
    """Remove what an error complained of: a directory, a FIFO, a link to nothing."""
    for obstacle in _obstacles(case):
        if obstacle.is_dir() and not obstacle.is_symlink():
            shutil.rmtree(obstacle)
        else:
            obstacle.unlink()


def _move(case: Case) -> None:
    """Move what is beside a link to the journal's own folder."""
    real = os.path.realpath(case.path)
    for suffix in ("-wal", "-shm", ".head", ".quarantine"):
        if os.path.lexists(f"{case.path}{suffix}"):
            os.replace(f"{case.path}{suffix}", f"{real}{suffix}")


def _recover(case: Case) -> None:
    """`alluse recover`."""
    with recovered_copy(case.path, CLOCK) as (copy, report):
        adopt_recovered(case.path, copy, report, "dana", CLOCK)


def _restore(case: Case) -> None:
    """`alluse restore BACKUP`."""
    restore_backup(case.top / "backup", case.path, None, CLOCK)


def _sound(case: Case) -> int:
    """How many records of before there are, in a book with which everything is well."""
    truth = case.truth
    with _opened(case.path) as engine:
        verified = engine.operations.verify(ask=case.asks)
        if not verified.ok:
            failed = [f"{c.name}: {c.detail}" for c in verified.checks if not c.ok]
            raise IntegrityFailed(f"after the way out, verify: {failed[0]}")
        must(not engine.quarantined, "still in quarantine after the way out")
        hashes = [b"", *(record.hash for record in engine.queries.records())]
        same = (a == b for a, b in zip(hashes, truth.hashes, strict=False))
        kept = next((n for n, ok in enumerate(same) if not ok), min(len(hashes), len(truth.hashes)))
        kept -= 1
        must(kept > 0, "nothing of the book after the way out")
        must(len(hashes) - 1 - kept <= 1, f"{len(hashes) - 1 - kept} other records")
        must(figures_of(engine) == truth.figures[kept], "other figures after the way out")
        if case.asks:
            must(as_of(engine) == truth.as_of[kept], "other figures as of a day after the way out")
        engine.commands.submit(Deposit(account="Main/gen-1", amount=amount("1")))
    assert kept >= BACKED_UP or "main" in case.hurt, kept
    return kept


def _short(error: BaseException) -> str:
    """The kind of an error and its words without folders."""
    return f"{type(error).__name__}: {re.sub(r'/[^ :]*/', '…/', str(error))[:200]}"


# -- the process ----------------------------------------------------------------------------------


def answer(seed: int, top: Path, folder: Path) -> dict[str, object]:
    """The case of that seed and how it went; `breach` is empty where the law held."""
    case = drawn(seed, top, folder)
    breach = ""
    try:
        judged(case)
    except Breach as error:
        breach = str(error)
    except Exception as error:  # an error of any other type is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        breach = f"unhandled {_short(error)} in {place}"
    return {
        "seed": seed,
        "stage": case.stage,
        "damage": [str(d) for d in case.damages],
        "outcome": case.outcome,
        "notes": case.notes,
        "breach": breach,
    }


def main(top: Path) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing else is an answer
    answers.write("{}\n")
    answers.flush()
    for line in sys.stdin:
        seed, folder = line.rstrip("\n").split(" ", 1)
        answers.write(json.dumps(answer(int(seed), top, Path(folder))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
