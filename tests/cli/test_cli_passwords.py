"""Passwords at the command line: from files, typed, asked for again, and shown nowhere."""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path

import pytest
from here import Here, files_with, piped
from people import PASSWORDS
from terminals import fork_at_terminal

# -- passwords from files --------------------------------------------------------------------------


def test_the_first_line_is_the_password_whatever_comes_after_it(here: Here) -> None:
    here.first()
    password = PASSWORDS["dana"].encode()
    path = here.top / "file"
    for content in (
        password,
        password + b"\n",
        password + b"\r\n",
        password + b"\nmore",
        password + b"\n\xff\xfe\x00",
        b"\xef\xbb\xbf" + password,
        password + b"\n" + "é".encode() * 9_000,
        password + b"\nx" + "é".encode() * 9_000,
    ):
        path.write_bytes(content)
        path.chmod(0o400)
        here("login", "--password-file", str(path), code=0)
        path.unlink()


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0b", "\x1c"])
def test_a_password_may_contain_unusual_characters(here: Here, sign: str) -> None:
    typed = f"{PASSWORDS['dana']}{sign}tail"
    here("user", "passwd", "--new-password-file", here.secret("x", typed), code=0)
    here("login", *here.own(), code=5)
    here("login", "--password-file", here.secret("x", typed), code=0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has nothing on its first line"),
        (b"\n\nlater line here", "has nothing"),
        (b"\xff\xfe rest of it", "must be UTF-8 text"),
        (b"short", "at least 15"),
        (b"a\0b" * 10, "without NUL"),
        (b"x y" * 2_000, "at most 1,024"),
        (b"x y" * 50_000, "larger than 65,536 bytes"),
        (b"password password", "common words"),
    ],
)
def test_an_unusable_password_is_refused_and_not_shown(
    here: Here, content: bytes, said: str
) -> None:
    path = here.top / "file"
    path.write_bytes(content)
    path.chmod(0o600)
    told = here("user", "passwd", "--new-password-file", str(path), code=2)
    assert said in told.err
    assert not content or content[:5].decode("latin-1") not in told.err.replace("password", "")
    assert here.json("user", "list") == {"users": []}


def test_a_directory_or_a_missing_file_is_not_a_password_file(here: Here) -> None:
    for path in (here.top, here.top / "nowhere", ""):
        said = here("user", "passwd", "--new-password-file", str(path), code=2)
        assert said.err.startswith("alluse: --new-password-file")
    assert "required without a terminal" in here("user", "passwd", code=2).err


@pytest.mark.parametrize(("mode", "noted"), [(0o400, 0), (0o600, 0), (0o640, 1), (0o644, 1)])
def test_a_password_that_others_may_read_gets_a_note(here: Here, mode: int, noted: int) -> None:
    path = Path(here.secret("dana"))
    path.chmod(mode)
    said = here("user", "passwd", "--new-password-file", str(path), code=0)
    assert said.err.count("others can read") == noted


def test_stdin_gives_one_line_to_each_that_asks(now: Here, me: str) -> None:
    assert piped("user", "passwd", "--new-password-file", "-", typed=(PASSWORDS["dana"],))[0] == 0
    both = f"{PASSWORDS['dana']}\n{PASSWORDS['eli']}\n"
    options = ("--role", "operator", "--password-file", "-", "--new-password-file", "-")
    code, said = piped("user", "add", "eli", *options, typed=(both,))
    assert code == 0, said
    code, said = piped("login", "eli", "--password-file", "-", typed=(PASSWORDS["eli"],))
    assert code == 0, said


def test_a_line_that_comes_in_pieces_is_one_password(now: Here) -> None:
    half, rest = PASSWORDS["dana"][:20], PASSWORDS["dana"][20:]
    assert len(half) > 15, "it could be a password of its own"
    option = ("--new-password-file", "-")
    code, said = piped("user", "passwd", *option, typed=(half, f"{rest}\n"))
    assert code == 0, said
    code, said = piped("login", "--password-file", "-", typed=(PASSWORDS["dana"],))
    assert code == 0, said


def test_the_last_admin_is_reset_by_the_files_owner_and_nobody_else(here: Here) -> None:
    here.two_people()
    new = ("--new-password-file", here.secret("hal"))
    here("user", "passwd", "eli", "--reset", *new, code=3)
    here("login", "dana", *here.own(), code=0)
    here("user", "passwd", "dana", "--reset", *new, by="whoever has the files", code=0)
    here("whoami", code=5)
    here("logout", code=0)
    assert here.newest(by="eli")["command"] == "init", "eli sees no records of security"
    here("login", "dana", *here.own("hal"), code=0)
    assert [r["command"] for r in here.log()[-3:]] == ["user reset", "logout", "login"]


# -- asked for again -------------------------------------------------------------------------------


def test_a_withdrawal_asks_for_the_password_again(here: Here) -> None:
    here.two_people()
    seen = len(here.log())
    for options in ((), *((("--password-file", here.secret("hal")),))):
        said = here("withdraw", "gen-1", "1", "--yes", *options)
        assert said.code == (5 if options else 2)
    tried = here.log()[seen:]
    assert [(r["command"], r["events"][0]["type"]) for r in tried] == [("login", "login_failed")]
    said = here("withdraw", "gen-1", "1", "--yes", *here.own(), "--json", code=7)
    assert said.error["code"] == "pending" and said.error["approval"] == len(here.log())


@pytest.mark.parametrize("yes", [(), ("--yes",)])
def test_a_viewers_withdrawal_is_denied_on_record_before_any_password(
    here: Here, yes: tuple[str, ...]
) -> None:
    here.two_people()
    here.add("fay", "viewer")
    said = here("withdraw", "gen-1", "1", *yes, by="fay", code=5)
    assert "fay (viewer) may not withdraw: this needs operator or approver" in said.err
    assert (here.newest()["command"], here.newest()["actor"]) == ("withdraw", "fay")


# -- secrets ---------------------------------------------------------------------------------------


def test_passwords_and_full_names_are_nowhere_in_clear(here: Here) -> None:
    full = "Ottilie Vanderquast"
    here.first()
    new = ("--new-password-file", here.secret("eli"))
    told = [
        here(
            "user",
            "add",
            "eli",
            "--role",
            "operator",
            "--role",
            "admin",
            "--full-name",
            full,
            *new,
            *here.own(),
            code=0,
        )
    ]
    told += [here("login", "eli", *here.own("eli"), code=0), here("logout", code=0)]
    told += [here("login", "eli", "--password-file", here.secret("hal"), code=5)]
    told += [here("login", PASSWORDS["gus"], *here.own("eli"), code=5)]  # typed where a name goes
    told += [here("user", "passwd", "eli", "--new-password-file", here.secret("fay"), *here.own())]
    told += [here("withdraw", "gen-1", "1", "--yes", *here.own("hal"), code=5)]
    for broken in ("hash_password", "verify_password"):
        with here.monkeypatch.context() as patch:
            patch.setattr(f"alluse_tui.security.passwords.{broken}", _broken)
            patch.setenv("ALLUSE_DEBUG", "1")
            new = ("--new-password-file", here.secret("fay"))
            told += [here("user", "passwd", "eli", *new, *here.own(), code=1)]
    told += [
        here(*line.split(), code=0)
        for line in (
            "log",
            "log --json",
            "verify --json",
            "show gen-1 --json",
            "accounts --json",
            "whoami",
            "approvals --json",
        )
    ]
    told += [here("query", f"SELECT * FROM {t}", "--json", code=0) for t in ("record", "entry")]
    told += [here("backup", str(here.top / "backup"), "--plain", code=0)]
    told += [here("export", str(here.top / "export"), "--format", "csv", code=0)]
    told += [here("checkpoint", code=0), here("rebuild", code=0)]
    secrets = [*PASSWORDS.values(), full, "Vanderquast"]
    assert not [s for t in told for s in secrets if s in t.out + t.err]
    assert not files_with(here.top, secrets, but=(".password",))
    stored = [e["password"] for r in here.log() for e in r["events"] if "password" in e]
    assert set(stored) == {"…"}
    assert not [t for t in told if "$argon2id$" in t.out + t.err]
    exported = files_with(here.top / "export", ["$argon2id$", "eli", "vault:"])
    assert not exported
    assert full in here("user", "list", code=0).out


def _broken(password: str, *_: object) -> str:
    raise RuntimeError("the hash failed")


# -- at a terminal ---------------------------------------------------------------------------------


def typed_at(*arguments: str, answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Exit code and everything shown at a terminal; prompts that end so are answered in turn."""
    process, ours = fork_at_terminal()
    if process == 0:
        command = [sys.executable, "-m", "alluse_tui.cli.main", *arguments]
        os.execve(sys.executable, command, dict(os.environ))
    shown, seen, left = b"", 0, list(answers)
    try:
        while select.select([ours], [], [], 30)[0]:
            try:
                shown += os.read(ours, 65_536)
            except OSError:
                break
            if left and shown[seen:].endswith(left[0][0].encode()):
                answer = left.pop(0)[1]
                os.write(ours, answer.encode() + b"\n" * answer.isprintable())
                seen = len(shown)
        else:
            os.kill(process, signal.SIGKILL)
    finally:
        os.close(ours)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return code, shown.decode().replace("\r", "")


def test_at_a_terminal_the_first_user_is_led_to_a_password_unseen(now: Here, me: str) -> None:
    answers = [
        (f"New password of {me}: ", PASSWORDS["dana"]),
        ("confirmation: ", PASSWORDS["dana"]),
        ("Your password, for user add: ", PASSWORDS["dana"]),
        ("New password of eli: ", PASSWORDS["eli"]),
        ("confirmation: ", PASSWORDS["eli"]),
    ]
    code, shown = typed_at("user", "add", "eli", "--role", "operator", answers=answers)
    assert (code, "recorded as #4" in shown) == (0, True), shown
    assert "you are the first user and need a password too" in shown
    assert not [p for p in PASSWORDS.values() if p in shown]
    code, shown = typed_at("login", "eli", answers=[("Password of eli: ", PASSWORDS["eli"])])
    assert (code, "eli · operator (logged in" in shown) == (0, True), shown


@pytest.mark.parametrize("answer", ["\x03", "\x04"])
def test_no_password_at_all_changes_nothing(now: Here, me: str, answer: str) -> None:
    code, shown = typed_at("user", "passwd", answers=[(f"New password of {me}: ", answer)])
    assert (code, "no answer was given: nothing was done" in shown) == (2, True), shown
