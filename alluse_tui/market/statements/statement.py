"""A statement as its file has it, before it is booked."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from alluse_tui.domain.commands import Fact, StatementFacts
from alluse_tui.domain.model.ignored_rows import by_reason

if TYPE_CHECKING:
    from alluse_tui.market.statements.csv_mapping import CsvMapping

TRANSFERRED = (
    "a position that was transferred, whose value the file does not give: deposit its value and buy"
    " it, or sell it and withdraw that"
)
"""Why such a row is not booked, and what to do."""


def account_digits(broker_account: str) -> str:
    """A broker account as it is shown: '…567', its last three digits."""
    return f"…{broker_account[-3:]}"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: its bytes, its name for messages, and its SHA-256 in hex.

    `currency` is the base currency of its accounts, for a file that does not give it. `mapping`
    says what the columns of a CSV file of any layout mean.
    """

    content: bytes
    name: str
    sha256: str
    currency: str = ""
    mapping: CsvMapping | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A row that is not booked: its line in the file, and why."""

    row: int
    why: str


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """A statement as the file has it. Amounts in micros of their own currency.

    `lines`: the key of each fact → its line in the file. `rows` counts every row of the file:
    those that became facts and those in `ignored`. `broker_account` is empty if the file does not
    name it.

    `starting_cash` and `ending_cash`: in each currency that the file reports on.
    `ending_positions`: (instrument name, currency) → quantity on the last day; None if the file
    does not list positions. `not_compared`: what of them could not be read, in words.
    `contracts`: the broker's ids of those instruments. `corporate_actions`: the symbols of those
    that the file lists. `notes`: what was concluded, and what is not booked, in words.
    """

    format: str
    broker_account: str
    facts: StatementFacts
    rows: int
    ignored: tuple[Ignored, ...]
    lines: Mapping[str, int]
    option_net_cash: Mapping[str, int]
    stock_net_cash: Mapping[str, int]
    cash_by_type: Mapping[str, Mapping[str, int]]
    ending_cash: Mapping[str, int]
    starting_cash: Mapping[str, int] = field(default_factory=dict)
    ending_positions: Mapping[tuple[str, str], int] | None = None
    contracts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    not_compared: tuple[str, ...] = ()
    corporate_actions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def with_report(self) -> StatementFacts:
        """The facts, with what the record of their import says about the other rows.

        A reason that quotes the broker's account number gets its last three digits instead.
        """
        number = self.broker_account
        ignored = by_reason(
            (each.row, each.why.replace(number, self.digits) if number else each.why)
            for each in self.ignored
        )
        return replace(self.facts, ignored=ignored, lines=self.lines)

    @property
    def digits(self) -> str:
        """The broker account as it is shown: '…567'; '' if the file does not name it."""
        return account_digits(self.broker_account) if self.broker_account else ""

    @property
    def account_question(self) -> str:
        """Asks for the account, of a broker account that no account has statements of yet.

        Its last three digits recognise it without giving the whole number.
        """
        number = self.broker_account
        whose = f"broker account {account_digits(number)}" if number else "this file"
        return f"choose the account that {whose} belongs to"

    def for_account(self, account: str) -> ReadStatement:
        """The statement of a file without an account number, with row keys of `account`.

        The same row of another account is another row.
        """
        assert not self.broker_account
        prefix = self.facts.source
        source = f"{prefix}{account}"

        def keyed(fact: Fact) -> Fact:
            return replace(fact, key=f"{source}{fact.key.removeprefix(prefix)}")

        return dataclasses.replace(
            self,
            facts=replace(self.facts, source=source, facts=tuple(map(keyed, self.facts.facts))),
            lines={f"{source}{key.removeprefix(prefix)}": n for key, n in self.lines.items()},
        )


def row_digest(*values: object) -> str:
    """A digest of what a row says, which identifies it, or tells whether it changed.

    It is part of journals: the same values must give the same digest for ever.
    """
    return hashlib.sha256("\x1f".join(map(str, values)).encode()).hexdigest()[:32]
