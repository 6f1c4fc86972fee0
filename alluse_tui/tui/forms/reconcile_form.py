"""The form that asks with which statement an account is compared."""

from __future__ import annotations

from pathlib import Path

from alluse_tui.domain.model.errors import AllUseError, BadInput
from alluse_tui.tui import texts
from alluse_tui.tui.forms.account_forms import other_codes
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
