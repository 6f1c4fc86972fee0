"""Import: a broker's statement, every row once, as one act."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import Import, StatementFacts
from alluse_tui.domain.events.events import Event, StatementImported
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Account, Book, account_id
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, judged
from alluse_tui.domain.plans.entries import fact_event, rate_event
from alluse_tui.domain.rules.shared_rules import not_in_future, open_for_facts


def plan_import(book: Book, command: Import, context: Context) -> Plan:
    """Rates first, then starting cash, then every row whose key is not used yet.

    A key that stands with the same content is a duplicate; with other content the row is ignored
    and said. A plan without events means that nothing was new.
    """
    account = book.account(command.account, command.portfolio)
    statement = command.statement
    if command.key and command.key in {f.key for f in (*statement.opening, *statement.facts)}:
        raise BadInput("--key", command.key, "is the key of one of the statement's rows")
    rules = [open_for_facts(account), not_in_future(_newest(statement), context)]
    judged(rules)
    after, events = book, list[Event]()
    for rate in statement.rates:
        rate_set = rate_event(after, account.portfolio, rate, context.today)
        if rate_set is not None:
            events.append(rate_set)
            after = apply(after, rate_set, context.seq_of(len(events) - 1))
    rate_count = len(events)
    duplicates, ignored = 0, list[tuple[str, str]]()
    earlier = _earlier_statement(after, account, statement)
    first_fact = len(statement.opening)
    for i, fact in enumerate((*statement.opening, *statement.facts)):
        used = context.keys.get(fact.key)
        if used is not None and used.content == fact.content:
            duplicates += 1
        elif used is not None:
            ignored.append((fact.key, f"stands in record {used.seq} with other content"))
        elif i < first_fact and earlier:
            ignored.append((fact.key, earlier))
        else:
            current = after.accounts[account_id(account.portfolio, account.code)]
            event = fact_event(after, current, fact, context.today)
            if event is None:
                ignored.append((fact.key, "changes nothing"))
                continue
            events.append(event)
            after = apply(after, event, context.seq_of(len(events) - 1))
    posted = len(events) - rate_count
    if posted:
        mark = StatementImported(
            account.portfolio, account.code, statement.source, statement.first_day,
            statement.last_day, statement.sha256, posted, statement.sealed,
        )  # fmt: skip
        events.append(mark)
        after = apply(after, mark, context.seq_of(len(events) - 1))
    else:
        events, after = [], book
    said = f"{posted} rows are new, {duplicates} stand already, {len(ignored)} are left out"
    rules.append(Verdict("import.rows", True, said))
    return Plan(
        command, account.portfolio, context.today, tuple(events), tuple(rules), book, after,
        duplicates, tuple(ignored),
    )  # fmt: skip


def _newest(statement: StatementFacts) -> date:
    dates = [f.effective for f in (*statement.rates, *statement.facts) if f.effective]
    return max(dates, default=statement.first_day)


def _earlier_statement(book: Book, account: Account, statement: StatementFacts) -> str:
    """Why starting cash is not booked: what stands imported from that broker account already."""
    for one in book.accounts_of(account.portfolio):
        for stands in one.statements:
            if stands.source == statement.source:
                period = f"{stands.first_day} to {stands.last_day}"
                return f"starting cash follows from the statement of {period} in {one.code}"
    return ""
