"""A bounded parser of OFX: version 1, which is SGML without end tags of values, and version 2, XML.

Both are read by one grammar of tags and text. There is no DOCTYPE and no entity but the characters
that OFX escapes, so nothing can be expanded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alluse_tui.domain.model.errors import BadInput, shown

DEPTH_LIMIT = 32
ELEMENT_LIMIT = 1_000_000
TEXT_LIMIT = 64 * 1024
"""The most characters of a value."""

HEADER_LIMIT = 4_096
"""The document begins within this many characters."""

NOTES = frozenset(("MEMO", "NAME", "SECNAME", "TICKER", "CHECKNUM", "REFNUM", "EXTDNAME"))
"""Values that brokers leave empty without an end tag, as in '<MEMO>' before '<NAME>ACH'."""

_START = re.compile(r"<OFX>", re.I)
_TOKEN = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9._]{0,63})\s*(?P<empty>/?)>"
    r"|<!\[CDATA\[(?P<cdata>.*?)\]\]>"
    r"|<!--.*?-->"
    r"|(?P<text>[^<]+)",
    re.S,
)
_ESCAPED = re.compile(r"&(amp|lt|gt|nbsp|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")


@dataclass(slots=True)
class Element:
    """An element with its name in capital letters, its line, and its text or its children."""

    name: str
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def child(self, *path: str) -> Element | None:
        """The first child with that name, or the one that a path of names leads to."""
        element = self
        for name in path:
            for each in element.children:
                if each.name == name:
                    element = each
                    break
            else:
                return None
        return element

    def named(self, *names: str) -> Iterator[Element]:
        """Every descendant with one of the names that is not inside another such one."""
        for each in self.children:
            if each.name in names:
                yield each
            else:
                yield from each.named(*names)


def document(text: str, file_name: str) -> Element:
    """The element OFX of a file.

    Raises BadInput with line and column where it is not well-formed or exceeds DEPTH_LIMIT,
    ELEMENT_LIMIT or TEXT_LIMIT.
    """
    start = _START.search(text, 0, HEADER_LIMIT)
    if start is None or "<!DOCTYPE" in text[: start.start()].upper():
        why = "has no <OFX> at its beginning" if start is None else "must not have a DOCTYPE"
        raise BadInput("file", file_name, why)
    return _Parser(text, file_name, start.start()).root()


class _Parser:
    """Reads tags and text from `at` to the end."""

    def __init__(self, text: str, file_name: str, at: int) -> None:
        self.text, self.file_name, self.at = text, file_name, at
        self.line, self.counted = 1, 0
        self.count = 0
        self.stack: list[Element] = [Element("", 1)]

    def root(self) -> Element:
        """The only element at the top."""
        while self.at < len(self.text):
            token = _TOKEN.match(self.text, self.at)
            if token is None:
                raise self.wrong(f"{shown(self.text[self.at : self.at + 20])} is not a tag of OFX")
            if name := token["name"]:
                self.tag(name.upper(), token["end"], token["empty"])
            elif token["cdata"] is not None:
                self.value(token["cdata"])
            elif (text := token["text"]) and not text.isspace():
                self.value(_ESCAPED.sub(lambda each: html.unescape(each[0]), text).strip())
            self.at = token.end()
        if len(self.stack) > 1:
            open_one = self.stack[-1]
            why = f"<{open_one.name}> of line {open_one.line} does not end; the file is cut off"
            raise self.wrong(why)
        (root,) = self.stack[0].children
        return root

    def tag(self, name: str, end: str, empty: str) -> None:
        """A start tag, an end tag, or both in one."""
        if end:
            self.close(name)
            return
        if self.stack[-1].text:
            self.stack.pop()
        if len(self.stack) == 1 and self.stack[0].children:
            raise self.wrong("only one <OFX> is allowed")
        self.count += 1
        if self.count > ELEMENT_LIMIT or len(self.stack) > DEPTH_LIMIT:
            deep = len(self.stack) > DEPTH_LIMIT
            more = f"the file has more than {ELEMENT_LIMIT:,} elements"
            raise self.wrong("elements are nested too deeply" if deep else more)
        element = Element(name, self.line_here())
        self.stack[-1].children.append(element)
        if not empty:
            self.stack.append(element)

    def close(self, name: str) -> None:
        """An end tag; values before it need none of their own."""
        while (last := self.stack[-1]).name != name:
            if len(self.stack) == 1:
                raise self.wrong(f"</{name}> ends nothing that is open")
            if not last.text and last.name not in NOTES:
                raise self.wrong(f"</{name}> does not end <{last.name}> of line {last.line}")
            self.stack.pop()
            self.stack[-1].children += last.children  # an empty note, which has no children
            last.children = []
        self.stack.pop()

    def value(self, text: str) -> None:
        """The text of the element that has just begun."""
        last = self.stack[-1]
        if len(self.stack) == 1 or last.children:
            raise self.wrong(f"the text {shown(text[:20])} is outside of an element")
        last.text += text
        if len(last.text) > TEXT_LIMIT:
            raise self.wrong(f"a value exceeds {TEXT_LIMIT:,} characters")

    def line_here(self) -> int:
        """The line of the current token."""
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def wrong(self, why: str) -> BadInput:
        """An error at the current token."""
        column = self.at - self.text.rfind("\n", 0, self.at)
        return BadInput(f"{self.file_name} line {self.line_here()}, column {column}", None, why)


def required(element: Element, path: Sequence[str], file_name: str) -> Element:
    """The child at the end of a path, with its text. Raises BadInput if it is missing or empty."""
    leaf = element.child(*path)
    if leaf is None or not (leaf.text or leaf.children):
        where = f"{file_name} line {element.line}: {element.name} {' '.join(path)}"
        raise BadInput(where, None, "is missing")
    return leaf
