"""The vault's ring at work: what is sealed opens after rotations, and nothing lies in clear."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from books import REAL_YEAR, needs_real_year
from here import Here, files_with, opened_here

from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.market.statements import ReadStatement, read_statement
from alluse_tui.security import keys
from alluse_tui.security.vault import Vault, is_encrypted, key_id, new_key

DATA = Path(__file__).parents[1] / "data"
NUMBER = "U7654321"
FULL_NAME = "Ottilie Vanderquast"


@pytest.fixture
def here(
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Here:
    return opened_here(tmp_path, clock, monkeypatch, capfd, "--date", "2024-12-31")


def restarted(here: Here, **environment: str) -> None:
    """What a process knew of keys is gone, and this is what the next one finds."""
    here.monkeypatch.setattr(keys, "_from_environment", {})
    for name, value in environment.items():
        here.monkeypatch.setenv(name, value)


def statement(here: Here, number: str = NUMBER, name: str = "composed-year") -> str:
    """A statement of that broker account, outside every folder of the program."""
    text = (DATA / f"{name}.xml").read_text(encoding="utf-8").replace("U0000001", number)
    path = here.top / f"{name}-{number}.statement"
    path.write_text(text, encoding="utf-8")
    return str(path)


def bring(here: Here, file: str, *options: str, code: int = 0) -> Any:
    return here.json("import", file, "--yes", *options, code=code)


def ring(here: Here) -> Path:
    return here.top / "keys" / "vault.keys"


def put(path: Path, text: str, mode: int = 0o400) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def ids(here: Here) -> list[str]:
    found: list[str] = here.json("vault", "list")["keys"]
    return found


def with_users(here: Here) -> None:
    here.first()
    new = ("--new-password-file", here.secret("eli"), "--full-name", FULL_NAME)
    here("user", "add", "eli", "--role", "admin", *new, *here.own(), code=0)


def full_names(here: Here) -> list[str]:
    return [u["full_name"] for u in here.json("user", "list")["users"]]


def sealed_in_state(here: Here) -> set[str]:
    """The ids of the keys that seal something in the book as it stands."""
    with LocalEngine(here.journal, actor="dana", clock=here.clock) as engine:
        book = engine.core.follower.book
        texts = [u.full_name for u in book.users.values()]
        texts += [s.sealed for a in book.accounts.values() for s in a.statements]
    return {text.split(":")[1] for text in texts if is_encrypted(text)}


# -- list, add, rotate -----------------------------------------------------------------------------


def test_the_ring_is_made_shown_by_ids_and_never_shown(here: Here) -> None:
    said = here("vault", "list", code=0)
    assert "no keys yet" in said.out and str(here.top / "keys") in said.out
    assert here.json("vault", "list")["keys"] == [] and not ring(here).exists()
    made = here("vault", "add", code=0)
    assert "keep a copy of the key ring" in made.err
    (first,) = ids(here)
    assert f"key {first} encrypts" in made.out
    assert stat.S_IMODE(ring(here).stat().st_mode) == 0o400
    assert stat.S_IMODE(ring(here).parent.stat().st_mode) == 0o700
    said = here("vault", "add", code=2)
    assert "alluse vault rotate" in said.err
    second = here.json("vault", "rotate")["key"]
    assert ids(here) == [second, first]
    shown = here("vault", "list", code=0).out.splitlines()
    assert shown[0] == f"{second}  encrypts and decrypts" and shown[1] == f"{first}  decrypts"
    for line in ring(here).read_text().split():
        assert line not in "".join((made.out, made.err, said.err, *shown))


def test_after_each_rotation_and_restart_everything_opens_and_rows_are_known(here: Here) -> None:
    with_users(here)
    file, later = statement(here), statement(here, name="composed-next-period")
    assert bring(here, file, "--into", "gen-1")["imported"] == 15
    for turn in range(3):
        restarted(here)
        newest = here.json("vault", "rotate")["key"]
        restarted(here)
        assert FULL_NAME in full_names(here) and ids(here)[0] == newest
        assert len(ids(here)) == turn + 2, "no key leaves the ring"
        assert newest in sealed_in_state(here), "full names are sealed anew"
        again = bring(here, file)
        assert (again["imported"], again["duplicates"], again["account"]) == (0, 15, "gen-1")
    restarted(here)
    assert bring(here, later)["imported"] > 0
    assert [r["command"] for r in here.log()].count("keys") == 3
    assert here.json("verify")["ok"]


def test_each_command_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = FixedClock(datetime.now(UTC))
    here = opened_here(tmp_path, clock, monkeypatch, capfd, "--date", "2024-12-31")
    file = statement(here)

    def alone(*arguments: str) -> Any:
        command = [sys.executable, "-m", "alluse_tui.cli.main", *arguments, "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert NUMBER not in done.stdout + done.stderr
        return json.loads(done.stdout)

    alone("import", file, "--into", "gen-1", "--yes")
    alone("vault", "rotate")
    assert alone("import", file, "--yes")["duplicates"] == 15
    assert len(alone("vault", "list")["keys"]) == 2


def test_keys_change_only_for_admins_and_on_record(here: Here) -> None:
    here.two_people()
    here("vault", "add", code=0)
    other = put(here.top / "other.key", f"{new_key()}\n")
    for what in (("rotate",), ("add", other), ("add",)):
        assert here.json("vault", *what, by="eli", code=5 if what != ("add",) else 2)["error"]
    assert len(ids(here)) == 1
    here("vault", "rotate", code=0)
    here("vault", "add", other, code=0)
    done = [r["content"]["detail"] for r in here.log() if r["command"] == "keys" and r["events"]]
    newest, first, added = ids(here)
    assert done == [
        f"key {first} added to the ring",
        f"new key {newest} for encryption",
        f"key {added} added to the ring",
    ]
    lines = ring(here).read_text().split()
    assert not files_with(here.top, lines, but=("vault.keys", ".key"))


# -- a key that is not there -----------------------------------------------------------------------


def test_without_the_old_key_the_missing_one_is_named_and_nothing_changes(here: Here) -> None:
    with_users(here)
    file = statement(here)
    bring(here, file, "--into", "gen-1")
    (lost,) = ids(here)
    kept = ring(here).read_text()
    for text in (None, f"{new_key()}\n"):
        restarted(here)
        if text is None:
            ring(here).rename(here.top / "lost.key")
        else:
            put(ring(here), text)
        before = len(here.log())
        said = bring(here, file, code=6)["error"]
        assert f"key {lost} is missing from the vault" in said["message"]
        said = here("vault", "rotate", "--json", code=6).error
        assert f"key {lost} is missing" in said["message"]
        assert f"encrypted with key {lost}, which is missing" in full_names(here)
        assert here.json("accounts") and here.json("verify")["ok"]
        assert before == len(here.log())
        if text is None:
            new = ("--new-password-file", here.secret("fay"), *here.own())
            here("user", "add", "fay", "--role", "viewer", "--full-name", "F", *new, code=6)
            here("user", "edit", "eli", "--full-name", "F", *here.own(), code=6)
            bring(here, statement(here, "U12"), "--into", "rev-1", code=6)
            here("vault", "add", code=6)
        assert text is not None or not ring(here).exists(), "no other ring was begun"
        assert text is None or ring(here).read_text() == text
    restarted(here)
    added = here.json("vault", "add", put(here.top / "lost.key", kept))["key"]
    assert added == lost and ids(here)[-1] == lost
    restarted(here)
    assert bring(here, file)["duplicates"] == 15 and FULL_NAME in full_names(here)


def test_only_users_whose_name_is_sealed_need_the_key(here: Here) -> None:
    with_users(here)
    ring(here).unlink()
    restarted(here)
    here.add("fay", "viewer")
    here("login", "eli", *here.own("eli"), code=0)


# -- where the ring is found -----------------------------------------------------------------------


def test_the_ring_comes_from_the_environment_and_is_changed_there(here: Here) -> None:
    old, new = new_key(), new_key()
    restarted(here, ALLUSE_VAULT_KEY=f"{old}\n")
    bring(here, statement(here), "--into", "gen-1")
    assert here.json("vault", "list") == {
        "keys": [key_id(old)],
        "where": "the variable ALLUSE_VAULT_KEY",
    }
    assert "ALLUSE_VAULT_KEY" not in os.environ and not ring(here).exists()
    for what in (("rotate",), ("add", put(here.top / "new.key", new))):
        assert "change them there" in here("vault", *what, code=2).err
    restarted(here, ALLUSE_VAULT_KEY=f"{new}\n{old}\n")
    assert bring(here, statement(here))["duplicates"] == 15
    restarted(here, ALLUSE_VAULT_KEY=new)
    assert key_id(old) in here("import", statement(here), "--yes", code=6).err


def test_the_ring_comes_from_systemd(here: Here) -> None:
    old = new_key()
    put(here.top / "credentials" / "alluse.vault", old)
    restarted(here, CREDENTIALS_DIRECTORY=str(here.top / "credentials"))
    bring(here, statement(here), "--into", "gen-1")
    assert here.json("vault", "list")["where"] == "systemd's credential alluse.vault"
    assert "change them there" in here("vault", "rotate", code=2).err
    assert not ring(here).exists()


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644, 0o602])
def test_a_ring_that_others_may_read_or_write_is_refused(here: Here, mode: int) -> None:
    bring(here, statement(here), "--into", "gen-1")
    ring(here).chmod(mode)
    restarted(here)
    before = here.journal.read_bytes()
    for arguments in (
        ("vault", "list"),
        ("vault", "rotate"),
        ("vault", "add"),
        ("import", statement(here), "--yes"),
    ):
        said = here(*arguments, code=2)
        assert "can be read or written by other" in said.err and "chmod 0400" in said.err
    assert before == here.journal.read_bytes()
    here("deposit", "gen-1", "1", code=0)


@pytest.mark.parametrize("content", ["", "# only words\n", "not a key\n", "\xff", "x" * 70_000])
def test_a_damaged_ring_is_one_clear_line_and_is_not_written_over(here: Here, content: str) -> None:
    put(ring(here), content)
    for arguments in (
        ("vault", "list"),
        ("vault", "rotate"),
        ("vault", "add"),
        ("import", statement(here), "--into", "gen-1", "--yes"),
    ):
        said = here(*arguments, code=2)
        assert said.err.count("\n") == 1 and "not a key" not in said.err
    assert ring(here).read_text() == content
    assert here.json("accounts")


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("{key}\n", 0o644, "chmod 0400"),
        ("", 0o400, "must hold one key"),
        ("{key}\n{key}\n", 0o400, "must hold one key"),
        ("hunter2\n", 0o400, "44 base64 characters"),
        ("\x00" * 44, 0o400, "44 base64 characters"),
        ("{key}x\n", 0o400, "44 base64 characters"),
    ],
)
def test_a_file_that_holds_no_key_is_refused(
    here: Here, content: str, mode: int, said: str
) -> None:
    here("vault", "add", code=0)
    before, key = ring(here).read_text(), new_key()
    file = put(here.top / "some.key", content.format(key=key), mode)
    told = here("vault", "add", file, code=2)
    assert said in told.err and key not in told.err and "hunter2" not in told.err
    assert ring(here).read_text() == before


def test_a_key_comes_into_the_ring_once(here: Here) -> None:
    here("vault", "add", code=0)
    file = put(here.top / "own.key", ring(here).read_text())
    assert "is already in the vault's ring" in here("vault", "add", file, code=2).err
    assert here("vault", "add", str(here.top / "nowhere"), code=6).err.count("\n") == 1
    commented = put(here.top / "two.key", f"# of the old machine\n\n{new_key()}\n")
    here("vault", "add", commented, code=0)
    assert len(ids(here)) == 2


# -- no number in clear ----------------------------------------------------------------------------


def everywhere(here: Here) -> list[str]:
    """What every command that shows or copies says, with what it copied under `top`."""
    told = [
        here(*line.split(), code=0)
        for line in (
            "log",
            "log --json",
            "show gen-1",
            "show gen-1 --json",
            "accounts --json",
            "alerts --json",
            "verify --json",
            "tree --json",
            "vault list --json",
            "user list --json",
            "rebuild",
            "policy show --json",
            "rules gen-1",
        )
    ]
    tables = here.json("query", "SELECT DISTINCT table_name FROM information_schema.tables")["rows"]
    asked = [here("query", f'SELECT * FROM "{name}"') for (name,) in tables]
    assert sum(said.code == 0 for said in asked) > 10
    told += asked
    told += [here("backup", str(here.top / "copy"), "--plain", code=0)]
    told += [
        here("export", str(here.top / f"as {f}"), "--format", f, code=0) for f in ("csv", "parquet")
    ]
    return [t.out + t.err for t in told]


@pytest.mark.parametrize("number", [NUMBER, "DU123", "F-998 877"])
def test_no_broker_account_number_lies_in_any_file(here: Here, number: str) -> None:
    file = statement(here, number)
    engine = LocalEngine(here.journal, actor="dana", clock=here.clock)  # keeps the -wal there
    with engine:
        said = here("import", file, "--yes", "--into", "gen-1", "--dry-run", "--json", code=0)
        said2 = here("import", file, "--yes", "--into", "gen-1", code=0)
        denied = here("import", file, "--into", "rev-1", "--yes", "--json")
        asked = here("import", statement(here, f"{number}9"), "--yes", code=2)
        assert f"broker account …{f'{number}9'[-3:]} belongs to: gen-1, rev-1, com-1" in asked.err
        told = [*everywhere(here), said.out + said.err, said2.out, said2.err, denied.out, asked.err]
        assert Path(f"{here.journal}-wal").stat().st_size
        assert not files_with(here.top, [number], but=(".statement",))
    assert not [t for t in told if number in t]
    assert not files_with(here.top, [number, number[1:]], but=(".statement",))
    (use,) = [r for r in here.log() if r["command"] == "import" and r["events"]][:1]
    assert use["content"]["source"].startswith("ibkr:~")


@needs_real_year
def test_the_real_years_number_lies_in_no_file(here: Here) -> None:
    number = read_statement(REAL_YEAR).broker_account
    assert bring(here, str(REAL_YEAR), "--into", "gen-1")["imported"] > 100
    assert not [t for t in everywhere(here) if number in t]
    assert not files_with(here.top, [number])
    here("vault", "rotate", code=0)
    assert bring(here, str(REAL_YEAR))["imported"] == 0
    here("undo", "--yes", code=0)
    assert bring(here, str(REAL_YEAR), "--into", "gen-1")["imported"] > 100


@pytest.mark.parametrize("number", ["1", "2", "I", "ibkr", "~", "vault", "1001", "20"])
def test_a_number_that_is_part_of_other_words_harms_no_row(here: Here, number: str) -> None:
    file = statement(here, number)
    assert bring(here, file, "--into", "gen-1")["imported"] == 15
    assert bring(here, file)["duplicates"] == 15
    here("vault", "rotate", code=0)
    assert bring(here, file)["duplicates"] == 15
    assert here.json("verify")["ok"]


def test_two_numbers_of_which_one_begins_the_other_stay_apart(here: Here) -> None:
    bring(here, statement(here, "U1"), "--into", "gen-1")
    assert bring(here, statement(here, "U12"), "--into", "rev-1")["imported"] == 15
    here("vault", "rotate", code=0)
    for number, code in (("U1", "gen-1"), ("U12", "rev-1")):
        again = bring(here, statement(here, number))
        assert (again["account"], again["duplicates"]) == (code, 15)


def test_undone_and_brought_in_again_it_has_all_its_rows(here: Here) -> None:
    file = statement(here)
    bring(here, file, "--into", "gen-1")
    here("undo", "--yes", code=0)
    here("vault", "rotate", code=0)
    assert bring(here, file, "--into", "rev-1")["imported"] == 15
    here("vault", "add", put(here.top / "new.key", new_key()), code=0)
    restarted(here)
    assert bring(here, file)["duplicates"] == 15


def test_a_repeat_under_one_key_is_the_first(here: Here) -> None:
    file = statement(here)
    bring(here, file, "--into", "gen-1", "--key", "january")
    here("vault", "rotate", code=0)
    seen = len(here.log())
    bring(here, file, "--into", "gen-1", "--key", "january")
    assert len(here.log()) == seen


def test_a_book_that_has_the_number_in_clear_goes_on_so(here: Here) -> None:
    file, later = statement(here), statement(here, name="composed-next-period")

    def in_clear(read: ReadStatement, *_: object) -> ReadStatement:
        return read

    with here.monkeypatch.context() as patch:
        patch.setattr("alluse_tui.engine.auth.pseudonyms.pseudonymised", in_clear)
        bring(here, file, "--into", "gen-1")
    assert not ring(here).exists()
    assert bring(here, file)["duplicates"] == 15
    assert bring(here, later)["imported"] > 0, "known by its number"
    assert not ring(here).exists(), "nothing was sealed for it"
    assert bring(here, statement(here, "U12"), "--into", "rev-1")["imported"] == 15
    assert not files_with(here.top, ["U12"], but=(".statement",))
    here("vault", "rotate", code=0)
    assert bring(here, later)["imported"] == 0
    assert here.json("verify")["ok"]


def test_what_is_sealed_is_not_told_by_its_pseudonym(here: Here) -> None:
    bring(here, statement(here), "--into", "gen-1")
    with LocalEngine(here.journal, actor="dana", clock=here.clock) as engine:
        (kept,) = engine.core.follower.book.accounts["Main/gen-1"].statements
        assert engine.keys.decrypt(kept.sealed) == NUMBER
    assert kept.source == f"ibkr:~{Vault.of(ring(here).read_text()).pseudonym(NUMBER)}"
    assert kept.source != f"ibkr:~{Vault.of(new_key()).pseudonym(NUMBER)}"


@pytest.mark.parametrize("text", ["x" * 5_000, "a\x1b[2Jb", "\u202eevil", ""])
def test_any_full_name_is_sealed_and_shown_safely(here: Here, text: str) -> None:
    with_users(here)
    here("user", "edit", "eli", "--full-name", text, *here.own(), code=0)
    assert text in full_names(here)
    shown = here("user", "list", code=0).out
    assert "\x1b" not in shown and "\u202e" not in shown
    assert FULL_NAME not in shown
