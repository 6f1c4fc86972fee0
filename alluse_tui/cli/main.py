"""`alluse`: find the command, run it, and turn every failure into one line and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper

import click

from alluse_tui import __version__
from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCEPT_CLOCK, DB_OPTION, MOUSE, HungUp
from alluse_tui.cli.open_engine import default_db
from alluse_tui.cli.output import print_error
from alluse_tui.cli.prompts import Declined
from alluse_tui.domain.model.errors import AllUseError, StoreFailed, shown

SECTIONS = {
    "Getting started": {
        "init": "init:init",
        "demo": "demo:demo",
        "completion": "shell_scripts:completion",
    },
    "Accounts": {
        "accounts": "accounts:accounts",
        "show": "show:show",
        "positions": "positions:positions",
        "lots": "positions:lots",
        "income": "income:income",
        "cycles": "income:cycles",
        "stress": "stress:stress",
        "adherence": "adherence:adherence",
        "tree": "due:tree",
        "rules": "due:rules",
        "open": "account_lifecycle:open_account",
        "edit": "account_lifecycle:edit",
        "suspend": "account_lifecycle:suspend",
        "activate": "account_lifecycle:activate",
        "close": "account_lifecycle:close",
        "pause": "safety:pause",
        "resume": "safety:resume",
    },
    "Cash and facts": {
        "deposit": "movements:deposit",
        "withdraw": "movements:withdraw",
        "transfer": "movements:transfer",
        "release": "movements:release",
        "post": "post:post",
        "inbox": "inbox:inbox",
        "morning": "morning:morning",
        "import": "import_statement:import_statement",
        "reconcile": "reconcile:reconcile",
        "explain-difference": "reconcile:explain_difference",
    },
    "Trades": {
        "check-trade": "check_trade:check_trade",
        "trade": "trades:trade",
        "roll": "trades:roll",
        "close-position": "trades:close_position",
        "expire": "trades:expire",
        "assign": "trades:assign",
        "exercise": "trades:exercise_option",
        "adjust": "adjust:adjust",
    },
    "Market": {
        "market": "market:market",
        "week": "week:week",
        "strikes": "strikes:strikes",
    },
    "Growth": {
        "due": "due:due",
        "run-due": "due:run_due",
        "fork": "growth:fork",
        "merge": "growth:merge",
        "reinvest": "growth:reinvest",
    },
    "Alerts and approvals": {
        "alerts": "alerts:alerts",
        "ack": "alerts:ack",
        "snooze": "alerts:snooze",
        "approvals": "approvals:approvals",
        "approve": "approvals:approve",
        "reject": "approvals:reject",
    },
    "Settings": {
        "policy": "policy:policy",
    },
    "History": {
        "log": "log:log",
        "undo": "undo:undo",
        "query": "query:query",
        "export": "replica:export",
        "rebuild": "replica:rebuild",
    },
    "Users and keys": {
        "whoami": "login:whoami",
        "login": "login:login",
        "logout": "login:logout",
        "user": "users:user",
        "vault": "vault:vault",
    },
    "Checks and copies": {
        "verify": "verify:verify",
        "checkpoint": "checkpoint:checkpoint",
        "backup": "backup:backup",
        "restore": "backup:restore",
        "recover": "recover:recover",
    },
}
"""Every command by section of the help: its name, and the module and attribute that hold it."""

COMMANDS = {name: target for section in SECTIONS.values() for name, target in section.items()}

YOUNG_OBJECTS = 50_000
"""How many new objects let Python look for unused cycles: a command keeps most until it ends, and a
long import is a tenth faster than with 700."""

RENAMED = {"keys": "vault", "protocol": "rules CODE"}
"""Commands by their old name, and what to type instead."""


class LazyGroup(click.Group):
    """Imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`. Raises UsageProblem for a name that was replaced."""
        if cmd_name in RENAMED and not ctx.resilient_parsing:
            raise UsageProblem(texts.RENAMED.format(old=cmd_name, new=RENAMED[cmd_name]))
        if cmd_name not in COMMANDS:
            similar = get_close_matches(cmd_name, COMMANDS, n=1, cutoff=0.7)
            if similar and not ctx.resilient_parsing:
                hint = texts.DID_YOU_MEAN.format(name=similar[0])
                raise UsageProblem(f"no such command {shown(cmd_name)}; {hint}")
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"alluse_tui.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands to the help, by section."""
        column = max(map(len, COMMANDS))
        room = formatter.width - column - 6
        for title, names in SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            rows = [
                (name.ljust(column), command.get_short_help_str(room))
                for name, command in commands
                if command is not None
            ]
            with formatter.section(title):
                formatter.write_dl(rows)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    epilog=f"{texts.CONFIRMED_COMMANDS}\n\n{texts.EXIT_CODES}",
)
@DB_OPTION
@click.version_option(__version__, prog_name="alluse", message="%(prog)s %(version)s")
@MOUSE
@click.option("--read-only", is_flag=True, help=texts.READ_ONLY)
@ACCEPT_CLOCK
@click.pass_context
def alluse(
    ctx: click.Context, db: str | None, no_mouse: bool, read_only: bool, accept_clock: bool
) -> None:
    """Run option-premium accounts by rule. Without a command, open the full-screen dashboard."""
    if db is not None:
        os.environ["ALLUSE_DB"] = db
    if ctx.invoked_subcommand is None:
        from alluse_tui.cli.dashboard import TerminalOptions, open_dashboard

        options = TerminalOptions(mouse=not no_mouse, read_only=read_only)
        if open_dashboard(default_db(), options) == "demo":
            from alluse_tui.cli.demo import run_demo

            run_demo(options)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and exit with its exit code."""
    gc.set_threshold(YOUNG_OBJECTS)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # Latin-1 has no '✓': escape it rather than fail
            stream.reconfigure(errors="backslashreplace")
    typed = sys.argv[1:] if arguments is None else arguments
    try:
        sys.exit(run(typed))
    except HungUp as end:
        os._exit(end.code)  # Textual's key reader may never return


def run(typed: list[str]) -> int:
    """Run one command line, print its output and errors, and return its exit code."""
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
    except click.exceptions.Abort:  # ctrl-c: each record is either complete or absent
        print_error(Stopped("stopped; `alluse log` shows what was already recorded"), as_json)
        return Stopped.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)  # the help text, line by line
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
    except Exception as error:  # the last resort: still one line and an exit code
        if os.environ.get("ALLUSE_DEBUG"):
            import traceback

            traceback.print_exc()
        detail = f"{type(error).__name__}: {shown(error, 200)}"
        message = f"internal error: {detail} (set ALLUSE_DEBUG=1 for a traceback)"
        print_error(AllUseError(message), as_json)
        return 1


class UsageProblem(AllUseError):
    """The command line is malformed."""

    code = "usage"
    exit_code = 2


class Stopped(AllUseError):
    """The user interrupted the program (ctrl-c); not an internal error."""

    code = "stopped"
    exit_code = 2


def _usage(error: click.ClickException) -> str:
    """The error in the form of the program's own: lower case, no full stop, one line."""
    message = " ".join(error.format_message().split()).removesuffix(".")
    context = getattr(error, "ctx", None)
    hint = f" (see `{context.command_path} --help`)" if context is not None else ""
    return message[:1].lower() + message[1:] + hint


if __name__ == "__main__":
    main()
