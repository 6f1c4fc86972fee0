"""`make bench`: runs every row, prints a table, writes results/latest.json.

Each row alternates our work with a baseline in the same run; the ratio is of the medians.
`python -m benchmarks B1 B4` runs only those.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from compileall import compile_dir
from pathlib import Path

from benchmarks import (
    commands,
    market,
    opening,
    options,
    positions,
    replicas,
    screens,
    statements,
    weeks,
    years,
)
from benchmarks.measure import Row
from benchmarks.plain_log import python_build

PACKAGE = Path(__file__).parents[1] / "alluse_tui"
RESULTS = Path(__file__).parent / "results" / "latest.json"

ROWS: dict[str, Callable[[Path], list[Row]]] = {
    "B1": commands.one_by_one,
    "B2": commands.together,
    "B3": commands.from_many,
    "B4": replicas.rebuild,
    "B5": opening.open_large,
    "B7": years.alerts_of_many,
    "B8": screens.first_paint,
    "B9": screens.key_to_frame,
    "B10": screens.bytes_sent,
    "B11": opening.accounts_command,
    "B12": screens.memory,
    "B13": years.ten_years,
    "B15": statements.large_statement,
    "B16": options.option_chains,
    "B17": positions.many_positions,
    "B18": market.million_bars,
    "weeks": weeks.twenty_years,
    "loop": screens.slowest_handler,
}


def main() -> None:
    wanted = sys.argv[1:] or list(ROWS)
    compile_dir(PACKAGE, quiet=1)  # what is measured is an installed program
    print(python_build())
    results = []
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="alluse-bench-") as folder:
            for row in ROWS[name](Path(folder)):
                print(row, flush=True)
                results.append(row.plain())
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
