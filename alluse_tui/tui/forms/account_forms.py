"""The forms: what is asked for each action, and the command that the answers make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    CashFact,
    Command,
    Deposit,
    Edit,
    Fact,
    Kind,
    MarkFact,
    OpenAccount,
    PolicySet,
    Post,
    Release,
    Transfer,
    Withdraw,
    amount,
    currency_code,
    iso_date,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import AccountView, Bucket, Status, Tier, grouped, plain
from alluse_tui.tui.modals.form import Field, Form
from alluse_tui.tui.shell import ActivePage

Typed = Mapping[str, str]

_TITLES = {"deposit": "Deposit into", "withdraw": "Withdraw from", "transfer": "Transfer from"}

SUGGESTED = 2_000
"""So many codes are offered while a target is typed."""


def movement(name: str, page: ActivePage, typed: Typed | None = None) -> Form:
    """Deposit, withdraw or transfer. `typed`: what stands in the fields already."""
    account = _account(page)
    before = typed or {}
    fields = [Field("amount", placeholder="such as 12500.00", value=before.get("amount", ""))]
    codes: list[str] = []
    if name == "transfer":
        codes = _others(page, account)
        only = codes[0] if len(codes) == 1 else ""
        fields.append(Field("to", choices=codes, value=before.get("to", only)))
    if name != "deposit":
        fields.append(Field("override", placeholder="reason for going below the buffer, if ever"))
    fields.append(Field("note", placeholder="optional"))

    def make(answers: Typed) -> Command:
        micros, note = amount(answers["amount"]), answers["note"]
        home, code = account.portfolio, account.code
        if name == "deposit":
            return Deposit(portfolio=home, account=code, amount=micros, note=note)
        override = answers["override"]
        if name == "withdraw":
            return Withdraw(
                portfolio=home, account=code, amount=micros, note=note, override=override
            )
        if not answers["to"]:
            raise BadInput("to", None, f"must be one of: {', '.join(codes[:8])}")
        return Transfer(
            portfolio=home, source=code, target=answers["to"], amount=micros, note=note,
            override=override,
        )  # fmt: skip

    return Form(f"{_TITLES[name]} {account.code}", _figures(account), fields, make)


def answer(page: ActivePage) -> Form:
    """The deposit or the transfer that an alert asks for, filled in as far as it is known."""
    alert = page.alert
    assert alert is not None
    known = {"amount": plain(alert.micros) if alert.micros else ""}
    if alert.action != "transfer" or len(alert.codes) != 2:
        return movement(alert.action, page, known)
    source, target = alert.codes
    codes = _others(page, None)
    fields = [
        Field("amount", value=known["amount"], placeholder="such as 1250.00"),
        Field("from", value=source, choices=codes, placeholder="which account gives?"),
        Field("to", value=target, choices=codes),
        Field("note", placeholder="optional"),
    ]

    def make(answers: Typed) -> Command:
        return Transfer(
            portfolio=alert.portfolio, source=answers["from"], target=answers["to"],
            amount=amount(answers["amount"]), note=answers["note"],
        )  # fmt: skip

    return Form(f"Transfer: {alert.kind}", [alert.verdict.worded(grouped)], fields, make)


_KINDS: Mapping[str, str] = {
    "premium": "option premium received",
    "fee": "typed positive, taken; negative, given back",
    "interest": "received; negative when paid",
    "dividend": "received",
    "tax": "typed positive, taken; negative, given back",
    "opening": "cash that was there before; negative when owed",
    "mark": "what the positions are worth now",
}
_TAKEN = (Kind.FEE, Kind.TAX)
_MAY_BE_NEGATIVE = ("fee", "tax", "interest", "opening", "mark")


def record(page: ActivePage) -> Form:
    """A fact: what happened to the account's cash, or what its positions are worth."""
    account = _account(page)
    fields = [
        Field("kind", choices=list(_KINDS), placeholder="premium, fee, interest …"),
        Field("amount", placeholder="such as 1250.00"),
        Field("currency", value=account.currency),
        Field("date", placeholder="YYYY-MM-DD; empty is today"),
        Field("note", placeholder="optional"),
    ]

    def make(answers: Typed) -> Command:
        kind = answers["kind"]
        if kind not in _KINDS:
            raise BadInput("kind", kind, f"must be one of: {', '.join(_KINDS)}")
        micros = amount(answers["amount"], zero=kind == "mark", negative=kind in _MAY_BE_NEGATIVE)
        currency = currency_code("currency", answers["currency"] or account.currency)
        fact: Fact
        if kind == "mark":
            fact = MarkFact(value_micros=micros, currency=currency)
        else:
            micros = -micros if Kind(kind) in _TAKEN else micros
            fact = CashFact(kind=Kind(kind), micros=micros, currency=currency)
        day = iso_date("date", answers["date"]) if answers["date"] else None
        return Post(
            portfolio=account.portfolio, account=account.code, fact=fact, date=day,
            note=answers["note"],
        )  # fmt: skip

    def hint(answers: Typed) -> list[str]:
        said = _KINDS.get(answers["kind"])
        return [f"{answers['kind']}: {said}" if said else f"one of: {', '.join(_KINDS)}"]

    return Form(f"Record in {account.code}", _figures(account), fields, make, hint)


def edit(page: ActivePage) -> Form:
    """The account's name and notes."""
    account = _account(page)
    fields = [Field("name", value=account.name), Field("notes", value=account.notes)]

    def make(answers: Typed) -> Command:
        return Edit(
            portfolio=account.portfolio, account=account.code, name=answers["name"],
            notes=answers["notes"],
        )  # fmt: skip

    return Form(f"Edit {account.code}", _figures(account), fields, make)


def open_account(page: ActivePage) -> Form:
    """An account under this one, or at the top; empty, with a deposit, or with a transfer."""
    account = _account(page)
    codes = [account.code, *_others(page, account)]
    fields = [
        Field("under", value=account.code, choices=[account.portfolio, *codes]),
        Field("tier", value=str(account.tier), choices=list(Tier)),
        Field("name", placeholder="optional"),
        Field("amount", placeholder="0.00: empty for now"),
        Field("from", choices=codes, placeholder="an account; empty: money from outside"),
    ]

    def make(answers: Typed) -> Command:
        if answers["tier"] not in list(Tier):
            raise BadInput("tier", answers["tier"], f"must be one of: {', '.join(Tier)}")
        micros = amount(answers["amount"], zero=True) if answers["amount"] else 0
        source = answers["from"]
        return OpenAccount(
            portfolio=account.portfolio,
            parent=answers["under"],
            tier=Tier(answers["tier"]),
            name=answers["name"],
            amount=micros if source else 0,
            source=source,
            deposit=0 if source else micros,
        )

    return Form(f"Open an account under {account.code}", [], fields, make)


def release(page: ActivePage) -> Form:
    """Earmarked money back to cash."""
    account = _account(page)
    buckets = [str(Bucket.CONTRACTS), str(Bucket.LEAPS)]
    fields = [
        Field("bucket", choices=buckets, placeholder=" or ".join(buckets)),
        Field("amount", placeholder="such as 1250.00"),
    ]

    def make(answers: Typed) -> Command:
        return Release(
            portfolio=account.portfolio, account=account.code, bucket=answers["bucket"],
            amount=amount(answers["amount"]),
        )  # fmt: skip

    about = [
        f"contracts {grouped(account.contracts)}   LEAPS {grouped(account.leaps)}",
    ]
    return Form(f"Release in {account.code}", about, fields, make)


def snooze(page: ActivePage) -> Form:
    """Not to hear of an alert before a day."""
    assert page.alert is not None
    alert = page.alert

    def make(answers: Typed) -> Command:
        return AcknowledgeAlert(alert=alert.id, until=iso_date("until", answers["until"]))

    def said(answers: Typed) -> str:
        return f"{alert.kind} snoozed until {answers['until']}"

    about = [f"{alert.kind}  {alert.account}", alert.verdict.worded(grouped)]
    return Form("Snooze", about, [Field("until", placeholder="YYYY-MM-DD")], make, at_once=said)


def setting(portfolio: str, path: str, value: str, unit: str) -> Form:
    """Another value for a setting of the portfolio's policy."""

    def make(answers: Typed) -> Command:
        return PolicySet(portfolio=portfolio, changes=((path, answers["value"]),))

    return Form(f"Set {path}", [f"now {value} {unit}".strip()], [Field("value", value=value)], make)


def statement(page: ActivePage) -> Form:
    """A broker's statement: which file, and into which account."""
    snapshot = page.shell.snapshot
    assert snapshot is not None
    codes = _others(page, None)
    fields = [
        Field("file", placeholder="statement.xml"),
        Field("into", choices=codes, placeholder="an account; known after the first time"),
    ]

    def load(form: Form, answers: Typed) -> None:
        if not answers["file"]:
            raise BadInput("file", None, "which statement?")
        path = Path(answers["file"]).expanduser()
        page.shell.jobs.load_statement(path, answers["into"], form.ready, form.wrong)

    about = ["every row once: what was imported before is left out"]
    return Form("Import a statement", about, fields, None, go=load)


def _account(page: ActivePage) -> AccountView:
    found = page.account
    if found is None and page.shell.snapshot is not None:
        found = page.shell.snapshot.account(page.shell.selected)
    assert found is not None
    return found


def _others(page: ActivePage, account: AccountView | None) -> list[str]:
    """The codes of the first SUGGESTED accounts that money can go to, without that one."""
    snapshot = page.shell.snapshot
    assert snapshot is not None
    codes: list[str] = []
    for code in snapshot.overview.codes():
        other = snapshot.account(code)
        assert other is not None
        if other.status is Status.ACTIVE and (account is None or code != account.code):
            codes.append(code)
        if len(codes) == SUGGESTED:
            break
    return codes


def _figures(account: AccountView) -> Sequence[str]:
    return [
        f"equity {grouped(account.equity)}   cash {grouped(account.cash)}"
        f"   available {grouped(account.available)}"
    ]
