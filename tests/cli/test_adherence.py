"""`alluse adherence`: which trades kept to the rules, and what each broken rule realised."""

from __future__ import annotations

from here import Here

WEDNESDAY = "2026-11-18"


def traded(here: Here, line: str, day: str, *options: str) -> None:
    here("trade", "gen-1", line, "--date", day, *options, code=0)


def wheel(here: Here) -> None:
    """Three puts sold: one within every rule, one on a wrong day at a wrong delta, one without its
    delta; the first two are bought back."""
    traded(here, "-1 AAPL 27Nov26 190p @1.45", "2026-11-19", "--delta", "45")
    traded(here, "-1 MSFT 27Nov26 400p @3.00", WEDNESDAY, "--delta", "51", "--yes")
    traded(here, "-1 KO 27Nov26 60p @0.50", "2026-11-19")
    for words, price in (("AAPL", "0.45"), ("MSFT", "4.25")):
        closing = ("close-position", "gen-1", words, "--price", price, "--date", "2026-11-23")
        here(*closing, "--fees", "0.65", code=0)


def test_each_trade_is_in_one_group_and_each_broken_rule_has_its_gain(here: Here) -> None:
    assert here("adherence", code=0).out == "no trade was typed yet\n"
    wheel(here)
    document = here.json("adherence", "gen-1")
    # 1.45 − 0.45 on 100 shares, before fees; 3.00 − 4.25 on 100 shares
    assert document["passed"] == {"trades": 1, "open": 0, "realised": {"USD": "100.00"}}
    assert document["broken"] == {"trades": 1, "open": 0, "realised": {"USD": "-125.00"}}
    assert document["not_judged"] == {"trades": 1, "open": 1, "realised": {}}
    broke = {"trades": 1, "open": 0, "realised": {"USD": "-125.00"}, "not_judged": 0}
    nothing = {"trades": 0, "open": 0, "realised": {}, "not_judged": 1}
    assert document["rules"] == [
        {"rule": "trade.day", **broke},
        {"rule": "trade.delta", **broke},
        {"rule": "trade.data", **nothing},
    ]
    assert here.json("adherence") == document
    assert here.json("adherence", "rev-1")["passed"]["trades"] == 0
    lines = here("adherence", code=0).out.splitlines()
    assert lines[3].split() == ["broke", "a", "rule", "1", "0", "−125.00", "USD"]


def test_a_trade_that_was_undone_counts_for_nothing(here: Here) -> None:
    traded(here, "-1 AAPL 27Nov26 190p @1.45", WEDNESDAY, "--yes")
    assert here.json("adherence")["broken"]["trades"] == 1
    here("undo", "--yes", code=0)
    assert here.json("adherence")["broken"]["trades"] == 0
