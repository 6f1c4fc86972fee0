"""Events as people read them: words, dates, amounts as money. Works on plain data, any form of it.

An event or a field that nobody here knows is written out by its names: nothing is left out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from rich.cells import chop_cells

from alluse_tui.domain.views import Tier, printable
from alluse_tui.engine import span_text
from alluse_tui.tui.formatting import counted, exactly, percent, rated
from alluse_tui.tui.widgets.inked import Piece, fitted

Plain = Mapping[str, Any]
Lines = list[list[Piece]]

WIDTH = 69
"""Cells of a line."""

MONEY = frozenset(("micros", "amount", "capital", "deposit"))


def event_lines(event: Plain) -> Lines:
    """One event: what it is, then what it moves."""
    kind = str(event.get("type", ""))
    if kind == "entry":
        return _entry(event)
    say = _SAY.get(kind)
    try:
        said = say(event) if say is not None else ""
    except (KeyError, TypeError, ValueError, AttributeError):
        said = ""  # of another form than we know: by its names then
    if not said:
        said = f"{kind}: {named({k: v for k, v in event.items() if k != 'type'})}"
    return wrapped(said)


def wrapped(said: str, ink: str = "", indent: str = "  ", width: int = WIDTH) -> Lines:
    """Words over as many lines as they need; those after the first are indented."""
    lines = textwrap.wrap(printable(said), width, subsequent_indent=indent) or [""]
    return [[(part, ink)] for line in lines for part in chop_cells(line, width) or [""]]


def named(value: Any, name: str = "") -> str:
    """'account gen-1, amount 500.00': plain data by its names, figures as figures."""
    if isinstance(value, Mapping):
        shown = [(k, v) for k, v in value.items() if v not in ("", None, [], {})]
        return ", ".join(f"{_spaced(k)} {named(v, k)}" for k, v in shown)
    if isinstance(value, (list, tuple)):
        return "; ".join(named(v, name) for v in value)
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    return _figure(name, value)


def _figure(name: str, value: int) -> str:
    if name == "quantity_micros":
        return counted(value)
    if name in MONEY or name.endswith("_micros"):
        return exactly(value)
    if name.endswith("_bps"):
        return f"{percent(value)} %"
    return rated(value) if name.endswith("nanos") else str(value)


def _spaced(name: str) -> str:
    for unit in ("_micros", "_bps"):
        name = name.removesuffix(unit)
    return "amount" if name == "micros" else name.replace("_", " ")


def _entry(e: Plain) -> Lines:
    head = f"{e.get('kind', 'entry')} of {e.get('effective', '')}"
    if e.get("reverses"):
        head += f", takes back an entry of #{e['reverses']}"
    lines: Lines = [[(head, "strong")]]
    if e.get("note"):
        lines += wrapped(f"note: {e['note']}", "dim")
    for p in e.get("postings", ()):
        lines.append(_moved(f"{p['account']} {p.get('bucket', '')}", p["micros"], p["currency"]))
    for h in e.get("holdings", ()):
        count = f"{signed_count(h['quantity_micros'])} " if h["quantity_micros"] else ""
        lines.append(_moved(f"{h['account']} {count}{h['instrument']}",
                            h["value_micros"], h["currency"], "dim"))  # fmt: skip
    for b in e.get("base", ()):
        lines.append(_moved(f"{b['account']} base", b["micros"], b["currency"], "dim"))
    if e.get("key"):
        lines += wrapped(f"broker's row {e['key']}", "dim")
    return lines


def _moved(what: str, micros: int, currency: str, ink: str = "") -> list[Piece]:
    amount = f"{'+' if micros > 0 else ''}{exactly(micros)}"
    return [("  ", ""), (fitted(what.strip(), 38), ink), (f"{amount:>24}", ink),
            (f" {currency}", "dim")]  # fmt: skip


def signed_count(quantity_micros: int) -> str:
    """'+100', '−52'."""
    return f"{'+' if quantity_micros > 0 else ''}{counted(quantity_micros)}"


def _portfolio(e: Plain) -> str:
    policy = e["policy"]
    return (
        f"portfolio {e['portfolio']} begins on {e['opened']}, in {e['currency']}, "
        f"policy {policy['template']}, {policy['strategy']}"
    )


def _account(e: Plain) -> str:
    name = f" ({e['name']})" if e.get("name") else ""
    under = f", under {e['parent']}" if e.get("parent") else ""
    own = f", its own {named(e['settings'])}" if e.get("settings") else ""
    return f"account {e['code']}{name} begins on {e['opened']}, {Tier(e['tier']).full_name}" + (
        f"{under}{own}"
    )


def _edited(e: Plain) -> str:
    pairs = (("name", "previous_name"), ("notes", "previous_notes"))
    changed = [
        f"{now} {e.get(before) or '—'} → {e.get(now) or '—'}"
        for now, before in pairs
        if e.get(before) != e.get(now)
    ]
    return f"{e['account']}: {', '.join(changed) or 'nothing changed'}"


def _setting(e: Plain) -> str:
    whose = f" of {e['account']}" if e.get("account") else ""
    return f"setting {e['path']}{whose}: {e['previous'] or '—'} → {e['value'] or '—'}"


def _forked(e: Plain) -> str:
    if e.get("undone"):
        return f"the fork of {e['child']} from {e['account']} no longer counts"
    return f"{e['account']} forked {e['child']} on {e['day']}"


def _merged(e: Plain) -> str:
    if e.get("undone"):
        return f"{e['account']} came back from {e['into']}"
    return f"{e['account']} folded into {e['into']}"


def _reinvested(e: Plain) -> str:
    income = ", ".join(f"{exactly(m)} {c}" for c, m in e["income"].items()) or "nothing"
    before = f", before that {e['previous']}" if e.get("previous") else ""
    return f"{e['account']} reinvested {e['quarter'] or 'no quarter'}{before}: {income} settled"


def noted(note: Plain | None) -> str:
    """'snoozed until 2026-12-03', 'acknowledged', 'nothing is said of it'."""
    if not note:
        return "nothing is said of it"
    return f"snoozed until {note['until']}" if note.get("until") else "acknowledged"


def _imported(e: Plain) -> str:
    return (
        f"statement {e['source']} from {e['first_day']} to {e['last_day']} into {e['account']}: "
        f"{e['rows']:,} rows, file {e['sha256'][:16]}…"
    )


def _rate(e: Plain) -> str:
    pair = f"{e['currency']} in {e['against']} on {e['effective']}"
    before = f", before that {rated(e['previous_nanos'])}" if e.get("previous_nanos") else ""
    return f"rate of {pair}: {rated(e['nanos']) if e['nanos'] else 'taken away'}{before}"


def _reversed(e: Plain) -> str:
    return f"takes back {span_text((e['first_seq'], e['last_seq']))}"


def _proposed(e: Plain) -> str:
    content = {k: v for k, v in e["content"].items() if k not in ("key", "note", "portfolio")}
    if "statement" in content:
        statement = content["statement"]
        rows = len(statement["facts"]) + len(statement["opening"])
        content["statement"] = f"of {statement['source']} with {rows} rows"
    about = named(content)
    return f"{e['by']} proposes {e['command']}, {about}; moves at most {exactly(e['micros'])}"


_SAY: Mapping[str, Callable[[Plain], str]] = {
    "portfolio_opened": _portfolio,
    "account_opened": _account,
    "account_edited": _edited,
    "status": lambda e: f"{e['account']}: {e['previous']} → {e['status']}",
    "setting": _setting,
    "forked": _forked,
    "merged": _merged,
    "reparented": lambda e: (
        f"{e['account']} stands under {e['parent'] or 'the top'}, "
        f"before that under {e['previous'] or 'the top'}"
    ),
    "reinvested": _reinvested,
    "alert_noted": lambda e: f"alert {e['alert']}: {noted(e.get('note'))}",
    "rate": _rate,
    "statement_imported": _imported,
    "statement_released": lambda e: f"statement {e['source']} of {e['account']} was taken back",
    "keys_freed": lambda e: f"{len(e['keys']):,} broker's rows may come again",
    "records_reversed": _reversed,
    "user_added": lambda e: f"{e['user']} may be at work, as {', '.join(e['roles'])}",
    "user_edited": lambda e: f"{e['user']} has another full name, sealed",
    "roles": lambda e: f"{e['user']}: {', '.join(e['previous'])} → {', '.join(e['roles'])}",
    "user_disabled": lambda e: f"{e['user']} is disabled" + (f": {e['why']}" if "why" in e else ""),
    "user_enabled": lambda e: f"{e['user']} may be at work again",
    "password": lambda e: f"{e['user']} has another password" + (
        " form, the same password" if e.get("rehashed") else "; their logins ended"
    ),
    "user_change_acknowledged": lambda e: f"{e['by']} has seen what #{e['change']} did to a user",
    "login": lambda e: f"{e['user']} gave the right password",
    "login_failed": lambda e: f"{e['user']}: " + (
        "a wrong password" if e.get("counted", True) else "a password before the wait was over"
    ),
    "logout": lambda e: f"{e['user']}: {e.get('why', 'logout')}",
    "noted": lambda e: f"{e['what']} {e['detail']}",
    "approval_requested": _proposed,
    "approval_closed": lambda e: f"proposal #{e['approval']} is {e['outcome']}, by {e['by']}",
    "gap_recovered": lambda e: f"in place of lost {span_text((e['first_seq'], e['last_seq']))}",
    "account_recovered": lambda e: f"{e['account']}: figures as the stored state has them",
    "balance_unproven": lambda e: f"{e['account']}: the kept records do not prove its balances",
}  # fmt: skip
