"""The form that asks which statement is imported, and into which account."""

from __future__ import annotations

from pathlib import Path

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import Status
from alluse_tui.tui import texts
from alluse_tui.tui.background.statement_reading import ImportRequest, StatementsToImport
from alluse_tui.tui.forms.account_forms import other_codes
from alluse_tui.tui.modals.form import Field, Form, Typed
from alluse_tui.tui.modals.import_plan import ImportPlanScreen
from alluse_tui.tui.shell import ActivePage


def statement(page: ActivePage) -> Form:
    """A broker's statement: which file, into which account (the selected one), base currency."""
    snapshot = page.shell.snapshot
    assert snapshot is not None
    account = page.account or snapshot.account(page.shell.selected)
    suggested = account.code if account and account.status is Status.ACTIVE else ""
    fields = [
        Field("file", placeholder=texts.IMPORT_FILE, is_path=True),
        Field(
            "into",
            value=suggested,
            choices=other_codes(page, None),
            placeholder=texts.IMPORT_INTO,
            replaced=True,
        ),
        Field("currency", placeholder=texts.IMPORT_CURRENCY),
    ]

    def load(form: Form, answers: Typed) -> None:
        if not answers["file"]:
            raise BadInput("file", None, texts.IMPORT_NO_FILE)
        into = answers["into"]
        request = ImportRequest(
            path=Path(answers["file"]).expanduser(),
            into=into,
            portfolio=snapshot.portfolio.name,
            currency=answers["currency"].upper(),
            is_suggested=bool(into) and into == suggested,
        )

        def ready(file: StatementsToImport) -> None:
            form.ready(ImportPlanScreen(file))

        page.shell.jobs.load_statement(request, ready, form.failed)

    return Form(texts.IMPORT_TITLE, [texts.IMPORT_ABOUT], fields, None, go=load)
