"""`alluse import` of the formats that are not one broker's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
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


def test_each_account_of_an_ofx_file_goes_where_it_is_mapped(here: Here) -> None:
    file = october("composed-two-accounts.qfx", here.top)
    report = here.json("import", file, "--map", "001=gen-1", "--map", "002=rev-1", "--yes")
    imported = [(each["account"], each["imported"]) for each in report["accounts"]]
    assert imported == [("gen-1", 1), ("rev-1", 1)]


def test_fills_are_imported_from_a_file_and_from_standard_input(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = DATA / "composed-fills.txt"
    report = bring(here, str(file), "--into", "gen-1")
    assert (report["format"], report["imported"]) == ("fills-text", 5)
    with file.open("rb") as fills, standard_input(fills.fileno()):
        again = bring(here, "-", "--into", "gen-1")
    assert (again["imported"], again["duplicates"]) == (0, 5)
    with (DATA / "composed-two-accounts.qfx").open("rb") as other, standard_input(other.fileno()):
        refused = here("import", "-", "--into", "gen-1", "--yes", "--format", "fills-text", code=2)
    assert "standard input line 1" in refused.err


@contextmanager
def standard_input(descriptor: int) -> Iterator[None]:
    """File descriptor 0 is another one for a while."""
    before = os.dup(0)
    os.dup2(descriptor, 0)
    try:
        yield
    finally:
        os.dup2(before, 0)
        os.close(before)


MAPPING = """
broker = "bank"
date_format = "DD.MM.YYYY"
currency = "USD"

[columns]
date = "Date"
action = "What"
amount = "Net"

[actions]
deposit = ["In", "Out"]
"""


def test_a_saved_mapping_recognises_files_with_its_header(here: Here) -> None:
    mapping, first, later = (here.top / name for name in ("bank.toml", "1.csv", "2.csv"))
    mapping.write_text(MAPPING)
    first.write_text("Date,What,Net,Text\n05.10.2026,In,250.00,a\n06.10.2026,Out,-50.00,b\n")
    later.write_text("Date,What,Net,Text\n07.10.2026,In,1.00,c\n05.10.2026,In,250.00,a\n")
    into = ("--into", "gen-1")
    unknown = here("import", str(first), *into, "--yes", code=2).err
    assert "has no known format; known formats: IBKR Flex XML" in unknown
    assert "CSV of any layout (with --mapping)" in unknown
    report = bring(here, str(first), *into, "--mapping", str(mapping), "--save-mapping", "bank")
    assert (report["format"], report["imported"]) == ("generic-csv", 2)
    report = bring(here, str(later), *into)
    assert (report["format"], report["imported"], report["duplicates"]) == ("generic-csv", 1, 1)
    by_name = bring(here, str(later), *into, "--format", "generic-csv", "--mapping", "bank")
    assert by_name["duplicates"] == 2


def test_a_mapping_that_cannot_be_used_or_saved_is_refused_before_the_import(here: Here) -> None:
    file = here.top / "1.csv"
    file.write_text("Date,What,Net\n05.10.2026,In,250.00\n")
    mapping = here.top / "bank.toml"
    mapping.write_text(MAPPING)
    log = here("log", "--json", code=0).out
    given = ("import", str(file), "--into", "gen-1", "--yes")
    for options, message in (
        (("--mapping", "nix"), "--mapping 'nix': must be a TOML file or a saved mapping: none is"),
        (("--mapping", "no.toml"), "cannot be read: No such file"),
        (("--save-mapping", "bank"), "--save-mapping 'bank': needs --mapping"),
        (("--mapping", str(mapping), "--save-mapping", "a b"), "must be 1 to 64 letters"),
        (("--mapping", str(mapping), "--format", "ofx"), "must be generic-csv with --mapping"),
        (("--format", "generic-csv"), "--mapping: is needed for generic-csv"),
        (("--format", "excel"), "must be one of: auto, ibkr-flex, schwab-csv, schwab-json"),
    ):
        assert message in here(*given, *options, code=2).err
    assert here("log", "--json").out == log
