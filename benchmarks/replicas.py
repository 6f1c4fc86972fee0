"""B4: the replica built anew, against DuckDB reading the same postings from CSV."""

from __future__ import annotations

from pathlib import Path

import duckdb

from alluse_tui.engine import LocalEngine
from benchmarks.large import large_book
from benchmarks.measure import Row, medians


def rebuild(folder: Path) -> list[Row]:
    path, csv = folder / "b4.journal", folder / "posting.csv"
    large_book(path, accounts=1_000, postings=2_000_000)
    with LocalEngine(path, actor="bench") as engine:
        engine.operations.rebuild()
        with duckdb.connect(path.with_suffix(".duckdb"), read_only=True) as connection:
            connection.execute(f"COPY posting TO '{csv}'")
            (described,) = connection.execute(
                "SELECT string_agg(column_name || ' ' || data_type, ', ')"
                " FROM duckdb_columns() WHERE table_name = 'posting'"
            ).fetchall()

        def from_csv() -> None:
            target = folder / "csv.duckdb"
            target.unlink(missing_ok=True)
            with duckdb.connect(target) as connection:
                connection.execute(f"CREATE TABLE posting({described[0]})")
                connection.execute(f"COPY posting FROM '{csv}' (HEADER)")

        ours, baseline = medians(lambda: engine.operations.rebuild(), from_csv, rounds=3)
    name = "B4 rebuild from 1,000,000 entries; DuckDB COPY from CSV"
    return [Row(name, ours / baseline, "≤ 10×", ours, baseline)]
