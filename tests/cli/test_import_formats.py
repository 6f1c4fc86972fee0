"""`alluse import` of the formats that are not one broker's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from here import Here

DATA = Path(__file__).parents[1] / "data"


def october(name: str, folder: Path) -> str:
    """A composed file of November, moved to October; its path."""
    earlier = folder / name
    earlier.write_text((DATA / name).read_text().replace("202611", "202610"))
    return str(earlier)


def bring(here: Here, file: str, *arguments: str) -> dict[str, Any]:
    report: dict[str, Any] = here.json("import", file, "--yes", *arguments)
    assert report["rows"] == report["imported"] + report["duplicates"] + len(report["ignored"])
    return report


def test_an_ofx_statement_is_imported_once_and_agrees_with_the_account(here: Here) -> None:
    file = october("composed-investments.ofx", here.top)
    report = bring(here, file, "--into", "rev-1")
    assert (report["format"], report["imported"], len(report["ignored"])) == ("ofx", 20, 5)
    again = bring(here, file)  # the account is remembered
    assert (again["account"], again["imported"], again["duplicates"]) == ("rev-1", 0, 20)
    document = here.json("reconcile", file, "--all")
    lines = {line["instrument"] or line["currency"]: line for line in document["lines"]}
    assert {name: (line["statement"], line["book"]) for name, line in lines.items()} == {
        "USD": ("5804.98", "5804.98"),
        "AAPL": ("100", "100"),
        "KO": ("90", "90"),
        "QQQ 2026-12-18 640 call": ("-1", "-1"),
        "VOO": ("0.1051", "0.1051"),
    }
