"""Where the book is gone but a replaced file is kept, nobody begins a new one by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from backup_book import Book, damaged, six_records
from opened import opened
from screens import screen_text

from alluse_tui.cli import dashboard
from alluse_tui.cli.dashboard import Manners, open_dashboard
from alluse_tui.domain.errors import NoBook
from alluse_tui.engine import LocalEngine

INIT = ("init", "--name", "Main", "--capital", "1000")


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Book:
    """Six records, restored over seven; then the file at the path is lost."""
    book = six_records(tmp_path, capsys)
    book.done("backup", tmp_path / "copy", "--plain")
    book.grown()
    book.done("restore", tmp_path / "copy", "--yes")
    for file in book.path.parent.iterdir():
        if "replaced" not in file.name:
            file.unlink()
    return book


def kept(book: Book) -> Path:
    (file,) = (p for p in book.path.parent.iterdir() if "replaced" in p.name)
    return file


@pytest.mark.parametrize(
    "command", [("accounts",), ("backup", "copy", "--plain"), ("recover", "--yes"), INIT, ()]
)
def test_every_command_names_the_kept_file_and_the_way_back(
    book: Book, tmp_path: Path, command: tuple[str, ...]
) -> None:
    if command:
        done = book(*command)
        assert (done.code, done.out) == (2, "")
        message = done.err
        assert book(*command, "--json").error["code"] == "no_book"
    else:
        with pytest.raises(NoBook) as raised:
            open_dashboard(book.path, Manners())
        message = str(raised.value)
    file = kept(book)
    assert f"no book at {book.path}, but the one that was there is kept as {file.name}" in message
    assert f"`alluse restore {file}` brings it back" in message
    assert not book.path.exists()
    book.done("restore", file, "--yes")
    assert len(book.hashes()) == 7


def test_of_a_damaged_file_it_says_that_recover_comes_first(book: Book) -> None:
    book.done("restore", kept(book), "--yes")
    kept(book).unlink()
    damaged(book, 6)
    file = Path(book.done("recover", "--yes")["damaged"])
    book.path.unlink()
    message = book("accounts").err
    assert f"`alluse recover --db {file}`, then `alluse restore {file}` bring it back" in message
    Book(file, book.capsys).done("recover", "--yes")
    book.done("restore", file, "--yes")
    assert len(book.hashes()) == 6


def test_init_begins_a_new_book_there_only_anyway(book: Book) -> None:
    assert book(*INIT, "--dry-run").code == 2
    assert book(*INIT).code == 2
    assert not book.path.exists()
    book.done(*INIT, "--anyway")
    assert len(book.hashes()) == 1
    book.done("init", "--name", "Second", "--capital", "5")  # the book is there: nothing to refuse


def test_the_first_run_screen_does_not_open_there(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "_terminal", lambda: True)
    with pytest.raises(NoBook, match="brings it back"):
        open_dashboard(book.path, Manners())
    assert not book.path.exists()


async def test_the_first_run_screen_begins_no_book_where_one_was_put_aside_meanwhile(
    book: Book,
) -> None:
    with LocalEngine(book.path, actor="dana", create=True) as engine:
        async with opened(engine, size=(160, 50)) as pilot:
            await pilot.press("n")
            await pilot.pause()
            shown = " ".join(screen_text(pilot).split())
            assert "no book at" in shown
            assert "brings it back" in shown
            assert "capital" not in shown
    assert not book.path.exists()
