"""Putting another journal at a path: nobody comes between, and nothing of the old one is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from threading import Timer

import apsw
import pytest
from backup_book import Book, damaged, six_records
from books import NOON

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import Busy, StoreFailed
from alluse_tui.engine import FixedClock
from alluse_tui.engine.operations.backup import make_backup, restore_backup
from alluse_tui.journal import exchange as exchange_module
from alluse_tui.journal.replaced_files import replaced_files
from alluse_tui.journal.sqlite import fetched

CLOCK = FixedClock(NOON)

OPEN_AND_WRITE = """
import apsw, sys
try:
    book = apsw.Connection(sys.argv[1], flags=apsw.SQLITE_OPEN_READWRITE)
    book.execute("BEGIN IMMEDIATE")
except apsw.BusyError:
    print("busy")
"""


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Book:
    return six_records(tmp_path, capsys)


@pytest.fixture
def backup(book: Book, tmp_path: Path) -> Path:
    """A copy of the six records; the book goes on to seven."""
    copy = make_backup(book.path, tmp_path / "backup", None, CLOCK).path
    book.grown()
    return copy


def strange(book: Book) -> set[str]:
    """What is beside the book that need not be."""
    known = {f"{book.path.name}{s}" for s in ("", "-wal", "-shm", ".head")}
    return {p.name for p in book.path.parent.iterdir()} - known


@contextmanager
def held_by_another(path: Path, *statements: str) -> Iterator[None]:
    """Another process has the file open, in the middle of `statements`."""
    code = (
        "import apsw, sys\n"
        "book = apsw.Connection(sys.argv[1])\n"
        "[book.execute(statement).fetchall() for statement in sys.argv[2:]]\n"
        "print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path), *statements]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.communicate()


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "open-elsewhere"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_nobody_opens_the_file_while_it_is_replaced(
    book: Book, backup: Path, monkeypatch: pytest.MonkeyPatch, shared: bool, moment: str
) -> None:
    """Neither the old one without its logs, nor the new one with the old one's head and mark."""
    answers = []
    rename = os.rename

    def tried() -> None:
        command = [sys.executable, "-c", OPEN_AND_WRITE, str(book.path)]
        answers.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    def renamed(source: Path, target: Path) -> None:
        if moment == "before":
            tried()
        rename(source, target)
        if moment == "after":
            tried()

    monkeypatch.setattr(exchange_module.os, "rename", renamed)  # type: ignore[attr-defined]
    if shared:
        with held_by_another(book.path, "SELECT count(*) FROM record"):
            restore_backup(backup, book.path, None, CLOCK)
    else:
        restore_backup(backup, book.path, None, CLOCK)
    assert answers == ["busy\n"]
    assert len(book.hashes()) == 6
    assert book.done("verify")["ok"]


def test_a_command_that_reads_older_records_for_long_makes_it_wait_and_changes_nothing(
    book: Book, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange_module, "BUSY_MS", 50)
    before = book.hashes()
    with (
        held_by_another(book.path, "BEGIN", "SELECT count(*) FROM record"),
        closing(apsw.Connection(str(book.path))) as writer,
    ):
        writer.execute("INSERT INTO meta VALUES ('newer', 'than what is read')")
        with pytest.raises(Busy, match="read by another process"):
            restore_backup(backup, book.path, None, CLOCK)
        assert strange(book) == set()
    assert book.hashes() == before


def test_a_book_that_is_written_and_read_all_the_time_is_replaced_between_two_turns(
    book: Book, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever the exchange begins its turn, a reader of older records is not done yet."""
    readers: list[Timer] = []

    def fetched_among_others(
        connection: apsw.Connection, sql: str, *values: tuple[str | int | bytes, ...]
    ) -> list[tuple[object, ...]]:
        if sql == "BEGIN IMMEDIATE":
            reader, writer = apsw.Connection(str(book.path)), apsw.Connection(str(book.path))
            reader.execute("BEGIN; SELECT count(*) FROM record").fetchall()
            writer.execute("INSERT INTO meta VALUES (?, 'newer')", (f"m-{len(readers)}",))
            writer.close()
            readers.append(Timer(0.1, reader.close))
            readers[-1].start()
        return fetched(connection, sql, *values)

    monkeypatch.setattr(exchange_module, "fetched", fetched_among_others)
    with held_by_another(book.path, "SELECT count(*) FROM record"):
        restore_backup(backup, book.path, None, CLOCK)
    for reader in readers:
        reader.join()
    assert len(readers) == 1
    assert len(book.hashes()) == 6
    assert book.done("verify")["ok"]


def test_a_turn_in_another_process_makes_it_wait_and_changes_nothing(
    book: Book, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange_module, "BUSY_MS", 50)
    before = book.hashes()
    with held_by_another(book.path, "BEGIN IMMEDIATE"):
        with pytest.raises(Busy):
            restore_backup(backup, book.path, None, CLOCK)
        assert strange(book) == set()
    assert book.hashes() == before


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_copy_that_cannot_be_made_leaves_the_book_and_nothing_else(
    book: Book, backup: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    before, calls = book.hashes(), []

    def fail(*_: object) -> None:
        calls.append(1)
        if len(calls) == fails_at:
            raise OSError(28, "No space left on device")

    for module, name in (("shutil", "copyfileobj"), ("", "rename_new"), ("", "sync_folder")):
        owner = getattr(exchange_module, module) if module else exchange_module
        real = getattr(owner, name)

        def called(*arguments: object, real: object = real) -> None:
            fail()
            real(*arguments)  # type: ignore[operator]

        monkeypatch.setattr(owner, name, called)
    with pytest.raises(StoreFailed, match=r"cannot be replaced: No space left"):
        restore_backup(backup, book.path, None, CLOCK)
    assert len(calls) == fails_at
    assert strange(book) == set()
    monkeypatch.undo()
    assert book.hashes() == before
    book.grown()


def test_what_fails_after_the_exchange_is_a_note(
    book: Book, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.done("query", "SELECT 1")
    damaged(book, 6)
    assert book("verify").code == 4
    unlink = Path.unlink

    def fail(path: Path, missing_ok: bool = False) -> None:
        if path.suffix in (".quarantine", ".duckdb"):
            raise OSError(30, "Read-only file system")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", fail)
    done = book("restore", backup, "--yes")
    assert done.code == 0
    assert done.err.count("note: ") == 2
    assert f"{book.path}.quarantine: cannot be removed, so writing is refused" in done.err
    document = book.done("restore", backup, "--yes")
    assert len(document["notes"]) == 2
    document = book.done("recover", "--yes")  # the mark is still there
    assert (document["kept"], len(document["notes"])) == (6, 2)
    monkeypatch.undo()
    book.done("recover", "--yes")
    book.grown()


def test_a_folder_that_cannot_be_made_durable_afterwards_is_a_note(
    book: Book, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        if len(book.hashes()) == 6:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(exchange_module, "sync_folder", fail)
    monkeypatch.setattr(exchange_module, "_locked", nullcontext)
    assert "power cut" in book.done("restore", backup, "--yes")["notes"][0]


@pytest.mark.parametrize("command", ["restore", "recover"])
def test_a_link_at_the_path_is_followed_and_stays(
    book: Book, backup: Path, tmp_path: Path, command: str
) -> None:
    link = Book(tmp_path / "elsewhere" / "linked.journal", book.capsys)
    link.path.parent.mkdir()
    link.path.symlink_to(book.path)
    damaged(book, 6)
    if command == "restore":
        kept = link.done("restore", backup, "--yes")["put_aside"]
        assert len(book.hashes()) == 6
    else:
        kept = link.done("recover", "--yes")["damaged"]
        assert len(book.hashes()) == 6  # five, and the one that says so
    assert Path(kept).parent == book.path.parent
    assert Path(kept).name.startswith("alluse.journal.")
    assert link.path.is_symlink()
    assert os.listdir(link.path.parent) == ["linked.journal"]
    link.grown()
    assert link.hashes() == book.hashes()


def test_a_link_to_nothing_gets_its_book_back(book: Book, backup: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(book.path)
    for file in book.path.parent.iterdir():
        file.unlink()
    restore_backup(backup, link, None, CLOCK)
    assert (link.is_symlink(), len(book.hashes())) == (True, 6)


def test_a_log_without_its_file_is_kept_and_does_not_get_into_the_new_one(
    book: Book, backup: Path
) -> None:
    with book.opened() as engine, closing(apsw.Connection(str(book.path))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM record").fetchall()
        engine.commands.submit(Deposit(account="gen-1", amount=amount("2")))
        log = Path(f"{book.path}-wal").read_bytes()
    assert log
    book.path.unlink()
    Path(f"{book.path}-wal").write_bytes(log)
    assert restore_backup(backup, book.path, None, CLOCK).put_aside is None
    assert len(book.hashes()) == 6
    (kept,) = strange(book)
    assert kept.startswith("alluse.journal.replaced-")
    assert kept.endswith("-wal")
    assert book.path.with_name(kept).read_bytes() == log
    assert book.done("verify")["ok"]


def test_what_killed_writers_of_the_head_file_left_goes_with_the_old_file(
    book: Book, backup: Path
) -> None:
    for name in (".alluse.journal.head.abc_1234", ".alluse.journal.quarantine.abc_1234"):
        book.path.with_name(name).touch()
    book.path.with_name(".alluse.journal.head.longer_than_those").touch()
    (kept,) = (restore_backup(backup, book.path, None, CLOCK).put_aside,)
    assert kept is not None
    assert strange(book) == {kept.name, ".alluse.journal.head.longer_than_those"}


def test_a_pipe_at_the_path_is_refused_at_once(backup: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.journal"
    os.mkfifo(pipe)
    with pytest.raises(StoreFailed, match="not a regular file"):
        restore_backup(backup, pipe, None, CLOCK)
    assert pipe.is_fifo()


def test_replaced_files_are_told_from_what_is_beside_them_and_sorted_by_time(
    tmp_path: Path,
) -> None:
    names = [
        "a.journal.replaced-20261124-093000-10",
        "a.journal.replaced-20261124-093000-2",
        "a.journal.damaged-20261124-093000",
        "a.journal.replaced-20251231-235959",
    ]
    for name in names:
        for suffix in ("", "-wal", "-shm", ".head", ".quarantine"):
            (tmp_path / f"{name}{suffix}").touch()
    for name in ("b.journal.replaced-20261124-093000", "a.journal.replaced-someday", "a.journal"):
        (tmp_path / name).touch()
    assert [p.name for p in replaced_files(tmp_path / "a.journal")] == names
    assert list(replaced_files(tmp_path / "none" / "a.journal")) == []
