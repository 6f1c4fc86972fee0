"""Asks for a password: to log in, or to unlock an idle screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import printable
from alluse_tui.tui import texts
from alluse_tui.tui.widgets.text_input import TextInput


class PasswordScreen(ModalScreen[bool]):
    """A name and a password, or the password alone; ends with whether it was right."""

    CSS = """
    PasswordScreen.blank { background: $background 100%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    class LoginTried(Message):
        """The result of an attempt; `error` is empty when it succeeded."""

        def __init__(self, error: str) -> None:
            """`error` is one line."""
            super().__init__()
            self.error = error

    def __init__(
        self,
        title: str,
        about: str,
        attempt: Callable[[str, str], None],
        *,
        name: str = "",
        asks_name: bool = False,
        leaves: bool = False,
        blank: bool = False,
    ) -> None:
        """`attempt` gets name and password in a thread and raises Denied.

        `leaves`: Escape quits, because nothing below may be seen. `blank`: the screen below is
        hidden.
        """
        super().__init__()
        self._heading, self._about, self._attempt = title, about, attempt
        self._user, self._asks_name, self._leaves = name, asks_name, leaves
        self._trying = False
        self.set_class(blank, "blank")

    def compose(self) -> ComposeResult:
        """The fields."""
        with Vertical(id="dialog", classes="secret") as dialog:
            dialog.border_title = self._heading
            keys = texts.PASSWORD_KEYS_LEAVING if self._leaves else texts.PASSWORD_KEYS
            dialog.border_subtitle = keys
            yield Static(printable(self._about), classes="about", markup=False)
            if self._asks_name:
                with Horizontal(classes="field"):
                    yield Label("name", markup=False)
                    yield TextInput(self._user, id="field-name")
            with Horizontal(classes="field"):
                yield Label("password", markup=False)
                yield TextInput("", password=True, id="field-password")
            yield Static("", id="wrong", markup=False)

    def on_mount(self) -> None:
        """Start in the first empty field."""
        unnamed = self._asks_name and not self._user
        self.query_one("#field-name" if unnamed else "#field-password").focus()

    @on(Input.Submitted)
    def go(self, message: Input.Submitted) -> None:
        """Go to the next field, or try the password."""
        password = self.query_one("#field-password", Input)
        if message.input is not password:
            password.focus()
            return
        if self._trying or not password.value:
            return
        self._trying = True
        self.query_one("#wrong", Static).update(texts.CHECKING_PASSWORD)
        name = self.query_one("#field-name", Input).value.strip() if self._asks_name else self._user
        typed, password.value = password.value, ""
        self.run_attempt(name, typed)

    @work(thread=True, group="attempt", description="attempt")
    def run_attempt(self, name: str, password: str) -> None:
        """Check the password off the event loop: hashing takes a moment by design."""
        try:
            self._attempt(name, password)
            self.post_message(self.LoginTried(""))
        except AllUseError as error:
            self.post_message(self.LoginTried(str(error)))

    @on(LoginTried)
    def show_result(self, message: LoginTried) -> None:
        """Close, or ask again."""
        self._trying = False
        if not message.error:
            self.dismiss(True)
            return
        self.query_one("#wrong", Static).update(f"✗ {printable(message.error)}")
        self.query_one("#field-password").focus()

    def action_cancel(self) -> None:
        """Close, or quit where nothing below may be seen."""
        if self._leaves:
            self.app.exit()
        else:
            self.dismiss(False)
