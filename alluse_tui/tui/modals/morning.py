"""The morning close: each step as it comes, with a plan where a person is needed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from alluse_tui.domain.model.errors import AllUseError, BadInput, Pending
from alluse_tui.engine import (
    FileState,
    Inbox,
    InboxFile,
    MorningClose,
    PreparedImport,
    Step,
    StepResult,
    Today,
    inbox_folder,
    typed_mapping,
)
from alluse_tui.tui import texts
from alluse_tui.tui.background.inbox_watch import InboxChanged
from alluse_tui.tui.background.statement_reading import StatementsToImport, StatementToImport
from alluse_tui.tui.modals.form import Field, Form, Typed
from alluse_tui.tui.modals.import_plan import ImportPlanScreen
from alluse_tui.tui.modals.text_dialog import TextDialog
from alluse_tui.tui.morning_lines import step_lines, today_lines, wrapped
from alluse_tui.tui.outcome import Outcome
from alluse_tui.tui.reconciliation_lines import Lines
from alluse_tui.tui.widgets.inked import Listing

CODES_OFFERED = 200


class FilePlanScreen(ImportPlanScreen):
    """The plan of an import, with the name of its file."""

    def __init__(self, prepared: PreparedImport) -> None:
        """`prepared` was read already; the file is not read again."""
        accounts = (each.account for each in prepared.file.statements)
        statements = tuple(map(StatementToImport, accounts, prepared.reads))
        super().__init__(StatementsToImport(prepared.command, statements))
        self._name_of_file = prepared.file.name

    @property
    def _heading(self) -> str:
        return texts.IMPORT_PLAN_TITLE.format(file=self._name_of_file)


class MorningScreen(TextDialog[None]):
    """Works through the inbox, compares with the broker, and ends with what needs attention."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("home", "scroll(-10000)", show=False)]

    class Looked(Message):
        """The inbox was looked at."""

        def __init__(self, close: MorningClose, step: Step) -> None:
            """`close` has the files that are to be imported."""
            super().__init__()
            self.close, self.step = close, step

    class Stepped(Message):
        """A step has its result."""

        def __init__(self, step: Step, *, goes_on: bool = False) -> None:
            """`goes_on`: the next file follows."""
            super().__init__()
            self.step, self.goes_on = step, goes_on

    class Unknown(Message):
        """Nobody knows the account of a file yet."""

        def __init__(self, file: InboxFile) -> None:
            """Its `why` asks for it."""
            super().__init__()
            self.file = file

    class Asked(Message):
        """A file was read, and a person has to confirm its plan."""

        def __init__(self, prepared: PreparedImport, form: Form | None) -> None:
            """`form` asked for the account."""
            super().__init__()
            self.prepared, self.form = prepared, form

    class Ended(Message):
        """The last step, or why there is none."""

        def __init__(self, today: Today | None, why: str = "", *, differs: bool = False) -> None:
            """`differs`: differences from the broker remain."""
            super().__init__()
            self.today, self.why, self.differs = today, why, differs

    def __init__(self) -> None:
        """Nothing has been looked at yet."""
        super().__init__(texts.MORNING_TITLE, texts.MORNING_WORKING, texts.MORNING_READING)
        self._lines: Lines = []
        self._left: list[InboxFile] = []
        self._day: MorningClose | None = None
        self._chosen: PreparedImport | None = None
        self._is_closed = self._is_compared = False

    @work(thread=True, group="morning")
    def read(self) -> None:
        """Look into the inbox, off the event loop."""
        engine = self.shell.engine
        try:
            close = MorningClose(Inbox(engine, inbox_folder(engine.path)))
            self.post_message(self.Looked(close, close.look()))
        except AllUseError as error:
            self.post_message(self.Ended(None, str(error)))

    @on(Looked)
    def begin(self, message: Looked) -> None:
        """Show what is there, and go through the new files."""
        self._day, self._left = message.close, [*message.close.to_import()]
        self._show(step_lines(message.step))
        self._next()

    @on(Stepped)
    def go_on(self, message: Stepped) -> None:
        """Show the step; after an import, take the next file."""
        self._is_compared |= message.step.result in (StepResult.AGREES, StepResult.DIFFERS)
        self._show(step_lines(message.step))
        if message.goes_on:
            self._next()

    def _next(self) -> None:
        """Read the next file, or compare once there is none."""
        assert self._day is not None
        if not self._left:
            self._show([], texts.MORNING_COMPARING)
            self._compare(self._day)
            return
        file = self._left.pop(0)
        self._show([], texts.MORNING_FILE.format(file=file.name))
        self._prepare(self._day, file)

    # -- one file ----------------------------------------

    @on(Unknown)
    def ask_account(self, message: Unknown) -> None:
        """A form for the accounts that are not known."""
        file = message.file
        snapshot = self.shell.snapshot
        codes = [*snapshot.overview.codes()][:CODES_OFFERED] if snapshot is not None else []
        assert self._day is not None
        day, self._chosen = self._day, None

        def prepare(form: Form, answers: Typed) -> None:
            into = answers["into"]
            if not into:
                raise BadInput("into", None, file.why)
            mapping = typed_mapping("into", into.replace(",", " ").split()) if "=" in into else {}
            self._prepare(day, file, "" if mapping else into, mapping, form)

        def closed(_: None) -> None:
            if self._chosen is not None:
                self._confirm(self._chosen)
            else:
                self._leave(file, texts.MORNING_LEFT)

        field = Field("into", choices=codes, placeholder=texts.IMPORT_INTO)
        about = [file.why, texts.ACCOUNT_ABOUT]
        title = texts.ACCOUNT_TITLE.format(file=file.name)
        self.shell.push_screen(Form(title, about, [field], None, go=prepare), closed)

    @work(thread=True, group="morning")
    def _prepare(
        self,
        day: MorningClose,
        file: InboxFile,
        into: str = "",
        mapping: Mapping[str, str] | None = None,
        form: Form | None = None,
    ) -> None:
        """Read the file and plan its import; carry it out if that needs nobody."""
        snapshot = self.shell.snapshot
        portfolio = snapshot.portfolio.name if snapshot is not None else ""
        try:
            if form is None and file.state is FileState.ACCOUNT:
                file = day.inbox.again(file)  # another file may have told the account meanwhile
                if file.state is FileState.ACCOUNT:
                    self.post_message(self.Unknown(file))
                    return
            prepared = day.inbox.prepared(
                file, into=into, mapping=mapping, option="into", portfolio=portfolio
            )
            if form is None and not prepared.plan.entries:
                self.post_message(self.Stepped(day.known(prepared), goes_on=True))
            elif form is None and day.needs_no_person(prepared):
                receipt = self.shell.engine.commands.submit(prepared.command)
                self.post_message(self.Stepped(day.imported(prepared, receipt.seq), goes_on=True))
            else:
                self.post_message(self.Asked(prepared, form))
        except AllUseError as error:
            if form is not None:
                self.app.call_from_thread(form.failed, error)
            else:
                self.post_message(self.Stepped(day.failed(file, str(error)), goes_on=True))

    @on(Asked)
    def ask(self, message: Asked) -> None:
        """Show the plan, once the form is closed that asked for the account."""
        if message.form is None:
            self._confirm(message.prepared)
        else:
            self._chosen = message.prepared
            message.form.close()

    def _confirm(self, prepared: PreparedImport) -> None:
        """Show the plan, and go on whatever the answer is."""
        assert self._day is not None
        day = self._day
        if prepared.asks:
            why = texts.MORNING_UNUSUAL.format(why=prepared.asks)
            self._show(wrapped("! ", "warn", f"{prepared.file.name}: {why}"))

        def answered(outcome: Outcome) -> None:
            if outcome is None:
                self._leave(prepared.file, texts.MORNING_LEFT)
            elif isinstance(outcome, Pending):
                self._leave(prepared.file, str(outcome), f"alluse approve {outcome.approval}")
            else:
                self._show(step_lines(day.imported(prepared, outcome.seq)))
                self._next()

        self.shell.push_screen(FilePlanScreen(prepared), answered)

    def _leave(self, file: InboxFile, why: str, needs: str = "") -> None:
        assert self._day is not None
        self._show(step_lines(self._day.waits(file, why, needs)))
        self._next()

    # -- the end ----------------------------------------

    @work(thread=True, group="morning")
    def _compare(self, day: MorningClose) -> None:
        """Compare each account and record what changed; then see what needs attention."""
        try:
            for step in chain(day.compare(), day.weeks()):
                if self._is_closed:
                    return
                self.post_message(self.Stepped(step))
            self.post_message(self.Ended(day.today(), differs=day.differs))
        except AllUseError as error:
            self.post_message(self.Ended(None, str(error)))

    @on(Ended)
    def finish(self, message: Ended) -> None:
        """Show the end, or why it stopped."""
        if message.today is None:
            lines = wrapped("✗ ", "bad", texts.MORNING_STOPPED.format(why=message.why))
        else:
            compared, differs = self._is_compared, message.differs
            lines = today_lines(message.today, compared=compared, differs=differs)
        self._show([[("", "")], *lines])
        self.shell.session.note_change()
        self.query_one("#dialog").border_subtitle = texts.TEXT_KEYS

    def _show(self, lines: Lines, doing: str = "") -> None:
        """Add lines, and say what is being done."""
        self._lines += lines
        more: Lines = [[(doing, "dim")]] if doing else []
        self.query_one(Listing).show([*self._lines, *more])
        self.call_after_refresh(self.query_one("#dialog").scroll_end, animate=False)

    def action_close(self) -> None:
        """Close; what was imported and compared so far stays recorded."""
        self._is_closed = True
        self.app.post_message(InboxChanged())
        self.dismiss(None)
