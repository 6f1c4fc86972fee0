"""kill -9 of a backup: what it leaves is removed by the next, and nothing else is."""

from __future__ import annotations

import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from books import Cli

from alluse_tui.engine import LocalEngine
from alluse_tui.engine.operations.backup import make_backup
from alluse_tui.engine.operations.staging_dir import HELD, staging_dir
from crash.scenes import SYSTEM, started

PREFIX = ".alluse-backup-"


@pytest.fixture
def away(tmp_path: Path) -> Path:
    """Where backups go."""
    folder = tmp_path / "away"
    folder.mkdir()
    return folder


def backing_up(book: LocalEngine, target: Path, until: str) -> tuple[subprocess.Popen[str], Path]:
    """A sealed backup, which takes a second or two, once it made the file `until` in its folder."""
    secret = book.path.with_name("secret")
    secret.write_text("correct horse battery staple\n")
    return started_until(
        target.parent,
        until,
        "backup",
        str(target),
        "--db",
        str(book.path),
        "--passphrase-file",
        str(secret),
    )


def started_until(parent: Path, until: str, *arguments: str) -> tuple[subprocess.Popen[str], Path]:
    """`alluse` with these arguments, once it made the file `until` in a new folder in `parent`."""
    before = set(parent.iterdir())
    process = started("-m", "alluse_tui.cli.main", *arguments)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for folder in set(parent.iterdir()) - before:
            if (folder / until).exists():
                return process, folder
        time.sleep(0.001)
    raise AssertionError(process.communicate(timeout=1))


@pytest.mark.parametrize("until", [HELD, "plain", "sealed"])
def test_what_a_killed_backup_left_goes_with_the_next_to_that_place(
    book: LocalEngine, cli: Cli, away: Path, until: str
) -> None:
    killed, left = backing_up(book, away / "new", until)
    killed.kill()
    assert killed.wait() == -signal.SIGKILL
    assert list(away.iterdir()) == [left]
    assert cli("backup", str(away / "new"), "--plain").returncode == 0
    assert [p.name for p in away.iterdir()] == ["new"]


def test_a_backup_that_still_runs_is_left_alone_and_ends_well(
    book: LocalEngine, cli: Cli, away: Path
) -> None:
    running, folder = backing_up(book, away / "slow", "plain")
    running.send_signal(signal.SIGSTOP)
    killed, _ = backing_up(book, away / "new", "plain")
    killed.kill()
    killed.wait()
    assert cli("backup", str(away / "new"), "--plain").returncode == 0
    assert {*away.iterdir()} == {away / "new", folder}
    running.send_signal(signal.SIGCONT)
    said, trouble = running.communicate(timeout=60)
    assert (running.returncode, trouble) == (0, ""), said
    assert {p.name for p in away.iterdir()} == {"new", "slow"}


def test_what_is_not_certainly_of_a_killed_backup_is_left(
    book: LocalEngine, away: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    unlocked, nested = away / f"{PREFIX}unlocked", away / f"{PREFIX}nested00"
    named, longer = away / "alluse-backup-named000", away / f"{PREFIX}longer000"
    for folder in (elsewhere, unlocked, nested, named, longer):
        folder.mkdir()
        (folder / "precious").touch()
    (nested / "folder").mkdir()
    for folder in (elsewhere, nested, named, longer):
        (folder / HELD).touch()
    (away / f"{PREFIX}linked00").symlink_to(elsewhere)
    (away / f"{PREFIX}linked01").mkdir()
    (away / f"{PREFIX}linked01" / HELD).symlink_to(elsewhere / HELD)
    (away / f"{PREFIX}a_file00").touch()
    before = {*away.rglob("*"), *elsewhere.iterdir()}
    (away / f"{PREFIX}empty000").mkdir()  # as one that was killed before it locked anything
    made = make_backup(book.path, away / "new", None, SYSTEM).path
    assert {*away.rglob("*"), *elsewhere.iterdir()} == before | {made}


def test_backups_to_one_place_at_once_take_nothing_from_each_other(
    book: LocalEngine, away: Path
) -> None:
    """Each begins by looking for what killed ones left."""

    def several(name: int) -> None:
        for number in range(20):
            make_backup(book.path, away / f"{name}-{number}", None, SYSTEM)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(several, range(8)))
    assert sorted(p.name for p in away.iterdir()) == sorted(
        f"{name}-{number}" for name in range(8) for number in range(20)
    )


@pytest.mark.parametrize("purpose", ["restore", "recover"])
def test_a_backup_to_elsewhere_removes_the_copy_that_a_killed_restore_left_beside_the_book(
    book: LocalEngine, away: Path, purpose: str
) -> None:
    with pytest.raises(KeyboardInterrupt), staging_dir(book.path.parent, purpose) as running:
        (running / "plain").touch()
        left = running.with_name(f".alluse-{purpose}-killed00")
        left.mkdir()
        for name in (HELD, "plain"):
            (left / name).touch()
        make_backup(book.path, away / "new", None, SYSTEM)
        assert not left.exists()
        assert (running / "plain").exists()
        raise KeyboardInterrupt
    assert not running.exists()


@pytest.mark.parametrize("following", ["backup", "restore"])
def test_the_copy_that_a_killed_restore_decrypted_goes_with_the_next_backup_or_restore(
    book: LocalEngine, cli: Cli, away: Path, following: str
) -> None:
    secret = book.path.with_name("secret")
    secret.write_text("correct horse battery staple\n")
    backup, options = str(away / "sealed.age"), ("--passphrase-file", str(secret))
    assert cli("backup", backup, *options).returncode == 0
    killed, left = started_until(
        book.path.parent, "plain", "restore", backup, *options, "--yes", "--db", str(book.path)
    )
    killed.kill()
    assert killed.wait() == -signal.SIGKILL
    assert left.exists()
    if following == "backup":
        assert cli("backup", str(away / "new"), "--plain").returncode == 0
    else:
        assert cli("restore", backup, *options, "--yes").returncode == 0
    assert list(book.path.parent.glob(".alluse-*")) == []
