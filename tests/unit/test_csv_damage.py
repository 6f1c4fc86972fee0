"""A damaged CSV statement is read whole or refused with one error, never anything else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements.read import READERS, Reader
from alluse_tui.market.statements.statement import SourceFile

DATA = Path(__file__).parents[1] / "data"
CSV_READERS = [
    reader for reader in READERS if reader.name.endswith("-csv") and reader.name != "generic-csv"
]
PIECES = [
    b'"',
    b",",
    b"\n",
    b"\r\n",
    b";",
    b"-",
    b"(",
    b"0",
    b"9" * 40,
    b"\xff",
    b"\x00",
    b"P",
    b"",
]


def keys(reader: Reader, data: bytes) -> set[str]:
    """The keys of the one statement in `data`."""
    (read,) = reader.read(SourceFile(data, "x.csv", ""))
    return {fact.key for fact in read.facts.facts}


def outcome(reader: Reader, data: bytes) -> str:
    """'refused' or 'read'; every row is accounted for."""
    try:
        (read,) = reader.read(SourceFile(data, "x.csv", ""))
    except BadInput as error:
        assert "x.csv" in str(error)
        assert str(error).isprintable()
        return "refused"
    assert read.rows == len(read.facts.facts) + len(read.ignored)
    assert len(read.lines) == len(read.facts.facts)
    return "read"


@pytest.mark.parametrize("reader", CSV_READERS, ids=lambda reader: reader.name)
def test_a_damaged_file_is_read_whole_or_refused(reader: Reader) -> None:
    sample = (DATA / f"composed-{reader.name.removesuffix('-csv')}.csv").read_bytes()
    assert outcome(reader, sample) == "read"
    chance = random.Random(7)
    outcomes = set()
    for _ in range(80):
        at = chance.randrange(len(sample))
        end = at + chance.choice([0, 1, 1, 3, 40])
        outcomes.add(outcome(reader, sample[:at] + chance.choice(PIECES) + sample[end:]))
    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize("reader", CSV_READERS, ids=lambda reader: reader.name)
def test_a_byte_order_mark_and_line_ends_change_no_key(reader: Reader) -> None:
    sample = (DATA / f"composed-{reader.name.removesuffix('-csv')}.csv").read_bytes()
    expected = keys(reader, sample)
    for data in (b"\xef\xbb\xbf" + sample, sample.replace(b"\n", b"\r\n"), sample + b"\n\n"):
        assert keys(reader, data) == expected
