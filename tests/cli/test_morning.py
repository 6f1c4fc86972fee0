"""`alluse morning`: imports, compares, records once, and says where a person is needed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from here import Here
from inbox_files import february, january, month_file

from alluse_tui.engine.inbox import folder

EXPLAIN = "alluse explain-difference gen-1 'USD cash' WHY"


@pytest.fixture
def box(here: Here, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder beside the journal, with a statement of January."""
    monkeypatch.setattr(folder, "SETTLE_SECONDS", 0)
    place = here.journal.parent / "inbox"
    place.mkdir()
    january(place)
    return place


@pytest.fixture
def known(here: Here, box: Path) -> Path:
    """The folder; January is imported in gen-1, and there is a statement of February."""
    here("import", str(box / "january.xml"), "--into", "gen-1", "--yes", code=0)
    february(box)
    return box


def steps(here: Here, *arguments: str, code: int = 0) -> list[tuple[str, ...]]:
    """Each step up to the comparisons: its name, result, detail and needs."""
    done = here.json("morning", *arguments, code=code)
    assert done["ok"] == (code == 0)
    *first, week, today = done["steps"]
    assert (week["step"], today["step"]) == ("week", "today")
    return [(s["step"], s["result"], s["detail"], *s["needs"]) for s in first]


def commands(here: Here) -> list[Any]:
    return [record["command"] for record in here.log()]


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


def test_a_person_gives_the_account_once_and_confirms_each_plan(
    here: Here, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    february(box)
    inbox, *waiting = steps(here, "--yes")
    assert inbox == ("inbox", "done", f"2 without an account in {box}")
    assert [(step[0], step[1], step[3]) for step in waiting] == [
        ("import", "waiting", f"alluse import {box}/{name}.xml --into CODE")
        for name in ("january", "february")  # the first period brings the starting cash
    ]
    monkeypatch.setattr("sys.stdin", Terminal("gen-1\nn\n\n"))
    assert "import: january.xml: left in the inbox" in here("morning", code=0).out
    assert commands(here) == ["init"]
    monkeypatch.setattr("sys.stdin", Terminal("gen-1\ny\ny\n"))
    shown = here("morning", code=8).out
    assert "january.xml: ibkr-flex …007 into Main/gen-1, 2026-01-01 to 2026-01-31" in shown
    assert "january.xml into gen-1: 2 new, 0 already imported, 0 ignored; recorded as #2" in shown
    assert "february.xml into gen-1: 1 new, 0 already imported, 1 ignored; recorded as #3" in shown
    assert "differs from the statement of 2026-02-28: USD cash +8.00" in shown
    (kept,) = [e for e in here.log()[2]["events"] if e["type"] == "statement_imported"]
    rows = (box / "february.xml").read_text().splitlines()
    starting = next(n for n, text in enumerate(rows, 1) if "startingCash=" in text)
    assert [each.get("first_line") for each in kept["ignored"]] == [starting]


def test_the_second_run_records_nothing_and_an_explanation_ends_it(here: Here, known: Path) -> None:
    imported = "february.xml into gen-1: 1 new, 0 already imported, 1 ignored"  # starting cash
    inbox = ("inbox", "done", f"1 new, 1 done in {known}")
    assert steps(here) == [
        inbox,
        ("import", "waiting", "february.xml: needs a confirmation", "alluse morning --yes"),
        ("reconcile", "waiting", "gen-1 was not compared with february.xml, which is not imported"),
    ]
    assert steps(here, "--dry-run") == [
        inbox,
        ("import", "planned", imported),
        ("reconcile", "planned", "gen-1 would be compared with february.xml after the import"),
    ]
    assert commands(here) == ["init", "import"]
    differs = "gen-1 differs from the statement of 2026-02-28: USD cash +8.00"
    assert steps(here, "--yes", code=8) == [
        inbox,
        ("import", "done", f"{imported}; recorded as #3"),
        ("reconcile", "differs", differs, EXPLAIN),
    ]
    again = [
        ("inbox", "nothing to do", f"2 done in {known}"),
        ("reconcile", "differs", differs, EXPLAIN),
    ]
    assert steps(here, "--yes", code=8) == again
    assert commands(here) == ["init", "import", "import", "reconcile"]
    (known / "february.xml").unlink()
    newer = "the statement of 2026-02-28, which is newer than those in the inbox"
    (_, reconciled) = steps(here, "--yes", code=8)
    assert reconciled == (
        "reconcile",
        "differs",
        f"gen-1 differs from {newer}: USD cash +8.00",
        EXPLAIN,
    )
    here("explain-difference", "gen-1", "USD", "booked in March", code=0)
    assert steps(here, "--yes")[1] == ("reconcile", "agrees", f"gen-1 agrees with {newer}")
    february(known)
    agrees = "gen-1 agrees with the statement of 2026-02-28; 1 difference is explained"
    assert steps(here, "--yes")[1] == ("reconcile", "agrees", agrees)
    assert len(commands(here)) == 5


def test_import_auto_imports_what_is_known_but_asks_for_what_was_undone(
    here: Here, known: Path
) -> None:
    assert "must be one of: off, on" in here("policy", "set", "import.auto", "yes", code=2).err
    here("policy", "set", "import.auto", "on", code=0)
    assert [step[1] for step in steps(here, code=8)] == ["done", "done", "differs"]
    assert commands(here) == ["init", "import", "policy", "import", "reconcile"]
    here("undo", "4", "--yes", code=0)
    why = "february.xml: its import was undone before"
    assert steps(here, code=8)[1] == ("import", "waiting", why, "alluse morning --yes")


def test_what_waits_for_approval_is_not_proposed_again(here: Here, known: Path) -> None:
    here.two_people()
    here("login", "dana", *here.own(), code=0)
    here("policy", "set", "approval.facts_above", "100", *here.own(), code=7)
    (proposal,) = here.json("approvals")["approvals"]
    here("login", "eli", *here.own("eli"), by="eli", code=0)
    here("approve", str(proposal["id"]), "--yes", *here.own("eli"), by="eli", code=0)
    month_file(known / "february.xml", 2, "1005", "-500", "505", kind="Deposits/Withdrawals")
    assert steps(here, "--yes")[1][:2] == ("import", "waiting")
    newest = here.newest()
    (inbox, reconcile) = steps(here, "--yes")
    why = f"february.xml: is proposed as #{newest['seq']}"
    assert inbox == ("inbox", "nothing to do", f"1 done, 1 waiting for approval in {known}", why)
    assert (reconcile[1], here.newest()) == ("waiting", newest)


def test_the_week_that_is_over_has_its_types(here: Here, known: Path) -> None:
    def week() -> dict[str, Any]:
        (step,) = [s for s in here.json("morning", "--dry-run")["steps"] if s["step"] == "week"]
        return {"result": step["result"], "detail": step["detail"]}

    assert week() == {
        "result": "nothing to do",
        "detail": "week of 2026-11-16: no puts and no shares",
    }
    here("trade", "gen-1", "+1 XYZ @5", "--date", "2026-11-19", "--yes", code=0)
    # shares without a price of Friday have no type
    assert week() == {"result": "done", "detail": "week of 2026-11-16: gen-1 not known"}
    here(
        "post",
        "mark",
        "gen-1",
        "5.50",
        "--position",
        "XYZ",
        "--date",
        "2026-11-20",
        "--yes",
        code=0,
    )
    assert week() == {"result": "done", "detail": "week of 2026-11-16: gen-1 C-WAP+"}
