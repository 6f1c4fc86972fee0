"""Exported files: private, and without formulas for a spreadsheet."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import duckdb
import pytest
from backup_book import Book, mode, six_records
from foreign import EDITS, with_raw_bytes

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.replica import replica as replica_module
from alluse_tui.replica.export_formats import EXPORT_FORMATS

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"]
PLAIN = ["a=1", "'=1", " -", "1-1", "☃", "", "x\n=1"]


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Book:
    return six_records(tmp_path, capsys)


@pytest.mark.parametrize("form", EXPORT_FORMATS)
@pytest.mark.parametrize("there", [False, True])
def test_exported_files_are_private_wherever_they_lie(
    book: Book, tmp_path: Path, form: str, there: bool
) -> None:
    folder = tmp_path / "out"
    if there:
        folder.mkdir()
        folder.chmod(0o755)
    before = os.umask(0o022)
    try:
        book.done("export", folder, "--format", form)
    finally:
        os.umask(before)
    assert {mode(p) for p in folder.iterdir()} == {0o600}
    assert {p.suffix for p in folder.iterdir()} == {f".{form}"}
    assert mode(folder) == (0o755 if there else 0o700)


def noted(book: Book, notes: list[str]) -> None:
    with book.opened() as engine:
        for note in notes:
            engine.commands.submit(Deposit(account="gen-1", amount=amount("1"), note=note))


def test_text_in_csv_is_no_formula_and_numbers_stay_numbers(book: Book, tmp_path: Path) -> None:
    noted(book, FORMULAS + PLAIN)
    book.done("export", tmp_path / "out", "--format", "csv")
    for file in (tmp_path / "out").iterdir():
        with file.open(newline="") as lines:
            for cell in (cell for row in csv.reader(lines) for cell in row):
                assert cell[:1] not in set("=+@\t\r\n＝") or not cell
                if cell.startswith("-"):
                    float(cell)
    with (tmp_path / "out" / "record.csv").open(newline="") as lines:
        notes = [row["note"] for row in csv.DictReader(lines)][6:]
    assert notes == [f"'{note}" for note in FORMULAS] + PLAIN
    with (tmp_path / "out" / "posting.csv").open(newline="") as lines:
        amounts = [row["amount"] for row in csv.DictReader(lines)]
    assert any(a.startswith("-") for a in amounts)


def test_parquet_keeps_text_as_it_was_typed(book: Book, tmp_path: Path) -> None:
    noted(book, FORMULAS)
    book.done("export", tmp_path / "out", "--format", "parquet")
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT note FROM '{tmp_path}/out/record.parquet' WHERE note <> '' ORDER BY seq"
        ).fetchall()
    assert [note for (note,) in rows] == FORMULAS


def test_the_help_says_what_the_apostrophe_is_for(book: Book) -> None:
    assert "apostrophe" in book("export", "--help").out


def test_a_file_changed_while_it_is_exported_is_exported_again(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.done("export", tmp_path / "before", "--format", "csv")
    export, edits = replica_module.export_tables, [EDITS["actor"]]  # type: ignore[attr-defined]

    def edited_meanwhile(*arguments: object) -> object:
        if edits:
            with_raw_bytes(book.path.with_suffix(".duckdb"), edits.pop())
        return export(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(replica_module, "export_tables", edited_meanwhile)
    book.done("export", tmp_path / "after", "--format", "csv")
    assert edits == []
    texts = [
        "".join(sorted((tmp_path / name / "record.csv").read_text().splitlines(keepends=True)))
        for name in ("before", "after")
    ]
    assert texts[0] == texts[1]
