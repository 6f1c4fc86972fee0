"""Four eyes and the table of roles through the command line: words, JSON, exit codes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from here import Here, opened_here

from alluse_tui.domain.commands.user_commands import Role
from alluse_tui.engine import FixedClock

FIELDS = {
    "id",
    "command",
    "portfolio",
    "about",
    "note",
    "by",
    "asked",
    "ready",
    "expires",
    "amount",
    "digest",
    "state",
    "own",
    "may_approve",
}


@pytest.fixture
def here(
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Here:
    """dana: operator, approver, admin; eli: operator, approver."""
    made = opened_here(tmp_path, clock, monkeypatch, capfd)
    made.two_people()
    return made


def proposed(here: Here, *options: str, by: str = "eli", amount: str = "30000") -> int:
    arguments = ("transfer", "gen-1", "rev-1", amount, "--yes", *options)
    error = here(*arguments, "--json", by=by, code=7).error
    assert error["code"] == "pending"
    number: int = error["approval"]
    return number


def waiting(here: Here, by: str = "dana") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = here.json("approvals", by=by)["approvals"]
    return found


def cash(here: Here) -> str:
    text: str = here.json("show", "gen-1")["cash"]
    return text


def test_a_proposal_is_recorded_and_not_done(here: Here) -> None:
    assert here("approvals", code=0).out == "no proposals are pending\n"
    assert here.json("approvals") == {"approvals": []}
    said = here(
        "transfer", "gen-1", "rev-1", "30000", "--note", "quarter", "--yes", by="eli", code=7
    )
    number = here.newest()["seq"]
    assert said.out == ""
    assert said.err == (
        f"alluse: transfer is proposed as #{number}, not done yet: someone else must approve it"
        f" within 24 hours: `alluse approve {number}`\n"
    )
    assert cash(here) == "100000.00"
    (one,) = waiting(here)
    assert set(one) == FIELDS
    assert {k: one[k] for k in FIELDS - {"digest", "asked", "expires"}} == {
        "id": number,
        "command": "transfer",
        "portfolio": "Main",
        "about": "gen-1 rev-1 30000.00",
        "note": "quarter",
        "by": "eli",
        "ready": None,
        "amount": "30000.00",
        "state": "waiting",
        "own": False,
        "may_approve": True,
    }
    assert (one["asked"][:19], one["expires"][:19]) == (
        "2026-11-24T17:00:00",
        "2026-11-25T17:00:00",
    )
    shown = here("approvals", code=0).out
    assert "30,000.00" in shown and "quarter" in shown and "you may approve" in shown
    assert "someone else must approve" in here("approvals", by="eli", code=0).out
    log = here("log", code=0).out
    assert "propose  transfer amount 30,000.00" in log and "waiting for approval" in log


@pytest.mark.parametrize("typed", ["{}", "#{}"])
def test_somebody_else_approves_once(here: Here, typed: str) -> None:
    number = proposed(here)
    ident = typed.format(number)
    before = here.newest()["seq"]
    dry = here.json("approve", ident, "--dry-run")
    assert here.newest()["seq"] == before and set(dry) == {"plan"}
    assert {a["code"]: a["after"]["cash"] for a in dry["plan"]["accounts"]} == {
        "gen-1": "70000.00",
        "rev-1": "105000.00",
    }
    receipt = here.json("approve", ident, "--yes", *here.own())
    assert receipt["plan"]["digest"] == dry["plan"]["digest"]
    assert cash(here) == "70000.00" and waiting(here) == []
    record = here.newest()
    assert (record["command"], record["actor"]) == ("transfer", "dana")
    assert record["approval"] == {"id": number, "by": "eli"}
    assert f"proposed by eli as #{number}" in here("log", code=0).out
    again = here("approve", ident, "--yes", *here.own(), "--json", code=2).error
    assert "is not a pending proposal" in again["message"]
    assert cash(here) == "70000.00"


def test_without_a_terminal_yes_and_the_password_are_needed(here: Here) -> None:
    number = str(proposed(here))
    assert "--yes: required for approve" in here("approve", number, *here.own(), code=2).err
    assert "--password-file: required" in here("approve", number, "--yes", code=2).err
    wrong = ("--password-file", here.secret("hal"))
    said = here("approve", number, "--yes", *wrong, code=5)
    assert "wrong name or password" in said.err
    assert cash(here) == "100000.00" and len(waiting(here)) == 1


def test_own_proposals_cannot_be_approved(here: Here) -> None:
    number = str(proposed(here))
    for options in (("--yes",), ("--dry-run",), ()):
        said = here("approve", number, *options, *here.own("eli"), "--json", by="eli", code=3)
        assert "someone else must approve" in said.error["message"]
        assert [r["rule"] for r in said.error["reasons"] if not r["ok"]] == [
            "approval.second_person"
        ]
    assert cash(here) == "100000.00"
    here("login", "eli", *here.own("eli"), code=0)  # at dana's desk
    here("approve", number, "--yes", *here.own(), code=5)
    here("approve", number, "--yes", *here.own("eli"), code=3)


@pytest.mark.parametrize(
    "ident", ["0", "99", "-1", "1.0", "", "#", "##1", "x", "９", "1" * 16, "1" * 5000, "\x1b[2J"]
)
@pytest.mark.parametrize("command", ["approve", "reject"])
def test_an_unknown_proposal_is_refused(here: Here, command: str, ident: str) -> None:
    proposed(here)
    yes = ("--yes", *here.own()) if command == "approve" else ()
    said = here(command, *yes, "--", ident)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "\x1b" not in said.err and len(said.err) < 400
    assert len(waiting(here)) == 1


def test_approvers_reject_and_the_proposer_withdraws(here: Here) -> None:
    here.add("fay", "operator")
    here.add("gus", "viewer")
    mine = str(proposed(here, by="fay"))
    for by in ("gus",):
        assert here.json("reject", mine, by=by, code=5)["error"]["code"] == "denied"
    theirs = str(proposed(here, by="eli", amount="20000"))
    here("reject", theirs, by="fay", code=5)
    before = here.newest()["seq"]
    here("reject", theirs, "--dry-run", code=0)
    assert here.newest()["seq"] == before
    receipt = here.json("reject", mine, "--note", "not now", by="fay")
    assert receipt["plan"]["command"] == "reject"
    here("reject", f"#{theirs}", "--note", "no", code=0)
    assert (waiting(here), cash(here)) == ([], "100000.00")
    here("reject", mine, by="fay", code=2)


def test_an_admin_withdraws_an_admins_proposal(here: Here) -> None:
    here.add("fay", "admin")
    said = here("policy", "set", "limits.buffer", "6", "--json", by="fay", code=7).error
    here("reject", str(said["approval"]), by="fay", code=0)
    assert waiting(here) == []
    here("reject", str(proposed(here)), by="fay", code=5)


def test_an_unrelated_fact_leaves_a_proposal_open(here: Here) -> None:
    number = str(proposed(here))
    here("deposit", "gen-1", "5", code=0)
    here("approve", number, "--yes", *here.own(), code=0)
    assert (waiting(here), cash(here)) == ([], "70005.00")


def test_a_plan_that_has_changed_is_not_carried_out(here: Here) -> None:
    here("post", "premium", "gen-1", "52000", "--yes", code=0)
    number = str(here("fork", "gen-1", "--yes", "--json", by="eli", code=7).error["approval"])
    here("post", "premium", "gen-1", "5", code=0)
    said = here("approve", number, "--yes", *here.own(), "--json", code=3).error
    assert [r["rule"] for r in said["reasons"] if not r["ok"]] == ["approval.changed"]
    assert "propose it again" in said["message"]
    assert cash(here) == "152005.00"
    here("fork", "gen-1", "--yes", by="eli", code=7)
    assert len(waiting(here)) == 1, "the new one takes the old one's place"


def test_the_same_proposal_is_recorded_once(here: Here) -> None:
    number = proposed(here, "--key", "k1")
    assert proposed(here, "--key", "k1") == number, "a repeat is harmless"
    arguments = ("transfer", "gen-1", "rev-1", "30000", "--yes")
    said = here(*arguments, "--json", code=3).error
    assert f"already proposed as #{number} by eli" in said["message"]
    here("approve", str(number), "--yes", *here.own(), code=0)
    again = here.json(*arguments, "--key", "k1", by="eli")
    assert (again["duplicate"], cash(here)) == (True, "70000.00")


def test_a_proposal_expires_after_a_day(here: Here) -> None:
    number = str(proposed(here))
    here.clock.advance(timedelta(hours=24))
    assert waiting(here)[0]["state"] == "expired" and not waiting(here)[0]["may_approve"]
    assert "expired" in here("approvals", code=0).out
    said = here("approve", number, "--yes", *here.own(), "--json", code=3).error
    assert "expired after 24 hours" in said["message"]
    assert cash(here) == "100000.00"
    proposed(here)


def test_a_proposal_of_a_user_who_lost_the_right_is_refused(here: Here) -> None:
    number = str(proposed(here))
    here("user", "role", "eli", "--role", "viewer", *here.own(), code=0)
    said = here("approve", number, "--yes", *here.own(), code=3)
    assert "no longer" in said.err and cash(here) == "100000.00"


def test_a_proposal_that_no_other_user_may_approve_says_so(here: Here) -> None:
    here("user", "role", "eli", "--role", "operator", *here.own(), code=0)
    arguments = ("transfer", "gen-1", "rev-1", "30000", "--yes")
    said = here(*arguments, code=7)
    assert "there is no other approver; an admin must give someone the role" in said.err


def test_a_single_user_waits_and_types_the_amount(here: Here) -> None:
    here("user", "disable", "eli", *here.own(), code=0)
    here("policy", "set", "approval.alone", "cooling_off", code=0)
    number = str(proposed(here, by="dana"))
    (one,) = waiting(here)
    assert (one["state"], one["ready"][:16]) == ("cooling", "2026-11-24T18:00")
    assert "cooling off until 2026-11-24 13:00 New York" in here("approvals", code=0).out
    typed = ("--amount", "30000", "--yes", *here.own())
    assert "can be confirmed in 60 min" in here("approve", number, *typed, code=3).err
    here.clock.advance(timedelta(hours=1))
    assert "--amount 30000.00" in here("approve", number, "--yes", *here.own(), code=3).err
    wrong = ("--amount", "3000", "--yes", *here.own())
    here("approve", number, *wrong, code=3)
    here("approve", number, "--amount", "x", "--yes", code=2)
    here("approve", number, "--dry-run", code=0)
    here("approve", number, *typed, code=0)
    assert cash(here) == "70000.00"


def test_proposals_come_oldest_first_whatever_their_numbers(here: Here) -> None:
    numbers = [proposed(here, amount=str(1_000 + n)) for n in range(4)]
    here.clock.advance(timedelta(minutes=1))
    numbers += [proposed(here, amount=str(2_000 + n)) for n in range(6)]
    assert len({len(str(n)) for n in numbers}) == 2
    assert [a["id"] for a in waiting(here)] == numbers
    said = here("approve", "1", "--yes", *here.own(), code=2).err
    assert said.strip().endswith(", ".join(map(str, numbers)))


def test_a_proposed_policy_reads_as_it_was_typed_in_the_log(here: Here) -> None:
    here("policy", "set", "limits.buffer", "6", code=7)
    assert "propose  policy changes limits.buffer 6: waiting" in here("log", code=0).out


def test_approvals_of_one_portfolio(here: Here) -> None:
    here("init", "--name", "B", "--capital", "1000", code=0)
    number = proposed(here, "--portfolio", "Main")
    assert [a["id"] for a in waiting(here)] == [number]
    assert here.json("approvals", "--portfolio", "B") == {"approvals": []}
    assert here.json("approvals", "--portfolio", "Main")["approvals"][0]["id"] == number


# -- the table, through the command line -----------------------------------------------------------

SEE, ACT, APPROVE, ADMINISTER, AUDIT = "see", "act", "approve", "administer", "audit"

TABLE = {
    Role.VIEWER: {SEE},
    Role.OPERATOR: {SEE, ACT},
    Role.APPROVER: {SEE, ACT, APPROVE},
    Role.ADMIN: {SEE, ADMINISTER, AUDIT},
    Role.AUDITOR: {SEE, AUDIT},
}

COMMANDS = {
    "accounts": (SEE, 0),
    "show gen-1": (SEE, 0),
    "verify": (SEE, 0),
    "approvals": (SEE, 0),
    "alerts": (SEE, 0),
    "log": (SEE, 0),
    "query SELECT+1": (SEE, 0),
    "rebuild": (SEE, 0),
    "deposit gen-1 1": (ACT, 0),
    "post premium gen-1 1": (ACT, 0),
    "withdraw gen-1 1 --yes {own}": (ACT, 7),
    "transfer gen-1 rev-1 1 --yes": (ACT, 7),
    "edit gen-1 --note x": (ACT, 0),
    "suspend gen-1": (ACT, 7),
    "undo --yes": (ACT, 7),
    "import {year} --into gen-1 --yes": (ACT, 0),
    "fork gen-1 --yes": (ACT, 3),
    "approve {id} --yes {own}": (APPROVE, 0),
    "reject {id}": (APPROVE, 0),
    "withdraw gen-1 99000 --override tuition --yes {own}": (APPROVE, 7),
    "policy set limits.buffer 6": (ADMINISTER, 7),
    "init --name B --capital 1": (ADMINISTER, 0),
    "user role eli --role viewer {own}": (ADMINISTER, 0),
    "backup {top}/b --plain": (ADMINISTER, 0),
    "user disable eli {own}": (ADMINISTER, 0),
    "vault rotate": (ADMINISTER, 0),
    "checkpoint": (AUDIT, 0),
    "export {top}/e": (AUDIT, 0),
}


@pytest.mark.parametrize("role", Role)
def test_every_role_through_the_command_line(here: Here, role: Role) -> None:
    """What is allowed comes to its own end; what is not is 5, changes nothing and is on record."""
    here.add("fay", role)
    year = str(Path(__file__).parents[1] / "data" / "composed-year.xml")
    for typed, (permission, code) in COMMANDS.items():
        may = permission in TABLE[role]
        number = proposed(here) if "{id}" in typed else 0
        own = " ".join(here.own("fay"))
        line = typed.format(own=own, id=number, year=year, top=here.top)
        arguments = [part.replace("+", " ") for part in line.split()]
        before = here.json("accounts")
        said = here(*arguments, by="fay")
        assert said.code == (code if may else 5), (typed, said)
        if not may:
            assert "may not" in said.err and here.json("accounts") == before
            record = here.newest()
            assert (record["actor"], record["events"]) == ("fay", []), typed
            assert "may not" in record["denied"], typed
        if number and not may:
            here("reject", str(number), by="eli", code=0)


@pytest.mark.parametrize("role", Role)
def test_only_auditors_see_security_records_in_the_log(here: Here, role: Role) -> None:
    here.add("fay", role)
    commands = {r["command"] for r in here.log(by="fay")}
    assert ("user add" in commands) == (AUDIT in TABLE[role])
    named = here.json("query", "SELECT DISTINCT command, actor FROM record", by="fay")["rows"]
    assert named == [["init", "dana"]], "the DuckDB file is made without them"
