"""A statement tells how many of its rows are read, and can be stopped while it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from alluse_tui.market.statements import read_statement, read_statements
from alluse_tui.market.statements.reading_progress import reading_progress

SAMPLE = Path(__file__).parents[1] / "data" / "composed-fidelity.csv"


class Enough(Exception):
    """Raised to stop."""


def many_rows(tmp_path: Path) -> Path:
    """The sample with 450 fees more than it has."""
    lines = SAMPLE.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "FEE CHARGED WIRE" in line)
    file = tmp_path / "many.csv"
    file.write_text("".join([*lines[:at], *[lines[at]] * 450, *lines[at:]]))
    return file


def test_the_rows_so_far_are_reported_every_200_rows(tmp_path: Path) -> None:
    seen: list[int] = []
    with reading_progress(seen.append):
        rows = read_statement(many_rows(tmp_path)).rows
    assert seen[:2] == [200, 400] and max(seen) <= rows  # also where a file is gone through twice
    reported = list(seen)
    read_statement(many_rows(tmp_path))
    assert seen == reported


@pytest.mark.parametrize(
    "file",
    [
        "composed-confirms.xml",
        "composed-fills.txt",
        "composed-investments.ofx",
        "composed-schwab.json",
        "composed-two-accounts.xml",
        "composed-year.xml",
    ],
)
def test_every_row_is_counted_once(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alluse_tui.market.statements.reading_progress.ROWS_BETWEEN_REPORTS", 1)
    seen: list[int] = []
    with reading_progress(seen.append):
        rows = sum(read.rows for read in read_statements(SAMPLE.with_name(file)))
    assert seen == list(range(1, rows + 1))


def test_reading_stops_where_the_report_raises(tmp_path: Path) -> None:
    def stop(rows: int) -> None:
        raise Enough(rows)

    with pytest.raises(Enough, match="200"), reading_progress(stop):
        read_statement(many_rows(tmp_path))
