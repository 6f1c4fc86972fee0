"""Texts that several commands share: help of options, and messages that come up in several places.

Help is one imperative clause or a noun phrase, as in git and gh; messages say what is wrong, then
what to do.
"""

from __future__ import annotations

APPROVE_AMOUNT = "Confirm your own proposal after its cooling-off period: type its amount."
AS_OF = "Show the accounts as of the end of that day."
CONFIRMED_COMMANDS = (
    "Without a terminal nothing is asked: withdraw, transfer, fork, merge, reinvest, undo, close, "
    "import, approve, restore, recover and open --from then need --yes, and so does a posted fact "
    "above the limit limits.outsized. All other commands act at once; --dry-run shows their plan."
)
CURRENCY = "Currency (default: the portfolio's)."
DATE = "Effective date in New York (default: today)."
DB = (
    "Path of the journal (default: $ALLUSE_DB, or alluse/alluse.journal in the XDG data directory)."
)
DRY_RUN = "Show the plan without recording anything."
EXIT_CODES = (
    "Exit codes: 0 done; 1 internal error; 2 bad input or usage; 3 refused by a rule; 4 integrity "
    "check failed, or quarantined; 5 not logged in or not allowed; 6 store busy or unavailable, or "
    "the plan changed (try again); 7 recorded, waiting for approval."
)
JSON = "Print one JSON document."
JSON_LINES = "Print one JSON document per line (NDJSON)."
KEY = "Idempotency key; repeating a command with the same key does nothing."
NEW_PASSWORD_FILE = "File whose first line is the new password ('-': stdin)."
NOTE = "Note to store with the record."
NO_MOUSE = "Leave the mouse to the terminal, so that it can select and copy text."
OVERRIDE = "Allow the buffer to be used; the reason is recorded."
OWN_PASSWORD_FILE = (
    "File whose first line is your password, for commands that ask for it again ('-': stdin)."
)
PASSWORD_FILE = "File whose first line is your password ('-': stdin)."
PORTFOLIO = "Portfolio to use (default: $ALLUSE_PORTFOLIO)."
READ_ONLY = "Refuse every command that writes, and open the dashboard read-only."
ACCEPT_CLOCK = "Accept a system clock more than ten days ahead of the newest record."
ROLE = "Role of the user; may be repeated. One of: {roles}."
TIER = "List only accounts of this tier."
YES = "Answer yes to every question."

NOTHING_DONE = "nothing was done"
NOT_RECORDED = "dry run: nothing was recorded"
NOTHING_DUE = "nothing is due"
NEEDS_YES = "required for {command} without a terminal"
NEEDS_TERMINAL = "required without a terminal"
READ_ONLY_REFUSAL = "--read-only refuses `{command}`, which writes; run it without --read-only"
RECORDED = "recorded as #{seq}"
RENAMED = "`alluse {old}` is now `alluse {new}`"

REFERENCE_HEAD = (
    "# Command-line reference",
    "",
    "Generated from the program by `make docs`; do not edit. `alluse COMMAND --help` prints the",
    "same text.",
    "",
)
SHARED_OPTIONS = (
    "Every command that reads or writes a book takes `--db`, `--json` and `--portfolio`. The other "
    "options belong to commands that record something."
)
