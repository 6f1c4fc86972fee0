"""A full disk: one clear error, nothing lost, nothing left lying about."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from books import Cli
from damage_law import reading_at
from msgspec.structs import replace

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.operations.backup import make_backup, restore_backup
from alluse_tui.replica import replica as replica_module
from crash.scenes import (
    FIVE,
    SYSTEM,
    Opened,
    leftovers,
    read_afresh,
    refused_for_space,
    whole,
)
from crash.worker import opening


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Neither this process nor one that it starts can make a file longer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def full(book: LocalEngine) -> LocalEngine:
    """A book of 600 records of a fair length, and its replica."""
    for number in range(600):
        book.commands.submit(replace(FIVE, note=f"{number} " + "n" * 400))
    book.operations.publish()
    return book


def test_a_full_disk_refuses_the_command_and_keeps_the_book(
    book: LocalEngine, opened: Opened, cli: Cli
) -> None:
    screen = opened(actor="screen")
    reader = reading_at(book.path)  # so that the log stays as long as it is
    for _ in range(5):
        book.commands.submit(FIVE)
    before = book.seq, book.queries.accounts()
    with no_file_beyond(Path(f"{book.path}-wal").stat().st_size + 2_000):
        for _ in range(2):
            with pytest.raises(StoreFailed) as raised:
                book.commands.submit(FIVE)
        assert str(book.path) in str(raised.value)
        assert "\n" not in str(raised.value)
        refused_for_space(cli("deposit", "gen-1", "1"))
        assert (book.seq, book.queries.accounts()) == before == read_afresh(book.path)
        assert cli("accounts").returncode == 0
    reader.close()
    assert book.commands.submit(FIVE).seq == before[0] + 1
    screen.refresh()
    assert screen.queries.accounts() == book.queries.accounts()
    whole(book)
    assert leftovers(book.path) == []


@pytest.mark.parametrize("size", [0, 1_000, 5_000, 20_000, 30_000])
def test_a_full_disk_refuses_a_first_book_and_leaves_none_of_it(
    path: Path, opened: Opened, cli: Cli, size: int
) -> None:
    with no_file_beyond(size):
        refused_for_space(cli("init", "--name", "Main", "--capital", "250000"))
        with pytest.raises(StoreFailed):
            opened().commands.submit(opening())
    assert leftovers(path) == []
    assert cli("accounts").returncode == 2
    assert cli("init", "--name", "Main", "--capital", "250000").returncode == 0
    with LocalEngine(path, actor="dana") as engine:
        whole(engine)


@pytest.mark.parametrize("size", [0, 5_000, 100_000, 400_000])
@pytest.mark.parametrize("way", ["publish", "rebuild"])
def test_a_full_disk_keeps_the_replica_that_is_there(
    full: LocalEngine, cli: Cli, way: str, size: int
) -> None:
    file = full.path.with_suffix(".duckdb")
    full.commands.submit(FIVE)
    before = file.read_bytes()
    act = full.operations.publish if way == "publish" else full.operations.rebuild
    with no_file_beyond(size):
        with pytest.raises(StoreFailed) as raised:
            act()
        assert list(full.queries.accounts(as_of=full.today)) == list(full.queries.accounts())
    assert "\n" not in str(raised.value)
    assert str(file) in str(raised.value)
    assert file.read_bytes() == before
    assert leftovers(full.path) == []
    if way == "rebuild" and size == 100_000:
        with no_file_beyond(size):
            refused_for_space(cli("rebuild"))
        assert file.read_bytes() == before
        assert leftovers(full.path) == []
    act()
    assert file.read_bytes() != before
    whole(full)


@pytest.mark.parametrize("size", [0, 5_000, 100_000])
def test_a_question_that_finds_no_room_to_publish_keeps_the_replica_that_is_there(
    full: LocalEngine, opened: Opened, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    file = full.path.with_suffix(".duckdb")
    for _ in range(10):
        full.commands.submit(FIVE)
    before = file.read_bytes()
    monkeypatch.setattr(replica_module, "TAIL_LIMIT", 5)
    other = opened()
    with no_file_beyond(size):
        try:
            assert list(other.queries.accounts(as_of=other.today)) == list(full.queries.accounts())
        except StoreFailed as error:
            assert "\n" not in str(error)
    assert leftovers(full.path) == []
    assert file.exists()
    assert file.read_bytes() == before
    whole(other)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_full_disk_fails_an_export_in_one_line_and_leaves_none_of_it(
    full: LocalEngine, cli: Cli, tmp_path: Path, form: str
) -> None:
    folder = tmp_path / "out"
    with no_file_beyond(3_000):
        refused_for_space(cli("export", str(folder), "--format", form))
        with pytest.raises(StoreFailed):
            full.operations.export(tmp_path / "second", form)
    assert not folder.exists() or list(folder.iterdir()) == []
    assert len(full.operations.export(folder, form)) > 10
    assert leftovers(full.path) == []
    whole(full)


def test_a_full_disk_fails_a_backup_or_a_restore_and_leaves_none_of_it(
    full: LocalEngine, cli: Cli, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    good = make_backup(full.path, away / "good", None, SYSTEM).path
    size = good.stat().st_size
    for most in (0, 3_000, 30_000, size // 2, size - 1):
        with no_file_beyond(most):
            with pytest.raises(StoreFailed) as raised:
                make_backup(full.path, away / "new", None, SYSTEM)
            with pytest.raises(StoreFailed):
                restore_backup(good, full.path, None, SYSTEM)
        assert "\n" not in str(raised.value)
    with no_file_beyond(size // 2):
        refused_for_space(cli("backup", str(away / "new"), "--plain"))
        refused_for_space(cli("restore", str(good), "--yes"))
    assert [p.name for p in away.iterdir()] == ["good"]
    assert leftovers(full.path) == []
    with no_file_beyond(size + 40_000):
        assert make_backup(full.path, away / "new", None, SYSTEM).records == full.seq
    full.commands.submit(FIVE)
    whole(full)


def test_a_full_disk_fails_a_sealed_backup_and_leaves_none_of_it(
    full: LocalEngine, cli: Cli, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("correct horse battery staple\n")
    plain = make_backup(full.path, away / "plain", None, SYSTEM).path
    # the copy fits, but not what is sealed, which is longer by a header
    with no_file_beyond(plain.stat().st_size + 50):
        refused_for_space(cli("backup", str(away / "new"), "--passphrase-file", str(secret)))
    assert [p.name for p in away.iterdir()] == ["plain"]
    assert leftovers(full.path) == []
    whole(full)
