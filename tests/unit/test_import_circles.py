"""No file of a package imports another in a circle; imports for type checkers count."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

import alluse_tui

ROOT = Path(alluse_tui.__file__).parent
PACKAGES = sorted(p.name for p in ROOT.iterdir() if (p / "__init__.py").exists())
MOST_MEMBERS = 30


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(tree: ast.AST) -> Iterable[str]:
    """Every name that an import statement anywhere in the file may load."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield f"{node.module}.{alias.name}"
                yield node.module


def graph_of(package: str) -> dict[str, set[str]]:
    """Module → modules of the same package that it imports.

    `from package import module` is an import of the module, not of the package around it.
    """
    paths = list((ROOT / package).rglob("*.py"))
    modules = {module_of(path) for path in paths}
    graph: dict[str, set[str]] = {}
    for path in paths:
        targets = list(imports_of(ast.parse(path.read_text())))
        known = set()
        for i, name in enumerate(targets):
            inner = i > 0 and targets[i - 1] in modules and targets[i - 1].startswith(f"{name}.")
            if name in modules and not inner:
                known.add(name)
        graph[module_of(path)] = known - {module_of(path)}
    return graph


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Sets of modules that reach each other, each sorted."""
    reach: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        waiting = list(graph[start])
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                waiting += graph[module]
        reach[start] = seen
    groups = {
        tuple(sorted(m for m in reach[start] if start in reach[m]))
        for start in graph
        if start in reach[start]
    }
    return [list(group) for group in sorted(groups)]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_files_import_each_other_in_a_circle(package: str) -> None:
    assert circles(graph_of(package)) == []


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == [["b", "c"]]


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All that is written in a class, but for the classes inside it, which are counted apart."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef):
            yield child
            yield from own_nodes(child)


def members(node: ast.ClassDef) -> set[str]:
    """The public names that a class defines: methods, class attributes, instance attributes."""
    names: set[str] = set()
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(item.name)
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            names.add(item.target.id)
        elif isinstance(item, ast.Assign):
            names |= {target.id for target in item.targets if isinstance(target, ast.Name)}
    for inner in own_nodes(node):
        if (
            isinstance(inner, ast.Attribute)
            and isinstance(inner.ctx, ast.Store)
            and isinstance(inner.value, ast.Name)
            and inner.value.id == "self"
        ):
            names.add(inner.attr)
    return {name for name in names if not name.startswith("_")}


def test_no_class_of_the_screens_has_too_many_public_members() -> None:
    from textual.app import App
    from textual.screen import ModalScreen
    from textual.scroll_view import ScrollView

    inherited = {*dir(App), *dir(ModalScreen), *dir(ScrollView)}
    too_many = {}
    for path in (ROOT / "tui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                own = members(node) - inherited
                if len(own) > MOST_MEMBERS:
                    too_many[node.name] = sorted(own)
    assert too_many == {}
