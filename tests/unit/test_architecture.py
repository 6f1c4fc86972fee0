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

RUNNER = """
import json, sys
from alluse_tui.cli.main import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted({m.partition(".")[0] for m in sys.modules})]), file=sys.stderr)
"""


def loaded_by(module: str) -> set[str]:
    """Every module that importing `module` alone loads."""
    code = "import sys, importlib; importlib.import_module(sys.argv[1]); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code, module], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


def packages_of(cli: Cli, *arguments: str) -> set[str]:
    """The top-level packages that one successful command line loads."""
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, "--db", str(cli.journal), *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    code, packages = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(packages)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    cli = Cli(tmp_path_factory.mktemp("book") / "alluse.journal")
    cli.json("init", "--name", "Main", "--capital", "250000")
    return cli


def test_plans_load_the_rules_and_nothing_that_touches_the_outside() -> None:
    loaded = loaded_by("alluse_tui.domain.plans")
    assert "alluse_tui.domain.plans.imports" in loaded
    assert loaded & HEAVY == set()
    assert {m for m in loaded if m.startswith("alluse_tui.")} <= {"alluse_tui.domain", *DOMAIN}


@pytest.mark.parametrize("module", DOMAIN)
def test_no_module_of_the_domain_loads_a_store_a_screen_or_the_outside(module: str) -> None:
    loaded = loaded_by(module)
    assert module in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["accounts"],
        ["accounts", "--json"],
        ["deposit", "gen-1", "5"],
        ["deposit", "gen-1", "5", "--dry-run"],
        ["withdraw", "gen-1", "5", "--yes"],
        ["transfer", "gen-1", "rev-1", "5", "--yes"],
        ["post", "premium", "gen-1", "5"],
        ["post", "rate", "USD", "--against", "CHF", "--rate", "0.8"],
        ["log"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_everyday_commands_load_neither_duckdb_textual_nor_pydantic(
    book: Cli, arguments: list[str]
) -> None:
    packages = packages_of(book, *arguments)
    assert "click" in packages
    assert packages & {"duckdb", "pydantic", "textual"} == set()


def test_undo_loads_neither_duckdb_textual_nor_pydantic(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "5")
    cli.json("deposit", "gen-1", "5")
    assert packages_of(cli, "undo", "--yes") & {"duckdb", "pydantic", "textual"} == set()


@pytest.mark.parametrize(
    "arguments", [["query", "SELECT 1"], ["show", "gen-1"], ["accounts", "--as-of", "2026-01-01"]]
)
def test_questions_load_duckdb_and_no_screen(book: Cli, arguments: list[str]) -> None:
    packages = packages_of(book, *arguments)
    assert "duckdb" in packages
    assert packages & {"textual", "pydantic"} == set()


def test_init_and_import_load_neither_duckdb_nor_textual(cli: Cli) -> None:
    statement = str(Path(__file__).parents[1] / "data" / "composed-year.xml")
    for arguments in (
        ["init", "--name", "Main", "--capital", "0"],
        ["import", statement, "--into", "gen-1", "--yes"],
    ):
        packages = packages_of(cli, *arguments)
        assert ("pydantic" in packages) == (arguments[0] == "import")
        assert packages & {"duckdb", "textual"} == set()
