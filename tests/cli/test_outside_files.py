"""Files that a user names may be anything: each is read or refused in one line, none is waited for.

The program runs in processes of its own, so that a command that hangs fails by timeout, and within
a limit of memory, so that one that reads a device to its end fails too.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from books import Cli

TIMEOUT_SECONDS = 60
MEMORY_LIMIT_BYTES = 1536 * 1024 * 1024
KINDS = ("pipe", "device", "folder", "socket", "sparse", "latin-1", "missing")

ALL_IN_ONE_PROCESS = """
import contextlib, io, json, sys
from alluse_tui.cli.main import run
outcomes = []
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    outcomes.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(outcomes))
"""


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))


def python(code: str, *arguments: str, **environment: str) -> str:
    """What `code` prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        preexec_fn=limit_memory,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """Files that hold nothing to read, by kind."""
    folder = tmp_path / "odd"
    folder.mkdir()
    paths = {kind: folder / kind for kind in KINDS}
    paths["device"] = Path("/dev/zero")
    os.mkfifo(paths["pipe"], 0o600)
    paths["folder"].mkdir()
    with paths["sparse"].open("wb") as file:
        file.truncate(3 << 30)
    paths["latin-1"].write_bytes("Zürich, fünfzehn Zeichen".encode("latin-1"))
    for name in ("sparse", "latin-1"):
        paths[name].chmod(0o600)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(paths["socket"]))
        yield paths


@pytest.fixture
def book(cli: Cli) -> Cli:
    cli.json("init", "--name", "Main", "--capital", "250000")
    return cli


def outcomes(book: Cli, commands: list[list[str]], **environment: str) -> list[list[Any]]:
    """Exit code, stdout and stderr of each command line, run one after the other."""
    said = python(
        ALL_IN_ONE_PROCESS, json.dumps(commands), ALLUSE_DB=str(book.journal), **environment
    )
    found: list[list[Any]] = json.loads(said)
    return found


COMMANDS = {
    "import": ["import", "FILE", "--yes"],
    "import of a format": ["import", "FILE", "--format", "ibkr-flex", "--into", "gen-1", "--yes"],
    "policy check": ["policy", "check", "FILE"],
    "checkpoints": ["verify", "--checkpoint", "FILE"],
    "public key": ["verify", "--checkpoint", "CHECKPOINT", "--public-key", "FILE"],
    "new password": ["user", "passwd", "--new-password-file", "FILE"],
    "passphrase": ["backup", "NEW", "--passphrase-file", "FILE"],
    "identity": ["restore", "SEALED", "--identity", "FILE", "--yes"],
    "passphrase of a backup": ["restore", "SEALED", "--passphrase-file", "FILE", "--yes"],
    "backup": ["restore", "FILE", "--yes", "--passphrase-file", "SECRET"],
    "key": ["vault", "add", "FILE"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_no_readable_file_is_refused_in_one_line(
    book: Cli, odd: dict[str, Path], tmp_path: Path, name: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("fifteen letters and more")
    secret.chmod(0o600)
    paths = {
        "CHECKPOINT": tmp_path / "checkpoint",
        "SEALED": tmp_path / "sealed",
        "NEW": tmp_path / "new",
        "SECRET": secret,
    }
    if name == "public key":
        assert book("checkpoint", "--out", str(paths["CHECKPOINT"])).returncode == 0
    if "SEALED" in COMMANDS[name]:
        made = book("backup", str(paths["SEALED"]), "--passphrase-file", str(secret))
        assert made.returncode == 0, made.stderr
    before = book.journal.read_bytes(), sorted(os.listdir(book.journal.parent))
    commands = [
        [str({**paths, "FILE": odd[kind]}.get(part, part)) for part in COMMANDS[name]]
        for kind in KINDS
    ]
    for kind, (code, out, err) in zip(KINDS, outcomes(book, commands), strict=True):
        assert code in ((2, 6) if name == "key" else (2,)), (kind, code, out, err)
        assert out == "", kind
        assert len(err.splitlines()) == 1, (kind, err)
        assert "internal" not in err, (kind, err)
    assert not paths["NEW"].exists()
    assert (book.journal.read_bytes(), sorted(os.listdir(book.journal.parent))) == before


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "missing"])
def test_what_is_no_readable_file_is_no_login(
    book: Cli, odd: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("slow copper lantern meadow")
    assert book("user", "passwd", "--new-password-file", str(secret)).returncode == 0
    ((code, out, err),) = outcomes(book, [["whoami"]], ALLUSE_SESSION_FILE=str(odd[kind]))
    assert (code, out, len(err.splitlines())) == (6, "", 1)
    assert "the login cannot be read" in err


LOADS = """
import sys
from pathlib import Path
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.tui.ui_state import save_columns, save_theme, load_columns, load_theme
from alluse_tui.tui.preferences import load
folder = Path(sys.argv[1])
try:
    print("loaded", load(folder / "screen.toml"))
except BadInput as error:
    print("refused", error)
print(load_theme(folder), load_columns(folder))
for keep in (lambda: save_theme(folder, "dark"), lambda: save_columns(folder, {})):
    try:
        keep()
    except OSError as error:
        print("not kept", error.strerror)
print(load_theme(folder))
"""


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "missing"])
def test_choices_of_the_screen_that_cannot_be_read_keep_nobody_waiting(
    odd: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    for name in ("screen.toml", "theme", "columns.json"):
        (folder / name).symlink_to(odd[kind])
    lines = python(LOADS, str(folder)).splitlines()
    assert lines[0].startswith("refused") and "cannot be read" in lines[0]
    assert lines[1:] == [" {}", "dark"], "the link is replaced, not what it leads to"


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 10_000, "a = [\n"])
def test_a_file_of_settings_that_is_no_toml_is_one_line(
    book: Cli, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "screen.toml"
    file.write_text(text)
    ((code, out, err),) = outcomes(book, [["policy", "check", str(file)]])
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "is not valid TOML" in err
    assert "refused" in python(LOADS, str(tmp_path)).splitlines()[0]


def test_columns_nested_deeply_are_as_never_chosen(tmp_path: Path) -> None:
    (tmp_path / "columns.json").write_text("[" * 100_000)
    assert python(LOADS, str(tmp_path)).splitlines()[1] == " {}"


def test_a_passphrase_may_come_from_a_pipe_of_the_shell(book: Cli, tmp_path: Path) -> None:
    """As in `--passphrase-file <(pass show backup)`."""
    read_end, write_end = os.pipe()
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "alluse_tui.cli.main",
            "backup",
            str(tmp_path / "copy"),
            "--passphrase-file",
            f"/dev/fd/{read_end}",
        ],
        env={**os.environ, "ALLUSE_DB": str(book.journal)},
        pass_fds=[read_end],
    ) as running:
        os.close(read_end)
        os.write(write_end, b"fifteen letters ")
        os.write(write_end, b"and more\n")
        os.close(write_end)
        assert running.wait(TIMEOUT_SECONDS) == 0
    secret = tmp_path / "secret"
    secret.write_text("fifteen letters and more")
    done = book("restore", str(tmp_path / "copy"), "--yes", "--passphrase-file", str(secret))
    assert done.returncode == 0, done.stderr
