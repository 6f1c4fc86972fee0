"""IBKR Flex XML as rows: element, attributes, line. No entities, no doctype, bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from alluse_tui.domain.errors import BadInput

DEPTH_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its name, what it stands in, its attributes, its line in the file."""

    name: str
    parent: str
    attributes: Mapping[str, str]
    line: int


def elements(data: bytes, file_name: str) -> list[Element]:
    """Every element of the document in order. Raises BadInput for what is not plain XML."""
    parser = expat.ParserCreate()
    found: list[Element] = []
    open_names: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_names) >= DEPTH_LIMIT:
            raise _bad(file_name, parser.CurrentLineNumber, "is nested too deeply")
        parent = open_names[-1] if open_names else ""
        found.append(Element(name, parent, attributes, parser.CurrentLineNumber))
        open_names.append(name)

    def end(_: str) -> None:
        open_names.pop()

    def doctype(*_: object) -> None:
        raise _bad(file_name, parser.CurrentLineNumber, "must not have a DOCTYPE")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _bad(file_name, error.lineno, f"is not well-formed XML: {error}") from None
    return found


def _bad(file_name: str, line: int, why: str) -> BadInput:
    return BadInput("file", f"{file_name} line {line}", why)
