"""Documentation stays true: references resolve, links lead somewhere, generated pages are fresh."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from alluse_tui.cli.main import COMMANDS as CLI_COMMANDS
from alluse_tui.domain.derived import alerts
from alluse_tui.domain.derived.alert_kinds import ALERT_KINDS

ROOT = Path(__file__).parents[2]
BUILD = runpy.run_path(str(ROOT / "docs" / "build.py"))

TEXT_SUFFIXES = {".py", ".md", ".sql", ".tcss", ".toml", ".service", ".timer", ""}
FOLDERS = ("alluse_tui", "tests", "benchmarks", "docs", "config")

DESIGN = tuple(sorted(page.stem for page in (ROOT / "docs" / "design").glob("[a-z]*.md")))
REFERENCE = re.compile(
    rf"(?<![\w/.-])(ARCHITECTURE|CONTRIBUTING|{'|'.join(DESIGN)})\.md(?:, ([A-Z][A-Za-z0-9 -]*\w))?"
)
MISSPELLED_REFERENCE = re.compile(r"\(([a-z-]+)\.md, [A-Z]")
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
CODE_PATH = re.compile(r"`([\w/.@-]+/[\w.@-]+\.(?:py|md|toml|sql|service|timer|svg|tcss))`")
NUMBERED_PAGE = re.compile(
    r"\b[0-9]{2}-(?:house|domain|store|engine|tui|screens|cli|style|performance|security|market"
    r"|protocol|trading|statements|analytics|projection)\b"
)


def text_files() -> list[Path]:
    inside = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    files = (*ROOT.iterdir(), *inside)
    return sorted(p for p in files if p.is_file() and p.suffix in TEXT_SUFFIXES)


def markdown_files() -> list[Path]:
    return [path for path in text_files() if path.suffix == ".md"]


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@cache
def headings(page: Path) -> tuple[str, ...]:
    without_code = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    return tuple(re.findall(r"^#+ (.+)$", without_code, flags=re.M))


def has_section(page: Path, section: str) -> bool:
    """Whether a heading is `section`, or begins with it and a colon ('Invariant 1: …')."""
    return any(section in (heading, heading.partition(":")[0]) for heading in headings(page))


def page_named(name: str) -> Path:
    return ROOT / f"{name}.md" if name.isupper() else ROOT / "docs" / "design" / f"{name}.md"


def slug(heading: str) -> str:
    """The anchor that GitHub and GitLab make of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def broken_references(path: Path) -> Iterator[str]:
    text = path.read_text("utf-8")
    for name, section in REFERENCE.findall(text):
        page = page_named(name)
        if not page.exists():
            yield f"{name}.md does not exist"
        elif section and not has_section(page, section):
            yield f"{name}.md has no section '{section}'"
    for name in MISSPELLED_REFERENCE.findall(text):
        if name not in DESIGN:
            yield f"{name}.md is not a page of docs/design"


def broken_links(path: Path) -> Iterator[str]:
    for target in LINK.findall(path.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        page = path.parent / file if file else path
        if not page.exists():
            yield f"link to {target}: there is no such file"
        elif anchor and anchor not in map(slug, headings(page)):
            yield f"link to {target}: there is no such heading"


@pytest.mark.parametrize("name", named(text_files()))
def test_every_reference_to_a_section_resolves(name: str) -> None:
    assert list(broken_references(ROOT / name)) == []


@pytest.mark.parametrize("name", named(markdown_files()))
def test_every_relative_link_leads_somewhere(name: str) -> None:
    assert list(broken_links(ROOT / name)) == []


@pytest.mark.parametrize("name", named(markdown_files()))
def test_every_file_that_a_page_names_exists(name: str) -> None:
    places = (ROOT, ROOT / "alluse_tui", ROOT / "docs", *(ROOT / "alluse_tui").glob("*/"))
    for path in CODE_PATH.findall((ROOT / name).read_text("utf-8")):
        assert path.startswith(OUTSIDE) or any((place / path).exists() for place in places), path


OUTSIDE = ("alluse/", "policies/", ".venv/")
"""Folders of an operator, not of the repository."""


@pytest.mark.parametrize("name", named(text_files()))
def test_no_file_refers_to_pages_outside_the_repository(name: str) -> None:
    assert NUMBERED_PAGE.findall((ROOT / name).read_text("utf-8")) == []


@pytest.mark.parametrize("name", BUILD["PAGES"])
def test_generated_pages_are_fresh(name: str) -> None:
    committed = (ROOT / "docs" / name).read_text("utf-8")
    assert committed == BUILD["PAGES"][name](), f"docs/{name} is stale: make docs"


def raised_kinds() -> set[str]:
    """The kinds of alert that domain/derived/alerts.py raises, read from its source.

    A kind is what is given to `_alert` or `AlertView`, or assigned to `kind`.
    """
    kinds: set[str] = set()
    for node in ast.walk(ast.parse(Path(alerts.__file__).read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("_alert"):
            kinds |= constants(*node.args[:1])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "AlertView":
            kinds |= constants(*node.args[1:2])
        if isinstance(node, ast.keyword) and node.arg == "kind":
            kinds |= constants(node.value)
        if isinstance(node, ast.Assign) and "kind" in ast.unparse(node.targets[0]):
            kinds |= constants(node.value)
    return kinds


def constants(*nodes: ast.AST) -> set[str]:
    found = (n.value for node in nodes for n in ast.walk(node) if isinstance(n, ast.Constant))
    return {value for value in found if isinstance(value, str)}


def test_every_kind_of_alert_is_explained() -> None:
    assert {"fork due", "drawdown over", "allocation drift"} <= raised_kinds()
    assert raised_kinds() - ALERT_KINDS.keys() == set(), "add the kind to ALERT_KINDS"


def typed_commands(text: str) -> set[str]:
    """The first words after `alluse` in code blocks and code spans."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", text)
    starts = (re.match(r"(?:\$ )?alluse ([a-z][a-z-]*)", line.strip()) for line in (*lines, *spans))
    return {start[1] for start in starts if start}


@pytest.mark.parametrize("name", named(markdown_files()))
def test_every_command_that_a_page_names_exists(name: str) -> None:
    assert typed_commands((ROOT / name).read_text("utf-8")) <= set(CLI_COMMANDS)
