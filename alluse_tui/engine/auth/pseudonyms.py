"""Pseudonyms for broker account numbers, which are never stored unencrypted (security.md)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from alluse_tui.domain.commands import Fact, FillFact
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.rules.job_keys import BROKERS
from alluse_tui.engine.auth.key_store import KeyStore

if TYPE_CHECKING:
    from alluse_tui.market.statements import Ignored, ReadStatement

AnyFact = TypeVar("AnyFact", bound=Fact)


def require_key_ring(book: Book, keys: KeyStore) -> None:
    """Refuse to create a new key ring while data encrypted under a missing one exists.

    Raises MissingKey.
    """
    if keys.ring() is None:
        for user in book.users.values():
            keys.decrypt(user.full_name)
        for _, account in book.accounts.iter_uncached():
            for statement in account.statements:
                keys.decrypt(statement.sealed)


def pseudonymised(read: ReadStatement, book: Book, keys: KeyStore) -> ReadStatement:
    """The statement under a pseudonym of its broker account, with the number itself encrypted.

    In one book a number always has the same pseudonym, whichever key encrypted it. A book that
    already has the number unencrypted keeps it so, because imported rows must be recognised again.
    Raises MissingKey if a number in the book cannot be decrypted.
    """
    number = read.broker_account
    broker = read.facts.source.partition(":")[0]
    known: dict[str, str] = {}
    for _, account in book.accounts.iter_uncached():
        known |= {s.source: s.sealed for s in account.statements}
    if read.facts.source in known:
        return read
    require_key_ring(book, keys)
    sources = [source for source, sealed in known.items() if keys.decrypt(sealed) == number]
    ring = keys.ensure_ring()
    alias = sources[0].partition(":")[2] if sources else f"{BROKERS}{ring.pseudonym(number)}"

    def renamed(fact: AnyFact) -> AnyFact:
        key, note = fact.key.replace(number, alias), fact.note.replace(number, alias)
        if isinstance(fact, FillFact):
            return replace(fact, key=key, note=note, fill=fact.fill.replace(number, alias))
        return replace(fact, key=key, note=note)

    facts = replace(
        read.facts,
        source=f"{broker}:{alias}",
        sealed=ring.encrypt(number),
        opening=tuple(map(renamed, read.facts.opening)),
        facts=tuple(map(renamed, read.facts.facts)),
        marks=tuple(map(renamed, read.facts.marks)),
    )
    lines = {key.replace(number, alias): line for key, line in read.lines.items()}
    return dataclasses.replace(read, facts=facts, lines=lines)


def hidden_from_each_other(reads: Sequence[ReadStatement]) -> tuple[ReadStatement, ...]:
    """The pseudonymised statements of one file, each without the numbers of the others.

    A reason why a row is ignored, which may quote the file, has their last three digits.
    """
    from alluse_tui.market.statements.statement import account_digits

    if len(reads) == 1:
        return tuple(reads)
    aliases = {read.broker_account: read.facts.source.partition(":")[2] for read in reads}
    numbers = sorted(filter(None, aliases), key=len, reverse=True)

    def renamed(fact: AnyFact) -> AnyFact:
        note = fact.note
        for number in numbers:
            note = note.replace(number, aliases[number])
        return replace(fact, note=note)

    def shortened(ignored: Ignored) -> Ignored:
        why = ignored.why
        for number in numbers:
            why = why.replace(number, account_digits(number))
        return dataclasses.replace(ignored, why=why)

    return tuple(
        dataclasses.replace(
            read,
            facts=replace(read.facts, facts=tuple(map(renamed, read.facts.facts))),
            ignored=tuple(map(shortened, read.ignored)),
        )
        for read in reads
    )
