"""An operator's own SQL: one SELECT that can do nothing but read (storage.md, Replica)."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from books import NOON, Cli, init

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.engine import FixedClock, LocalEngine


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """A book that these tests only ask; its file is published and its tail has a record."""
    path = tmp_path_factory.mktemp("own") / "alluse.journal"
    with LocalEngine(path, actor="dana", clock=FixedClock(NOON), create=True) as engine:
        engine.commands.submit(init())
        engine.queries.sql("SELECT 1")
        engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
        log, deadline = Path(f"{path}-wal"), time.monotonic() + 60
        while log.stat().st_size and time.monotonic() < deadline:
            time.sleep(0.01)  # soon after a burst the log is taken into the file, once
        assert not log.stat().st_size
        yield engine


def fingerprint(engine: LocalEngine) -> dict[str, str]:
    return {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(engine.path.parent.iterdir())
        if not p.name.endswith("-shm")
    }


ONE_SELECT = {
    "SELECT 1": [(1,)],
    "  select 1 ;  ": [(1,)],
    "SELECT 1 -- a note": [(1,)],
    "/* a ; note */ SELECT ';'": [(";",)],
    "(SELECT 1)": [(1,)],
    "WITH x AS (SELECT 1 AS a) SELECT a FROM x": [(1,)],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) FROM t": [
        (1,),
        (2,),
        (3,),
    ],
    "VALUES (1, 'a'), (2, 'b')": [(1, "a"), (2, "b")],
    "FROM account SELECT code ORDER BY code DESC": [("rev-1",), ("gen-1",), ("com-1",)],
    "SELECT 1 UNION ALL SELECT 2": [(1,), (2,)],
    "SELECT 1 AS a, 2 AS a": [(1, 2)],
    "SELECT count(*) FROM record": [(2,)],
    "SELECT sum(amount) FROM account_balance": [(Decimal("250005.000000"),)],
    "SELECT code FROM account WHERE code = (SELECT min(code) FROM account)": [("com-1",)],
    "SELECT row_number() OVER (ORDER BY code), code FROM account LIMIT 1": [(1, "com-1")],
    "SELECT opened FROM account LIMIT 1": [(date(2026, 11, 24),)],
    "SELECT 'COPY account TO ''x'''": [("COPY account TO 'x'",)],
    "SELECT [1, 2], {'a': 1}, NULL": [([1, 2], {"a": 1}, None)],
}


@pytest.mark.parametrize("sql", ONE_SELECT)
def test_one_select_is_answered(asked: LocalEngine, sql: str) -> None:
    assert list(asked.queries.sql(sql).rows) == ONE_SELECT[sql]


def test_columns_keep_their_names(asked: LocalEngine) -> None:
    assert asked.queries.sql('SELECT 1 AS a, 2 AS a, 3 AS "b c"').columns == ("a", "a", "b c")
    assert asked.queries.sql("SELECT code FROM account WHERE false").columns == ("code",)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT recorded FROM record",
        "SELECT now(), current_timestamp",
        "SELECT recorded::TIMESTAMPTZ FROM record",
        "SELECT [now()], {'at': now()}",
        "SELECT TIMETZ '12:00:00+02'",
        "SELECT INTERVAL 3 DAYS, 1::UHUGEINT, 'x'::BLOB, gen_random_uuid(), '10'::BIT, TIME '1:00'",
        "SELECT recorded, count(*) FROM record GROUP BY ALL ORDER BY recorded",
    ],
)
def test_any_type_can_be_shown(asked: LocalEngine, sql: str) -> None:
    assert asked.queries.sql(sql).rows


def test_recorded_time_is_utc(asked: LocalEngine) -> None:
    recorded = asked.queries.sql("SELECT recorded FROM record WHERE seq = 1").rows[0][0]
    assert datetime.fromisoformat(str(recorded)) == NOON.replace(tzinfo=None)
    zoned = asked.queries.sql("SELECT recorded::TIMESTAMPTZ FROM record WHERE seq = 1").rows[0][0]
    assert zoned == "2026-11-24 17:00:00+00"


COPY_OUT = "COPY account TO 'stolen.csv'"
REFUSED = [
    "",
    "   ",
    ";",
    "-- only a note",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE account",
    "INSERT INTO account SELECT * FROM account",
    "INSERT INTO memory.tail.account SELECT * FROM account RETURNING code",
    "UPDATE account SET code = 'x'",
    "DELETE FROM record",
    "DELETE FROM file1.main.record",
    "TRUNCATE record",
    "DROP TABLE account",
    "DROP VIEW account_balance",
    "ALTER TABLE account RENAME TO a",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TABLE t AS SELECT 1",
    "CREATE VIEW v AS SELECT 1",
    "CREATE MACRO m() AS 1",
    "ATTACH 'other.duckdb'",
    "DETACH file1",
    "USE memory",
    COPY_OUT,
    "COPY (SELECT 1) TO 'stolen.csv'",
    "COPY account FROM 'stolen.csv'",
    "EXPORT DATABASE 'stolen'",
    "PRAGMA database_list",
    "PRAGMA enable_external_access = true",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "CALL duckdb_tables()",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CHECKPOINT",
    "VACUUM",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "EXPLAIN ANALYZE DELETE FROM record",
    f"WITH x AS ({COPY_OUT}) SELECT 1",
    f"WITH x AS MATERIALIZED ({COPY_OUT}) FROM x",
    "WITH x AS (INSERT INTO account SELECT * FROM account RETURNING code) SELECT * FROM x",
    "WITH x AS (DELETE FROM record RETURNING seq) SELECT * FROM x",
    f"SELECT * FROM ({COPY_OUT})",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_parquet('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'account.csv'",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_duckdb('alluse.duckdb')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('account')",
    "SELECT * FROM QUERY('SELECT 1')",
    "SELECT * FROM \"query\"('SELECT 1')",
    "SELECT (SELECT count(*) FROM query('SELECT 1'))",
    "SELECT * FROM checkpoint()",
    "SELECT * FROM force_checkpoint('file1')",
    "SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_path = 'stolen')",
    "SELECT write_log('x')",
    "SELECT sleep_ms(10)",
    "SELECT 1\0",
    "SELECT '\0'",
    "SELECT ?",
    "SELECT $1",
    "SELECT $name",
    "SELECT \udcff",
    "SELEC 1",
    "SELECT",
    "SELECT ((1)",
    "SELECT 'open",
    "SELECT nonsuch FROM account",
    "SELECT * FROM nonsuch",
    "SELECT nonsuch(1)",
    "SELECT 1/0 + 'x'",
    "SELECT CAST('x' AS INTEGER)",
    "SELECT error('\x1b[2J')",
    "SELECT * FROM range(200000)",
    "SELECT " + "(" * 5000 + "1" + ")" * 5000,
]


@pytest.mark.parametrize("sql", REFUSED, ids=lambda sql: ascii(sql[:40]))
def test_anything_else_is_bad_input_and_without_effect(asked: LocalEngine, sql: str) -> None:
    before, here = fingerprint(asked), set(Path.cwd().iterdir())
    with pytest.raises(BadInput) as raised:
        asked.queries.sql(sql)
    assert "\n" not in str(raised.value)
    assert fingerprint(asked) == before
    assert set(Path.cwd().iterdir()) == here
    assert asked.queries.sql("SELECT count(*) FROM record").rows == ((2,),)


def test_no_python_variable_can_be_asked(asked: LocalEngine) -> None:
    secret = asked.queries.sql("SELECT 42 AS x")
    assert secret.rows == ((42,),)
    with pytest.raises(BadInput):
        asked.queries.sql("SELECT * FROM secret")


@pytest.mark.parametrize(
    "sql", ["SELECT 'nan'::DOUBLE", "SELECT -'inf'::DOUBLE", "SELECT ['nan'::FLOAT]"]
)
def test_an_answer_is_json_even_where_a_number_is_none(cli: Cli, sql: str) -> None:
    cli.json("init", "--name", "Main", "--capital", "1")
    answer = cli("query", sql, "--json").stdout
    assert "NaN" not in answer.replace('"NaN"', "")
    assert "Infinity" not in answer.replace('"-Infinity"', "")


def test_the_command_prints_names_and_values_without_raw_control_characters(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "1")
    done = cli("query", "SELECT 'a\x1b[2J' AS \"b\x1b[2J\", chr(155) AS c")
    bad = cli("query", "SELECT error('\x1b[2J')")
    assert (done.returncode, bad.returncode) == (0, 2)
    said = done.stdout + done.stderr + bad.stdout + bad.stderr
    assert [c for c in said if not c.isprintable() and c != "\n"] == []


def test_json_answers_keep_money_dates_and_whole_numbers(cli: Cli) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-05")
    answer = cli.json(
        "query", "SELECT amount, effective, seq, [1], NULL, true, 1.5::DOUBLE FROM posting LIMIT 1"
    )
    assert answer["columns"][:3] == ["amount", "effective", "seq"]
    row = answer["rows"][0]
    assert abs(Decimal(row[0])) in (Decimal(100000), Decimal(75000))
    assert isinstance(row[0], str)
    assert row[1:6] == ["2026-01-05", 1, [1], None, True]
    assert math.isclose(row[6], 1.5)
