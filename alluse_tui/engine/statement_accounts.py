"""Which account each statement of a broker's file belongs to: typed once, then remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alluse_tui.domain.commands import AccountStatement, Import
from alluse_tui.domain.model.errors import BadInput

if TYPE_CHECKING:
    from alluse_tui.engine.doors import Engine
    from alluse_tui.market.statements import ReadStatement

ELLIPSIS = "…"
"""Precedes the last digits of a broker account where it is shown."""


def typed_mapping(option: str, texts: Iterable[str]) -> dict[str, str]:
    """Broker account → account, of texts such as '567=gen-1'. Raises BadInput naming `option`."""
    mapping: dict[str, str] = {}
    for text in texts:
        number, _, code = (part.strip() for part in text.partition("="))
        number = number.removeprefix(ELLIPSIS)
        if not number or not code:
            raise BadInput(option, text, "must be BROKER_ACCOUNT=CODE, such as 567=gen-1")
        if number in mapping:
            raise BadInput(option, text, f"{number} is already given to {mapping[number]}")
        mapping[number] = code
    return mapping


def accounts_of_statements(
    engine: Engine,
    reads: Sequence[ReadStatement],
    *,
    into: str = "",
    mapping: Mapping[str, str] | None = None,
    option: str = "--map",
    portfolio: str = "",
) -> tuple[str, ...]:
    """The account of each statement: `into`, what `mapping` says, or the one that has such already.

    `mapping` has whole broker accounts or their last three digits. `option` is where it is typed:
    an option of the command line, or a field that takes it and `into`. Raises BadInput that lists
    all broker accounts without an account.
    """
    single, prefix = ("--into", f"{option} ") if option.startswith("--") else (option, "")
    named = _named(reads, mapping or {}, option)
    if into and len(reads) > 1:
        example = f"{prefix}{_digits(reads[0])[1:]}=CODE"
        allowed = f"is one account, but the file has {len(reads)}: give each, such as {example}"
        raise BadInput(single, into, allowed)
    if into and named:
        raise BadInput(single, into, f"cannot be used with {option}")
    codes = [
        into
        or named.get(read.broker_account)
        or engine.operations.account_of_statement(read.facts.source)
        for read in reads
    ]
    unknown = [read for read, code in zip(reads, codes, strict=True) if not code]
    if not unknown:
        return tuple(codes)
    known = ", ".join(account.code for account in engine.queries.accounts(portfolio))
    if len(reads) == 1:
        raise BadInput(single, None, f"{reads[0].account_question}: {known}")
    whose = " and ".join(_digits(read) for read in unknown)
    allowed = (
        f"choose the accounts that broker accounts {whose} belong to"
        if len(unknown) > 1
        else f"choose the account that broker account {whose} belongs to"
    )
    typed = " ".join(f"{prefix}{_digits(read)[1:]}=CODE" for read in unknown)
    raise BadInput(option, None, f"{allowed}, with {typed}: {known}")


def statements_by_portfolio(
    engine: Engine, reads: Sequence[ReadStatement], codes: Sequence[str], portfolio: str = ""
) -> dict[str, tuple[list[ReadStatement], list[str]]]:
    """Portfolio → its statements and their accounts' ids: an import belongs to one portfolio.

    Codes without a portfolio are looked for in `portfolio`. Raises BadInput.
    """
    parts: dict[str, tuple[list[ReadStatement], list[str]]] = {}
    for read, code in zip(reads, codes, strict=True):
        account = engine.queries.account(code, portfolio)
        statements, ids = parts.setdefault(account.portfolio, ([], []))
        statements.append(read)
        ids.append(account.id)
    return parts


def import_command(reads: Sequence[ReadStatement], codes: Sequence[str], **envelope: Any) -> Import:
    """The command that imports the statements of one file, each with its account and report.

    `envelope`: the fields that every command has, such as its portfolio and key.
    """
    first, *more = map(AccountStatement, codes, (read.with_report for read in reads))
    return Import(account=first.account, statement=first.statement, more=tuple(more), **envelope)


def statement_to_compare(
    engine: Engine, reads: Sequence[ReadStatement], into: str = "", portfolio: str = ""
) -> tuple[ReadStatement, str]:
    """The statement to reconcile and its account: the one that belongs to `into`.

    Raises BadInput if it cannot be told which one that is.
    """
    if len(reads) == 1:
        (code,) = accounts_of_statements(engine, reads, into=into, portfolio=portfolio)
        return reads[0], code
    codes = [engine.operations.account_of_statement(read.facts.source) for read in reads]
    known = ", ".join(sorted({code for code in codes if code}))
    if not known:
        allowed = f"the file has {len(reads)} accounts, and none is imported: import it first"
        raise BadInput("file", None, allowed)
    if not into:
        raise BadInput("--into", None, f"the file has {len(reads)} accounts: choose one of {known}")
    chosen = engine.queries.account(into, portfolio).id
    if chosen not in codes:
        raise BadInput("--into", into, f"no statement in the file belongs to it, but to: {known}")
    return reads[codes.index(chosen)], chosen


def _named(
    reads: Sequence[ReadStatement], mapping: Mapping[str, str], option: str
) -> dict[str, str]:
    """Whole broker account → account. Raises BadInput for what names none or several."""
    named: dict[str, str] = {}
    numbers = [read.broker_account for read in reads]
    for number, code in mapping.items():
        matching = [each for each in numbers if each == number]
        matching = matching or [each for each in numbers if each[-3:] == number]
        typed = f"{number}={code}"
        if not matching:
            allowed = f"must name a broker account of the file: {_listed(reads)}"
            raise BadInput(option, typed, allowed)
        if len(matching) > 1:
            raise BadInput(option, typed, "names several broker accounts: give the whole number")
        if matching[0] in named:
            raise BadInput(
                option, typed, f"that broker account is already given to {named[matching[0]]}"
            )
        named[matching[0]] = code
    return named


def _digits(read: ReadStatement) -> str:
    return f"{ELLIPSIS}{read.broker_account[-3:]}"


def _listed(reads: Sequence[ReadStatement]) -> str:
    return ", ".join(map(_digits, reads))
