"""What is sent to the terminal is shorter than Textual's own, and looks the same."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alluse_tui.tui.terminal.sgr_driver import PLAIN, drawing, sparing

COLUMNS, LINES = 40, 6

CODES = st.lists(
    st.sampled_from(
        [
            "1",
            "2",
            "3",
            "4",
            "7",
            "9",
            "39",
            "49",
            "31",
            "97",
            "44",
            "104",
            "38;5;200",
            "48;5;17",
            "38;2;110;168;216",
            "38;2;0;0;0",
            "48;2;18;22;27",
        ]
    ),
    max_size=4,
)
TEXTS = st.text("ab ─█é", max_size=6)
PLACES = st.tuples(st.integers(1, LINES - 1), st.integers(1, COLUMNS - 6))


def piece(codes: list[str], text: str) -> str:
    """As Textual renders a segment: its style, the text, a reset."""
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes else text


def screen(*writes: str) -> pyte.Screen:
    made = pyte.Screen(COLUMNS, LINES)
    stream = pyte.Stream(made)
    for data in writes:
        stream.feed(data)
    return made


RUNS = st.lists(st.tuples(PLACES, st.lists(st.tuples(CODES, TEXTS), max_size=5)), max_size=6)


@given(RUNS)
def test_what_is_left_out_changes_nothing_to_be_seen(
    runs: list[tuple[tuple[int, int], list[tuple[list[str], str]]]],
) -> None:
    data = "\n".join(
        f"\x1b[{y};{x}H{''.join(piece(c, t) for c, t in pieces)}" for (y, x), pieces in runs
    )
    shown = screen(data + "after")
    less = screen(sparing(data) + "after")
    assert less.buffer == shown.buffer
    assert (less.cursor.x, less.cursor.y) == (shown.cursor.x, shown.cursor.y)
    assert len(sparing(data)) <= len(data)


def test_a_background_that_goes_on_is_said_once() -> None:
    dim, strong = ["38;2;1;2;3", "48;2;9;9;9"], ["1", "38;2;4;5;6", "48;2;9;9;9"]
    data = f"\x1b[1;1H{piece(dim, 'one')}{piece(strong, 'two')}\n\x1b[2;1H{piece(dim, 'three')}"
    assert sparing(data) == (
        "\x1b[1;1H\x1b[38;2;1;2;3;48;2;9;9;9mone\x1b[1;38;2;4;5;6mtwo"
        "\n\x1b[2;1H\x1b[22;38;2;1;2;3mthree\x1b[0m"
    )


@pytest.mark.parametrize(
    "data",
    [
        "\x1b[1m\x1b[31mone on top of the other\x1b[0m\x1b[32mnext\x1b[0m",
        "\x1b[58;5;3mof a newer standard\x1b[0m\x1b[1mnext\x1b[0m",
        "\x1b[38;9mcut short\x1b[0m\x1b[1mnext\x1b[0m",
        "\x1b[?1049h\x1b[2J",
    ],
)
def test_what_is_not_known_is_sent_as_it_is(data: str) -> None:
    assert sparing(data) == data


def test_nothing_is_erased_in_a_colour_that_was_reset() -> None:
    data = "\x1b[1;41mred\x1b[0m\x1b[K\x1b[44mblue\x1b[0m"
    assert "\x1b[0m\x1b[K" in sparing(data)


def test_every_way_of_saying_nothing_is_plain() -> None:
    assert [drawing(code) for code in ("", "0", "39", "49", "39;49")] == [PLAIN] * 5
