"""`alluse checkpoint`: a signed statement of the journal's head, to be stored elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, changing
from alluse_tui.cli.completion import complete_file
from alluse_tui.cli.output import print_json
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import printable


@click.command()
@click.option(
    "--out",
    default="",
    metavar="FILE",
    help=texts.CHECKPOINT_OUT,
    shell_complete=complete_file,
)
@click.option("--public-key", is_flag=True, help=texts.CHECKPOINT_PUBLIC_KEY)
@click.option("--new-key", is_flag=True, help=texts.CHECKPOINT_NEW_KEY)
@changing
def checkpoint(common: Common, out: str, public_key: bool, new_key: bool) -> None:
    """Sign the current state of the journal.

    Store the checkpoint where nobody who can write to the journal can change it.

    \b
      alluse checkpoint --out 2026-11-24.checkpoint
      alluse checkpoint --public-key > alluse.pub        once; hand it over in person
      alluse verify --checkpoint 2026-11-24.checkpoint --public-key alluse.pub
    """
    if public_key and new_key:
        raise BadInput("--new-key", None, "cannot be used with --public-key")
    if out and os.path.lexists(out):
        raise BadInput("--out", out, "already exists; name a new file")
    if out and not Path(out).parent.is_dir():
        raise BadInput("--out", out, "must be in an existing directory")
    with common.engine() as engine:
        if public_key:
            engine.operations.require_permission("checkpoint")
            public = engine.operations.checkpoints.public_half()
            if common.as_json:
                print_json({"public_key": public})
            else:
                click.echo(public)
            return
        text = engine.operations.checkpoint(new_key=new_key)
        public = engine.operations.checkpoints.public_half()
        seq = engine.seq
    if out:
        _write(Path(out), text)
    if common.as_json:
        print_json({"seq": seq, "checkpoint": text, "public_key": public, "file": out or None})
    elif out:
        click.echo(printable(f"{out}: signed up to record {seq}"))
    else:
        click.echo(text, nl=False)


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        raise BadInput("--out", path, "already exists; name a new file") from None
    except OSError as error:
        raise BadInput("--out", path, f"cannot be written: {error.strerror}") from None
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
