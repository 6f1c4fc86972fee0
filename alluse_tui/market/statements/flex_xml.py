"""A bounded parser of IBKR Flex XML without entities and DOCTYPE."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import NamedTuple
from xml.parsers import expat
from xml.parsers.expat import ErrorString

from alluse_tui.domain.model.errors import BadInput, shown

DEPTH_LIMIT = 8
ELEMENT_LIMIT = 1_000_000
TEXT_LIMIT = 64 * 1024
"""The most characters of a name or an attribute's value."""

ENCODINGS = frozenset(("UTF-8", "UTF-16", "UTF-16BE", "UTF-16LE", "ISO-8859-1", "US-ASCII"))
"""The encodings that expat decodes itself. It decodes others byte by byte with Python's codecs,
which fails or gives wrong text for encodings such as UTF-7."""


class Element(NamedTuple):
    """One element: its name, its parent's name, its attributes and its line in the file."""

    name: str
    parent: str
    attributes: Mapping[str, str]
    line: int


def elements(data: bytes, file_name: str) -> list[Element]:
    """All elements of the document in order. Blank lines before it are skipped.

    Raises BadInput if it is not well-formed, has a DOCTYPE, or exceeds DEPTH_LIMIT, ELEMENT_LIMIT,
    TEXT_LIMIT or ENCODINGS.
    """
    parser = expat.ParserCreate()
    parsed: list[Element] = []
    document, skipped = _without_blank_lines(data)
    open_names: list[str] = []

    def line() -> int:
        return parser.CurrentLineNumber + skipped

    def declaration(_: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.upper() not in ENCODINGS:
            message = f"declares the encoding {shown(encoding)}; save it as UTF-8"
            raise _bad(file_name, line(), message)

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_names) >= DEPTH_LIMIT:
            raise _bad(file_name, line(), "is nested too deeply")
        if len(parsed) >= ELEMENT_LIMIT:
            message = f"has more than {ELEMENT_LIMIT:,} elements"
            raise _bad(file_name, line(), message)
        if _has_long_text(name, attributes):
            message = f"has a name or a value of more than {TEXT_LIMIT:,} characters"
            raise _bad(file_name, line(), message)
        parent = open_names[-1] if open_names else ""
        parsed.append(Element(name, parent, attributes, line()))
        open_names.append(name)

    def end(_: str) -> None:
        open_names.pop()

    def doctype(*_: object) -> None:
        raise _bad(file_name, line(), "must not have a DOCTYPE")

    parser.XmlDeclHandler = declaration
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        at = error.lineno + skipped
        message = f"is not well-formed XML: {ErrorString(error.code)}, column {error.offset}"
        raise _bad(file_name, at, message) from None
    return parsed


def _has_long_text(name: str, attributes: dict[str, str]) -> bool:
    """Whether a name or a value exceeds TEXT_LIMIT; the sum is quicker and rules most out."""
    together = len(name) + len("".join(attributes)) + len("".join(attributes.values()))
    return together > TEXT_LIMIT < max(map(len, (name, *attributes, *attributes.values())))


def _without_blank_lines(data: bytes) -> tuple[bytes, int]:
    """The document from its first character on, and the number of lines before it."""
    document = data.removeprefix(BOM_UTF8).lstrip(b" \t\r\n")
    return document, data[: len(data) - len(document)].count(b"\n")


def _bad(file_name: str, line: int, why: str) -> BadInput:
    return BadInput("file", f"{file_name} line {line}", why)
