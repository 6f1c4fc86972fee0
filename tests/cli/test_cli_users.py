"""Users, logins and passwords through the command line: what is said, kept and shown to nobody."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from here import Here, files_with, piped
from people import PASSWORDS

from alluse_tui.cli.token import token_file
from alluse_tui.domain.commands.user_commands import Role
from alluse_tui.engine.engine import LocalEngine
from alluse_tui.journal.quarantine import mark_path

# -- the first user, and the second ----------------------------------------------------------------


def test_a_book_without_users_says_so_and_asks_for_no_password(here: Here) -> None:
    assert "no users yet" in here("user", "list", code=0).out
    assert here.json("user", "list") == {"users": []}
    assert "this book has no users" in here("whoami", code=0).out
    who = here.json("whoami", by="anybody")
    assert (who["user"], who["via"], who["password"]) == ("anybody", "first", False)
    assert here.json("withdraw", "gen-1", "1", "--yes", by="anybody")["seq"] == 2
    said = here("login", "dana", *here.own(), "--json", code=2)
    assert "alluse user passwd" in said.error["message"]


def test_the_second_user_comes_after_the_firsts_password(here: Here) -> None:
    said = here(
        "user",
        "add",
        "eli",
        "--role",
        "operator",
        "--new-password-file",
        here.secret("eli"),
        code=3,
    )
    assert said.err.strip().endswith("before adding users: alluse user passwd")
    here.first()
    here.add("eli", "operator", "approver")
    users = {u["name"]: u for u in here.json("user", "list")["users"]}
    assert {n: u["roles"] for n, u in users.items()} == {
        "dana": ["operator", "approver", "admin"],
        "eli": ["operator", "approver"],
    }
    assert all(u["password"] and not u["disabled"] and not u["failures"] for u in users.values())
    shown = here("user", "list", code=0).out
    assert [line.split()[0] for line in shown.splitlines()] == ["user", "dana", "eli"]
    assert [u["name"] for u in here.json("user", "list", by="eli")["users"]] == ["eli"]


def test_the_first_can_make_themselves_the_first_user_with_other_roles(here: Here) -> None:
    options = ("--new-password-file", here.secret("dana"))
    here("user", "add", "dana", "--role", "operator", *options, code=3)
    here("user", "add", "dana", "--role", "admin,auditor", *options, code=0)
    assert here.json("whoami")["roles"] == ["admin", "auditor"]
    here("user", "passwd", "eli", *options, *here.own(), code=2)


@pytest.mark.parametrize("name", ["", "-x", "a b", "é", "x" * 33, "?a41f", "a\x1b[2J", "../x"])
def test_an_impossible_user_name_is_refused_and_not_recorded(here: Here, name: str) -> None:
    here.first()
    seen = len(here.log())
    said = here(
        "user",
        "add",
        "--role",
        "viewer",
        "--new-password-file",
        here.secret("eli"),
        *here.own(),
        "--",
        name,
    )
    assert said.code == 2 and "\x1b" not in said.err
    assert len(here.log()) == seen
    assert not (here.top / "keys").exists(), "nothing was sealed for it"


@pytest.mark.parametrize("roles", [(), ("--role", ""), ("--role", "boss"), ("--role", "admin,")])
def test_roles_are_named_or_refused(here: Here, roles: tuple[str, ...]) -> None:
    here.first()
    new = ("--new-password-file", here.secret("eli"))
    said = here("user", "add", "eli", *roles, *new, *here.own(), code=2)
    assert ", ".join(Role) in said.err


def test_roles_once_each_and_those_of_nobody_change_nothing(here: Here) -> None:
    here.first()
    here.add("eli", "approver", "operator", "approver")
    assert here.json("user", "list")["users"][-1]["roles"] == ["operator", "approver"]
    said = here("user", "role", "eli", "--role", "operator,approver", *here.own(), code=2)
    assert "eli already has exactly these roles" in said.err
    here("user", "role", "nobody", "--role", "viewer", *here.own(), code=2)
    here("user", "role", "dana", "--role", "viewer", *here.own(), code=3)
    here("user", "disable", "dana", *here.own(), code=3)
    here("user", "enable", "eli", *here.own(), code=2)
    here(
        "user",
        "add",
        "eli",
        "--role",
        "viewer",
        "--new-password-file",
        here.secret("eli"),
        *here.own(),
        code=2,
    )


def test_disabling_ends_everything_at_once_and_enabling_brings_it_back(here: Here) -> None:
    here.two_people()
    here("login", "eli", *here.own("eli"), by="eli", code=0)
    token_file(here.journal).rename(here.top / "token")
    here("user", "disable", "eli", *here.own(), code=0)
    (here.top / "token").rename(token_file(here.journal))
    assert here.json("accounts", by="eli", code=5)["error"]["code"] == "denied"
    here("logout", by="eli", code=0)
    assert "eli is not logged in" in here("accounts", by="eli", code=5).err
    assert "disabled" in here("user", "list", code=0).out
    same = "wrong name or password"
    assert same in here("login", "eli", *here.own("eli"), by="eli", code=5).err
    here("user", "enable", "eli", *here.own(), code=0)
    here("accounts", by="eli", code=0)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("add new --role admin --full-name X", "user add"),
        ("role eli --role admin", "user role"),
        ("edit eli --full-name X", "user edit"),
        ("disable dana", "user disable"),
        ("enable fay", "user enable"),
        ("passwd dana", "user passwd"),
    ],
)
def test_non_admins_are_denied_before_any_question(here: Here, command: str, name: str) -> None:
    here.two_people()
    said = here("user", *command.split(), "--json", by="eli", code=5)
    assert said.error["message"] == f"eli (operator, approver) may not {name}: this needs admin"
    record = here.newest()
    assert (record["command"], record["actor"], record["events"]) == (name, "eli", [])
    assert not (here.top / "keys").exists(), "nothing was sealed for it"


def test_a_denial_is_recorded_for_the_logged_in_user(here: Here) -> None:
    here.two_people()
    here("login", "eli", *here.own("eli"), code=0)
    here("vault", "rotate", code=5)
    here("user", "disable", "dana", *here.own("eli"), code=5)
    here("logout", code=0)
    assert [(r["actor"], "denied" in r) for r in here.log()[-3:]] == [
        ("eli", True),
        ("eli", True),
        ("eli", False),
    ]


def test_a_recovery_is_recorded_for_the_logged_in_user(here: Here) -> None:
    here.first()
    here.add("eli", "admin")
    here("login", "eli", *here.own("eli"), code=0)
    mark_path(here.journal).write_text("tried")
    here("recover", "--yes", code=0)
    here("logout", code=0)
    assert [(r["command"], r["actor"]) for r in here.log() if r["command"] == "recover"] == [
        ("recover", "eli")
    ]


@pytest.mark.parametrize("by", ["stranger", "eli"])
def test_what_no_command_asks_for_is_denied_on_record_too(here: Here, by: str) -> None:
    here.two_people()
    seen = len(here.log())
    out = str(here.top / "out")
    for what in (
        ["backup", out, "--plain"],
        ["checkpoint", "--out", out],
        ["export", out],
        ["vault", "rotate"],
        ["vault", "add"],
    ):
        here(*what, by=by, code=5)
    records = here.log()[seen:]
    assert [r["command"] for r in records] == ["backup", "checkpoint", "export", "keys", "keys"]
    assert {r["actor"] for r in records} == {by} and all(r["denied"] for r in records)
    assert not Path(out).exists() and not (here.top / "keys").exists()


def test_what_a_command_would_do_is_shown_and_asks_for_no_password(here: Here) -> None:
    here.two_people()
    before = here("log", code=0).out
    for command, said in (
        (("add", "fay", "--role", "viewer"), "fay"),
        (("role", "eli", "--role", "viewer"), "viewer"),
        (("edit", "eli", "--full-name", "Elias Berg"), "full name"),
        (("disable", "eli"), "logged out everywhere"),
        (("passwd",), "password"),
        (("passwd", "eli"), "eli"),
    ):
        shown = here("user", *command, "--dry-run", code=0)
        assert said in shown.out
        assert "dry run: nothing was recorded" in shown.err
        assert list(here.json("user", *command, "--dry-run")) == ["plan"]
    assert here("user", "role", "eli", "--role", "viewer", "--dry-run", by="eli").code == 5
    log = here("log", code=0).out
    assert log.startswith(before)
    assert "recorded" not in log.removeprefix(before)


def test_a_key_makes_the_repeat_of_a_user_command_harmless_and_a_note_is_kept(here: Here) -> None:
    here.two_people()
    new = ("--new-password-file", here.secret("fay"))
    add = ("user", "add", "fay", "--role", "viewer", "--key", "hire-7", "--note", "as agreed")
    first = here.json(*add, *here.own(), *new)
    again = here.json(*add, *here.own(), *new)
    assert (first["duplicate"], again["duplicate"], again["seq"]) == (False, True, first["seq"])
    assert here("user", "disable", "fay", "--key", "hire-7", *here.own()).code == 3
    record = json.loads(here("log", "--json", "--after", str(first["seq"] - 1)).out.split("\n")[0])
    assert record["content"]["note"] == "as agreed"


def test_a_key_stands_for_its_password_and_its_full_name(here: Here) -> None:
    here.two_people()
    key = ("--key", "k1", *here.own())
    first = ("--new-password-file", here.secret("eli"))
    here("user", "passwd", "eli", *first, *key, code=0)
    assert "already recorded" in here("user", "passwd", "eli", *first, *key, code=0).out
    said = here("user", "passwd", "eli", "--new-password-file", here.secret("fay"), *key, code=3)
    assert "was used for another password in record" in said.err
    here("login", "eli", *here.own("eli"), code=0)
    here("logout", code=0)
    edit = ("user", "edit", "eli", "--key", "k2", *here.own(), "--full-name")
    here(*edit, "Elias Berg", code=0)
    assert "already recorded" in here(*edit, "Elias Berg", code=0).out
    assert "was used for another full name" in here(*edit, "Elias Tal", code=3).err


def test_users_are_the_whole_books_and_change_at_once(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.two_people()
    disable = ("user", "disable", "eli")
    assert (
        "takes effect immediately"
        in here(*disable, "--date", "2031-01-01", *here.own(), code=2).err
    )
    key = ("--key", "k1", *here.own())
    here(*disable, *key, code=0)
    monkeypatch.setenv("ALLUSE_PORTFOLIO", "Main")
    assert "already recorded" in here(*disable, *key, code=0).out


def test_a_name_is_encrypted_only_when_recorded(here: Here) -> None:
    here.two_people()
    here("user", "edit", "nobody", "--full-name", "X", *here.own(), code=2)
    wrong = ("--password-file", here.secret("eli"))
    here("user", "edit", "eli", "--full-name", "X", *wrong, code=5)
    assert not list((here.top / "keys").glob("vault*"))


def test_the_owner_of_the_files_sees_what_a_reset_would_do(here: Here) -> None:
    here.first()
    said = here("user", "passwd", "dana", "--reset", "--dry-run", by="root", code=0)
    assert "dana: new password" in said.out


# -- who is at work --------------------------------------------------------------------------------


def test_login_logout_whoami(here: Here) -> None:
    here.two_people()
    said = here("login", "eli", *here.own("eli"), code=0)
    assert said.out == "eli · operator, approver (logged in, until 2026-11-25 00:00 New York)\n"
    who = here.json("whoami")
    assert who == {
        "user": "eli",
        "roles": ["operator", "approver"],
        "via": "login",
        "password": True,
        "ends": "2026-11-25T05:00:00.000000000Z",
    }
    assert here.json("logout") == {"logged_out": True}
    assert here.json("logout") == {"logged_out": False}
    assert here("logout", code=0).out == "you were not logged in\n"
    assert here.json("whoami")["user"] == "dana"
    assert "by OS account" in here("whoami", code=0).out
    here("login", *here.own(), code=0)
    assert here.json("whoami")["via"] == "login"


def test_wrong_unknown_and_disabled_logins_get_the_same_message(here: Here) -> None:
    here.two_people()
    here("user", "disable", "eli", *here.own(), code=0)
    wrong = here.secret("hal")
    told = {
        here("login", name, "--password-file", wrong, "--json", by="stranger", code=5).out
        for name in ("dana", "eli", "nobody", "")
    }
    assert len(told) == 1 and "wrong name or password" in told.pop()
    assert not token_file(here.journal).exists()
    assert not [r for r in here.log() if "hal" in json.dumps(r)]


def test_after_three_wrong_ones_the_wait_is_said(here: Here) -> None:
    here.two_people()
    for _ in range(4):
        here("login", "eli", "--password-file", here.secret("hal"), by="eli", code=5)
    said = here("login", "eli", *here.own("eli"), by="eli", code=5)
    assert re.search(r"try again in [12] s", said.err), said.err
    assert "locked until" in here("user", "list", code=0).out
    here.clock.advance(timedelta(seconds=5))
    here("login", "eli", *here.own("eli"), by="eli", code=0)


def test_the_environment_does_not_choose_the_user(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.two_people()
    for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER", "LNAME"):
        monkeypatch.setenv(name, "dana")
    here("accounts", by="eve", code=5)


def test_no_variable_changes_the_user_of_a_process(now: Here, me: str) -> None:
    assert piped("user", "passwd", "--new-password-file", "-", typed=(PASSWORDS["dana"],))[0] == 0
    code, said = piped("whoami", "--json", USER="eve", LOGNAME="eve", USERNAME="eve")
    assert (code, json.loads(said)["user"]) == (0, me)


def test_a_login_ends_and_says_how_to_go_on(here: Here) -> None:
    here.two_people()
    here("login", "eli", *here.own("eli"), code=0)
    here.clock.advance(timedelta(minutes=11))
    here("accounts", code=0)
    assert here.json("deposit", "gen-1", "1", code=5)["error"]["message"].endswith("alluse login")
    here.clock.advance(timedelta(hours=12))
    assert here("accounts", code=5).err == "alluse: the login has ended: alluse login\n"
    here("login", "eli", *here.own("eli"), code=0)
    here("deposit", "gen-1", "1", code=0)


def test_a_new_password_ends_logins(here: Here) -> None:
    here.two_people()
    here("login", "eli", *here.own("eli"), by="eli", code=0)
    here(
        "user",
        "passwd",
        "--new-password-file",
        here.secret("fay"),
        *here.own("eli"),
        by="eli",
        code=0,
    )
    here("accounts", by="eli", code=5)
    here("login", "eli", *here.own("eli"), by="eli", code=5)
    here("login", "eli", *here.own("fay"), by="eli", code=0)


def test_the_dashboard_opens_as_the_logged_in_user(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.two_people()
    here("login", "eli", *here.own("eli"), code=0)
    seen: list[str] = []

    def shown(engine: LocalEngine, *_: object) -> str:
        seen.append(engine.actor)
        return ""

    monkeypatch.setattr("alluse_tui.cli.dashboard.run_dashboard", shown)
    monkeypatch.setattr("alluse_tui.cli.dashboard._terminal", lambda: True)
    here(code=0)
    here("logout", code=0)
    here(code=0)
    assert seen == ["eli", "dana"]


# -- the file of a login ---------------------------------------------------------------------------


def test_the_token_is_private_and_in_no_other_file(here: Here) -> None:
    here.two_people()
    here("login", "eli", *here.own("eli"), code=0)
    path = token_file(here.journal)
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    token = path.read_text()
    found = files_with(here.top, [token])
    assert found == [f"{token} in {path}"]
    here("logout", code=0)
    assert not path.exists()
    path.write_text(token)
    here("accounts", code=5)


def test_a_stolen_token_is_of_no_use_to_another_uid_or_journal(here: Here) -> None:
    here.two_people()
    here("login", "dana", *here.own(), code=0)
    token = token_file(here.journal).read_text()
    thief = LocalEngine(here.journal, actor="eve", uid=4242, token=token, clock=here.clock)
    with thief, pytest.raises(Exception, match="the login has ended"):
        thief.queries.accounts()
    other = here.top / "other" / "alluse.journal"
    here("init", "--name", "B", "--capital", "1", "--db", str(other), code=0)
    here("user", "passwd", "--new-password-file", here.secret("dana"), "--db", str(other), code=0)
    assert here.json("whoami", "--db", str(other))["via"] == "system account"
    here.monkeypatch.setenv("ALLUSE_SESSION_FILE", str(token_file(here.journal)))
    here("whoami", "--db", str(other), code=5)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 0), (b"\n", 0), (b"x" * 43, 5), (b"\xff\xfe", 6), (b"A" * 100_000, 6), (b"\0", 5)],
)
def test_a_damaged_token_file_is_one_clear_line(here: Here, content: bytes, code: int) -> None:
    here.two_people()
    here("login", "eli", *here.own("eli"), code=0)
    token_file(here.journal).write_bytes(content)
    said = here("whoami", code=code)
    assert said.err.count("\n") == (code > 0)
    here("login", "eli", *here.own("eli"), code=0)
    assert here.json("whoami")["user"] == "eli"


@pytest.mark.parametrize("odd", ["/dev/zero", "pipe"])
def test_a_token_that_is_not_a_regular_file_is_refused(here: Here, odd: str) -> None:
    here.first()
    if odd == "pipe":
        odd = str(here.top / "pipe")
        os.mkfifo(odd)
    here.monkeypatch.setenv("ALLUSE_SESSION_FILE", odd)
    assert "it is not a regular file; remove it" in here("whoami", code=6).err


def test_logout_takes_a_damaged_token_file_away(here: Here) -> None:
    here.two_people()
    here("login", "eli", *here.own("eli"), code=0)
    token_file(here.journal).write_bytes(b"\xff")
    assert "alluse logout" in here("whoami", code=6).err
    here("logout", code=0)
    assert here.json("whoami")["user"] == "dana"


def test_a_token_that_cannot_be_stored_is_reported(here: Here) -> None:
    here.two_people()
    (here.top / "file").write_text("")
    here.monkeypatch.setenv("ALLUSE_SESSION_FILE", str(here.top / "file" / "token"))
    assert here("login", "eli", *here.own("eli")).code == 6
