"""`alluse`: finds the command, runs it, turns every failure into one line and an exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from alluse_tui import __version__
from alluse_tui.cli.asking import Declined
from alluse_tui.cli.common import ACCEPT_CLOCK, DB_OPTION, MOUSE, HungUp, default_db
from alluse_tui.cli.output import print_error
from alluse_tui.domain.errors import AllUseError, StoreFailed, shown

COMMANDS = {
    "accounts": "accounts:accounts",
    "ack": "alerts:ack",
    "activate": "standing:activate",
    "alerts": "alerts:alerts",
    "approvals": "approvals:approvals",
    "approve": "approvals:approve",
    "backup": "backup:backup",
    "checkpoint": "checkpoint:checkpoint",
    "close": "standing:close",
    "demo": "demo:demo",
    "deposit": "movements:deposit",
    "due": "due:due",
    "edit": "standing:edit",
    "export": "replica:export",
    "fork": "growth:fork",
    "import": "importing:import_statement",
    "init": "init:init",
    "keys": "keys:keys",
    "log": "log:log",
    "login": "login:login",
    "logout": "login:logout",
    "merge": "growth:merge",
    "open": "standing:open_account",
    "policy": "policy:policy",
    "post": "post:post",
    "protocol": "due:protocol",
    "query": "query:query",
    "rebuild": "replica:rebuild",
    "recover": "recover:recover",
    "reinvest": "growth:reinvest",
    "reject": "approvals:reject",
    "release": "movements:release",
    "restore": "backup:restore",
    "run-due": "due:run_due",
    "show": "show:show",
    "snooze": "alerts:snooze",
    "suspend": "standing:suspend",
    "transfer": "movements:transfer",
    "tree": "due:tree",
    "undo": "undo:undo",
    "user": "users:user",
    "verify": "verify:verify",
    "whoami": "login:whoami",
    "withdraw": "movements:withdraw",
}


class LazyGroup(click.Group):
    """Loads a command's module only when that command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"alluse_tui.cli.{module}"), attribute)
        return found


@click.group(cls=LazyGroup, invoke_without_command=True)
@DB_OPTION
@click.version_option(__version__, prog_name="alluse")
@MOUSE
@click.option("--read-only", is_flag=True, help="The dashboard only shows; nothing is written.")
@ACCEPT_CLOCK
@click.pass_context
def alluse(
    ctx: click.Context, db: str | None, no_mouse: bool, read_only: bool, accept_clock: bool
) -> None:
    """Option-premium accounts, run by rule. Without a command: the full-screen dashboard."""
    if db is not None:
        os.environ["ALLUSE_DB"] = db
    if ctx.invoked_subcommand is None:
        from alluse_tui.cli.dashboard import Manners, open_dashboard

        open_dashboard(default_db(), Manners(mouse=not no_mouse, read_only=read_only))


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and exits with the contract's code."""
    typed = sys.argv[1:] if arguments is None else arguments
    try:
        sys.exit(run(typed))
    except HungUp as end:
        os._exit(end.code)  # Textual's reader of keys may never hear of it


def run(typed: list[str]) -> int:
    """The exit code of one command line; everything it says is printed."""
    as_json = "--json" in typed
    try:
        result = alluse.main(args=typed, prog_name="alluse", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except AllUseError as error:
        print_error(error, as_json)
        return error.exit_code
    except Declined as answer:
        print(answer, file=sys.stderr)
        return 0
    except click.exceptions.Abort:  # ctrl-c while it works: each record is whole or not there
        print_error(Stopped("stopped; `alluse log` shows what was recorded before"), as_json)
        return Stopped.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)  # the help as it is, in its lines
        return 2
    except click.ClickException as error:
        print_error(UsageProblem(_usage(error)), as_json)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print_error(StoreFailed(f"{error.filename or 'the system'}: {error.strerror}"), as_json)
        return StoreFailed.exit_code
    except Exception as error:  # the last resort: still one line, still the contract's code
        if os.environ.get("ALLUSE_DEBUG"):
            import traceback

            traceback.print_exc()
        named = f"{type(error).__name__}: {shown(error, 200)}"
        print_error(AllUseError(f"internal error: {named} (ALLUSE_DEBUG=1 shows where)"), as_json)
        return 1


class UsageProblem(AllUseError):
    """The command line itself is wrong."""

    code = "usage"
    exit_code = 2


class Stopped(AllUseError):
    """Somebody stopped the program at work (ctrl-c): no fault of its own, so not 1."""

    code = "stopped"
    exit_code = 2


def _usage(error: click.ClickException) -> str:
    ctx = getattr(error, "ctx", None)
    hint = f" ({ctx.command_path} --help)" if ctx is not None else ""
    return " ".join(error.format_message().split()) + hint


if __name__ == "__main__":
    main()
