"""The SQL of the replica, from the files in `sql/`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import duckdb

from alluse_tui.domain.model.errors import BadInput


@cache
def sql_file(name: str) -> str:
    """The SQL of `sql/NAME.sql`."""
    return (files("alluse_tui.replica") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def views() -> dict[str, str]:
    """Every view's name and the statement that creates it; later ones may use earlier ones."""
    creates = [statement.query for statement in duckdb.extract_statements(sql_file("views"))]
    return {re.findall(r"VIEW (\w+)", create)[0]: create for create in creates}


@cache
def views_of(sql: str) -> frozenset[str]:
    """The views that `sql` uses, directly or through others; each word of it may be a name."""
    words = set(re.findall(r"\w+", sql))
    used = set()
    for name, create in reversed(views().items()):
        if name in words:
            used.add(name)
            words.update(re.findall(r"\w+", create))
    return frozenset(used)


def question(name: str) -> str:
    """The SQL of the query with that name. Raises BadInput if there is none."""
    folder = files("alluse_tui.replica") / "sql" / "questions"
    known = sorted(f.name.removesuffix(".sql") for f in folder.iterdir())
    if name not in known:
        raise BadInput("question", name, f"must be one of: {', '.join(known)}")
    return sql_file(f"questions/{name}")
