"""Reading and replacing small files."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from alluse_tui import files
from alluse_tui.files import read_regular, rename_new, replace_file


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "head"
    path.write_text("old")
    replace_file(path, b"new", durable=True)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["head"]


def test_a_failed_replacement_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "head"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["head"]


def test_a_link_at_the_path_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    path = tmp_path / "head"
    path.symlink_to(tmp_path / "precious")
    replace_file(path, b"new")
    assert (tmp_path / "precious").read_text() == "precious"
    assert not path.is_symlink()


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_only_regular_files_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    else:
        path.mkdir()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match=r"regular file") as refusal:
        read_regular(path, 100)
    assert refusal.value.filename == str(path)
    assert len(os.listdir("/proc/self/fd")) == before, "the descriptor was left open"


def test_a_file_over_the_limit_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(OSError, match="larger than 1,000 bytes"):
        read_regular(path, 1_000)
    (tmp_path / "fits").write_bytes(b"x" * 1_000)
    assert len(read_regular(tmp_path / "fits", 1_000)) == 1_000


@pytest.mark.parametrize("flag", [files._RENAME_NOREPLACE, 1 << 30], ids=["at-once", "looks-first"])
def test_a_new_name_is_never_that_of_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: int
) -> None:
    """Also where the file system cannot do it in one step: it refuses the unknown flag."""
    monkeypatch.setattr(files, "_RENAME_NOREPLACE", flag)
    source, taken, link = tmp_path / "source", tmp_path / "taken", tmp_path / "link"
    source.write_text("new")
    taken.write_text("precious")
    link.symlink_to("nowhere")
    for target in (taken, link):
        with pytest.raises(FileExistsError):
            rename_new(source, target)
    assert (source.read_text(), taken.read_text()) == ("new", "precious")
    rename_new(source, tmp_path / "free")
    assert (tmp_path / "free").read_text() == "new"
    assert not source.exists()
    with pytest.raises(FileNotFoundError):
        rename_new(source, tmp_path / "other")


def test_reading_a_small_file_takes_no_memory_for_the_limit(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"x" * 100)
    tracemalloc.start()
    assert len(read_regular(tmp_path / "small", 256 * 1024 * 1024)) == 100
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 4 * 1024 * 1024
