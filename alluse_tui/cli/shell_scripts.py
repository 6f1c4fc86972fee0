"""`alluse completion`: completion scripts and the man page."""

from __future__ import annotations

import click

from alluse_tui.cli.completion import complete_choices
from alluse_tui.cli.man_page import man_page
from alluse_tui.domain.model.errors import BadInput

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument(
    "kind", metavar="bash|zsh|fish|man", shell_complete=complete_choices(*SHELLS, "man")
)
def completion(kind: str) -> None:
    """Print a shell completion script or the man page.

    Install it once:

    \b
      alluse completion bash > ~/.local/share/bash-completion/completions/alluse
      alluse completion zsh > "${fpath[1]}/_alluse"
      alluse completion fish > ~/.config/fish/completions/alluse.fish
      alluse completion man > ~/.local/share/man/man1/alluse.1

    Commands, options, accounts, portfolios, settings, choices and files are then completed.
    """
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root().command
    assert isinstance(root, click.Group)
    if kind == "man":
        click.echo(man_page(root), nl=False)
        return
    shell = get_completion_class(kind) if kind in SHELLS else None
    if shell is None:
        raise BadInput("completion", kind, "must be one of: bash, zsh, fish, man")
    click.echo(shell(root, {}, "alluse", "_ALLUSE_COMPLETE").source())
