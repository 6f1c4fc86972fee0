"""`alluse checkpoint`: signed words about the journal, to be kept elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import click

from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.output import print_json
from alluse_tui.domain.errors import BadInput
from alluse_tui.domain.views import printable


@click.command()
@click.option("--out", default="", metavar="FILE", help="A new file; otherwise on stdout.")
@click.option("--public-key", is_flag=True, help="Print the public half, for whoever checks.")
@click.option("--new-key", is_flag=True, help="Start with a new signing key: the old is missing.")
@reading
def checkpoint(common: Common, out: str, public_key: bool, new_key: bool) -> None:
    """Sign what the journal is now. Keep it where who can write the journal cannot.

    \b
      alluse checkpoint --out 2026-11-24.checkpoint
      alluse checkpoint --public-key > alluse.pub        once, handed over in person
      alluse verify --checkpoint 2026-11-24.checkpoint --public-key alluse.pub
    """
    if public_key and new_key:
        raise BadInput("--new-key", None, "not together with --public-key")
    if out and os.path.lexists(out):
        raise BadInput("--out", out, "exists already: name a new file")
    if out and not Path(out).parent.is_dir():
        raise BadInput("--out", out, "must lie in a folder that exists")
    with common.engine() as engine:
        if public_key:
            engine.must_be_allowed("checkpoint")
            public = engine.evidence.public_half()
            if common.as_json:
                print_json({"public_key": public})
            else:
                click.echo(public)
            return
        text = engine.checkpoint(new_key=new_key)
        public = engine.evidence.public_half()
        seq = engine.seq
    if out:
        _write(Path(out), text)
    if common.as_json:
        print_json({"seq": seq, "checkpoint": text, "public_key": public, "file": out or None})
    elif out:
        click.echo(printable(f"{out}: record {seq} is signed"))
    else:
        click.echo(text, nl=False)


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        raise BadInput("--out", path, "exists already: name a new file") from None
    except OSError as error:
        raise BadInput("--out", path, f"cannot be written: {error.strerror}") from None
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
