"""How many new statements the header of the screens counts, without reading every file."""

from __future__ import annotations

import pytest
from inbox_files import february, january

from alluse_tui.domain.commands import Import, Undo
from alluse_tui.engine import Inbox, LocalEngine
from alluse_tui.engine.inbox import folder, inbox


def test_only_statements_with_something_new_count(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SETTLE_SECONDS", 0)
    box = engine.path.parent / "inbox"
    watched = Inbox(engine, box)
    assert watched.count() == 0  # there is no folder yet
    box.mkdir()
    file = january(box)
    (box / "notes.txt").write_text("hello", encoding="utf-8")
    assert watched.count() == 1
    facts = engine.operations.read_statement(file).facts
    engine.commands.submit(Import(account="gen-1", statement=facts))
    (box / "again.xml").write_bytes(file.read_bytes() + b"\n")
    assert watched.count() == 0
    february(box)
    assert watched.count() == 1
    engine.commands.submit(Undo())
    assert watched.count() == 3


def test_large_files_are_not_read_to_be_counted(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = engine.path.parent / "inbox"
    box.mkdir()
    file = january(box)
    facts = engine.operations.read_statement(file).facts
    engine.commands.submit(Import(account="gen-1", statement=facts))
    (box / "again.xml").write_bytes(file.read_bytes() + b"\n")
    monkeypatch.setattr(inbox, "READ_QUIETLY_BYTES", 0)
    watched = Inbox(engine, box)
    assert watched.count() == 1  # it begins like a statement
    assert [each.state for each in watched.look()] == ["nothing new", "done"]
