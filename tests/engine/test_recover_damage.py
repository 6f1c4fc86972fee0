"""`recover --keep-rest` on files damaged anywhere: nothing is invented, what it says is true."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from damage_law import (
    CLOCK,
    RECORDS,
    Damage,
    Truth,
    both,
    built,
    cut,
    gone,
    must,
    noise,
    opened,
    run,
    written,
)

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import BadInput, IntegrityFailed
from alluse_tui.engine.operations.recovery import adopt_recovered, recovered_copy

PAGE = 4_096
NOTHING = 0


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return built(tmp_path_factory.mktemp("truth"))


@contextmanager
def hurt(truth: Truth, kind: str, damage: Damage) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copytree(truth.top / kind, Path(folder) / "book")) / "alluse.journal"
        damage(path)
        yield path


def kept(truth: Truth, kind: str, damage: Damage, *, rest: bool = True) -> int:
    """How many records `recover` keeps; all where nothing is wrong, NOTHING where it says so."""
    with hurt(truth, kind, damage) as path:
        try:
            with recovered_copy(path, CLOCK, keep_rest=rest) as (copy, report):
                adopt_recovered(path, copy, report, "dana", CLOCK)
        except BadInput as error:
            must("is not damaged" in str(error), f"recover: {error}")
            return RECORDS
        except IntegrityFailed as error:
            must("nothing can be kept" in str(error), f"recover: {error}")
            return NOTHING
        with opened(path) as engine:
            must(
                engine.operations.verify(ask=False).ok and not engine.quarantined,
                "the result is damaged",
            )
            records = {record.seq: record.hash for record in engine.queries.records()}
            right = [n for n, h in enumerate(truth.hashes, start=1) if records.get(n) == h]
            must(len(right) == report.kept, f"{report.kept} kept, {len(right)} of them are right")
            must(sorted(records) == list(range(1, len(records) + 1)), "a seq is missing")
            if report.missing and not report.stateless:
                must(engine.queries.accounts() == truth.accounts[RECORDS], "other balances")
            elif not report.missing:
                must(engine.queries.accounts() == truth.accounts[report.kept], "other balances")
            else:
                must(len(report.unproven) == 3, "balances count as proven, and nothing proves them")
            engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
        return report.kept


def breaches(truth: Truth, kind: str, damages: list[tuple[object, Damage]]) -> list[object]:
    """Every damage after which `recover` failed, or kept fewer records than without the rest."""
    found: list[object] = []
    for name, damage in damages:
        try:
            with_rest = kept(truth, kind, damage)
            if with_rest < kept(truth, kind, damage, rest=False):
                found.append((name, f"only {with_rest} kept"))
        except Exception as error:  # an error of any other type is what is looked for
            found.append((name, f"{type(error).__name__}: {error}"))
    return found


@pytest.mark.parametrize("filling", [b"\0", b"noise"])
def test_every_page_overwritten_in_turn(truth: Truth, filling: bytes) -> None:
    new = noise(PAGE) if filling == b"noise" else filling * PAGE
    spots = range(0, truth.file("closed").stat().st_size, PAGE)
    damages: list[tuple[object, Damage]] = [(at // PAGE, written("", at, new)) for at in spots]
    assert breaches(truth, "closed", damages) == []


@pytest.mark.parametrize("seed", range(3))
def test_single_bytes_changed_over_the_file(truth: Truth, seed: int) -> None:
    data, draw = truth.file("closed").read_bytes(), random.Random(seed)
    spots = draw.sample([n for n, byte in enumerate(data) if byte], 50)
    damages: list[tuple[object, Damage]] = [
        (at, written("", at, bytes([data[at] ^ (1 << draw.randrange(8))]))) for at in spots
    ]
    assert breaches(truth, "closed", damages) == []


def test_a_log_cut_or_gone_or_garbled(truth: Truth) -> None:
    size = truth.file("open", "-wal").stat().st_size
    damages: list[tuple[object, Damage]] = [
        ("gone", gone("-wal")),
        *((at, cut("-wal", at)) for at in range(32, size, size // 7)),
        *((-at, written("-wal", at, b"\xa5\x5a")) for at in range(100, size, size // 7)),
    ]
    assert breaches(truth, "open", damages) == []


@pytest.mark.parametrize("seq", range(2, RECORDS))
def test_any_one_record_but_the_first_and_the_newest_costs_one(truth: Truth, seq: int) -> None:
    damaged = run(f"UPDATE record SET body = replace(body, '\"v\"', '\"w\"') WHERE seq = {seq}")
    assert kept(truth, "closed", damaged) == RECORDS - 1


@pytest.mark.parametrize(
    "beside",
    [
        "DELETE FROM state",
        "DELETE FROM meta WHERE name = 'state'",
        "DELETE FROM meta WHERE name = 'min_writer'",
        "DELETE FROM state WHERE id = 'Main/gen-1'",
        "UPDATE state SET body = 'x' WHERE id = 'Main/gen-1'",
        "UPDATE state SET id = 'Main/gen-7' WHERE id = 'Main/gen-1'",
        "DROP TABLE state",
        "DROP TABLE key_use",
        "UPDATE key_use SET seq = 'x' WHERE key = 'k7'",
        "DROP TABLE meta",
    ],
)
def test_what_the_state_lost_makes_every_balance_unproven(truth: Truth, beside: str) -> None:
    lost = run("DELETE FROM record WHERE seq = 7")
    assert kept(truth, "closed", both(lost, run(beside))) == RECORDS - 1


def test_a_stale_row_of_the_state_proves_nothing(truth: Truth) -> None:
    """Each row passes its own check: only their digest, or the sums, can tell."""
    with hurt(truth, "older", lambda _: None) as path, opened(path) as engine:
        rows = engine.core.journal.state().rows
    stale = rows["account"]["Main/gen-1"]
    damage = both(
        run("DELETE FROM record WHERE seq = 7"),
        run(f"UPDATE state SET body = '{stale}' WHERE id = 'Main/gen-1'"),
    )
    assert kept(truth, "closed", damage) == RECORDS - 1
