"""`--lots` of trade, close-position and roll, from the number that `alluse lots` shows."""

from __future__ import annotations

import pytest
from here import Here


@pytest.fixture
def lots(here: Here) -> list[str]:
    """The records of two lots of 10 shares, at 10 and 30, and of two short puts, at 3 and 4."""
    for line in ("+10 XYZ @10", "+10 XYZ @30", "-1 XYZ 18Dec26 50p @3", "-1 XYZ 18Dec26 50p @4"):
        here.json("trade", "gen-1", line, "--yes")
    return [str(lot["record"]) for lot in here.json("lots", "gen-1")["lots"]]


def closed(here: Here) -> list[tuple[str, str]]:
    listed = here.json("lots", "gen-1", "--closed")["lots"]
    return [(str(lot["record"]), lot["realised"]) for lot in listed if lot["closed"]]


def test_a_sale_closes_the_lot_that_it_names(here: Here, lots: list[str]) -> None:
    here.json("trade", "gen-1", "-10 XYZ @40", "--lots", lots[1])
    assert closed(here) == [(lots[1], "100.00")]


def test_a_closed_position_and_a_roll_name_lots_too(here: Here, lots: list[str]) -> None:
    option = ("close-position", "gen-1", "XYZ 50p", "--price", "1", "--quantity", "1")
    here.json(*option, "--lots", f"#{lots[3]}")
    assert closed(here) == [(lots[3], "300.00")]
    rolled = ("roll", "gen-1", "XYZ 50p", "24Dec26 50p", "--price", "1", "--close-price", "2")
    here.json(*rolled, "--lots", lots[2], "--yes")
    assert closed(here) == [(lots[3], "300.00"), (lots[2], "100.00")]


def test_a_lot_that_cannot_be_closed_is_an_error(here: Here, lots: list[str]) -> None:
    refused = here("trade", "gen-1", "-10 XYZ @40", "--lots", "999", code=2)
    open_lots = f"{lots[0]} (10), {lots[1]} (10)"
    assert f"lots '999': is not an open lot of gen-1; open: {open_lots}" in refused.err
    refused = here("trade", "gen-1", "-10 XYZ @40", "--lots", "first", code=2)
    assert "--lots 'first': must be record numbers separated by commas" in refused.err
