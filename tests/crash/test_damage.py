"""Damage to the files: the same book, or a loud refusal and a way back that works.

Never fewer records than the kept head knew, another kind of error, a hang, or other balances
without a word; damage to the replica costs nothing (storage.md, Integrity).
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import apsw
import pytest
from books import Cli, init
from damage_law import (
    BACKED_UP,
    CLOCK,
    OLDER,
    RECORDS,
    Damage,
    Truth,
    both,
    breaches,
    built,
    cut,
    gone,
    keyed,
    noise,
    opened,
    put,
    run,
    suffered,
    written,
)

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.engine import LocalEngine
from alluse_tui.journal.head_file import head_path

PAGE = 4_096
FRAME = PAGE + 24


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return built(tmp_path_factory.mktemp("truth"))


def test_the_law_holds_where_nothing_is_damaged(truth: Truth) -> None:
    for kind in ("closed", "open"):
        assert suffered(truth, kind, lambda _: None) is None


# -- the journal file -----------------------------------------------------------------------------


@pytest.mark.parametrize("filling", [b"\0", b"\xff", b"noise"])
def test_every_page_overwritten_in_turn(truth: Truth, filling: bytes) -> None:
    new = noise(PAGE) if filling == b"noise" else filling * PAGE
    spots = range(0, truth.file("closed").stat().st_size, PAGE)
    assert len(spots) >= 30
    assert breaches(truth, "closed", [(at // PAGE, written("", at, new)) for at in spots]) == []


def first_in(truth: Truth, content: bytes) -> int:
    """The first record any of which may lie in these pages; one more than all when none does."""
    ends = ((n, body) for n, body in enumerate(truth.bodies, start=1))
    return next((n for n, b in ends if b[:50] in content or b[-50:] in content), RECORDS + 1)


def record_root(path: Path) -> int:
    with closing(apsw.Connection(str(path))) as connection:
        row = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'record'").get
    return int(row)


def test_recover_keeps_every_record_that_lies_before_a_zeroed_page(truth: Truth) -> None:
    file = truth.file("closed")
    data, short = file.read_bytes(), []
    for page in range(3, len(data) // PAGE + 1):  # the first two hold the schema and the origin
        at = (page - 1) * PAGE
        if page == record_root(file):
            continue
        sound = first_in(truth, data[at : at + PAGE]) - 1
        try:
            kept = suffered(truth, "closed", written("", at, bytes(PAGE)))
        except Exception:  # broken in another way, which other tests tell of
            continue
        if kept is not None and kept < sound:
            short.append(f"page {page}: {kept} of {sound}")
    assert short == []


def test_recover_keeps_the_records_of_a_file_that_lost_its_last_pages(truth: Truth) -> None:
    data, short = truth.file("closed").read_bytes(), []
    for pages in (1, 2, 4):
        at = len(data) - pages * PAGE
        kept, sound = suffered(truth, "closed", cut("", at)), first_in(truth, data[at:]) - 1
        if kept is not None and kept < sound:
            short.append(f"{pages} pages: {kept} of {sound}")
    assert short == []


def test_the_file_cut_at_many_lengths(truth: Truth) -> None:
    size = truth.file("closed").stat().st_size
    sizes = {0, 1, 15, 16, 99, 100, 101, 512, size - 1, size - 511, size - 512, size - PAGE + 1}
    sizes |= set(range(PAGE, size, PAGE)) | set(random.Random(1).sample(range(size), 40))
    assert breaches(truth, "closed", [(n, cut("", n)) for n in sorted(sizes)]) == []


SIGNS = (0, 1, 7, 13, 0x22, 0x7F, 0x80, 0xC3, 0xFF)


def flips(data: bytes, seed: int, count: int) -> Iterator[tuple[int, bytes]]:
    """Single bytes changed at seeded spots that hold something: a bit, or another sign."""
    draw = random.Random(seed)
    for at in draw.sample([n for n, byte in enumerate(data) if byte], count):
        new = data[at] ^ (1 << draw.randrange(8)) if draw.random() < 0.5 else draw.choice(SIGNS)
        yield at, bytes([new if new != data[at] else new ^ 1])


@pytest.mark.parametrize("seed", range(6))
def test_single_bytes_changed_over_the_file(truth: Truth, seed: int) -> None:
    data = truth.file("closed").read_bytes()
    spots = flips(data, seed, 100)
    assert breaches(truth, "closed", [((at, new), written("", at, new)) for at, new in spots]) == []


@pytest.mark.parametrize("new", [b"\0", b"\x05", b"\x80", b"\xff"])
def test_every_byte_of_the_files_header_changed(truth: Truth, new: bytes) -> None:
    assert breaches(truth, "closed", [(at, written("", at, new)) for at in range(100)]) == []


WHOLE: dict[str, Damage] = {
    "deleted": gone(""),
    "empty": put("", b""),
    "text": put("", b"these are not the books\n" * 1_000),
    "random": put("", noise(100_000)),
    "zero": put("", bytes(100_000)),
    "header only": cut("", 100),
    "grown": lambda p: p.write_bytes(p.read_bytes() + noise(3 * PAGE)),
}


@pytest.mark.parametrize("kind", ["closed", "open"])
def test_the_whole_file_replaced_by_something_else(truth: Truth, kind: str) -> None:
    assert breaches(truth, kind, WHOLE.items()) == []


@pytest.mark.parametrize("name", ["older/alluse.journal", "backup"])
def test_an_older_copy_in_its_place_is_loud_and_recover_keeps_what_it_holds(
    truth: Truth, name: str
) -> None:
    holds = BACKED_UP if name == "backup" else OLDER

    def older(path: Path) -> object:
        return shutil.copy(truth.top / name, path)

    assert suffered(truth, "closed", older) == holds
    assert suffered(truth, "open", both(older, gone("-wal"))) == holds


# -- rows that are other than they were -----------------------------------------------------------

PLAINS = ("''", "'{'", "'{}'", "'[]'", "'null'", "'7'", "7", "x'80ff'", "CAST(x'22ff22' AS TEXT)")
BINARIES = ("''", "'text'", "7", "0", "x''", "x'80ff'", "zeroblob(32)", "zeroblob(33)")


def setting(table: str, column: str, values: Iterable[str], where: str) -> list[tuple[str, Damage]]:
    made = [f"UPDATE {table} SET {column} = {value} WHERE {where}" for value in values]
    return [(statement, run(statement)) for statement in made]


@pytest.mark.parametrize("seq", [1, 13, RECORDS])
@pytest.mark.parametrize("column", ["recorded_ns", "actor", "body", "prev", "hash"])
def test_every_column_of_a_record_put_to_anything(truth: Truth, column: str, seq: int) -> None:
    values = (*PLAINS, *BINARIES)
    found = breaches(truth, "closed", setting("record", column, values, f"seq = {seq}"))
    assert found == []
    damaged = run(f"UPDATE record SET {column} = 'x' WHERE seq = {seq}")
    assert suffered(truth, "closed", damaged) == seq - 1


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("meta", "value", "name = 'state'"),
        ("meta", "value", "name = 'origin'"),
        ("meta", "value", "name = 'min_writer'"),
        ("meta", "name", "name = 'origin'"),
        ("meta", "name", "name = 'min_writer'"),
        ("state", "body", "id = 'Main/gen-1'"),
        ("state", "body", "id = 'Main'"),
        ("state", "kind", "id = 'Main/gen-1'"),
        ("state", "id", "id = 'Main/gen-1'"),
        ("key_use", "seq", "key = 'k3'"),
        ("key_use", "content", "key = 'k3'"),
        ("key_use", "receipt", "key = 'k3'"),
        ("key_use", "key", "key = 'k3'"),
    ],
)
def test_everything_beside_the_records_put_to_anything(
    truth: Truth, table: str, column: str, where: str
) -> None:
    values = [v for v in PLAINS if "7" not in v or "min_writer" not in where]  # 7 is an upgrade
    assert breaches(truth, "closed", setting(table, column, values, where)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE state SET body = replace(body, '\"Main\"', '\"Mamn\"') WHERE id = 'Main/gen-1'",
        "UPDATE state SET body = replace(body, 'gen', 'gon') WHERE id = 'Main/gen-1'",
        "UPDATE state SET body = replace(body, 'active', 'acxive')",
        "UPDATE state SET body = replace(body, 'USD', 'XXX')",
        "UPDATE state SET body = replace(body, 'moderate', 'MODERATE') WHERE id = 'Main'",
        "UPDATE key_use SET receipt = replace(receipt, 'active', 'acxive')",
        "UPDATE key_use SET receipt = substr(receipt, 1, length(receipt) / 2)",
        "DELETE FROM state",
        "DELETE FROM key_use",
        "DELETE FROM meta WHERE name = 'state'",
        "DELETE FROM meta WHERE name = 'origin'",
        "DELETE FROM meta WHERE name = 'min_writer'",
        "DELETE FROM record",
        "DROP TABLE state",
        "DROP TABLE key_use",
        "DROP TABLE meta",
        "DROP TABLE record",
        "ALTER TABLE record RENAME COLUMN seq TO sqe",
        "ALTER TABLE meta RENAME COLUMN name TO nmae",
        "PRAGMA journal_mode = DELETE",
    ],
)
def test_what_a_foreign_program_did_to_the_tables(truth: Truth, statement: str) -> None:
    assert breaches(truth, "closed", [(statement, run(statement))]) == []


# -- the log beside it ----------------------------------------------------------------------------


def commits(truth: Truth, size: int) -> int:
    """How many records a log of that many bytes, and the file under it, hold."""
    data, whole = truth.file("open", "-wal").read_bytes()[:size], 0
    for at in range(32, len(data) - FRAME + 1, FRAME):
        whole += struct.unpack(">I", data[at + 4 : at + 8])[0] != 0
    return OLDER + whole


@pytest.mark.parametrize("inside", [0, 1, 24, 2_000])
def test_the_log_cut_at_every_frame_keeps_each_whole_record(truth: Truth, inside: int) -> None:
    size = truth.file("open", "-wal").stat().st_size
    assert commits(truth, size) == RECORDS
    wrong = []
    for at in range(32, size, 4 * FRAME if inside else FRAME):
        whole = commits(truth, at + inside)
        kept = suffered(truth, "open", cut("-wal", at + inside))
        if kept != (None if whole == RECORDS else whole):
            wrong.append((at, kept, whole))
    assert wrong == []


def test_what_a_kept_head_did_not_know_of_may_go_and_nothing_before_it(truth: Truth) -> None:
    size, known, outcomes = truth.file("open", "-wal").stat().st_size, 15, set()
    for at in range(32, size, FRAME):
        damage = both(cut("-wal", at), lambda path: truth.keep(path, known))
        kept = suffered(truth, "open", damage, least=known)
        assert (kept is None) == (commits(truth, at) >= known)
        outcomes.add(kept)
    assert outcomes == {None, *range(OLDER, known)}


@pytest.mark.parametrize("seed", range(2))
def test_single_bytes_changed_over_the_log(truth: Truth, seed: int) -> None:
    data = truth.file("open", "-wal").read_bytes()
    spots = [*flips(data, seed, 60), *((at, b"\x5a") for at in range(32) if seed)]
    made = [((at, new), written("-wal", at, new)) for at, new in spots]
    assert breaches(truth, "open", made) == []


def test_a_frame_that_is_garbled_ends_the_log_before_its_record(truth: Truth) -> None:
    size = truth.file("open", "-wal").stat().st_size
    for at in range(32, size, 3 * FRAME):
        kept = suffered(truth, "open", written("-wal", at + 24 + 77, b"\xa5\x5a"))
        assert kept == commits(truth, at)


BESIDE: dict[str, Damage] = {
    "log deleted": gone("-wal"),
    "log empty": put("-wal", b""),
    "log zero": put("-wal", bytes(50_000)),
    "log random": put("-wal", noise(50_000)),
    "index deleted": gone("-shm"),
    "index random": put("-shm", noise(32_768)),
    "index short": put("-shm", b"abc"),
    "index zero": put("-shm", bytes(32_768)),
    "both deleted": both(gone("-wal"), gone("-shm")),
}


@pytest.mark.parametrize("kind", ["closed", "open"])
def test_what_lies_beside_the_file_is_gone_or_something_else(truth: Truth, kind: str) -> None:
    assert breaches(truth, kind, BESIDE.items()) == []


def test_an_older_log_over_a_newer_file_is_never_silent(truth: Truth) -> None:
    log = truth.file("open", "-wal").read_bytes()
    made = [(n, put("-wal", log[: 32 + n * FRAME])) for n in range(0, len(log) // FRAME, 5)]
    assert breaches(truth, "closed", made) == []


# -- the kept head --------------------------------------------------------------------------------


def heads(truth: Truth) -> dict[str, tuple[bytes, bool]]:
    """What may stand in the file, and whether that proves a loss."""
    line = head_path(truth.file("closed")).read_bytes()
    origin, hashes = truth.origin, [h.hex() for h in truth.hashes]
    return {
        "empty": (b"", False),
        "random": (noise(101), False),
        "not text": (b"\xff\xfe" + line, False),
        "half": (line[:60], False),
        "no line": (line[:-1], False),
        "twice": (line * 2, False),
        "of another origin": (b"0" * 32 + line[32:], False),
        "of no record": (f"{origin} 0 {'00' * 32}\n".encode(), False),
        "behind": (f"{origin} 7 {hashes[6]}\n".encode(), False),
        "behind, other hash": (f"{origin} 7 {hashes[7]}\n".encode(), True),
        "other hash": (f"{origin} {RECORDS} {hashes[6]}\n".encode(), True),
        "ahead": (f"{origin} {RECORDS + 3} {hashes[6]}\n".encode(), True),
        "far ahead": (f"{origin} {'9' * 18} {hashes[6]}\n".encode(), True),
    }


@pytest.mark.parametrize("kind", ["closed", "open"])
def test_a_kept_head_is_an_alarm_only_where_it_proves_a_loss(truth: Truth, kind: str) -> None:
    for name, (content, proves) in heads(truth).items():
        kept = suffered(truth, kind, put(".head", content))
        assert (name, kept) == (name, RECORDS if proves else None)
    assert suffered(truth, kind, gone(".head")) is None


# -- the command line, and a process that runs meanwhile ------------------------------------------


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (put("", noise(9_000)), 4),
        (cut("", 9 * PAGE), 4),
        (written("", 2 * PAGE, bytes(PAGE)), 4),
        (put("", b""), 6),
        (gone(""), 2),
        (run("UPDATE key_use SET content = CAST(x'22ff22' AS TEXT) WHERE key = 'k3'"), 4),
        (run("UPDATE record SET actor = CAST(x'80' AS TEXT) WHERE seq = 24"), 4),
    ],
    ids=["random", "cut", "zeroed", "empty", "deleted", "key", "actor"],
)
def test_the_command_line_says_so_in_a_line_and_by_its_code(
    truth: Truth, cli: Cli, damage: Damage, code: int
) -> None:
    shutil.copytree(truth.top / "closed", cli.journal.parent)
    damage(cli.journal)
    for command in (["verify"], ["deposit", "gen-1", "1"]):
        done = cli(*command)
        assert (command, done.returncode) == (command, code), done.stderr
        assert "Traceback" not in done.stderr
        assert command == ["verify"] or len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["older/alluse.journal", "closed/alluse.journal"])
def test_a_file_exchanged_under_a_running_engine_is_loud_and_not_written_to(
    truth: Truth, tmp_path: Path, name: str
) -> None:
    path = Path(shutil.copytree(truth.top / "closed", tmp_path / "book")) / "alluse.journal"
    with opened(path) as engine:
        shutil.copy(truth.top / name, tmp_path / "new")
        (tmp_path / "new").replace(path)
        for act in (engine.refresh, lambda: engine.commands.submit(keyed(99))):
            with pytest.raises(StoreFailed, match="replaced"):
                act()
    assert path.read_bytes() == (truth.top / name).read_bytes()


# -- the replica ----------------------------------------------------------------------------------


def costs_nothing(truth: Truth, damage: Damage) -> None:
    """Every answer equals the book, and nothing is refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copytree(truth.top / "closed", Path(folder) / "book")) / "alluse.journal"
        damage(path.with_suffix(".duckdb"))
        with opened(path) as engine:
            assert engine.queries.accounts(as_of=engine.today) == tuple(truth.accounts[-1])
            sql = "SELECT account, sum(amount) FROM account_balance GROUP BY ALL ORDER BY ALL"
            held = {a.code: Decimal(a.equity) / 1_000_000 for a in truth.accounts[-1]}
            assert dict(engine.queries.sql(sql).rows) == held
            assert len(engine.queries.entries("gen-1", "Main", 50)) == 8
            assert engine.operations.verify().ok
            engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))


@pytest.mark.parametrize("part", range(4))
def test_a_replica_garbled_at_any_of_many_spots_costs_nothing(truth: Truth, part: int) -> None:
    size = truth.file("closed").with_suffix(".duckdb").stat().st_size
    for spot in range(part, 28, 4):
        at = size * spot // 28
        costs_nothing(truth, written("", at, bytes(min(65_536, size - at))))
        costs_nothing(truth, written("", at + 5_000, noise(64)))


@pytest.mark.parametrize("size", [0, 1, 4_095, 4_096, 12_288, 262_144, 300_000, -1])
def test_a_replica_cut_anywhere_costs_nothing(truth: Truth, size: int) -> None:
    costs_nothing(truth, lambda path: os.truncate(path, size % path.stat().st_size))


@pytest.mark.parametrize("suffix", [".wal", ".wal.checkpoint", ".wal.recovery"])
@pytest.mark.parametrize("content", [b"", noise(4_096)])
def test_what_a_foreign_program_left_beside_the_replica_costs_nothing(
    truth: Truth, suffix: str, content: bytes
) -> None:
    costs_nothing(truth, put(suffix, content))


@pytest.mark.parametrize("records", [1, 24, 60])
def test_the_replica_of_another_journal_is_no_alarm(
    truth: Truth, tmp_path: Path, records: int
) -> None:
    other = tmp_path / "other.journal"
    with LocalEngine(other, actor="eve", clock=CLOCK, create=True) as engine:
        engine.commands.submit(init("Other", "1"))
        for n in range(1, records):
            engine.commands.submit(keyed(n))
        engine.operations.rebuild()
    costs_nothing(truth, lambda path: shutil.copy(other.with_suffix(".duckdb"), path))
