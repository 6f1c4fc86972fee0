"""IBKR Flex XML as rows: element, attributes, line. No entities, no doctype, bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from alluse_tui.domain.model.errors import BadInput, shown

DEPTH_LIMIT = 8
ELEMENT_LIMIT = 1_000_000
TEXT_LIMIT = 64 * 1024
"""Characters of a name or an attribute's value."""

ENCODINGS = frozenset(("UTF-8", "UTF-16", "UTF-16BE", "UTF-16LE", "ISO-8859-1", "US-ASCII"))
"""What expat decodes itself. Others it leaves to Python's codecs, a byte at a time, which reads
encodings such as UTF-7 wrongly or fails."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its name, what it stands in, its attributes, its line in the file."""

    name: str
    parent: str
    attributes: Mapping[str, str]
    line: int


def elements(data: bytes, file_name: str) -> list[Element]:
    """Every element of the document in order. Raises BadInput for what is not plain XML, or goes
    beyond DEPTH_LIMIT, ELEMENT_LIMIT, TEXT_LIMIT or ENCODINGS."""
    parser = expat.ParserCreate()
    found: list[Element] = []
    open_names: list[str] = []

    def declaration(_: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.upper() not in ENCODINGS:
            named = f"declares the encoding {shown(encoding)}; save it as UTF-8"
            raise _bad(file_name, parser.CurrentLineNumber, named)

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_names) >= DEPTH_LIMIT:
            raise _bad(file_name, parser.CurrentLineNumber, "is nested too deeply")
        if len(found) >= ELEMENT_LIMIT:
            many = f"has more than {ELEMENT_LIMIT:,} elements"
            raise _bad(file_name, parser.CurrentLineNumber, many)
        if max(map(len, (name, *attributes, *attributes.values()))) > TEXT_LIMIT:
            long = f"has a name or a value of more than {TEXT_LIMIT:,} characters"
            raise _bad(file_name, parser.CurrentLineNumber, long)
        parent = open_names[-1] if open_names else ""
        found.append(Element(name, parent, attributes, parser.CurrentLineNumber))
        open_names.append(name)

    def end(_: str) -> None:
        open_names.pop()

    def doctype(*_: object) -> None:
        raise _bad(file_name, parser.CurrentLineNumber, "must not have a DOCTYPE")

    parser.XmlDeclHandler = declaration
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
