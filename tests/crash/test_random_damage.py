"""Random damage to the files of a book: the same figures, or a loud refusal and a way out.

ALLUSE_DAMAGE_SEED is the first seed (1), ALLUSE_DAMAGE_CASES how many cases there are (200, in CI
100; some have several damages).
ALLUSE_DAMAGE_ONLY runs the seeds that it lists. ALLUSE_DAMAGE_KEEP is a folder in which the damaged
files of every breach are kept, as they were before anybody opened them. ALLUSE_DAMAGE_REPORT is a
file to which every case is written, a line of JSON each.
"""

from __future__ import annotations

import json
import os
import pickle
import select
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.journal.head_file import head_path
from crash.damage_book import END, Truth, as_of, environment, figures_of, prepared
from crash.damage_case import Breach, Case, drawn, judged

FIRST = int(os.environ.get("ALLUSE_DAMAGE_SEED", "1"))
CASES = int(os.environ.get("ALLUSE_DAMAGE_CASES", "100" if os.environ.get("CI") else "200"))
ONLY = [int(seed) for seed in os.environ.get("ALLUSE_DAMAGE_ONLY", "").split()]
KEEP = os.environ.get("ALLUSE_DAMAGE_KEEP", "")
REPORT = os.environ.get("ALLUSE_DAMAGE_REPORT", "")
SEEDS = ONLY or [*range(FIRST, FIRST + CASES)]
CHUNK = 25
LONGEST_SECONDS = 60
"""What a case takes at most; it takes about half a second. After that it hangs."""


@pytest.fixture(scope="session")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("damage"))


class Worker:
    """A process that judges cases, begun again after one that it did not outlive."""

    def __init__(self, top: Path, folder: Path) -> None:
        self._top, self._folder = top, folder
        self._process: subprocess.Popen[bytes] | None = None

    def judge(self, seed: int) -> dict[str, Any]:
        """How the case went."""
        folder = self._folder / str(seed)
        process = self._started()
        assert process.stdin is not None
        process.stdin.write(f"{seed} {folder}\n".encode())
        process.stdin.flush()
        found = self._answer(process)
        shutil.rmtree(folder, ignore_errors=True)
        if "breach" not in found:
            case = drawn(seed, self._top, folder)
            shutil.rmtree(folder)
            damage = [str(d) for d in case.damages]
            found |= {"seed": seed, "stage": case.stage, "damage": damage, "breach": found["died"]}
        return found

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "crash.damage_case", str(self._top)],
                env=environment(self._top),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert self._answer(self._process) == {}
        return self._process

    def _answer(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        """One line of the process, or what became of it instead."""
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], LONGEST_SECONDS)
        line = process.stdout.readline() if ready else b""
        if line.endswith(b"\n"):
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.close()
        how = f"its process ended with {process.returncode}" if ready else "it hangs"
        return {"died": how, "outcome": "", "notes": []}


@pytest.fixture
def worker(top: Path, tmp_path: Path) -> Iterator[Worker]:
    one = Worker(top, tmp_path)
    yield one
    one.close()


@pytest.mark.parametrize("chunk", range(-(-len(SEEDS) // CHUNK)))
def test_damage_is_healed_or_loud(worker: Worker, top: Path, chunk: int) -> None:
    seeds = SEEDS[chunk * CHUNK : (chunk + 1) * CHUNK]
    print(f"seeds {seeds[0]} to {seeds[-1]}: ALLUSE_DAMAGE_ONLY='{seeds[0]}' runs one again")
    cases = [worker.judge(seed) for seed in seeds]
    print(Counter(str(case["outcome"]).partition(":")[0] for case in cases))
    if REPORT:
        with Path(REPORT).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(case) + "\n" for case in cases)
    breaches = [case for case in cases if case["breach"]]
    for case in breaches if KEEP else ():
        drawn(case["seed"], top, Path(KEEP) / str(case["seed"]))
    assert [_line(case) for case in breaches] == []


def _line(case: dict[str, Any]) -> str:
    return f"seed {case['seed']}, {case['stage']}: {case['breach']} <- {'; '.join(case['damage'])}"


def test_what_is_not_damaged_is_as_the_truth_has_it(top: Path, tmp_path: Path) -> None:
    """The oracle itself: every way in which the files lie says the same of the whole book."""
    truth: Truth = pickle.loads((top / "truth").read_bytes())
    assert truth.records > 70
    for stage in ("closed", "busy", "resting"):
        path = Path(shutil.copytree(top / stage, tmp_path / stage)) / "alluse.journal"
        with LocalEngine(path, actor="dana", clock=FixedClock(END)) as engine:
            assert engine.seq == truth.records
            assert figures_of(engine) == truth.figures[-1]
            assert as_of(engine) == truth.as_of[-1]
            assert [r.hash for r in engine.queries.records()] == truth.hashes[1:]
            assert engine.operations.verify().ok
    assert (top / "busy" / "alluse.journal-wal").stat().st_size > 100_000
    assert (top / "resting" / "alluse.journal-wal").stat().st_size > 100_000
    assert not (top / "closed" / "alluse.journal-wal").exists()


# -- the harness itself ---------------------------------------------------------------------------


def undamaged(top: Path, folder: Path) -> Case:
    shutil.copytree(top / "closed", folder)
    truth: Truth = pickle.loads((top / "truth").read_bytes())
    return Case(1, truth, top, folder / "alluse.journal", "closed", truth.records)


def test_other_figures_are_a_breach(top: Path, tmp_path: Path) -> None:
    case = undamaged(top, tmp_path / "book")
    judged(case)
    assert case.outcome == "same"
    case = undamaged(top, tmp_path / "other")
    case.truth.figures[-1] = case.truth.figures[-2]
    with pytest.raises(Breach, match="accounts: other figures"):
        judged(case)


def test_figures_as_of_a_day_and_hashes_and_keys_count_too(top: Path, tmp_path: Path) -> None:
    case = undamaged(top, tmp_path / "as-of")
    case.truth.as_of[-1] = case.truth.as_of[-30]
    with pytest.raises(Breach, match="as of: other figures"):
        judged(case)
    case = undamaged(top, tmp_path / "hashes")
    case.truth.hashes[3] = bytes(32)
    with pytest.raises(Breach, match="other records"):
        judged(case)
    case = undamaged(top, tmp_path / "keys")
    command, _ = case.truth.keyed["k1"]
    case.truth.keyed = {"never": (replace(command, key="never"), 5)}
    with pytest.raises(Breach, match="key never was carried out a second time"):
        judged(case)


def test_a_book_that_ends_before_the_head_file_says_is_a_breach(top: Path, tmp_path: Path) -> None:
    case = undamaged(top, tmp_path / "book")
    shutil.copy(top / "older" / "alluse.journal", case.path)
    head_path(case.path).unlink()
    case.path.with_suffix(".duckdb").unlink()
    with pytest.raises(Breach, match="ends silently"):
        judged(case)


def test_what_hangs_or_dies_is_a_breach(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("crash.test_random_damage.LONGEST_SECONDS", 0)
    hanging = "import sys; sys.stdin.read()"
    monkeypatch.setattr(
        worker,
        "_process",
        subprocess.Popen(
            [sys.executable, "-c", hanging],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ),
    )
    assert worker.judge(1)["breach"] == "it hangs"
    monkeypatch.setattr("crash.test_random_damage.LONGEST_SECONDS", 60)
    dying = "import sys, os; sys.stdin.readline(); os.kill(os.getpid(), 9)"
    monkeypatch.setattr(
        worker,
        "_process",
        subprocess.Popen(
            [sys.executable, "-c", dying],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ),
    )
    assert worker.judge(1)["breach"] == "its process ended with -9"
