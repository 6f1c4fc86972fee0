"""The signing key is never replaced unnoticed, and comparing with a checkpoint is recorded."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from here import Here

from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.operations.checkpoints import checkpoints_in
from alluse_tui.engine.operations.operations import Operations
from alluse_tui.journal import Head
from alluse_tui.journal.quarantine import mark_path


def signed(here: Here) -> str:
    """A new checkpoint in a file; its path."""
    path = str(here.top / "one.checkpoint")
    here("checkpoint", "--out", path, code=0)
    return path


def verified(here: Here, checkpoint: str, *options: str, code: int = 0) -> dict[str, Any]:
    """What `verify` says of the checkpoint."""
    checks = here.json("verify", "--checkpoint", checkpoint, *options, code=code)["checks"]
    (found,) = [c for c in checks if c["check"] == "checkpoint"]
    return dict(found)


# -- comparing is on record ------------------------------------------------------------------------


def test_comparing_with_a_checkpoint_is_on_record_with_its_result(here: Here) -> None:
    here.two_people()
    here.add("fay", "auditor")
    own = signed(here)
    before = len(here.log())
    assert verified(here, own, code=0)["ok"]
    here("verify", code=0)
    newest = here.log()[-1]
    assert (newest["seq"], newest["actor"], newest["command"]) == (before + 1, "dana", "verify")
    assert newest["content"]["detail"] == f"{own}: up to record {before}: ok"
    with LocalEngine(here.journal, actor="fay", clock=here.clock, keys=here.top / "fay") as engine:
        engine.operations.checkpoints.make_key(new=True)
        (here.top / "lie").write_text(engine.operations.checkpoints.sign(Head(2, b"\1" * 32), 0))
        (here.top / "lie.pub").write_text(engine.operations.checkpoints.public_half())
    options = ("--checkpoint", str(here.top / "lie"), "--public-key", str(here.top / "lie.pub"))
    here("verify", *options, by="fay", code=4)
    newest = here.log()[-1]
    assert (newest["seq"], newest["actor"]) == (before + 2, "fay")
    assert newest["content"]["detail"].endswith("lie: up to record 2: FAILED")
    assert mark_path(here.journal).exists(), "writing stopped after that record"


def test_who_may_not_see_denials_sees_no_comparisons(here: Here) -> None:
    here.two_people()
    here("verify", "--checkpoint", signed(here), by="eli", code=0)
    assert here.newest()["command"] == "verify"
    assert "verify" not in [record["command"] for record in here.log(by="eli")]
    rows = here.json("query", "SELECT command FROM record")["rows"]
    assert ["verify"] not in rows and ["init"] in rows


def test_without_users_no_comparison_is_recorded(here: Here) -> None:
    verified(here, signed(here))
    assert [r["command"] for r in here.log()] == ["init"]


@pytest.mark.parametrize("obstacle", ["quarantine", "no space", "read-only"])
def test_what_cannot_be_recorded_is_still_compared(here: Here, obstacle: str) -> None:
    here.two_people()
    own = signed(here)
    before = len(here.log())
    if obstacle == "quarantine":
        mark_path(here.journal).write_text("a reason\n")
    if obstacle == "no space":

        def full(*_: object, **__: object) -> None:
            raise StoreFailed("disk full")

        here.monkeypatch.setattr(Operations, "audit", full)
        assert "could not be recorded: disk full" in here("verify", "--checkpoint", own, code=0).err
    elif obstacle == "read-only":
        with LocalEngine(here.journal, actor="dana", clock=here.clock, read_only=True) as engine:
            marks = engine.operations.checkpoints.read(
                checkpoints_in(Path(own)), engine.operations.checkpoints.public_half()
            )
            assert engine.operations.verify(ask=False, signed=marks, signed_in=own).ok
            assert "read-only" in engine.last_warning
    else:
        assert verified(here, own, code=4)["ok"], "the mark alone fails"
    assert len(here.log()) == before


def test_a_login_that_fell_idle_compares_nothing(here: Here) -> None:
    """What is put on record needs a user who is there."""
    here.two_people()
    own = signed(here)
    here("login", "eli", *here.own("eli"), code=0)
    here.clock.advance(timedelta(minutes=11))
    here("verify", code=0)
    here("verify", "--checkpoint", own, code=5)
    here("logout", code=0)
    assert [r["command"] for r in here.log() if "denied" in r] == ["verify"]


# -- a signing key that is missing -----------------------------------------------------------------


def test_a_missing_key_is_not_replaced_unless_asked(here: Here) -> None:
    here.two_people()
    old = signed(here)
    keys = here.top / "keys"
    public = (keys / "checkpoint.pub").read_text()
    (keys / "checkpoint.pem").rename(here.top / "backup.pem")
    before = len(here.log())
    for arguments in (("checkpoint",), ("checkpoint", "--out", str(here.top / "two"))):
        said = here(*arguments, code=2).err
        assert "signing key: is missing" in said and "--new-key" in said
    assert "is missing" in here("checkpoint", "--public-key", code=2).err
    assert "--public-key" in here("verify", "--checkpoint", old, code=2).err
    assert len(here.log()) == before and not (here.top / "two").exists()
    here("checkpoint", "--new-key", "--out", str(here.top / "two"), code=0)
    assert "signed by new key" in here.newest()["content"]["detail"]
    assert (keys / "checkpoint.old-1.pub").read_text() == public
    assert (keys / "checkpoint.pub").read_text() != public
    assert verified(here, str(here.top / "two"))["ok"]
    assert "signed by key" in here("verify", "--checkpoint", old, code=4).err
    assert verified(here, old, "--public-key", str(keys / "checkpoint.old-1.pub"))["ok"]
    (keys / "checkpoint.pem").rename(here.top / "second.pem")
    here("checkpoint", "--new-key", code=0)
    assert (keys / "checkpoint.old-2.pub").exists()
    assert (keys / "checkpoint.old-1.pub").read_text() == public


def test_a_restored_key_signs_on(here: Here) -> None:
    old = signed(here)
    (here.top / "keys" / "checkpoint.pem").rename(here.top / "backup.pem")
    here("checkpoint", code=2)
    (here.top / "backup.pem").rename(here.top / "keys" / "checkpoint.pem")
    here("checkpoint", code=0)
    assert verified(here, old)["ok"]


def test_kept_checkpoints_show_that_a_key_existed(here: Here) -> None:
    """Also where the whole folder of keys was lost."""
    signed(here)
    here("withdraw", "gen-1", "1", "--yes", code=0)
    assert here.journal.with_suffix(".checkpoints").exists()
    shutil.rmtree(here.top / "keys")
    assert "is missing" in here("checkpoint", code=2).err
    assert not (here.top / "keys" / "checkpoint.pem").exists()
    here("withdraw", "gen-1", "1", "--yes", code=0)
    assert not (here.top / "keys" / "checkpoint.pem").exists(), "nothing else makes a key"
    here("checkpoint", "--new-key", code=0)
    here("checkpoint", code=0)


def test_a_key_that_is_there_is_not_replaced(here: Here) -> None:
    signed(here)
    private = (here.top / "keys" / "checkpoint.pem").read_bytes()
    assert "--new-key" in here("checkpoint", "--new-key", code=2).err
    assert "--new-key" in here("checkpoint", "--new-key", "--public-key", code=2).err
    assert (here.top / "keys" / "checkpoint.pem").read_bytes() == private
    assert sorted(os.listdir(here.top / "keys")) == ["checkpoint.pem", "checkpoint.pub"]


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_checkpoints_that_cannot_be_kept_harm_no_record(here: Here, kind: str) -> None:
    signed(here)
    kept = here.journal.with_suffix(".checkpoints")
    if kind == "pipe":
        os.mkfifo(kept)
    elif kind == "folder":
        kept.mkdir()
    else:
        kept.symlink_to("/dev/null")
    said = here("withdraw", "gen-1", "1", "--yes", code=0)
    assert "the checkpoint could not be stored" in said.err
