"""The registry of actions: one source of keys, help, palette, keymap and docs/keys.md."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from books import Cli
from growth import earned
from opened import lines_with, opened
from screens import keys_to, press, running, screen_text

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.actions.action_handlers import HANDLERS
from alluse_tui.tui.actions.registry import (
    ACTIONS,
    BY_ID,
    GROUPS,
    LIST_KEYS,
    PAGES,
    of_page,
    shown_key,
)
from alluse_tui.tui.preferences import EATEN, OWN, keys_page, load
from alluse_tui.tui.widgets.accounts import AccountTree
from alluse_tui.tui.widgets.grid import Grid

KEYS = Path(__file__).parents[2] / "docs" / "keys.md"

# -- the registry -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_ID)
def test_every_action_is_done_by_somebody(name: str) -> None:
    if BY_ID[name] in LIST_KEYS:
        assert hasattr(AccountTree if name in ("collapse", "closed") else Grid, f"action_{name}")
        assert name not in HANDLERS
    else:
        assert name in HANDLERS


def test_nothing_is_done_that_is_not_registered() -> None:
    assert set(HANDLERS) <= set(BY_ID)
    assert len(BY_ID) == len(ACTIONS)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_key_twice(page: str) -> None:
    keys = [a.key for a in of_page(page) if a.key]
    assert len(keys) == len(set(keys))
    assert not OWN & set(keys)


def test_no_action_has_a_key_that_terminals_eat() -> None:
    keys = {a.key for a in ACTIONS}
    assert not keys & EATEN
    assert not [key for key in keys if "+" in key]  # plain keys only


def test_every_action_says_where_it_is_and_what_it_does() -> None:
    for action in ACTIONS:
        assert action.group in GROUPS and action.label and action.help
        assert action.pages and set(action.bar) <= set(action.pages)


def test_what_takes_money_or_ends_an_account_is_dangerous() -> None:
    dangerous = {a.id for a in ACTIONS if a.dangerous}
    assert dangerous == {
        "fork",
        "merge",
        "reinvest",
        "withdraw",
        "transfer",
        "close",
        "undo",
        "undo_record",
    }


@pytest.mark.parametrize("page", PAGES)
async def test_every_action_with_a_key_stands_in_help(engine: LocalEngine, page: str) -> None:
    async with running(engine, (100, 90)) as pilot:
        await press(pilot, *keys_to(page), "question_mark")
        dialog = pilot.app.screen.query_one("#dialog").region
        shown = [x[dialog.x : dialog.right].strip("│ ") for x in screen_text(pilot).splitlines()]
        for action in of_page(page):
            if action.key:
                (line,) = [x for x in shown if x.endswith(f"  {action.help}")]
                assert line.split()[0] == shown_key(action.key)


async def test_the_palette_has_every_action_of_the_page_also_those_without_a_key(
    engine: LocalEngine,
) -> None:
    async with running(engine, (100, 30)) as pilot:
        await press(pilot, "colon")
        entries = {e.id for e in pilot.app.screen.query_one("#entries", Grid).items}
    for action in of_page("dashboard"):
        wanted = action not in LIST_KEYS and action.id not in ("palette", "back")
        assert (f"action:{action.id}" in entries) is wanted


def test_the_page_of_keys_is_the_registry_as_it_is() -> None:
    assert KEYS.read_text(encoding="utf-8") == keys_page(), "stale: make docs"


def test_the_page_of_keys_names_every_action_once() -> None:
    for action in ACTIONS:
        assert keys_page().count(f"| `{action.id}` |") == 1


# -- screen.toml --------------------------------------------------------------------------------


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    return tmp_path / "screen.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[keys]\nfrok = "F"', "keys.frok: is not known; did you mean 'fork'?"),
        ('[keys]\nzzzzzz = "F"', "keys.zzzzzz: is not known; known: fork, merge,"),
        ('thme = "dark"', "thme: is not known; did you mean 'theme'?"),
        ('[keys]\nrecord = "N"', "keys.record: this action is now called 'post'; change the name"),
        ('[keys]\nfold = "F"', "keys.fold: this action is now called 'collapse'"),
        ('lock = "hide"', "lock 'hide': must be one of: view, blank"),
        ('[keys]\nfork = "w"', "keys.withdraw 'w': is also the key of 'fork'"),
        ('[keys]\nfork = "/"', "keys.find '/': is also the key of 'fork'"),
        ('[keys]\nfork = "F"\nmerge = "F"', "keys.merge 'F': is also the key of 'fork'"),
        ('[keys]\nfork = "ctrl+s"', "is taken by terminals; choose another"),
        ('[keys]\nfork = "ctrl+i"', "is taken by terminals; choose another"),
        ('[keys]\nfork = "j"', "moves the cursor; choose another"),
        ('[keys]\nfork = "left"', "moves the cursor; choose another"),
        ('[keys]\nfork = "shift+tab"', "moves the cursor; choose another"),
        ('[keys]\nfork = ""', "must be a key such as F or ctrl+f"),
        ('[keys]\nfork = "F,q"', "must be a key such as F or ctrl+f"),
        ('[keys]\nfork = "nonsense"', "must be a key such as F or ctrl+f"),
        ("[keys]\nfork = 7", "must be a key such as F or ctrl+f"),
        ("keys = 3", 'must be a table such as fork = "F"'),
        ('theme = "drak"', "must be one of: dark, light, contrast, colour-blind, ansi"),
        ('theme = ["dark"]', "must be one of: dark, light, contrast, colour-blind, ansi"),
        ("theme = 0", "must be one of: dark, light, contrast, colour-blind, ansi"),
        ('mouse = "no"', "must be true or false"),
        ("mouse = false\nmouse", "is not valid TOML: "),
    ],
)
def test_a_choice_that_cannot_be_kept_is_named_with_its_file(
    chosen: Path, text: str, said: str
) -> None:
    chosen.write_text(text)
    with pytest.raises(BadInput) as raised:
        load(chosen)
    assert said in str(raised.value)
    assert str(chosen) in str(raised.value)


def test_a_file_that_is_not_utf8_is_named(chosen: Path) -> None:
    chosen.write_bytes(b"theme = '\xff'")
    with pytest.raises(BadInput, match="cannot be read"):
        load(chosen)


def test_without_a_file_everything_is_as_it_comes(chosen: Path) -> None:
    found = load(chosen)
    assert (found.theme, found.mouse, dict(found.keymap), found.source) == ("", True, {}, "")


@pytest.mark.parametrize(
    ("typed", "key"), [("!", "exclamation_mark"), ("F", "F"), ("f5", "f5"), ("ctrl+f", "ctrl+f")]
)
def test_a_key_may_be_typed_as_its_sign(chosen: Path, typed: str, key: str) -> None:
    chosen.write_text(f'[keys]\nfork = "{typed}"')
    assert load(chosen).keymap == {"fork": key}


def test_two_actions_may_swap_their_keys(chosen: Path) -> None:
    chosen.write_text('[keys]\nfork = "w"\nwithdraw = "f"')
    assert load(chosen).keymap == {"fork": "w", "withdraw": "f"}


async def test_a_remapped_key_works_and_is_the_one_that_is_shown(
    engine: LocalEngine, chosen: Path
) -> None:
    chosen.write_text('[keys]\nfork = "F"\nhelp = "H"\nfind = "y"')
    earned(engine, "gen-1", "52000")
    async with opened(engine, (140, 90), load(chosen)) as pilot:
        bar = screen_text(pilot).splitlines()[-1]
        assert "F Fork" in bar and "f Fork" not in bar and "H Help" in bar and "y Find" in bar
        await press(pilot, "f")
        assert pilot.app.screen.__class__.__name__ == "Dashboard"
        await press(pilot, "H")
        (line,) = lines_with(pilot, BY_ID["fork"].help)
        assert line.strip("│ ").startswith("F ")
        await press(pilot, "escape", "colon", *"surplus")
        assert " F " in lines_with(pilot, BY_ID["fork"].help)[0]
        await press(pilot, "escape", "y", *"rev")
        assert "/rev  1 of 3" in screen_text(pilot)
        await press(pilot, "escape", "home", "down", "F")
        assert "gen-1.1" in screen_text(pilot)


async def test_swapped_keys_each_do_what_the_other_did(engine: LocalEngine, chosen: Path) -> None:
    chosen.write_text('[keys]\ndeposit = "w"\nwithdraw = "d"\nsort = "S"\nreverse = "s"')
    async with opened(engine, (160, 50), load(chosen)) as pilot:
        await press(pilot, "w")
        assert "Deposit into gen-1" in screen_text(pilot)
        await press(pilot, "escape", "d")
        assert "Withdraw from gen-1" in screen_text(pilot)
        await press(pilot, "escape", "S")
        assert "account ▲" in screen_text(pilot)
        await press(pilot, "s")
        assert "account ▼" in screen_text(pilot)


async def test_an_action_without_a_key_gets_one(engine: LocalEngine, chosen: Path) -> None:
    chosen.write_text('[keys]\nsuspend = "H"')
    async with opened(engine, (100, 40), load(chosen)) as pilot:
        await press(pilot, "H", "y")
    assert str(engine.queries.account("gen-1").status) == "suspended"


def test_a_bad_file_is_one_line_before_the_screen_opens(cli: Cli, tmp_path: Path) -> None:
    cli.json("init", "--name", "Main", "--capital", "1000")
    folder = tmp_path / "config" / "alluse"
    folder.mkdir(parents=True)
    (folder / "screen.toml").write_text('[keys]\nfrok = "F"')
    master, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "alluse_tui.cli.main"],
        env={**os.environ, "ALLUSE_DB": str(cli.journal), "XDG_CONFIG_HOME": str(folder.parent)},
        stdin=slave,
        stdout=slave,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    os.close(slave)
    os.close(master)
    assert done.returncode == 2
    assert "did you mean 'fork'?" in done.stderr and done.stderr.count("\n") == 1
