"""The SQL of the replica, from the files in `sql/`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from alluse_tui.domain.model.errors import BadInput


@cache
def sql_file(name: str) -> str:
    """The SQL of `sql/NAME.sql`."""
    return (files("alluse_tui.replica") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def question(name: str) -> str:
    """The SQL of the query with that name. Raises BadInput if there is none."""
    folder = files("alluse_tui.replica") / "sql" / "questions"
    known = sorted(f.name.removesuffix(".sql") for f in folder.iterdir())
    if name not in known:
        raise BadInput("question", name, f"must be one of: {', '.join(known)}")
    return sql_file(f"questions/{name}")
