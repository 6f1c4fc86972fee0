"""Completing the path of a statement: what is listed first, and how far a path is extended."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alluse_tui.tui.background.path_matches import PathMatches, path_matches
from alluse_tui.tui.widgets.path_input import match_lines


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for age, name in enumerate(("july.csv", "june.xml", "june.pdf", "JAN.XML", ".june")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000 - age, 1_000 - age))
    (tmp_path / "junk").mkdir()
    (tmp_path / "gone").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_statements_come_first_then_folders_and_other_files_once_they_are_typed(
    folder: Path,
) -> None:
    assert path_matches("").names == (
        "july.csv",
        "june.xml",
        "JAN.XML",
        "junk/",
    )
    assert path_matches("jun").names == ("june.xml", "junk/", "june.pdf")
    assert path_matches(".").names == (".june",)


def test_a_path_is_extended_as_far_as_all_matches_agree(folder: Path) -> None:
    assert path_matches("j").completed == "ju"  # july, june, junk
    assert path_matches("jun").completed == "jun"
    assert path_matches("june").completed == "june."
    assert path_matches("junk").completed == "junk/"
    assert path_matches(f"{folder}/jul").completed == f"{folder}/july.csv"
    assert path_matches("nothing") == PathMatches("nothing", completed="nothing")


def test_the_home_folder_is_written_as_a_tilde(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert path_matches("~").completed == "~/"
    assert path_matches("~/jul").completed == "~/july.csv"


def test_a_folder_that_cannot_be_read_says_why(folder: Path) -> None:
    assert match_lines(path_matches("no/such")) == ["this folder: No such file or directory"]
    assert match_lines(path_matches("~nobody-has-this-name/x")) == ["this folder: cannot be read"]
    assert match_lines(path_matches("a\0/x")) == ["this folder: cannot be read"]


def test_of_a_huge_or_slow_folder_only_a_part_is_looked_at_and_nothing_is_completed(
    folder: Path,
) -> None:
    for number in range(60):
        (folder / f"fill-{number:02}.xml").touch()
    some = path_matches("fill-", entries_at_most=40)
    assert some.is_partial and some.completed == "fill-" and len(some.names) <= 40
    late = path_matches("fill-", seconds_at_most=0.0)
    assert match_lines(late) == ["only the first files were looked at; type the whole name"]
    whole = path_matches("fill-")
    assert len(match_lines(whole)) == 7 and match_lines(whole)[-1] == "and 54 more"
