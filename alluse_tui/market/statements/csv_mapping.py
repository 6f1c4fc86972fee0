"""How a CSV file of any layout is read: a mapping of its columns and words, written in TOML.

broker = "my-broker"
date_format = "DD.MM.YYYY"
decimal_mark = ","
currency = "EUR"

[columns]
date = "Buchungstag"
action = "Vorgang"
symbol = "Symbol"
quantity = "Stück"
amount = "Betrag"

[actions]
buy = ["Kauf"]
sell = ["Verkauf"]
deposit = ["Einzahlung", "Auszahlung"]
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from alluse_tui.domain.commands import currency_code
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements.csv_rows import column_name

Action = Literal[
    "buy",
    "sell",
    "expiry",
    "assignment",
    "exercise",
    "deposit",
    "dividend",
    "interest",
    "fee",
    "tax",
    "ignore",
]
"""What a row is; a deposit with a negative amount is a withdrawal."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_PARTS = {
    "YYYY": r"(?P<y>[0-9]{4})",
    "YY": r"(?P<y>[0-9]{2})",
    "MMM": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<m>[0-9]{1,2})",
    "DD": r"(?P<d>[0-9]{1,2})",
}
_PART = re.compile("|".join(_PARTS))
_TIME = r"(?:[T ,]+(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)\S*)?"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Columns(_Part):
    """The file's name of each column; a column that the file does not have is left out."""

    date: Name
    action: Name
    amount: Name | None = None
    symbol: Name | None = None
    quantity: Name | None = None
    price: Name | None = None
    fees: Name | None = None
    currency: Name | None = None
    id: Name | None = None
    note: Name | None = None
    expiry: Name | None = None
    strike: Name | None = None
    right: Name | None = None
    deliverable: Name | None = None

    @property
    def given(self) -> dict[str, str]:
        """Key → the file's column, of those that are given."""
        return {key: column_name(name) for key, name in self if name is not None}


class CsvMapping(_Part):
    """A mapping. `header` are all columns of the file that it was saved with, in their order."""

    broker: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    date_format: Name
    expiry_format: Name = ""
    decimal_mark: Literal[".", ","] = "."
    currency: Name | None = None
    amount_is_signed: bool = True
    amount_is_after_fees: bool = True
    header: list[str] = Field(default_factory=list)
    columns: Columns
    actions: dict[Action, list[Name]]

    @cached_property
    def words(self) -> dict[str, Action]:
        """The file's word in lower case → what it means."""
        return {word.lower(): action for action, word in self._pairs()}

    def _pairs(self) -> Iterator[tuple[Action, str]]:
        return ((action, word) for action, words in self.actions.items() for word in words)

    def problems(self) -> Iterator[tuple[str, object, str]]:
        """(key, value, what is allowed) of what no single field shows."""
        columns = self.columns.given
        for key, form in (("date_format", self.date_format), ("expiry_format", self.expiry_format)):
            parts = sorted(part[0] for part in _PART.findall(form))
            if parts != ["D", "M", "Y"] and (form or key == "date_format"):
                yield key, form, "must have a year, a month and a day, such as DD.MM.YYYY"
        words = [word.lower() for _, word in self._pairs()]
        for word in words:
            if words.count(word) > 1:
                yield "actions", word, "must be the word of one action only"
        names = list(columns.values())
        for key, name in columns.items():
            if names.count(name) > 1:
                yield f"columns.{key}", name, "must not be the column of another key too"
        if (self.currency is None) == ("currency" not in columns):
            yield "currency", None, "must be given, or columns.currency, but not both"
        elif self.currency is not None:
            try:
                currency_code("currency", self.currency)
            except BadInput as error:
                yield "currency", self.currency, error.allowed
        if "amount" not in columns and not {"price", "quantity"} <= set(columns):
            yield "columns.amount", None, "is missing; without it, price and quantity are needed"
        option = {"expiry", "strike", "right"} & set(columns)
        if option and (len(option) < 3 or "symbol" not in columns):
            yield (
                "columns",
                None,
                "must have symbol, expiry, strike and right together, or no option",
            )
        traded = [each for each in ("buy", "sell", "expiry", "assignment") if each in self.actions]
        if traded and not {"symbol", "quantity"} <= set(columns):
            yield "columns", None, f"must have symbol and quantity, as actions has {traded[0]}"


def mapping_of(text: str, file_name: str) -> CsvMapping:
    """The mapping in a TOML file. Raises BadInput naming file and key."""
    try:
        mapping = CsvMapping.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise BadInput.of([_problem(each, file_name) for each in error.errors()]) from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadInput("file", file_name, f"is not valid TOML: {why}") from None
    if problems := [(f"{file_name}: {key}", v, why) for key, v, why in mapping.problems()]:
        raise BadInput.of(problems)
    return mapping


def _problem(error: Any, file_name: str) -> tuple[str, object, str]:
    key = ".".join(str(part) for part in error["loc"] if part != "[key]")
    value = error["input"] if isinstance(error["input"], str) else None
    known = {"missing": "is missing", "extra_forbidden": "is not a key of a mapping"}
    message = error["msg"].replace("Input should", "must").replace("String should", "must")
    return f"{file_name}: {key}", value, known.get(error["type"], message)


def mapping_text(mapping: CsvMapping) -> str:
    """The mapping as a TOML file."""
    top = mapping.model_dump(exclude_none=True, exclude_defaults=True)
    tables = {"columns": mapping.columns.given, "actions": top.pop("actions")}
    top.pop("columns")
    lines = [f"{key} = {_toml(value)}" for key, value in top.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _toml(value: str | bool | Sequence[str]) -> str:
    """A text, a truth value or a list of texts, which TOML writes as JSON does."""
    return json.dumps(value, ensure_ascii=False)


def dated(text: str, form: str) -> tuple[date, str] | None:
    """The day and the time ('' for none) of a text in a form such as 'DD.MM.YYYY'; None if not."""
    literal = re.split(_PART, form)
    parts = [_PARTS[part] for part in _PART.findall(form)]
    pattern = re.escape(literal[0])
    for part, after in zip(parts, literal[1:], strict=True):
        pattern += part + re.escape(after)
    typed = re.fullmatch(pattern + _TIME, text)
    if typed is None:
        return None
    fields = typed.groupdict()
    name = (fields.get("name") or "").lower()
    if name and name not in MONTHS:
        return None
    month = MONTHS.index(name) + 1 if name else int(fields["m"])
    year = int(fields["y"]) + (2000 if len(fields["y"]) == 2 else 0)
    try:
        day = date(year, month, int(fields["d"]))
    except ValueError:
        return None
    return (day, fields["time"] or "") if 1970 <= year <= 2199 else None
