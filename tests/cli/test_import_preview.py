"""`alluse import --dry-run` shows what is new by kind and symbol; the record keeps the report."""

from __future__ import annotations

import json
from pathlib import Path

from books import Cli

DATA = Path(__file__).parents[1] / "data"
YEAR, NEXT = str(DATA / "composed-year.xml"), str(DATA / "composed-next-period.xml")

TABLE = """\
new         symbol  rows        cash  currency
opening     —          2     +100.00  EUR
                          +50,000.00  USD
deposit     —          1   +1,000.00  USD
premium     XYZ        1     +298.60  USD
fee         —          1      −11.00  USD
interest    —          1       −0.17  EUR
dividend    ABC        1      +12.34  USD
tax         ABC        1       −1.85  USD
trade       ABC        3     −191.00  USD
expiry      XYZ        1           —
assignment  XYZ        2  −10,000.00  USD
conversion  —          1      +50.00  EUR
                              −57.00  USD
"""
"""15 rows; cash in USD ends at 50,000 + 1,000 + 298.60 − 11 + 12.34 − 1.85 − 191 − 10,000 − 57."""


def test_a_dry_run_shows_the_table_and_the_record_keeps_the_report(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "0", "--date", "2024-12-31")
    shown = cli("import", YEAR, "--into", "gen-1", "--dry-run")
    assert shown.returncode == 0 and shown.stdout.startswith(TABLE)
    new = cli.json("import", YEAR, "--into", "gen-1", "--dry-run")["new"]
    assert new[3] == {"kind": "fee", "symbol": "", "rows": 1, "cash": {"USD": "-11.00"}}
    assert sum(row["rows"] for row in new) == 15

    assert cli("import", YEAR, "--into", "gen-1", "--yes").returncode == 0
    assert "new  " not in cli("import", YEAR, "--dry-run").stdout  # there is nothing new
    assert cli("import", NEXT, "--yes").returncode == 0
    log = cli("log").stdout.splitlines()
    assert log[1].endswith("15 rows into gen-1, 0 already recorded, 10 ignored")
    assert log[2].endswith("1 row into gen-1, 2 already recorded, 2 ignored")
    record = json.loads(cli("log", "--json").stdout.splitlines()[2])
    (kept,) = [e for e in record["events"] if e["type"] == "statement_imported"]
    assert (kept["rows"], kept["duplicates"]) == (1, 2)
    changed = {"why": "already recorded with different content in record 2", "rows": 1}
    number = next(
        n for n, text in enumerate(Path(NEXT).read_text().splitlines(), 1) if "-1.80" in text
    )
    assert {**changed, "first_line": number} in kept["ignored"]
