"""A small book on disk whose commands run in this process, and what is done to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from books import init

from alluse_tui.cli.main import run
from alluse_tui.domain.commands import Deposit, amount
from alluse_tui.engine import LocalEngine


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return self.json["error"]


class Book:
    """One journal; its commands run in this process, without a terminal."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.capsys = capsys

    def opened(self, **options: Any) -> LocalEngine:
        return LocalEngine(self.path, actor="dana", **options)

    def grown(self, count: int = 1) -> None:
        with self.opened(create=True) as engine:
            for _ in range(count):
                engine.commands.submit(Deposit(account="gen-1", amount=amount("1.01")))

    def __call__(self, *arguments: object) -> Said:
        self.capsys.readouterr()
        code = run([*map(str, arguments), "--db", str(self.path)])
        return Said(code, *self.capsys.readouterr())

    def done(self, *arguments: object) -> Any:
        said = self(*arguments, "--json")
        assert said.code == 0, said
        return said.json

    def files(self) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in self.path.parent.iterdir()}

    def hashes(self) -> list[bytes]:
        with self.opened() as engine:
            return [record.hash for record in engine.queries.records()]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def damaged(book: Book, seq: int) -> None:
    """A byte of record `seq` is another one."""
    data = book.path.read_bytes()
    with book.opened() as engine:
        body = next(iter(engine.queries.records(seq - 1))).body
    book.path.write_bytes(data.replace(body, body.replace(b'"dana"', b'"dane"')))


def six_records(folder: Path, capsys: pytest.CaptureFixture[str]) -> Book:
    made = Book(folder / "book" / "alluse.journal", capsys)
    with made.opened(create=True) as engine:
        engine.commands.submit(init())
    made.grown(5)
    return made
