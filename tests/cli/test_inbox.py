"""`alluse inbox`: what each file of the folder is, and where the folder is looked for."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from here import Here

from alluse_tui.engine.inbox import folder, inbox

DATA = Path(__file__).parents[1] / "data"
JANUARY = DATA / "composed-differences.xml"
"""17 rows: 3 of starting cash, 3 trades, 2 cash rows and 1 mark; 2 currencies that began with
nothing and 6 positions that cannot be marked are ignored."""


@pytest.fixture
def box(here: Here, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder beside the journal, with January's statement, whose account nobody knows."""
    monkeypatch.setattr(folder, "SETTLE_SECONDS", 0)
    place = here.journal.parent / "inbox"
    place.mkdir()
    shutil.copy(JANUARY, place / "january.xml")
    return place


def listed(here: Here, *arguments: str) -> dict[str, dict[str, Any]]:
    """The files by name."""
    return {file["file"]: file for file in here.json("inbox", *arguments)["files"]}


def test_a_statement_is_new_until_it_is_imported_whatever_its_name(here: Here, box: Path) -> None:
    (file,) = listed(here).values()
    command = f"alluse import {box}/january.xml --into CODE"
    assert (file["state"], file["needs"]) == ("needs an account", command)
    assert "broker account …007" in file["why"]
    here("import", str(DATA / "composed-gap.xml"), "--into", "gen-1", "--yes", code=0)
    (file,) = listed(here).values()  # starting cash counts in the first statement only: 3 + 8
    assert (file["state"], file["format"], file["why"]) == ("new", "ibkr-flex", None)
    assert file["statements"] == [
        {
            "broker_account": "007",
            "account": "Main/gen-1",
            "from": "2026-01-02",
            "to": "2026-01-30",
            "rows": 17,
            "new": 6,
            "duplicates": 0,
            "ignored": 11,
        }
    ]
    assert here.json("inbox")["new"] == 1
    here("import", str(box / "january.xml"), "--yes", code=0)
    (box / "january.xml").rename(box / "other name.xml")
    (file,) = listed(here).values()
    assert (file["file"], file["state"]) == ("other name.xml", "done")
    shown = here("inbox", code=0)
    assert shown.out == f"nothing new in {box}\n"
    assert shown.err == "note: left out: 1 done or with nothing new (--all lists them)\n"
    assert "2026-01-02 to 2026-01-30" in here("inbox", "--all").out
    here("undo", "--yes", code=0)
    assert listed(here)["other name.xml"]["state"] == "new"


def test_what_is_no_statement_has_a_reason(here: Here, box: Path) -> None:
    (box / "link.xml").symlink_to(box / "january.xml")
    os.mkfifo(box / "pipe.xml")
    (box / "empty.csv").touch()
    (box / "half.csv.part").write_text("Date,")
    (box / "notes.txt").write_text("hello")
    (box / ".hidden").write_text("x")
    (box / "older").mkdir()
    with (box / "huge.csv").open("wb") as huge:
        huge.truncate(folder.SIZE_LIMIT_BYTES + 1)
    files = listed(here)
    assert {name: (file["state"], file["why"]) for name, file in files.items()} == {
        "january.xml": ("needs an account", files["january.xml"]["why"]),
        "empty.csv": ("cannot be read", "is empty"),
        "half.csv.part": ("still being written", folder.STILL_WRITTEN),
        "huge.csv": ("cannot be read", "is larger than 268,435,456 bytes"),
        "link.xml": ("cannot be read", folder.IS_LINK),
        "notes.txt": ("cannot be read", "has no known format"),
        "pipe.xml": ("cannot be read", "is not a regular file"),
    }
    assert sorted(path.name for path in box.iterdir()) == sorted([*files, ".hidden", "older"])


def test_a_file_that_grows_is_left_until_it_is_complete(
    here: Here, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grow(_: float) -> None:
        with (box / "january.xml").open("a") as file:
            file.write("\n")

    monkeypatch.setattr("time.sleep", grow)
    assert listed(here)["january.xml"]["state"] == "still being written"


def test_the_rest_of_many_new_files_waits(
    here: Here, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "OFFERED_AT_MOST", 1)
    (box / "later.xml").write_bytes(JANUARY.read_bytes() + b"\n")
    assert {name: file["state"] for name, file in listed(here).items()} == {
        "january.xml": "needs an account",
        "later.xml": "not read yet",
    }
    assert here("inbox", code=0).err == (
        "note: left for later, until these are imported: 1 (--all lists them)\n"
    )


def test_the_folder_is_the_typed_one_or_that_of_the_variable_or_the_file(
    here: Here, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {name: here.top / name for name in ("typed", "variable", "chosen")}
    for place in places.values():
        place.mkdir()
    assert here.json("inbox")["folder"] == str(box)
    settings = here.top / "config" / "alluse" / "inbox.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'folder = "{places["chosen"]}"\n')
    assert here.json("inbox")["folder"] == str(places["chosen"])
    monkeypatch.setenv("ALLUSE_INBOX", str(places["variable"]))
    assert here.json("inbox")["folder"] == str(places["variable"])
    assert here.json("inbox", str(places["typed"]))["folder"] == str(places["typed"])
    monkeypatch.delenv("ALLUSE_INBOX")
    settings.write_text('folder = "here"\n')
    refused = here("inbox", code=2).err
    assert "inbox.toml: folder 'here': must be the path of a folder from the root" in refused


def test_a_folder_that_is_not_there_or_cannot_be_read(
    here: Here, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = here("inbox", str(here.top / "nowhere"), code=2).err
    assert "is not a folder; create it, or name another one" in missing

    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refuse)
    assert "': cannot be read: Permission denied" in here("inbox", code=2).err
    monkeypatch.undo()
