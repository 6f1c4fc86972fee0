"""The command line inside this process, as whoever the system account is said to be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from people import PASSWORDS

from alluse_tui.cli.main import run
from alluse_tui.engine import FixedClock


@dataclass
class Said:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        assert self.err == "", self.err
        found: dict[str, Any] = self.json["error"]
        return found


@dataclass
class Here:
    """`here("deposit", "gen-1", "5", by="eli")`; every folder lies under `top`."""

    top: Path
    clock: FixedClock
    monkeypatch: pytest.MonkeyPatch
    capfd: pytest.CaptureFixture[str]

    @property
    def journal(self) -> Path:
        return self.top / "book" / "alluse.journal"

    def __call__(self, *arguments: str, by: str = "dana", code: int | None = None) -> Said:
        """`by` is the system account; `code` is what it must come to."""
        self.monkeypatch.setattr("pwd.getpwuid", lambda _: SimpleNamespace(pw_name=by))
        self.capfd.readouterr()
        ended = run(list(arguments))
        out, err = self.capfd.readouterr()
        assert code is None or ended == code, (ended, out, err)
        return Said(ended, out, err)

    def json(self, *arguments: str, by: str = "dana", code: int = 0) -> Any:
        return self(*arguments, "--json", by=by, code=code).json

    def secret(self, name: str, text: str | None = None) -> str:
        """A file that holds `name`'s password, or `text`; its path."""
        path = self.top / f"{name}.password"
        path.write_text(PASSWORDS[name] if text is None else text, encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def own(self, by: str = "dana") -> tuple[str, str]:
        """The options that give one's own password."""
        return "--password-file", self.secret(by)

    def first(self) -> None:
        """dana sets a password, and so is the first user."""
        self("user", "passwd", "--new-password-file", self.secret("dana"), code=0)

    def add(self, name: str, *roles: str, code: int = 0, by: str = "dana") -> Said:
        options = [part for role in roles for part in ("--role", role)]
        new = ("--new-password-file", self.secret(name))
        return self("user", "add", name, *options, *new, *self.own(by), by=by, code=code)

    def two_people(self) -> None:
        """dana: operator, approver, admin; eli: operator, approver."""
        self.first()
        self.add("eli", "operator", "approver")

    def log(self, by: str = "dana") -> list[dict[str, Any]]:
        lines = self("log", "--json", by=by, code=0).out.splitlines()
        return [json.loads(line) for line in lines]

    def newest(self, by: str = "dana") -> dict[str, Any]:
        return self.log(by)[-1]


def opened_here(
    tmp_path: Path,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    *options: str,
) -> Here:
    """A book with Main on 250,000.00, without users."""
    monkeypatch.setattr("alluse_tui.engine.clock.SystemClock.now_ns", lambda _: clock.now_ns())
    for name in ("ALLUSE_SESSION_FILE", "ALLUSE_VAULT_KEY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("STATE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    here = Here(tmp_path, clock, monkeypatch, capfd)
    monkeypatch.setenv("ALLUSE_DB", str(here.journal))
    here("init", "--name", "Main", "--capital", "250000", *options, code=0)
    return here


def files_with(top: Path, secrets: Iterable[str], *, but: tuple[str, ...] = ()) -> list[str]:
    """Which secrets stand in which files under `top`, those with an ending in `but` left out."""
    return [
        f"{secret} in {path}"
        for path in top.rglob("*")
        if path.is_file() and not path.name.endswith(but or ("\0",))
        for content in (path.read_bytes(),)
        for secret in secrets
        if os.fsencode(secret) in content or secret.encode("utf-16-le") in content
    ]


def piped(*arguments: str, typed: tuple[str, ...] = (), **environment: str) -> tuple[int, str]:
    """Exit code and all that one command line in a process of its own says; `typed` comes on its
    stdin, piece by piece."""
    process = subprocess.Popen(
        [sys.executable, "-m", "alluse_tui.cli.main", *arguments],
        env={**os.environ, **environment},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdin and process.stdout
    for piece in typed:
        process.stdin.write(piece)
        process.stdin.flush()
        time.sleep(1 if len(typed) > 1 else 0)
    said = process.communicate(timeout=60)[0]
    return process.returncode, said
