"""Records as views: the only code that reads the stored form of a record for display."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alluse_tui.domain.views import RecordView, grouped, printable
from alluse_tui.engine.read.record_text import is_security, security_text
from alluse_tui.engine.record_decoding import Record

Plain = Mapping[str, Any]


def record_view(record: Record, undone_by: int = 0, *, full_codes: bool = False) -> RecordView:
    """The record as a view. With `full_codes` its summary names accounts as 'Main/gen-1'.

    `undone_by` is the record that undid it, or 0.
    """
    body = record.plain
    security = is_security(body)
    accounts = _accounts(body)
    prefix = f"{body['portfolio']}/" if full_codes else ""
    part, parts = body.get("part", (1, 1))
    refusal = _refusal(body)
    return RecordView(
        seq=record.seq,
        recorded_ns=record.recorded_ns,
        portfolio=body["portfolio"],
        actor=body["actor"],
        command=body["command"],
        act=_act(body),
        accounts=accounts,
        refusal=refusal,
        denied=bool(body.get("denied")),
        summary="" if refusal else printable(_summary(body, security, accounts, prefix)),
        undoes=_undone_span(body["events"]),
        undone_by=undone_by,
        part=part,
        parts=parts,
        security=security,
        content=body.get("content", {}),
        events=body["events"],
        stored=body,
        prev=record.prev.hex(),
        hash=record.hash.hex(),
    )


def span_text(span: tuple[int, int]) -> str:
    """'#12', '#12–#15'."""
    first, last = span
    return f"#{first}" if last <= first else f"#{first}–#{last}"


def _refusal(body: Plain) -> str:
    if body.get("denied"):
        return printable(str(body["denied"]))
    messages = (r["message"] for r in body.get("refusals") or () if not r["ok"])
    return printable("; ".join(dict.fromkeys(messages)))


def _act(body: Plain) -> str:
    if body["command"] == "ack" and body.get("content", {}).get("until"):
        return "snooze"
    return str(body["command"])


def _accounts(body: Plain) -> tuple[str, ...]:
    """The codes of the accounts that the record is about, sorted."""
    content = body.get("content", {})
    typed = ("account",) if body["command"] == "import" else ("account", "source", "target")
    codes = {content.get(k, "").rpartition("/")[2] for k in typed}
    for event in body["events"]:
        codes |= {event.get("code", ""), event.get("account", "")}
        codes |= {posting["account"] for posting in event.get("postings", ())}
    return tuple(sorted(code for code in codes if code and not code.startswith("world:")))


def _undone_span(events: Sequence[Plain]) -> tuple[int, int] | None:
    """The first and last record that these events undo."""
    for event in events:
        if event.get("type") == "records_reversed":
            return event["first_seq"], event["last_seq"]
        if event.get("reverses"):
            return event["reverses"], event["reverses"]
    return None


def _summary(body: Plain, security: bool, accounts: tuple[str, ...], prefix: str) -> str:
    content, events, command = body["content"], body["events"], body["command"]
    if security:
        return security_text(body)
    if command == "gap":
        return f"takes the place of lost {_records_text(content['first'], content['last'])}"
    if command == "recover":
        return _recovered(content)
    if command == "propose":
        typed = _listed({**content, "proposes": ""})
        return f"{content['proposes']} {typed}: waiting for approval"
    if command in ("approve", "reject", "expire") or (not events and command != "ack"):
        return _listed(content)
    if command == "ack":
        until = content.get("until")
        return f"{content['alert']} until {until}" if until else str(content["alert"])
    codes = ", ".join(f"{prefix}{code}" for code in accounts) or body["portfolio"] or "the book"
    approval = body.get("approval")
    proposed = f", proposed by {approval['by']} as #{approval['id']}" if approval else ""
    part, parts = body.get("part", (1, 1))
    which = f" (part {part} of {parts})" if parts > 1 else ""
    if imports := [e for e in events if e.get("type") == "statement_imported"]:
        return f"{'; '.join(_imported(each, prefix) for each in imports)}{proposed}{which}"
    return f"{len(events)} event{'s' if len(events) > 1 else ''} on {codes}{proposed}{which}"


def _imported(event: Plain, prefix: str) -> str:
    """'15 rows into gen-1, 2 already recorded, 10 ignored'; older records have only the rows."""
    rows = event["rows"]
    text = f"{rows:,} {'row' if rows == 1 else 'rows'} into {prefix}{event['account']}"
    if "duplicates" not in event and "ignored" not in event:
        return text
    ignored = sum(each["rows"] for each in event.get("ignored", ()))
    return f"{text}, {event.get('duplicates', 0):,} already recorded, {ignored:,} ignored"


def _records_text(first: int, last: int) -> str:
    return f"record #{first}" if first == last else f"records {span_text((first, last))}"


def _recovered(content: Plain) -> str:
    """What a recovery kept, and what is missing."""
    parts = [f"kept {content['kept']:,} records"]
    if lost := content.get("lost"):
        parts.append(f"{lost:,} lost at the end")
    if dropped := content.get("dropped"):
        parts.append(f"{dropped:,} dropped")
    if gaps := content.get("gaps"):
        spans = ", ".join(span_text((gap["first"], gap["last"])) for gap in gaps)
        parts.append(f"missing {spans}")
    if unproven := content.get("unproven"):
        parts.append(f"balances not proven: {', '.join(unproven)}")
    return ", ".join(parts)


def _listed(content: Plain) -> str:
    """What was typed: 'account gen-1, amount 500.00'."""
    return ", ".join(
        f"{name} {_value_text(name, value)}"
        for name, value in content.items()
        if value and name != "digest" and not str(value).startswith("vault:")
    )


def _value_text(name: str, value: Any) -> str:
    if (name in ("amount", "deposit") or name.endswith("micros")) and isinstance(value, int):
        return grouped(value)
    if isinstance(value, dict):  # a fact, or its instrument
        return _listed(value)
    if isinstance(value, list):  # a policy's changes: each a path and its text
        return ", ".join(
            " ".join(item) if isinstance(item, list) else _value_text("", item) for item in value
        )
    return str(value)
