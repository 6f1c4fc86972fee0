"""Checkpoints: whoever rewrites the files is found out by what was signed before (security.md)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from here import Here, Said, opened_here

from alluse_tui.domain.commands import Deposit
from alluse_tui.domain.events.codec import canonical
from alluse_tui.domain.fold.state_rows import STATE_SCHEMA, changed_rows
from alluse_tui.engine import FixedClock, KeyStore, LocalEngine
from alluse_tui.engine.operations.checkpoints import checkpoints_in
from alluse_tui.engine.operations.verification import fold_records
from alluse_tui.journal import Head, Journal
from alluse_tui.journal.head_file import HeadFile
from alluse_tui.journal.quarantine import mark_path
from alluse_tui.journal.record import GENESIS, chained

RECORDS = 8


@pytest.fixture
def here(
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Here:
    """A book of RECORDS records without users."""
    made = opened_here(tmp_path, clock, monkeypatch, capfd)
    with LocalEngine(made.journal, actor="dana", clock=clock) as engine:
        for n in range(RECORDS - 1):
            engine.commands.submit(Deposit(account="gen-1", amount=1_000_000 * (n + 1)))
    return made


def signed(here: Here, name: str = "one") -> str:
    """A new checkpoint in a file; its path."""
    path = str(here.top / f"{name}.checkpoint")
    here("checkpoint", "--out", path, code=0)
    return path


def verified(here: Here, checkpoint: str, *options: str, code: int = 0) -> dict[str, Any]:
    """What `verify` says of the checkpoint."""
    checks = here.json("verify", "--checkpoint", checkpoint, *options, code=code)["checks"]
    (found,) = [c for c in checks if c["check"] == "checkpoint"]
    return dict(found)


def refused(here: Here, *arguments: str, code: int) -> str:
    """What is said to a bad checkpoint, which leaves the journal as it was."""
    said = here("verify", *arguments, "--json", code=code)
    assert not mark_path(here.journal).exists(), "what is wrong with it says nothing of the journal"
    here("deposit", "gen-1", "1", code=0)
    return str(said.error["message"])


# -- a thief of files ------------------------------------------------------------------------------


def rewritten(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """The journal's records changed, the chain computed anew, state and kept head adapted: as
    somebody does it who has the files and this program, and not the signing key."""
    connection = apsw.Connection(str(path))
    rows = connection.execute("SELECT body FROM record ORDER BY seq").fetchall()
    bodies: list[dict[str, Any]] = [json.loads(str(row[0])) for row in rows]
    change(bodies)
    with connection:
        connection.execute("DELETE FROM record")
        prev = GENESIS
        for seq, plain in enumerate(bodies, start=1):
            plain["seq"] = seq
            body = canonical(plain)
            hashed = chained(prev, body)
            row = (seq, plain["recorded"], plain["actor"], body.decode(), prev, hashed)
            connection.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", row)
            prev = hashed
    connection.close()
    head = Head(len(bodies), prev)
    for kind in (".head", ".quarantine"):
        Path(f"{path}{kind}").unlink(missing_ok=True)
    path.with_suffix(".duckdb").unlink(missing_ok=True)
    journal = Journal(path)
    book = fold_records(journal).book
    HeadFile(path).keep(journal.identity(), head, now=True)
    with journal.turn() as turn:
        turn.clear_state()
        turn.put_state(STATE_SCHEMA, changed_rows(type(book)(), book))
    journal.close()


def cut_off(bodies: list[dict[str, Any]]) -> None:
    del bodies[-3:]


def another_actor(bodies: list[dict[str, Any]]) -> None:
    bodies[3]["actor"] = "eli"


def another_time(bodies: list[dict[str, Any]]) -> None:
    bodies[-1]["recorded"] += 1


def another_amount(bodies: list[dict[str, Any]]) -> None:
    for posting in bodies[3]["events"][0]["postings"]:
        posting["micros"] *= 2


def left_out(bodies: list[dict[str, Any]]) -> None:
    del bodies[4]


def told_anew(bodies: list[dict[str, Any]]) -> None:
    """As many records as before, the newest of another kind."""
    bodies[-1] = {**bodies[-2], "recorded": bodies[-1]["recorded"]}


@pytest.mark.parametrize(
    "change", [cut_off, another_actor, another_time, another_amount, left_out, told_anew]
)
def test_a_journal_rewritten_by_its_own_rules_is_caught(
    here: Here, change: Callable[[list[dict[str, Any]]], object]
) -> None:
    checkpoint = signed(here)
    rewritten(here.journal, change)
    here("verify", code=0)  # nothing else can tell
    found = verified(here, checkpoint, code=4)
    assert not found["ok"]
    assert ("are missing" in found["detail"]) == (change in (cut_off, left_out))
    assert here.json("deposit", "gen-1", "1", code=4)["error"]["code"] == "integrity"


def test_a_record_changed_without_a_new_chain_is_caught_without_a_checkpoint(here: Here) -> None:
    for column, value in (("actor", "'eli'"), ("recorded_ns", "recorded_ns + 1")):
        copy = here.top / column / "alluse.journal"
        shutil.copytree(here.journal.parent, copy.parent)
        with apsw.Connection(str(copy)) as connection:
            connection.execute(f"UPDATE record SET {column} = {value} WHERE seq = 3")
        said = here("verify", "--db", str(copy), "--json", code=4)
        assert "3" in said.out and not said.json["ok"]


def test_rewriting_and_signing_once_more_does_not_help(here: Here) -> None:
    """The thief's act is signed by the machine itself, as any; what was signed before stays."""
    kept = here.top / "kept.checkpoints"
    kept.write_text(Path(signed(here, "one")).read_text())
    rewritten(here.journal, another_amount)
    signed(here, "two")
    kept.write_text(kept.read_text() + (here.top / "two.checkpoint").read_text())
    found = verified(here, str(kept), code=4)
    assert (found["ok"], "rewritten" in found["detail"]) == (False, True)


def test_an_old_checkpoint_put_last_hides_no_newer_one(here: Here) -> None:
    old = Path(signed(here, "old")).read_text()
    here("deposit", "gen-1", "1", code=0)
    new = Path(signed(here, "new")).read_text()
    both = here.top / "both"
    both.write_text(new + old)
    rewritten(here.journal, lambda bodies: bodies.pop())
    assert "are missing" in verified(here, str(both), code=4)["detail"]


def test_a_copy_whose_end_was_cut_off_is_caught_on_another_machine(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = signed(here)
    public = here.top / "alluse.pub"
    public.write_text(here("checkpoint", "--public-key", code=0).out)
    monkeypatch.setenv("ALLUSE_KEYS", str(here.top / "other machine"))
    options = ("--public-key", str(public))
    assert verified(here, checkpoint, *options)["ok"]
    assert not (here.top / "other machine").exists(), "checking makes no key"
    rewritten(here.journal, cut_off)
    assert not verified(here, checkpoint, *options, code=4)["ok"]


# -- what no checkpoint is -------------------------------------------------------------------------


def test_a_forged_checkpoint_is_refused_and_stops_nothing(here: Here) -> None:
    text = Path(signed(here)).read_text()
    forged = here.top / "forged"
    forged.write_text(text.replace(f"\n{RECORDS}\n", f"\n{RECORDS + 50}\n"))
    assert "not what its key signed" in refused(here, "--checkpoint", str(forged), code=4)


def test_a_checkpoint_of_another_key_is_refused_and_stops_nothing(here: Here) -> None:
    own = signed(here, "own")
    here.monkeypatch.setenv("ALLUSE_KEYS", str(here.top / "theirs"))
    theirs = signed(here, "theirs")
    assert "signed by key" in refused(here, "--checkpoint", own, code=4)
    here.monkeypatch.setenv("ALLUSE_KEYS", str(here.top / "keys"))
    assert "signed by key" in refused(here, "--checkpoint", theirs, code=4)


def test_a_checkpoint_of_another_journal_is_refused_and_stops_nothing(here: Here) -> None:
    other = here.top / "other" / "alluse.journal"
    here("init", "--name", "B", "--capital", "1", "--db", str(other), code=0)
    path = str(here.top / "other.checkpoint")
    here("checkpoint", "--out", path, "--db", str(other), code=0)
    assert "is of another journal" in refused(here, "--checkpoint", path, code=2)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"garbage",
        b"\xff\xfe\x00",
        b"alluse checkpoint 1\n",
        b"alluse checkpoint 2\nx",
        b"x\nalluse checkpoint 1\n",
        b"\0" * 5000,
    ],
)
def test_garbage_is_no_checkpoint(here: Here, content: bytes) -> None:
    signed(here)
    path = here.top / "garbage"
    path.write_bytes(content)
    assert "checkpoint" in refused(here, "--checkpoint", str(path), code=2)


def test_what_cannot_be_read_is_no_checkpoint(here: Here) -> None:
    signed(here)
    for path in (here.top, here.top / "nowhere"):
        assert "cannot be read" in refused(here, "--checkpoint", str(path), code=2)
        own = signed(here, f"for {path.name}")
        said = refused(here, "--checkpoint", own, "--public-key", str(path), code=2)
        assert "--public-key" in said


def test_the_private_key_named_by_mistake_is_not_shown(here: Here) -> None:
    own, private = signed(here), here.top / "keys" / "checkpoint.pem"
    for options in (("--json",), ()):
        arguments = ("verify", "--checkpoint", own, "--public-key", str(private), *options)
        said = here(*arguments, code=2)
        assert "public key" in said.out + said.err
        secret = private.read_text().splitlines()[1]
        assert all(secret[n : n + 6] not in said.out + said.err for n in range(len(secret) - 6))


def test_a_public_key_alone_checks_nothing(here: Here) -> None:
    assert "can only be used with --checkpoint" in refused(here, "--public-key", "x", code=2)


def test_without_a_key_the_words_say_what_makes_one(here: Here) -> None:
    path = here.top / "one"
    path.write_text("alluse checkpoint 1\n")
    for arguments in (("checkpoint", "--public-key"), ("verify", "--checkpoint", str(path))):
        said = here(*arguments, code=2)
        assert "not found on this machine: `alluse checkpoint` creates one" in said.err
    assert not (here.top / "keys").exists()


# -- what is written -------------------------------------------------------------------------------


def test_a_checkpoint_says_the_same_in_a_file_on_stdout_and_as_json(here: Here) -> None:
    path = signed(here)
    text = Path(path).read_text()
    assert text.startswith("alluse checkpoint 1\n") and text.splitlines()[2] == str(RECORDS)
    assert here("checkpoint", code=0).out == text, "the clock stands still"
    as_json = here.json("checkpoint")
    assert (as_json["checkpoint"], as_json["seq"], as_json["file"]) == (text, RECORDS, None)
    assert as_json["public_key"] == here("checkpoint", "--public-key", code=0).out.strip()
    assert here.json("checkpoint", "--public-key") == {"public_key": as_json["public_key"]}


@pytest.mark.parametrize("out", ["there", "no folder/file", ".", "dangling"])
def test_a_file_that_cannot_be_new_is_refused_before_anything_is_signed(
    here: Here, out: str
) -> None:
    here.two_people()
    (here.top / "there").write_text("mine")
    (here.top / "dangling").symlink_to(here.top / "target")
    seen = len(here.log())
    assert "--out" in here("checkpoint", "--out", str(here.top / out), code=2).err
    assert len(here.log()) == seen
    assert (here.top / "there").read_text() == "mine"
    assert not (here.top / "target").exists()
    assert not (here.top / "keys" / "checkpoint.pem").exists()


def test_the_machine_signs_by_itself_once_it_has_a_key(here: Here) -> None:
    kept = here.journal.with_suffix(".checkpoints")
    here("withdraw", "gen-1", "1", "--yes", code=0)
    assert not kept.exists(), "no key, nothing signed"
    signed(here)
    os.utime(here.journal, ns=(here.clock.now_ns(),) * 2)
    here("deposit", "gen-1", "1", code=0)  # the first of a day
    assert len(checkpoints_in(kept)) == 1
    os.utime(kept, ns=(here.clock.now_ns(),) * 2)
    here("deposit", "gen-1", "1", code=0)
    assert len(checkpoints_in(kept)) == 1
    here("withdraw", "gen-1", "1", "--yes", code=0)
    assert len(checkpoints_in(kept)) == 2
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "all 2 checkpoints" in verified(here, str(kept))["detail"]


def test_taking_over_the_last_admin_is_signed_at_once(here: Here) -> None:
    here.first()
    signed(here)
    kept = here.journal.with_suffix(".checkpoints")
    here("deposit", "gen-1", "1", code=0)
    for what in (("passwd", "--reset"), ("passwd", *here.own("hal"))):
        os.utime(kept, ns=(here.clock.now_ns(),) * 2)
        before = len(checkpoints_in(kept))
        here("user", *what, "--new-password-file", here.secret("hal"), code=0)
        assert len(checkpoints_in(kept)) == before + 1


def test_a_torn_end_of_the_file_harms_only_itself(here: Here) -> None:
    signed(here)
    kept = here.journal.with_suffix(".checkpoints")
    here("withdraw", "gen-1", "1", "--yes", code=0)
    whole = kept.read_text()
    kept.write_text(whole + whole[:40])
    here("withdraw", "gen-1", "1", "--yes", code=0)
    assert [len(one.splitlines()) for one in checkpoints_in(kept)] == [7, 2, 7]
    assert "number 2 of 3: must be 7 lines" in refused(here, "--checkpoint", str(kept), code=2)


def test_a_signing_key_that_others_may_read_is_said_and_stops_no_record(here: Here) -> None:
    signed(here)
    (here.top / "keys" / "checkpoint.pem").chmod(0o444)
    said = here("withdraw", "gen-1", "1", "--yes", code=0)
    assert "can be read" in said.err and "chmod 0400" in said.err
    assert "can be read" in here("checkpoint", code=2).err


def test_a_restored_book_extends_what_was_signed_before_the_backup(here: Here) -> None:
    before = signed(here)
    backup = str(here.top / "backup")
    here("backup", backup, "--plain", code=0)
    here("deposit", "gen-1", "1", code=0)
    after = signed(here, "after")
    here("restore", backup, "--yes", code=0)
    assert verified(here, before)["ok"]
    assert "are missing" in verified(here, after, code=4)["detail"]


def test_a_book_of_no_records_is_signed_and_extended(here: Here) -> None:
    with LocalEngine(here.journal, actor="dana", clock=here.clock) as engine:
        text = engine.operations.checkpoints.sign(Head(), here.clock.now_ns())
        (read,) = engine.operations.checkpoints.read(
            [text], engine.operations.checkpoints.public_half()
        )
        assert engine.operations.checkpoints.check([read]).ok


# -- who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["viewer", "operator", "approver", "admin", "auditor"])
def test_admins_and_auditors_sign_and_everybody_checks(here: Here, role: str) -> None:
    here.two_people()
    here.add("fay", role)
    own = signed(here)
    assert here.newest()["command"] == "checkpoint"
    may = role in ("admin", "auditor")
    for arguments in (("checkpoint",), ("checkpoint", "--public-key")):
        said = here(*arguments, "--json", by="fay", code=0 if may else 5)
        assert may or said.error["code"] == "denied"
    assert ("denied" in here.newest()) != may
    here("verify", "--checkpoint", own, by="fay", code=0)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_a_key_of_ones_own_stops_the_book_only_for_who_audits(here: Here, role: str) -> None:
    here.two_people()
    here.add("fay", role)
    with LocalEngine(here.journal, actor="fay", clock=here.clock, keys=here.top / "fay") as engine:
        lie = Head(1, b"\1" * 32)
        (here.top / "lie").write_text(engine.operations.checkpoints.sign(lie, here.clock.now_ns()))
        (here.top / "lie.pub").write_text(engine.operations.checkpoints.public_half())
    options = ("--checkpoint", str(here.top / "lie"), "--public-key", str(here.top / "lie.pub"))
    said: Said = here("verify", *options, by="fay", code=4)
    stopped = role == "auditor"
    assert mark_path(here.journal).exists() == ("writing is blocked" in said.out) == stopped
    here("deposit", "gen-1", "1", code=4 if stopped else 0)


def test_the_key_is_made_once_by_whoever_comes_first(here: Here) -> None:
    keys = KeyStore(here.top / "keys")
    assert keys.ensure_signing_key() == KeyStore(here.top / "keys").ensure_signing_key()
    modes = {p.name: p.stat().st_mode & 0o777 for p in (here.top / "keys").iterdir()}
    assert modes == {"checkpoint.pem": 0o400, "checkpoint.pub": 0o400}
