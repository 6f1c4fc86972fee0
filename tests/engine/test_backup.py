"""Backups prove themselves, and there is always a way back (security.md; storage.md, Integrity)."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from backup_book import Book, damaged, mode, six_records
from books import NOON, Cli, init

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.operations.backup import make_backup, restore_backup
from alluse_tui.journal.head_file import head_path
from alluse_tui.security.age_files import age_key

CLOCK = FixedClock(NOON)
SECRET = "a passphrase of some length"
OTHER = "another one, long enough too"


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Book:
    return six_records(tmp_path, capsys)


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "secret"
    path.write_text(f"{SECRET}\nnot this line\n")
    return path


@pytest.fixture(scope="module")
def by_word(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book sealed with SECRET, which takes a second on purpose."""
    folder = tmp_path_factory.mktemp("sealed")
    with LocalEngine(folder / "journal", actor="dana", create=True) as engine:
        engine.commands.submit(init())
    return make_backup(folder / "journal", folder / "by-word", age_key(SECRET), CLOCK).path


@pytest.fixture
def keys(tmp_path: Path) -> tuple[str, Path]:
    """A public age key, and the file of its secret one."""
    identity, path = pyrage.x25519.Identity.generate(), tmp_path / "identity"
    path.write_text(f"# created: today\n{identity}\n")
    return str(identity.to_public()), path


# -- backup ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["plain", "passphrase", "recipient", "recipient and identity"])
def test_a_backup_comes_back_as_it_was(
    book: Book, tmp_path: Path, secret: Path, keys: tuple[str, Path], how: str
) -> None:
    target, (public, identity) = tmp_path / "copy", keys
    sealing: dict[str, list[object]] = {
        "plain": ["--plain"],
        "passphrase": ["--passphrase-file", secret],
        "recipient": ["--recipient", public],
        "recipient and identity": ["--recipient", public, "--identity", identity],
    }
    opening: list[object] = ["--passphrase-file", secret] if how == "passphrase" else []
    opening = ["--identity", identity] if "recipient" in how else opening
    hashes = book.hashes()
    made = book.done("backup", target, *sealing[how])
    assert made == {
        "path": str(target),
        "records": 6,
        "head": hashes[-1].hex(),
        "sealed": how != "plain",
    }
    assert mode(target) == 0o600
    assert target.read_bytes().startswith(b"SQLite" if how == "plain" else b"age-encryption.org")
    assert b"alluse.record" not in target.read_bytes() or how == "plain"
    shutil.rmtree(book.path.parent)
    assert book.done("restore", target, *opening, "--yes") == {
        "records": 6,
        "head": hashes[-1].hex(),
        "put_aside": None,
        "notes": [],
    }
    assert (mode(book.path), mode(book.path.parent)) == (0o600, 0o700)
    assert book.hashes() == hashes
    book.grown()
    assert book.done("verify")["ok"]


def test_into_a_folder_it_is_named_by_the_time(
    book: Book, tmp_path: Path, keys: tuple[str, Path]
) -> None:
    (tmp_path / "safe").mkdir()
    for extra, kind in ((["--plain"], ""), (["--recipient", keys[0]], "\\.age")):
        made = Path(book.done("backup", tmp_path / "safe", *extra)["path"])
        assert made.parent == tmp_path / "safe"
        assert re.fullmatch(rf"alluse-\d{{8}}-\d{{6}}\.journal{kind}", made.name)
    assert len(list((tmp_path / "safe").iterdir())) == 2  # and nothing is left over


def test_a_target_that_cannot_be_is_refused_and_nothing_is_made(book: Book, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("precious")
    before = sorted(tmp_path.iterdir())
    for target in (there, book.path, tmp_path / "no" / "folder", there / "under"):
        assert book("backup", target, "--plain", "--json").error["code"] in ("bad_input", "store")
    assert there.read_text() == "precious"
    assert sorted(tmp_path.iterdir()) == before


def test_a_backup_made_while_others_post_is_of_one_moment(book: Book, tmp_path: Path) -> None:
    stop, posted = threading.Event(), []

    def post() -> None:
        with book.opened() as engine:
            while not stop.is_set():
                posted.append(
                    engine.commands.submit(Deposit(account="gen-1", amount=amount("1"))).seq
                )

    thread = threading.Thread(target=post)
    thread.start()
    try:
        made = [make_backup(book.path, tmp_path / f"c{n}", None, CLOCK) for n in range(6)]
    finally:
        stop.set()
        thread.join()
    hashes = book.hashes()
    assert posted == list(range(7, len(hashes) + 1))
    assert [b.head for b in made] == [hashes[b.records - 1].hex() for b in made]
    assert made[-1].records > made[0].records
    restored = restore_backup(made[-1].path, tmp_path / "new.journal", None, CLOCK)
    assert (restored.records, restored.head) == (made[-1].records, made[-1].head)


def test_what_is_damaged_gives_no_backup(book: Book, tmp_path: Path) -> None:
    damaged(book, 3)
    assert book("backup", tmp_path / "copy", "--plain").code == 4
    assert not (tmp_path / "copy").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["book"]


# -- keys and secrets -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("too short", "at least 15"),
        ("", "no passphrase"),
        ("\n" + SECRET, "no passphrase"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_passphrase_that_will_not_do_is_refused_unseen(
    book: Book, tmp_path: Path, content: str | bytes, said: str
) -> None:
    file = tmp_path / "weak"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    done = book("backup", tmp_path / "copy", "--passphrase-file", file)
    assert done.code == 2
    assert said in done.err
    assert "too short" not in done.err
    assert not (tmp_path / "copy").exists()


def test_contradictions_and_missing_keys_are_usage_errors(
    book: Book, tmp_path: Path, secret: Path, keys: tuple[str, Path]
) -> None:
    target, public = tmp_path / "copy", keys[0]
    for extra in (
        [],
        ["--plain", "--passphrase-file", secret],
        ["--plain", "--recipient", public],
        ["--passphrase-file", secret, "--recipient", public],
        ["--recipient", public[:-1]],
        ["--recipient", "age1nobody"],
        ["--identity", keys[1]],
        ["--passphrase-file", tmp_path / "missing"],
    ):
        done = book("backup", target, *extra, "--json")
        assert (extra, done.code) == (extra, 2)
        assert not target.exists()


def test_another_key_opens_nothing_and_changes_nothing(
    book: Book, tmp_path: Path, secret: Path, by_word: Path, keys: tuple[str, Path]
) -> None:
    by_key = tmp_path / "by-key"
    book.done("backup", by_key, "--recipient", keys[0])
    (tmp_path / "wrong").write_text(OTHER)
    (tmp_path / "stranger").write_text(f"{pyrage.x25519.Identity.generate()}\n")
    (tmp_path / "no-key").write_text("AGE-SECRET-KEY-1NONSENSE\n")
    before = book.files()
    for sealed, option, value in (
        (by_word, "--passphrase-file", tmp_path / "wrong"),
        (by_word, "--identity", keys[1]),
        (by_key, "--identity", tmp_path / "no-key"),
        (by_key, "--identity", tmp_path / "stranger"),
        (by_key, "--passphrase-file", secret),
        (by_key, "--identity", tmp_path / "missing"),
    ):
        done = book("restore", sealed, option, value, "--yes", "--json")
        assert (sealed, value, done.code) == (sealed, value, 2)
        said = done.out + done.err
        assert not any(word in said for word in (SECRET, OTHER, "AGE-SECRET-KEY-1NONSENSE"))
    assert book("restore", by_key, "--yes", "--json").code == 2
    assert book.files() == before


# -- restore --------------------------------------------------------------------------------------


HURT: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "records garbled": lambda data: data.replace(b'"dana"', b'"dane"'),
    "middle garbled": lambda data: data[: len(data) // 2] + b"\0\1" + data[len(data) // 2 + 2 :],
    "header": lambda data: data[:20] + b"\0\0\0\0" + data[24:],
    "head only": lambda data: data[:30],
    "empty": lambda data: b"",
    "text": lambda data: b"dear diary\n" * 500,
}


@pytest.mark.parametrize(
    ("sealed", "hurt"),
    [(False, h) for h in HURT if h != "middle garbled"]  # which may hold nothing
    + [(True, h) for h in HURT if h != "records garbled"],  # which cannot be seen
)
def test_a_damaged_backup_is_refused_in_a_line_and_nothing_is_changed(
    book: Book, tmp_path: Path, keys: tuple[str, Path], sealed: bool, hurt: str
) -> None:
    copy, (public, identity) = tmp_path / "copy", keys
    book.done("backup", copy, *(["--recipient", public] if sealed else ["--plain"]))
    copy.write_bytes(HURT[hurt](copy.read_bytes()))
    before, around = book.files(), sorted(p.name for p in tmp_path.iterdir())
    done = book("restore", copy, *(["--identity", identity] if sealed else []), "--yes", "--json")
    assert done.code in (2, 4), done
    assert done.error["message"]
    assert book.files() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == around


def test_a_backup_sealed_by_passphrase_is_refused_once_it_is_cut(
    book: Book, tmp_path: Path, secret: Path, by_word: Path
) -> None:
    copy, before = tmp_path / "copy", book.files()
    copy.write_bytes(by_word.read_bytes()[:-100])
    done = book("restore", copy, "--passphrase-file", secret, "--yes", "--json")
    assert (done.code, SECRET in done.out + done.err) == (2, False)
    assert book.files() == before


def test_a_backup_that_is_not_there_makes_nothing(book: Book, tmp_path: Path) -> None:
    other = Book(tmp_path / "none" / "alluse.journal", book.capsys)
    for path in (tmp_path / "missing", tmp_path):
        assert other("restore", path, "--yes", "--json").code == 2
    assert other("backup", tmp_path / "copy", "--plain", "--json").error["code"] == "no_book"
    assert other("recover", "--yes", "--json").error["code"] == "no_book"
    assert not other.path.parent.exists()


def test_what_stood_there_is_put_aside_complete_with_its_log(book: Book, tmp_path: Path) -> None:
    book.done("backup", tmp_path / "copy", "--plain")
    with book.opened() as engine:
        for _ in range(4):  # these four are in the -wal only
            engine.commands.submit(Deposit(account="gen-1", amount=amount("2")))
        hashes = [record.hash for record in engine.queries.records()]
        aside = Path(book.done("restore", tmp_path / "copy", "--yes")["put_aside"])
        with pytest.raises(StoreFailed, match="replaced"):
            engine.commands.submit(Deposit(account="gen-1", amount=amount("2")))
    assert aside.parent == book.path.parent
    assert len(book.hashes()) == 6
    assert mode(aside) == 0o600
    old = Book(aside, book.capsys)
    assert old.hashes() == hashes
    assert old.done("verify")["ok"]


def test_one_restore_after_another_puts_each_book_aside(book: Book, tmp_path: Path) -> None:
    book.done("backup", tmp_path / "copy", "--plain")
    asides, sizes = [], []
    for more in (1, 2, 3):
        book.grown(more)
        asides.append(restore_backup(tmp_path / "copy", book.path, None, CLOCK).put_aside)
    for aside in asides:
        assert aside is not None
        sizes.append(len(Book(aside, book.capsys).hashes()))
    assert sizes == [7, 8, 9]


def test_an_older_backup_is_no_alarm_once_it_is_restored(book: Book, tmp_path: Path) -> None:
    book.done("backup", tmp_path / "copy", "--plain")
    book.grown(3)
    book.done("query", "SELECT count(*) FROM record")
    assert book.path.with_suffix(".duckdb").exists()
    book.done("restore", tmp_path / "copy", "--yes")
    assert not head_path(book.path).exists() or len(book.hashes()) == 6
    assert book.done("query", "SELECT count(*) FROM record")["rows"] == [[6]]
    book.done("deposit", "gen-1", "7")
    assert book.done("verify")["records"] == 7
    assert book.done("query", "SELECT count(*) FROM record")["rows"] == [[7]]


def test_a_restore_ends_a_quarantine_and_a_loss(book: Book, tmp_path: Path) -> None:
    book.done("backup", tmp_path / "copy", "--plain")
    damaged(book, 2)
    assert book("verify").code == 4
    assert book("deposit", "gen-1", "1").code == 4
    book.done("restore", tmp_path / "copy", "--yes")
    assert book("verify").code == 0
    assert book("deposit", "gen-1", "1").code == 0


@pytest.mark.parametrize("command", ["restore", "recover"])
def test_without_a_terminal_yes_must_be_said(book: Book, tmp_path: Path, command: str) -> None:
    book.done("backup", tmp_path / "copy", "--plain")
    if command == "recover":
        damaged(book, 4)
    arguments = [command, *([tmp_path / "copy"] if command == "restore" else [])]
    before = book.files()
    for extra in ([], ["--json"]):
        done = book(*arguments, *extra)
        assert done.code == 2
        assert "--yes" in done.out + done.err
    assert book.files() == before
    assert book(*arguments, "--yes").code == 0


# -- recover --------------------------------------------------------------------------------------


def test_recover_keeps_what_lies_before_the_damage_and_says_so(book: Book) -> None:
    hashes = book.hashes()
    damaged(book, 4)
    before = book.files()
    would = book.done("recover", "--dry-run")
    assert book.files() == before
    assert {k: would[k] for k in ("kept", "lost", "quarantine", "head", "damaged")} == {
        "kept": 3,
        "lost": 3,
        "quarantine": "",
        "head": hashes[2].hex(),
        "damaged": None,
    }
    assert would["found"].startswith("record 4 ")
    did = book.done("recover", "--yes")
    assert Path(did["damaged"]).read_bytes() == before["alluse.journal"]
    assert {**did, "damaged": None} == would
    assert book.hashes()[:3] == hashes[:3]
    assert len(book.hashes()) == 4  # the fourth says what happened
    assert mode(book.path) == 0o600
    book.grown()
    assert book("verify").code == 0
    left = {n for n in book.files() if not n.startswith(Path(did["damaged"]).name)}
    assert left <= {
        "alluse.journal",
        "alluse.journal.head",
        "alluse.duckdb",
        "alluse.duckdb.digest",
    }


def test_recover_counts_what_only_the_kept_head_knew(book: Book) -> None:
    old = book.path.read_bytes()
    book.grown(4)
    book.path.write_bytes(old)
    assert book("accounts").code == 0
    report = book.done("recover", "--dry-run")
    assert (report["kept"], report["lost"], report["found"]) == (6, 4, "")
    assert "10" in report["quarantine"]
    book.done("recover", "--yes")
    assert book("verify").code == 0


def test_a_folder_that_is_not_there_does_not_become_a_file(book: Book, tmp_path: Path) -> None:
    done = book("backup", f"{tmp_path}/nonsuch/", "--plain")
    assert (done.code, "is not a directory; create it first" in done.err) == (2, True)
    assert not (tmp_path / "nonsuch").exists()


def test_recover_has_nothing_to_do_on_a_sound_book(book: Book) -> None:
    before = book.files()
    for extra in ([], ["--yes"], ["--dry-run"]):
        done = book("recover", *extra, "--json")
        assert (done.code, "is not damaged" in done.out) == (2, True)
    assert book.files() == before


def test_the_program_itself_keeps_the_contract(
    cli: Cli, tmp_path: Path, keys: tuple[str, Path]
) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000")
    copy, opening = str(tmp_path / "copy"), ("--identity", str(keys[1]))
    assert cli("backup", copy, "--recipient", keys[0], *opening).returncode == 0
    assert "--yes" in cli("restore", copy, *opening).stderr
    done = cli("restore", copy, *opening, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 records, verified" in done.stdout
    assert cli("recover").returncode == 2
    assert cli("verify").returncode == 0
