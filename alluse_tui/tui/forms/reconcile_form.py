"""The forms that ask with which statement an account is compared, and why it differs."""

from __future__ import annotations

from pathlib import Path

from alluse_tui.domain.commands import Command, ExplainDifference
from alluse_tui.domain.model.errors import AllUseError, BadInput
from alluse_tui.domain.views import grouped
from alluse_tui.tui import texts
from alluse_tui.tui.actions.disabled_reasons import break_of
from alluse_tui.tui.forms.account_forms import other_codes, selected_account
from alluse_tui.tui.modals.form import Field, Form, Typed
from alluse_tui.tui.modals.reconcile import ReconcileScreen
from alluse_tui.tui.shell import ActivePage


def reconcile(page: ActivePage) -> Form:
    """A broker's statement: which file, and which account if it is not known."""
    snapshot = page.shell.snapshot
    assert snapshot is not None
    portfolio = snapshot.portfolio.name
    fields = [
        Field("file", placeholder=texts.IMPORT_FILE, is_path=True),
        Field("into", choices=other_codes(page, None), placeholder=texts.RECONCILE_INTO),
    ]

    def compare(form: Form, answers: Typed) -> None:
        if not answers["file"]:
            raise BadInput("file", None, texts.IMPORT_NO_FILE)

        def closed(error: AllUseError | None) -> None:
            if error is None:
                form.close()
            else:
                form.failed(error)

        path = Path(answers["file"]).expanduser()
        page.shell.push_screen(ReconcileScreen(path, answers["into"], portfolio), closed)

    return Form(texts.RECONCILE_TITLE, [texts.RECONCILE_ABOUT], fields, None, go=compare)


def explain(page: ActivePage) -> Form:
    """Why one of the selected account's recorded differences is right as it is."""
    account = selected_account(page)
    assert page.shell.snapshot is not None
    alert = break_of(page.shell.snapshot, account)
    assert alert is not None
    items = alert.items
    fields = [
        Field("item", value=items[0] if len(items) == 1 else "", choices=items),
        Field("why", placeholder=texts.WHY_EXAMPLE),
    ]

    def make(answers: Typed) -> Command:
        if not answers["item"]:
            raise BadInput("item", None, texts.EXPLAIN_ITEM.format(items=", ".join(items[:4])))
        if not answers["why"]:
            raise BadInput("why", None, texts.EXPLAIN_WHY)
        return ExplainDifference(
            portfolio=account.portfolio,
            account=account.code,
            item=answers["item"],
            why=answers["why"],
        )

    about = [alert.verdict.worded(grouped), texts.EXPLAIN_HINT]
    return Form(texts.EXPLAIN_TITLE.format(code=account.code), about, fields, make)
