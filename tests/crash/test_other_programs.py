"""Files that a newer or an older program wrote."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from books import Cli

from alluse_tui.cli.output import account_json
from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.fold.state_rows import STATE_SCHEMA
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.operations.verification import fold_records
from alluse_tui.journal import RECORD_FORMAT, Journal, KeyEntry
from alluse_tui.journal import record as record_module
from alluse_tui.journal.record import chained_record
from alluse_tui.journal.schema import FILE_FORMAT, TABLES
from crash.scenes import (
    FIVE,
    JOURNALS,
    Opened,
    refused_for_space,
    whole,
)


def tampered(path: Path, statement: str, *values: str) -> None:
    with closing(apsw.Connection(os.fspath(path))) as connection:
        connection.execute(statement, values)


def stored(path: Path) -> list[tuple[Any, ...]]:
    """All that the file says."""
    with closing(apsw.Connection(os.fspath(path))) as connection:
        return [
            row
            for table in ("meta", "record", "state", "key_use")
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
        ]


def test_a_file_that_a_newer_program_must_write_is_read_and_left_as_it_is(
    book: LocalEngine, cli: Cli, opened: Opened
) -> None:
    tampered(book.path, "UPDATE meta SET value = ? WHERE name = 'min_writer'", str(FILE_FORMAT + 1))
    before = stored(book.path)
    later = opened()
    for engine in (book, later):
        with pytest.raises(StoreFailed, match="upgrade"):
            engine.commands.submit(FIVE)
        assert engine.queries.accounts()[0].cash == amount("100000")
        assert engine.commands.preview(FIVE).entries
        whole(engine)
    refused = cli("deposit", "gen-1", "1")
    refused_for_space(refused)
    assert "upgrade" in refused.stderr
    assert len(cli.json("accounts")["accounts"]) == 3
    assert cli("verify").returncode == 0
    assert stored(book.path) == before


ENTRY = {
    "type": "entry",
    "portfolio": "Main",
    "kind": "deposit",
    "effective": "2026-11-24",
    "postings": [
        {"account": "gen-1", "bucket": "cash", "currency": "USD", "micros": 5},
        {"account": "world:capital", "bucket": "", "currency": "USD", "micros": -5},
    ],
}
NEWER = {
    "event": (RECORD_FORMAT, {"type": "portfolio_split", "portfolio": "Main", "code": "gen-1"}),
    "field": (RECORD_FORMAT, {**ENTRY, "tax_lot": "7"}),
    "form": (RECORD_FORMAT + 1, ENTRY),
    "form-and-event": (RECORD_FORMAT + 1, {"type": "portfolio_split", "portfolio": "Main"}),
}


def append_newer(path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, *, state: bool) -> None:
    """What a newer program would append; `state`: and how it would mark the state."""
    version, event = NEWER[kind]
    content = {
        "actor": "eve",
        "session": "",
        "portfolio": "Main",
        "command": "deposit",
        "content": {"account": "gen-1"},
        "events": [event],
        "part": [1, 1],
        "key": "",
        "rules": [],
    }
    with closing(Journal(path)) as journal, journal.turn() as turn:
        with monkeypatch.context() as patch:
            patch.setattr(record_module, "RECORD_FORMAT", version)
            turn.insert(chained_record(content, turn.head, turn.newest_ns + 1))
        if state:
            turn.put_state(STATE_SCHEMA + 1, [("novelty", "Main", "0" * 16 + "{}")])


@pytest.mark.parametrize("state", [False, True], ids=["old-state", "new-state"])
@pytest.mark.parametrize("kind", NEWER)
def test_a_newer_programs_record_turns_the_book_read_only(
    book: LocalEngine,
    opened: Opened,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    state: bool,
) -> None:
    book.commands.submit(FIVE)
    running = opened(actor="screen")
    known = book.queries.accounts()
    append_newer(book.path, kind, monkeypatch, state=state)
    before = stored(book.path)
    later = opened(actor="later")
    running.refresh()
    for engine in (later, running, book):  # the last one learns of it in its turn
        with pytest.raises(StoreFailed, match="upgrade"):
            engine.commands.submit(FIVE)
        assert "record 3" in engine.read_only
        assert "upgrade" in engine.read_only
        assert (engine.seq, engine.queries.accounts()) == (2, known)
        engine.refresh()
        assert list(engine.queries.accounts(as_of=engine.today)) == list(known)
        assert engine.quarantined == ""
    done = cli("deposit", "gen-1", "1")
    refused_for_space(done)
    assert "upgrade" in done.stderr
    assert cli.json("accounts")["accounts"] == [account_json(a) for a in known]
    assert stored(book.path) == before
    assert later.operations.check_chain(threading.Event()) == ""
    assert later.quarantined == ""


@pytest.mark.parametrize("kind", ["event", "form"])
def test_verifying_a_newer_programs_book_condemns_it_not(
    book: LocalEngine, opened: Opened, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Not knowing a record proves no damage; a mark would stop the newer program too."""
    append_newer(book.path, kind, monkeypatch, state=False)
    engine = opened()
    try:
        engine.operations.verify()
    except StoreFailed as error:
        assert "upgrade" in str(error)
    assert engine.quarantined == ""


@pytest.mark.parametrize("known_first", [0, 2])
def test_waiting_behind_a_newer_programs_record_does_not_spin(
    book: LocalEngine, opened: Opened, monkeypatch: pytest.MonkeyPatch, known_first: int
) -> None:
    screen = opened(actor="screen")
    waits: list[float] = []
    wait = screen.core.journal.wait_for_change

    def counted(seq: int, timeout_seconds: float) -> bool:
        waits.append(time.monotonic())
        return wait(seq, timeout_seconds)

    monkeypatch.setattr(screen.core.journal, "wait_for_change", counted)
    for _ in range(known_first):
        book.commands.submit(FIVE)
    append_newer(book.path, "event", monkeypatch, state=False)
    notices: list[Any] = []
    stop = threading.Event()
    thread = threading.Thread(target=lambda: notices.extend(screen.commands.changes(1, stop)))
    thread.start()
    time.sleep(1)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert [n.seq for n in notices] == ([1 + known_first] if known_first else [])
    assert 0 < len(waits) < 12
    assert "upgrade" in screen.read_only


def version_1_journal(path: Path) -> Path:
    """The file as the first program left it: its records, its keys, and a state of its form."""
    path.parent.mkdir()
    lines = (JOURNALS / "version-1.jsonl").read_text(encoding="utf-8").splitlines()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        for table in TABLES:
            connection.execute(table)
        meta = {"origin": "0123456789abcdef" * 2, "min_writer": "1", "state_schema": "1"}
        connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        for seq, line in enumerate(lines, start=1):
            row = json.loads(line)
            connection.execute(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)",
                (
                    seq,
                    row["recorded_ns"],
                    row["actor"],
                    row["body"],
                    bytes.fromhex(row["prev"]),
                    bytes.fromhex(row["hash"]),
                ),
            )
        connection.execute("INSERT INTO state VALUES ('account', 'Main/ghost-1', '{}')")
    with closing(Journal(path)) as journal:
        keys = [
            KeyEntry(portfolio, key, seq, content, "{}" if receipt else "")
            for (portfolio, key), (seq, content, receipt) in fold_records(journal).keys.items()
        ]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executemany(
            "INSERT INTO key_use VALUES (?, ?, ?, ?, ?)",
            [(k.portfolio, k.key, k.seq, k.content, k.receipt) for k in keys],
        )
    assert {"d-1", "imp"} < {k.key for k in keys}
    return path


def test_a_journal_of_the_first_version_is_read_and_goes_on(
    path: Path, opened: Opened, cli: Cli
) -> None:
    version_1_journal(path)
    kept = json.loads((JOURNALS / "version-1.accounts.json").read_text(encoding="utf-8"))
    before = stored(path)
    for figures in kept:
        del figures["available"]  # since then less the collateral of short puts

    def shown(engine: LocalEngine) -> list[dict[str, Any]]:
        found = [account_json(a) for a in engine.queries.accounts()]
        return [{name: f[name] for name in k} for k, f in zip(kept, found, strict=True)]

    engine = opened()
    assert shown(engine) == kept
    assert (engine.seq, engine.read_only, engine.quarantined) == (17, "", "")
    assert [c for c in engine.operations.verify().checks if not c.ok] == []
    assert cli("verify").returncode == 0
    assert cli.json("accounts")["accounts"] == [account_json(a) for a in engine.queries.accounts()]
    assert stored(path) == before
    first = kept[0]
    command = Deposit(account="Main/gen-1", amount=amount("5"))
    assert engine.commands.submit(command).seq == 18
    meta = {row[0]: row[1] for row in stored(path) if len(row) == 2}
    assert meta["min_writer"] == "4" == str(FILE_FORMAT)
    later = opened()
    assert later.queries.accounts() == engine.queries.accounts()
    assert account_json(later.queries.accounts()[0])["cash"] != first["cash"]
    assert not any("Main/ghost-1" in row for row in stored(path))
    assert later.commands.submit(command).seq == 19
    whole(later)


def test_a_first_version_journal_is_posted_to_by_several_at_once(
    path: Path, opened: Opened
) -> None:
    version_1_journal(path)
    running = opened(actor="screen")
    codes = [a.code for a in running.queries.accounts() if a.portfolio == "Main"]
    assert "gen-1" in codes
    engines = [opened(actor=f"w{n}") for n in range(3)]
    command = Deposit(account="Main/gen-1", amount=amount("1"))
    before = running.queries.account("gen-1", "Main").cash
    threads = [
        threading.Thread(target=lambda e=e: [e.commands.submit(command) for _ in range(10)])
        for e in engines
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running.refresh()
    assert running.queries.account("gen-1", "Main").cash == before + amount("30")
    assert running.seq == 47
    whole(running)
