"""Forms about accounts, alerts and settings, and the commands that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from alluse_tui.domain.commands.trade_line import parse_symbol
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.settings import SETTINGS
from alluse_tui.domain.views import EARMARKS, AccountView, Status, Tier, grouped, plain
from alluse_tui.tui import texts
from alluse_tui.tui.modals.form import Field, Form
from alluse_tui.tui.shell import ActivePage

Typed = Mapping[str, str]

SUGGESTED = 2_000
"""Account codes that are offered while a target is typed."""


def movement(name: str, page: ActivePage, known: Typed | None = None) -> Form:
    """Deposit, withdraw or transfer. `known`: values that are filled in already."""
    account = selected_account(page)
    values = known or {}
    fields = [_amount_field(values.get("amount", ""))]
    codes: list[str] = []
    if name == "transfer":
        codes = other_codes(page, account)
        only = codes[0] if len(codes) == 1 else ""
        fields.append(Field("to", choices=codes, value=values.get("to", only)))
    if name != "deposit":
        fields.append(Field("override", placeholder=texts.OVERRIDE_EXAMPLE))
    fields.append(note_field())

    def make(answers: Typed) -> Command:
        micros, note = amount(answers["amount"]), answers["note"]
        portfolio, code = account.portfolio, account.code
        if name == "deposit":
            return Deposit(portfolio=portfolio, account=code, amount=micros, note=note)
        override = answers["override"]
        if name == "withdraw":
            return Withdraw(
                portfolio=portfolio, account=code, amount=micros, note=note, override=override
            )
        if not answers["to"]:
            raise BadInput("to", None, texts.ONE_OF.format(choices=", ".join(codes[:8])))
        return Transfer(
            portfolio=portfolio,
            source=code,
            target=answers["to"],
            amount=micros,
            note=note,
            override=override,
        )

    title = texts.MOVEMENT_TITLES[name].format(code=account.code)
    return Form(title, account_figures(account), fields, make)


def answer(page: ActivePage) -> Form:
    """The deposit or transfer that resolves the alert, filled in as far as it is known."""
    alert = page.alert
    assert alert is not None
    known = {"amount": plain(alert.micros) if alert.micros else ""}
    if alert.action != "transfer" or len(alert.codes) != 2:
        return movement(alert.action, page, known)
    source, target = alert.codes
    codes = other_codes(page, None)
    fields = [
        _amount_field(known["amount"]),
        Field("from", value=source, choices=codes, placeholder=texts.WHICH_ACCOUNT_GIVES),
        Field("to", value=target, choices=codes),
        note_field(),
    ]

    def make(answers: Typed) -> Command:
        return Transfer(
            portfolio=alert.portfolio,
            source=answers["from"],
            target=answers["to"],
            amount=amount(answers["amount"]),
            note=answers["note"],
        )

    title = texts.RESOLVE_TITLE.format(kind=alert.kind)
    return Form(title, [alert.verdict.worded(grouped)], fields, make)


_PAID_OUT = (Kind.FEE, Kind.TAX)
_MAY_BE_NEGATIVE = ("fee", "tax", "interest", "opening", "mark")


def post(page: ActivePage) -> Form:
    """A fact: what happened to the account's cash, or what its positions are worth."""
    account = selected_account(page)
    kinds = ", ".join(texts.KINDS)
    fields = [
        Field("kind", choices=list(texts.KINDS), placeholder=texts.KIND_EXAMPLE),
        _amount_field(),
        Field("currency", value=account.currency),
        Field("date", placeholder=texts.DATE_OR_TODAY),
        Field("symbol", placeholder=texts.DIVIDEND_SYMBOL_EXAMPLE),
        note_field(),
    ]

    def make(answers: Typed) -> Command:
        kind, symbol = answers["kind"], answers["symbol"]
        if kind not in texts.KINDS:
            raise BadInput("kind", kind, texts.ONE_OF.format(choices=kinds))
        if symbol and kind != Kind.DIVIDEND:
            raise BadInput("symbol", symbol, texts.SYMBOL_OF_DIVIDEND)
        micros = amount(answers["amount"], zero=kind == "mark", negative=kind in _MAY_BE_NEGATIVE)
        currency = currency_code("currency", answers["currency"] or account.currency)
        fact: Fact
        if kind == "mark":
            fact = MarkFact(value_micros=micros, currency=currency)
        else:
            micros = -micros if Kind(kind) in _PAID_OUT else micros
            fact = CashFact(
                kind=Kind(kind),
                micros=micros,
                currency=currency,
                symbol=parse_symbol(symbol) if symbol else "",
            )
        day = iso_date("date", answers["date"]) if answers["date"] else None
        return Post(
            portfolio=account.portfolio,
            account=account.code,
            fact=fact,
            date=day,
            note=answers["note"],
        )

    def hint(answers: Typed) -> list[str]:
        kind = answers["kind"]
        if kind in texts.KINDS:
            return [texts.KIND_HINT.format(kind=kind, text=texts.KINDS[kind])]
        return [texts.CHOICES.format(choices=kinds)]

    title = texts.POST_TITLE.format(code=account.code)
    return Form(title, account_figures(account), fields, make, hint)


def edit(page: ActivePage) -> Form:
    """The account's name and notes."""
    account = selected_account(page)
    fields = [Field("name", value=account.name), Field("notes", value=account.notes)]

    def make(answers: Typed) -> Command:
        return Edit(
            portfolio=account.portfolio,
            account=account.code,
            name=answers["name"],
            notes=answers["notes"],
        )

    return Form(texts.EDIT_TITLE.format(code=account.code), account_figures(account), fields, make)


def open_account(page: ActivePage) -> Form:
    """An account under this one, or at the top; empty, with a deposit, or with a transfer."""
    account = selected_account(page)
    codes = [account.code, *other_codes(page, account)]
    fields = [
        Field("under", value=account.code, choices=[account.portfolio, *codes]),
        Field("tier", value=str(account.tier), choices=list(Tier)),
        Field("name", placeholder=texts.OPTIONAL),
        Field("amount", placeholder=texts.EMPTY_FOR_NOW),
        Field("from", choices=codes, placeholder=texts.FROM_EXAMPLE),
    ]

    def make(answers: Typed) -> Command:
        if answers["tier"] not in list(Tier):
            raise BadInput("tier", answers["tier"], texts.ONE_OF.format(choices=", ".join(Tier)))
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

    return Form(texts.OPEN_TITLE.format(code=account.code), [], fields, make)


def release(page: ActivePage) -> Form:
    """Earmarked money back to cash."""
    account = selected_account(page)
    buckets = [str(bucket) for bucket in EARMARKS]
    fields = [Field("bucket", choices=buckets, placeholder=" or ".join(buckets)), _amount_field()]

    def make(answers: Typed) -> Command:
        return Release(
            portfolio=account.portfolio,
            account=account.code,
            bucket=answers["bucket"],
            amount=amount(answers["amount"]),
        )

    contracts, leaps = grouped(account.contracts), grouped(account.leaps)
    about = [texts.EARMARKS.format(contracts=contracts, leaps=leaps)]
    if account.taxes:
        about[0] += texts.TAXES_EARMARK.format(taxes=grouped(account.taxes))
    return Form(texts.RELEASE_TITLE.format(code=account.code), about, fields, make)


def snooze(page: ActivePage) -> Form:
    """Hide an alert until a date."""
    assert page.alert is not None
    alert = page.alert

    def make(answers: Typed) -> Command:
        return AcknowledgeAlert(alert=alert.id, until=iso_date("until", answers["until"]))

    def status(answers: Typed) -> str:
        return texts.SNOOZED.format(kind=alert.kind, until=answers["until"])

    about = [f"{alert.kind}  {alert.account}", alert.verdict.worded(grouped)]
    fields = [Field("until", placeholder=texts.DATE_EXAMPLE)]
    return Form(texts.SNOOZE_TITLE, about, fields, make, at_once=status)


def setting(portfolio: str, path: str, value: str, unit: str) -> Form:
    """A new value for a setting of the portfolio's policy, with its meaning and range."""
    declared = SETTINGS[path]

    def make(answers: Typed) -> Command:
        return PolicySet(portfolio=portfolio, changes=((path, answers["value"]),))

    about = [
        declared.explanation,
        texts.SETTING_ALLOWED.format(allowed=declared.allowed),
        texts.SETTING_NOW.format(value=f"{value} {unit}".strip()),
    ]
    choices = [word.strip() for word in declared.allowed.split(",")]
    is_list = all(word.replace("_", "").replace("-", "").isalnum() for word in choices)
    field = Field("value", value=value, choices=choices if is_list else ())
    return Form(texts.SETTING_TITLE.format(path=path), about, [field], make)


def _amount_field(value: str = "") -> Field:
    return Field("amount", value=value, placeholder=texts.AMOUNT_EXAMPLE)


def note_field() -> Field:
    """A note to keep with the record."""
    return Field("note", placeholder=texts.OPTIONAL)


def selected_account(page: ActivePage) -> AccountView:
    """The account under the cursor, else the one selected last."""
    account = page.account
    if account is None and page.shell.snapshot is not None:
        account = page.shell.snapshot.account(page.shell.selected)
    assert account is not None
    return account


def other_codes(page: ActivePage, account: AccountView | None) -> list[str]:
    """The codes of the first SUGGESTED active accounts, without `account`."""
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


def account_figures(account: AccountView) -> Sequence[str]:
    """Equity, cash and available of the account, in one line."""
    return [
        texts.ACCOUNT_FIGURES.format(
            equity=grouped(account.equity),
            cash=grouped(account.cash),
            available=grouped(account.available),
        )
    ]
