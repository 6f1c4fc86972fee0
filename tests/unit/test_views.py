"""Views of the replica are created when a query uses them, directly or through others."""

from __future__ import annotations

import duckdb
import pytest

from alluse_tui.replica.sql_files import sql_file, views, views_of


def test_each_view_is_created_after_those_that_it_uses() -> None:
    with duckdb.connect() as connection:
        connection.execute(sql_file("schema"))
        for create in views().values():
            connection.execute(create)
        rows = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal")
        assert {name for (name,) in rows.fetchall()} == set(views())


@pytest.mark.parametrize("name", views())
def test_what_a_view_uses_is_enough_to_create_and_ask_it(name: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(sql_file("schema"))
        for used in views():
            if used in views_of(f"FROM {name}"):
                connection.execute(views()[used])
        assert connection.execute(f"FROM {name}").fetchall() == []


def test_a_query_of_tables_uses_no_view() -> None:
    assert views_of("SELECT sum(amount) FROM posting") == frozenset()
