"""The engine that a command works with: which journal, opened by whom and how."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import click

from alluse_tui.domain.model.errors import BadInput, StoreFailed
from alluse_tui.engine import LocalEngine, check_new_book


def default_db() -> Path:
    """The journal that is used when --db is not given."""
    if named := os.environ.get("ALLUSE_DB"):
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("alluse")) / "alluse.journal"


def engine_on(
    journal: Path,
    *,
    create: bool = False,
    anyway: bool = False,
    read_only: bool = False,
    login: bool = True,
    accept_clock: bool = False,
) -> LocalEngine:
    """The engine on `journal`, as the logged-in user or else the system account.

    A login is looked for only where the book has users. Where a book was replaced and is gone, a
    new one is created only with `anyway`. Raises BadInput, NoBook, StoreFailed.
    """
    if journal.is_dir():
        raise BadInput("--db", journal, "is a directory; name the journal file in it")
    if create and not anyway:
        check_new_book(journal)
    engine = LocalEngine(
        journal,
        actor=os_user(),
        create=create,
        read_only=read_only or root_flag("read_only"),
        accept_clock=accept_clock or root_flag("accept_clock"),
    )
    if login and engine.has_users:
        from alluse_tui.cli.token import stored_token

        try:
            engine.auth.logins.use_token(stored_token(journal))
        except StoreFailed:
            engine.close()
            raise
    return engine


def os_user() -> str:
    """The OS account of this process, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid:{os.getuid()}"


def root_flag(name: str) -> bool:
    """Whether a flag such as `--accept-clock` was typed before the command."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().params.get(name))
