"""The DuckDB file is built in a private folder; what killed publishers left is removed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from books import init

from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.read.replica_queries import JournalSource
from alluse_tui.journal import Journal
from alluse_tui.replica import digest
from alluse_tui.replica import publish as publish_module
from alluse_tui.replica.building import building_folder
from alluse_tui.replica.digest import entries_beside, locked
from alluse_tui.replica.publish import publish, published_seq

Open = Callable[..., LocalEngine]


def file_of(engine: LocalEngine) -> Path:
    return engine.path.with_suffix(".duckdb")


def building(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name.endswith(".building"))


def test_the_folder_is_private_unpredictable_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "alluse.duckdb"
    with building_folder(path) as one, building_folder(path) as two:
        assert one != two
        assert str(os.getpid()) not in one.name
        assert {one.stat().st_mode & 0o777, two.stat().st_mode & 0o777} == {0o700}
        (one / "alluse.duckdb").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_publisher_left_is_removed_and_a_working_ones_is_not(tmp_path: Path) -> None:
    path = tmp_path / "al[l]use.duckdb"
    builder = (
        "import sys; from pathlib import Path; from alluse_tui.replica.building import"
        " building_folder\nwith building_folder(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'x').write_text('x'); print(folder, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", builder, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        with building_folder(path):
            assert folder.exists()
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    assert (folder / "x").exists()
    with building_folder(path):
        assert not folder.exists()


def test_planted_links_are_neither_followed_nor_removed(tmp_path: Path) -> None:
    path, precious = tmp_path / "alluse.duckdb", tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious")
    link = tmp_path / ".alluse.duckdb.abcd1234.building"
    link.symlink_to(precious)
    with building_folder(path):
        pass
    assert (precious / "file").read_text() == "precious"
    assert link.is_symlink()


def test_links_at_the_file_and_its_digest_are_replaced_and_not_followed(
    engine: LocalEngine, tmp_path: Path
) -> None:
    for suffix in ("", ".digest"):
        (tmp_path / f"precious{suffix}").write_text("precious")
        Path(f"{file_of(engine)}{suffix}").symlink_to(tmp_path / f"precious{suffix}")
    engine.operations.publish()
    for suffix in ("", ".digest"):
        assert (tmp_path / f"precious{suffix}").read_text() == "precious"
        assert not Path(f"{file_of(engine)}{suffix}").is_symlink()
    assert building(file_of(engine).parent) == []


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", ["before the digest", "before the rename", "after the rename"])
def test_a_publisher_killed_anywhere_leaves_a_file_that_can_be_used(
    engine: LocalEngine, open_engine: Open, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    engine.operations.publish()
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))

    def killed(*_: object) -> None:
        raise Killed

    def killed_at_the_file(source: Any, target: Any) -> None:
        if Path(target) == file_of(engine):
            raise Killed
        rename(source, target)

    rename = os.replace
    with monkeypatch.context() as patch:
        name = {"before the digest": "_write", "after the rename": "prove"}.get(at)
        if name:
            patch.setattr(digest, name, killed)
        else:
            patch.setattr(os, "replace", killed_at_the_file)
            patch.setattr(digest, "replace_file", lambda path, content: path.write_bytes(content))
        with pytest.raises(Killed):
            engine.operations.publish()
    with closing(Journal(engine.path)) as journal:
        expected = 2 if at == "after the rename" else 1
        assert published_seq(JournalSource(journal), file_of(engine)) == expected
    inode = file_of(engine).stat().st_ino
    assert open_engine().queries.sql("SELECT max(seq) FROM record").rows == ((2,),)
    assert file_of(engine).stat().st_ino == inode


def test_no_room_for_the_digest_keeps_the_file_that_is_there(
    engine: LocalEngine, open_engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.operations.publish()
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    before = file_of(engine).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(digest, "replace_file", full)
        with pytest.raises(StoreFailed, match="No space"):
            engine.operations.publish()
        assert open_engine().queries.sql("SELECT max(seq) FROM record").rows == ((2,),)
    assert file_of(engine).read_bytes() == before


def test_publishers_at_the_same_time_leave_a_file_that_its_digest_proves(
    open_engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_engine().commands.submit(init())
    engines = [open_engine(f"p{n}") for n in range(4)]
    barrier = threading.Barrier(len(engines))
    put = publish_module.put_in_place  # type: ignore[attr-defined]

    def together(*arguments: object) -> None:
        barrier.wait(20)
        put(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(publish_module, "put_in_place", together)
    threads = [threading.Thread(target=engine.operations.rebuild) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file = file_of(engines[0])
    (entry,) = entries_beside(file)
    assert entry.stamp == digest.stamp_of(file.stat())
    assert building(file.parent) == []


def test_a_folder_that_stays_locked_is_an_error_and_no_wait_without_end(
    engine: LocalEngine, open_engine: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.operations.publish()
    engine.commands.submit(Deposit(account="gen-1", amount=amount("1")))
    monkeypatch.setattr(digest, "LOCK_SECONDS", 0.05)
    with locked(file_of(engine).parent):
        with pytest.raises(StoreFailed, match="locked"):
            engine.operations.rebuild()
        assert open_engine().queries.sql("SELECT max(seq) FROM record").rows == ((2,),)


def test_a_head_of_no_records_is_published_too(tmp_path: Path) -> None:
    path = tmp_path / "alluse.duckdb"
    with closing(Journal(tmp_path / "alluse.journal", create=True)) as journal:
        with journal.turn():
            pass
        publish(JournalSource(journal), path, 0)
        assert path.exists()
