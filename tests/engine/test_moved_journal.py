"""A journal that was moved without what belongs to it, and other damage that has to be loud."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from books import NOON, init

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import IntegrityFailed, StoreFailed
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.operations.backup import make_backup, restore_backup
from alluse_tui.journal.quarantine import mark_path

CLOCK = FixedClock(NOON)


def opened(path: Path, **options: Any) -> LocalEngine:
    return LocalEngine(path, actor="dana", clock=CLOCK, **options)


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A book of three records, the last two of them only in its -wal."""
    live = tmp_path / "live" / "alluse.journal"
    with opened(live, create=True) as engine:
        engine.commands.submit(init())
    with opened(live) as engine, closing(apsw.Connection(str(live))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM record").fetchall()
        for typed in ("5", "6"):
            engine.commands.submit(Deposit(account="gen-1", amount=amount(typed)))
        shutil.copytree(live.parent, tmp_path / "book")
    return tmp_path / "book" / "alluse.journal"


def moved(path: Path) -> Path:
    """The file alone goes to another folder; a link to it is left."""
    real = path.parent.parent / "disk" / path.name
    real.parent.mkdir()
    shutil.move(path, real)
    path.symlink_to(real)
    return real


def test_a_file_moved_without_its_newest_records_is_refused_until_they_follow(
    killed: Path,
) -> None:
    real, log = moved(killed), Path(f"{killed}-wal")
    with pytest.raises(StoreFailed, match="move it to that folder") as refused:
        opened(killed)
    assert f"{log} belongs to {real}" in str(refused.value)
    log.rename(f"{real}-wal")
    with opened(killed) as engine:
        assert engine.seq == 3
        assert engine.operations.verify().ok


def test_a_quarantined_file_moved_without_its_mark_is_refused(killed: Path) -> None:
    with opened(killed):
        pass
    mark_path(killed).write_text("chain: record 2 was changed", encoding="utf-8")
    real = moved(killed)
    with pytest.raises(StoreFailed, match="quarantine belongs to"):
        opened(killed)
    mark_path(killed).rename(mark_path(real))
    with opened(killed) as engine:
        assert "record 2" in engine.quarantined


def test_a_closed_file_that_was_moved_is_the_same_book(killed: Path) -> None:
    with opened(killed) as engine:
        accounts = engine.queries.accounts()
    moved(killed)
    with opened(killed) as engine:
        assert (engine.seq, engine.queries.accounts()) == (3, accounts)


def test_a_restore_names_what_is_in_its_way(killed: Path, tmp_path: Path) -> None:
    make_backup(killed, tmp_path / "backup", None, CLOCK)
    log = Path(f"{killed}-wal")
    log.unlink(missing_ok=True)
    log.symlink_to(log.name)
    with pytest.raises(StoreFailed, match=f"{log}: Too many levels"):
        restore_backup(tmp_path / "backup", killed, None, CLOCK)
    log.unlink()
    restore_backup(tmp_path / "backup", killed, None, CLOCK)
    with opened(killed) as engine:
        assert engine.seq == 3


def test_a_record_that_is_no_text_makes_a_question_loud(killed: Path) -> None:
    with opened(killed):
        pass
    killed.with_suffix(".duckdb").unlink(missing_ok=True)
    damage = "UPDATE record SET body = CAST(x'7bff7d' AS BLOB) WHERE seq = 1"
    with closing(apsw.Connection(str(killed))) as connection:
        connection.execute(damage).fetchall()
    with opened(killed) as engine, pytest.raises(IntegrityFailed, match=r"record 1 .*recover"):
        engine.queries.accounts(as_of=engine.today)
