"""What each part of the program loads, in a process of its own (ARCHITECTURE.md, Packages)."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from books import Cli

import alluse_tui.domain

HEAVY = {"apsw", "click", "duckdb", "pydantic", "sqlite3", "textual"}
DOMAIN = sorted(
    m.name for m in pkgutil.walk_packages(alluse_tui.domain.__path__, "alluse_tui.domain.")
)
EVERYDAY = (
    "accounts",
    "accounts --json",
    "deposit gen-1 5",
    "deposit gen-1 5 --dry-run",
    "withdraw gen-1 5 --yes",
    "transfer gen-1 rev-1 5 --yes",
    "post premium gen-1 5",
    "post rate USD --against CHF --rate 0.8",
    "log",
    "--help",
)

IMPORTER = """
import importlib, json, sys
loaded = {}
for name in sys.argv[1:]:
    before = set(sys.modules)
    importlib.import_module(name)
    assert name in sys.modules
    loaded[name] = sorted(set(sys.modules) - before)
print(json.dumps(loaded))
"""

RUNNER = """
import json, sys
from alluse_tui.cli.main import run
for line in json.loads(sys.argv[1]):
    code = run(line)
    print(json.dumps([code, sorted({m.partition(".")[0] for m in sys.modules})]), file=sys.stderr)
"""


def loaded_by(*modules: str) -> dict[str, set[str]]:
    """Every module that a fresh process loads for each of `modules`, imported in this order."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTER, *modules],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {name: set(loaded) for name, loaded in json.loads(done.stdout).items()}


def packages_of(cli: Cli, *lines: list[str]) -> list[set[str]]:
    """The top-level packages in a fresh process after each of these command lines succeeded."""
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, json.dumps([["--db", str(cli.journal), *x] for x in lines])],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    outcomes = [json.loads(x) for x in done.stderr.splitlines() if x.startswith("[")]
    assert [code for code, _ in outcomes] == [0] * len(lines), done.stderr
    return [set(packages) for _, packages in outcomes]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    cli = Cli(tmp_path_factory.mktemp("book") / "alluse.journal")
    cli.json("init", "--name", "Main", "--capital", "250000")
    return cli


@pytest.fixture(scope="module")
def everyday(book: Cli) -> dict[str, set[str]]:
    """Everyday command line → the packages loaded once it has run, all in one process."""
    return dict(zip(EVERYDAY, packages_of(book, *(x.split() for x in EVERYDAY)), strict=True))


@pytest.fixture(scope="module")
def domain() -> dict[str, set[str]]:
    """Module of the domain → the modules that its import added, all in one process."""
    return loaded_by(*DOMAIN)


def test_plans_load_the_rules_and_nothing_that_touches_the_outside() -> None:
    loaded = loaded_by("alluse_tui.domain.plans")["alluse_tui.domain.plans"]
    assert "alluse_tui.domain.plans.imports" in loaded
    assert loaded & HEAVY == set()
    assert {m for m in loaded if m.startswith("alluse_tui.")} <= {"alluse_tui.domain", *DOMAIN}


@pytest.mark.parametrize("module", DOMAIN)
def test_no_module_of_the_domain_loads_a_store_a_screen_or_the_outside(
    domain: dict[str, set[str]], module: str
) -> None:
    assert domain[module] & HEAVY == set()


@pytest.mark.parametrize("line", EVERYDAY)
def test_everyday_commands_load_neither_duckdb_textual_nor_pydantic(
    everyday: dict[str, set[str]], line: str
) -> None:
    assert "click" in everyday[line]
    assert everyday[line] & {"duckdb", "pydantic", "textual"} == set()


def test_undo_loads_neither_duckdb_textual_nor_pydantic(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "5")
    cli.json("deposit", "gen-1", "5")
    [packages] = packages_of(cli, ["undo", "--yes"])
    assert packages & {"duckdb", "pydantic", "textual"} == set()


@pytest.mark.parametrize(
    "arguments", [["query", "SELECT 1"], ["show", "gen-1"], ["accounts", "--as-of", "2026-01-01"]]
)
def test_questions_load_duckdb_and_no_screen(book: Cli, arguments: list[str]) -> None:
    [packages] = packages_of(book, arguments)
    assert "duckdb" in packages
    assert packages & {"textual", "pydantic"} == set()


def test_init_and_import_load_neither_duckdb_nor_textual(cli: Cli) -> None:
    statement = str(Path(__file__).parents[1] / "data" / "composed-year.xml")
    after_init, after_import = packages_of(
        cli,
        ["init", "--name", "Main", "--capital", "0"],
        ["import", statement, "--into", "gen-1", "--yes"],
    )
    assert "pydantic" in after_import - after_init
    assert after_import & {"duckdb", "textual"} == set()
