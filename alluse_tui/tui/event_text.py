"""Events as text: sentences, dates, and amounts as money. Works on plain data of any form.

An unknown event or field is written out by its names, so nothing is left out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from rich.cells import chop_cells

from alluse_tui.domain.views import Tier, printable
from alluse_tui.engine import recorded_text, span_text
from alluse_tui.tui.formatting import account_text, counted, exactly, percent, rated
from alluse_tui.tui.widgets.inked import Piece, fitted

Plain = Mapping[str, Any]
Lines = list[list[Piece]]

WIDTH = 69
"""Cells in a line."""

MONEY = frozenset(("micros", "amount", "capital", "deposit"))


def event_lines(event: Plain) -> Lines:
    """One event: what happened, then the amounts it moved."""
    kind = str(event.get("type", ""))
    if kind == "entry":
        return _entry(event)
    sentence_of = _SENTENCES.get(kind)
    try:
        sentence = sentence_of(event) if sentence_of is not None else ""
    except (KeyError, TypeError, ValueError, AttributeError):
        sentence = ""  # of an unknown form: written by its names
    if not sentence:
        sentence = f"{kind}: {named({k: v for k, v in event.items() if k != 'type'})}"
    return wrapped(sentence)


def wrapped(text: str, ink: str = "", indent: str = "  ", width: int = WIDTH) -> Lines:
    """The text over as many lines as it needs; those after the first are indented."""
    lines = textwrap.wrap(printable(text), width, subsequent_indent=indent) or [""]
    return [[(part, ink)] for line in lines for part in chop_cells(line, width) or [""]]


def named(value: Any, name: str = "") -> str:
    """'account gen-1, amount 500.00': plain data by its names, figures as figures."""
    if isinstance(value, Mapping):
        given = [(k, v) for k, v in value.items() if v not in ("", None, [], {})]
        return ", ".join(f"{_spaced(k)} {named(v, k)}" for k, v in given)
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
    text = recorded_text(e) or str(e.get("kind", "entry")).capitalize()
    if e.get("reverses"):
        text = f"undo of #{e['reverses']} ({text[:1].lower()}{text[1:]})"
    lines: Lines = wrapped(f"{text} on {e.get('effective', '')}", "strong")
    if e.get("note"):
        lines += wrapped(f"note: {e['note']}", "dim")
    for p in e.get("postings", ()):
        label = f"{account_text(p['account'])} {p.get('bucket', '')}"
        lines.append(_moved(label, p["micros"], p["currency"]))
    for h in e.get("holdings", ()):
        count = f"{signed_count(h['quantity_micros'])} " if h["quantity_micros"] else ""
        label = f"{h['account']} {count}{h['instrument']}"
        lines.append(_moved(label, h["value_micros"], h["currency"], "dim"))
    for b in e.get("base", ()):
        lines.append(_moved(f"{b['account']} base", b["micros"], b["currency"], "dim"))
    if e.get("lots"):
        lines += wrapped(f"closes lots {', '.join(f'#{seq}' for seq in e['lots'])}", "dim")
    if e.get("key"):
        lines += wrapped(f"broker's row {e['key']}", "dim")
    return lines


def _moved(label: str, micros: int, currency: str, ink: str = "") -> list[Piece]:
    amount = f"{'+' if micros > 0 else ''}{exactly(micros)}"
    return [
        ("  ", ""),
        (fitted(label.strip(), 38), ink),
        (f"{amount:>24}", ink),
        (f" {currency}", "dim"),
    ]


def signed_count(quantity_micros: int) -> str:
    """'+100', '−52'."""
    return f"{'+' if quantity_micros > 0 else ''}{counted(quantity_micros)}"


def noted(note: Plain | None) -> str:
    """'snoozed until 2026-12-03', 'acknowledged', 'no longer acknowledged'."""
    if not note:
        return "no longer acknowledged"
    return f"snoozed until {note['until']}" if note.get("until") else "acknowledged"


def _portfolio(e: Plain) -> str:
    policy = e["policy"]
    return (
        f"portfolio {e['portfolio']} opened on {e['opened']} in {e['currency']}, "
        f"policy {policy['template']}, {policy['strategy']}"
    )


def _account(e: Plain) -> str:
    name = f" ({e['name']})" if e.get("name") else ""
    under = f", under {e['parent']}" if e.get("parent") else ""
    own = f", own settings {named(e['settings'])}" if e.get("settings") else ""
    tier = Tier(e["tier"]).full_name
    return f"account {e['code']}{name} opened on {e['opened']}, {tier}{under}{own}"


def _edited(e: Plain) -> str:
    pairs = (("name", "previous_name"), ("notes", "previous_notes"))
    changed = [
        f"{new} {e.get(old) or '—'} → {e.get(new) or '—'}"
        for new, old in pairs
        if e.get(old) != e.get(new)
    ]
    return f"{e['account']}: {', '.join(changed) or 'nothing changed'}"


def _setting(e: Plain) -> str:
    account = f" of {e['account']}" if e.get("account") else ""
    return f"setting {e['path']}{account}: {e['previous'] or '—'} → {e['value'] or '—'}"


def _forked(e: Plain) -> str:
    if e.get("undone"):
        return f"fork of {e['child']} from {e['account']} undone"
    return f"{e['account']} forked {e['child']} on {e['day']}"


def _merged(e: Plain) -> str:
    if e.get("undone"):
        return f"merge of {e['account']} into {e['into']} undone"
    return f"{e['account']} merged into {e['into']}"


def _reparented(e: Plain) -> str:
    old, new = e["previous"] or "the top level", e["parent"] or "the top level"
    return f"{e['account']} moved from {old} to {new}"


def _reinvested(e: Plain) -> str:
    income = ", ".join(f"{exactly(m)} {c}" for c, m in e["income"].items()) or "nothing"
    quarter = e["quarter"] or "no quarter"
    previous = f" (previously {e['previous']})" if e.get("previous") else ""
    return f"{e['account']} reinvested {quarter}{previous}: {income} settled"


def _imported(e: Plain) -> str:
    return (
        f"statement {e['source']} from {e['first_day']} to {e['last_day']} imported into "
        f"{e['account']}: {e['rows']:,} rows, file {e['sha256'][:16]}…{_not_recorded(e)}"
    )


def _not_recorded(e: Plain) -> str:
    """The rows of the file that an import left out, with each reason."""
    known = f"; {e['duplicates']:,} already recorded" if e.get("duplicates") else ""
    reasons = [
        f"{each['rows']:,} × {each['why']}"
        + (f" (first in line {each['first_line']:,})" if each.get("first_line") else "")
        for each in e.get("ignored", ())
    ]
    return known + (f"; ignored {', '.join(reasons)}" if reasons else "")


def _compared(e: Plain) -> str:
    compared = e.get("compared")
    if compared is None:
        return f"comparison of {e['account']} with a statement removed"
    differences = compared.get("differences", ())
    result = "; ".join(map(_difference, differences)) or "nothing differs"
    return f"{e['account']} compared with the statement of {compared['day']}: {result}"


def _explained(e: Plain) -> str:
    explanation = e.get("explanation")
    if explanation is None:
        return f"{e['account']}: explanation of {_difference(e['previous'])} removed"
    by, why = explanation["by"], explanation["why"]
    return f"{e['account']}: {_difference(explanation)} explained by {by}: {why}"


def _difference(d: Plain) -> str:
    item, sign = d["item"], "+" if d["micros"] > 0 else ""
    if "instrument" in item:
        return f"{item['instrument']} in {item['currency']} {sign}{counted(d['micros'])}"
    return f"{item['currency']} cash {sign}{exactly(d['micros'])}"


def _rate(e: Plain) -> str:
    pair = f"{e['currency']} in {e['against']} on {e['effective']}"
    previous = f", previously {rated(e['previous_nanos'])}" if e.get("previous_nanos") else ""
    return f"rate of {pair}: {rated(e['nanos']) if e['nanos'] else 'removed'}{previous}"


def _proposed(e: Plain) -> str:
    content = {k: v for k, v in e["content"].items() if k not in ("key", "note", "portfolio")}
    if "statement" in content:
        statement = content["statement"]
        rows = len(statement["facts"]) + len(statement["opening"])
        content["statement"] = f"of {statement['source']} with {rows} rows"
    about = named(content)
    return f"{e['by']} proposes {e['command']}, {about}; moves at most {exactly(e['micros'])}"


def _disabled(e: Plain) -> str:
    return f"{e['user']} disabled" + (f": {e['why']}" if "why" in e else "")


def _password(e: Plain) -> str:
    if e.get("rehashed"):
        return f"password of {e['user']} hashed again, unchanged"
    return f"password of {e['user']} changed; all their logins ended"


def _login_failed(e: Plain) -> str:
    reason = "wrong password" if e.get("counted", True) else "tried again too soon"
    return f"{e['user']}: {reason}"


def _market(e: Plain) -> str:
    data = f"{e['symbol']} {e['kind']}"
    if not e.get("file"):
        return f"{data}: none any more"
    file = e["file"]
    return f"{data}: {file['rows']:,} rows, {file['first_day']} to {file['last_day']}"


def _vix(e: Plain) -> str:
    vix = e.get("vix")
    return f"VIX {vix['hundredths'] / 100:g} on {vix['day']}" if vix else "VIX: not known any more"


def _closure(e: Plain) -> str:
    state = f"closed: {e['why']}" if e.get("why") else "open after all"
    return f"exchange on {e['day']} {state}"


def _paused(e: Plain) -> str:
    by = "a circuit breaker" if e.get("breaker") else e["by"]
    why = f": {e['why']}" if e.get("why") else ""
    return f"trading in {e['account'] or e['portfolio']} paused by {by}{why}"


_SENTENCES: Mapping[str, Callable[[Plain], str]] = {
    "portfolio_opened": _portfolio,
    "account_opened": _account,
    "account_edited": _edited,
    "status": lambda e: f"{e['account']}: {e['previous']} → {e['status']}",
    "setting": _setting,
    "forked": _forked,
    "merged": _merged,
    "reparented": _reparented,
    "reinvested": _reinvested,
    "alert_noted": lambda e: f"alert {e['alert']}: {noted(e.get('note'))}",
    "rate": _rate,
    "statement_imported": _imported,
    "statement_compared": _compared,
    "difference_explained": _explained,
    "market_imported": _market,
    "closure": _closure,
    "trading_paused": _paused,
    "vix": _vix,
    "trading_resumed": lambda e: f"trading in {e['account'] or e['portfolio']} resumed",
    "statement_released": lambda e: f"import of {e['source']} into {e['account']} undone",
    "keys_freed": lambda e: f"{len(e['keys']):,} broker rows can be imported again",
    "records_reversed": lambda e: f"undo of {span_text((e['first_seq'], e['last_seq']))}",
    "user_added": lambda e: f"user {e['user']} added with the roles {', '.join(e['roles'])}",
    "user_edited": lambda e: f"full name of {e['user']} changed (encrypted)",
    "roles": lambda e: f"{e['user']}: {', '.join(e['previous'])} → {', '.join(e['roles'])}",
    "user_disabled": _disabled,
    "user_enabled": lambda e: f"{e['user']} re-enabled",
    "password": _password,
    "user_change_acknowledged": lambda e: f"{e['by']} acknowledged user change #{e['change']}",
    "login": lambda e: f"{e['user']} logged in",
    "login_failed": _login_failed,
    "logout": lambda e: f"{e['user']}: {e.get('why', 'logout')}",
    "noted": lambda e: f"{e['what']} {e['detail']}",
    "approval_requested": _proposed,
    "approval_closed": lambda e: f"proposal #{e['approval']} {e['outcome']} by {e['by']}",
    "gap_recovered": lambda e: f"replaces lost {span_text((e['first_seq'], e['last_seq']))}",
    "account_recovered": lambda e: f"{e['account']}: figures taken from the stored state",
    "balance_unproven": lambda e: f"{e['account']}: balances not proven by the kept records",
}
