"""fork, merge, reinvest, alerts, due, run-due, tree, protocol, suggest on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from books import Cli

PREMIUM = ("post", "premium", "gen-1")


@pytest.fixture
def grown(cli: Cli) -> Cli:
    """Main with a Gen surplus of 52,000.01."""
    cli.json("init", "--name", "Main", "--capital", "250000")
    cli.json(*PREMIUM, "52000.01", "--yes")
    return cli


def refusals(cli: Cli, *arguments: str) -> dict[str, str]:
    done = cli(*arguments, "--json")
    assert done.returncode == 3, done.stdout + done.stderr
    return {
        r["rule"]: r["message"] for r in json.loads(done.stdout)["error"]["reasons"] if not r["ok"]
    }


def test_fork_as_in_the_contract(grown: Cli) -> None:
    assert grown("fork", "gen-1").returncode == 2  # asks, and there is nobody to ask
    plan = grown.json("fork", "gen-1", "--dry-run")["plan"]
    assert {(p["account"], p["bucket"], p["amount"]) for p in plan["entries"][0]["postings"]} == {
        ("gen-1", "cash", "-52000.01"),
        ("gen-1.1", "cash", "26000.01"),
        ("com-1", "cash", "26000.00"),
    }
    receipt = grown.json("fork", "gen-1", "--yes")
    assert receipt["plan"]["digest"] == plan["digest"]
    said = refusals(grown, "fork", "gen-1", "--yes")
    assert said["fork.threshold"] == "surplus 0.00 is below the fork threshold of 50000.00"
    assert "it can fork again from" in said["fork.cooling"]
    assert grown.json("show", "gen-1.1")["base"] == "26000.01"


def test_merge_and_reinvest_refuse_with_their_numbers(grown: Cli) -> None:
    assert set(refusals(grown, "merge", "gen-1", "--yes")) == {"merge.forked", "merge.threshold"}
    said = refusals(grown, "reinvest", "gen-1", "--yes", "--amount", "5")
    assert {"reinvest.tier", "reinvest.minimum"} <= set(said)


def test_alerts_are_listed_acknowledged_and_snoozed(grown: Cli) -> None:
    alerts = {a["kind"]: a for a in grown.json("alerts")["alerts"]}
    due = alerts["fork due"]
    assert due == {
        "id": "fork due:Main/gen-1:0",
        "kind": "fork due",
        "severity": "warning",
        "account": "gen-1",
        "portfolio": "Main",
        "message": "surplus 52000.01 has reached the 50000.00 threshold: fork gen-1",
        "action": "fork",
        "acknowledged": False,
        "silent_until": None,
    }
    grown.json("ack", due["id"])
    assert [a["acknowledged"] for a in grown.json("alerts")["alerts"] if a["id"] == due["id"]] == [
        True
    ]
    grown.json("snooze", due["id"], "--until", "2199-01-01")
    assert due["id"] not in {a["id"] for a in grown.json("alerts")["alerts"]}
    assert due["id"] in {a["id"] for a in grown.json("alerts", "--all")["alerts"]}
    assert grown("ack", "nonsense").returncode == 2
    assert grown("snooze", due["id"], "--until", "1999-01-01").returncode == 2
    grown.json("undo", "--yes")
    assert due["id"] in {a["id"] for a in grown.json("alerts")["alerts"]}


def test_run_due_does_each_job_once_and_says_what_it_left(grown: Cli) -> None:
    due = grown.json("due")
    assert [(d["action"], d["account"], d["auto"]) for d in due["due"]][:1] == [
        ("fork", "gen-1", False)
    ]
    assert all(set(c) == {"date", "portfolio", "what"} for c in due["next"]) and due["next"]
    left = grown.json("run-due")
    assert left["done"] == []
    assert [(s["command"], s["account"]) for s in left["skipped"]][:1] == [("fork", "gen-1")]
    grown.json("policy", "set", "fork.auto", "all")
    waits = grown.json("run-due")["skipped"]
    assert "within the last hour" in waits[0]["why"]


def test_tree_shows_who_grew_from_whom_and_by_how_much(grown: Cli) -> None:
    grown.json("fork", "gen-1", "--yes")
    grown.json("post", "premium", "gen-1.1", "1000", "--yes")
    root = next(t for t in grown.json("tree")["trees"] if t["code"] == "gen-1")
    assert (root["capital"], root["sent"], root["subtree"]) == (
        "100000.00",
        "26000.00",
        "127000.01",
    )
    assert root["gain"] == "53000.01"
    (child,) = root["children"]
    assert (child["forked_from"], child["capital"], child["gain"]) == (
        "gen-1",
        "26000.01",
        "1000.00",
    )
    assert grown.json("tree", "gen-1.1")["trees"] == [child]
    assert "gen-1.1" in grown("tree").stdout
    grown.json("undo", "3", "--yes")
    root = next(t for t in grown.json("tree")["trees"] if t["code"] == "gen-1")
    assert (root["capital"], root["sent"], root["gain"]) == ("100000.00", "0.00", "53000.01")


def test_rules_lists_the_rules_of_one_account(grown: Cli) -> None:
    said = grown.json("rules", "gen-1")
    assert said["settings"]["tiers.gen.delta"] == "40-50"
    assert "tiers.rev.delta" not in said["settings"]
    assert {r["rule"] for r in said["rules"]} >= {"fork.threshold", "buffer.required"}
    assert [d["action"] for d in said["due"]] == ["fork"]
    assert grown("rules", "gen-1").returncode == 0


def test_suggest_proposes_with_evidence_and_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    cli.json("init", "--name", "Main", "--capital", "250000", "--date", "2026-01-02")
    assert cli.json("policy", "suggest") == {"suggestions": []}
    for month, amount in enumerate(("1500", "-30000", "900", "-2500", "1100", "700"), start=2):
        day = f"2026-{month:02d}-10"
        cli.json("post", "interest", "gen-1", amount, "--date", day, "--yes")
    found = {s["path"]: s for s in cli.json("policy", "suggest")["suggestions"]}
    wider = found["tiers.gen.max_drawdown"]
    assert (wider["now"], wider["suggested"]) == ("15", "32")
    assert "31." in wider["evidence"] and "months of 1 accounts" in wider["evidence"]
    assert cli.json("policy", "show")["settings"]["tiers.gen.max_drawdown"] == "15"
    assert "nothing was changed" in cli("policy", "suggest").stdout
