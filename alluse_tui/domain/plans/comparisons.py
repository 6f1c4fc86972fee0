"""Record a comparison with a broker's statement, and explain what differed."""

from __future__ import annotations

from collections.abc import Iterable

from alluse_tui.domain.commands import ExplainDifference, RecordComparison
from alluse_tui.domain.derived.breaks import listed_differences
from alluse_tui.domain.events.comparison_events import DifferenceExplained, StatementCompared
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.comparison import Comparison, Difference, Explanation
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.rules.shared_rules import not_in_future, open_for_facts, undated

WHY_LIMIT = 200


def plan_record_comparison(book: Book, command: RecordComparison, context: Context) -> Plan:
    """Keep what differs, and the explanations of what still differs.

    Differences of a part that the statement does not give stay as they were. An older statement
    than the one that the account was last compared with is refused.
    """
    undated(command)
    account = book.account(command.account, command.portfolio)
    rules = [
        open_for_facts(account),
        not_in_future(command.day, context),
        _not_older(account, command),
    ]
    compared = _compared(account.compared, command)
    rules.append(_differences(account, compared))
    event = StatementCompared(account.portfolio, account.code, compared, account.compared)
    return planned(book, command, account.portfolio, context, [event], rules)


def _not_older(account: Account, command: RecordComparison) -> Verdict:
    """Differences are those of the newest statement; an older one would bring back old ones."""
    kept = account.compared
    if kept is None or kept.day <= command.day:
        last = f"the last one is of {kept.day}" if kept else "it is the first one"
        sentence = f"compares {account.code} with a statement of {command.day}; {last}"
        return Verdict("reconcile.newest", True, sentence)
    sentence = (
        f"{account.code} was already compared with the statement of {kept.day}, which is newer than"
        f" {command.day}"
    )
    return Verdict("reconcile.newest", False, sentence)


def _compared(kept: Comparison | None, command: RecordComparison) -> Comparison:
    """The comparison after `command`."""
    differences = [*command.differences]
    if kept is not None:
        for known in kept.differences:
            is_compared = command.cash if known.item.is_cash else command.quantities
            if not is_compared:
                differences.append(known)
    items = {difference.item for difference in differences}
    explanations = kept.explanations if kept is not None else ()
    return Comparison(
        day=command.day,
        source=command.source,
        differences=tuple(sorted(differences, key=lambda difference: difference.item.place)),
        explanations=tuple(known for known in explanations if known.item in items),
    )


def _differences(account: Account, compared: Comparison) -> Verdict:
    """What differs; never refuses."""
    unexplained = compared.unexplained
    explained = len(compared.differences) - len(unexplained)
    if not unexplained:
        rest = f"; {_counted(explained)} explained" if explained else ""
        sentence = f"nothing of {account.code} differs without an explanation{rest}"
        return Verdict("reconcile.differences", True, sentence)
    listed, values = listed_differences(unexplained)
    rest = f"; {explained} more explained" if explained else ""
    sentence = f"{_counted(len(unexplained))}: {listed}{rest}"
    return Verdict("reconcile.differences", True, sentence, values)


def _counted(count: int) -> str:
    return "1 difference" if count == 1 else f"{count} differences"


def plan_explain_difference(book: Book, command: ExplainDifference, context: Context) -> Plan:
    """Explain a difference as it was recorded; once it changes, it must be explained again."""
    undated(command)
    account = book.account(command.account, command.portfolio)
    difference = _difference(account, command.item)
    why = command.why.strip()
    if not 0 < len(why) <= WHY_LIMIT or not why.isprintable():
        allowed = f"must be a reason of up to {WHY_LIMIT} printable characters"
        raise BadInput("WHY", command.why, allowed)
    assert account.compared is not None
    explanation = Explanation(
        item=difference.item, micros=difference.micros, why=why, by=context.actor
    )
    previous = account.compared.explanation_of(difference.item)
    if previous is not None and (previous.micros, previous.why) == (difference.micros, why):
        raise BadInput("WHY", command.why, f"is already the explanation of {difference.item.title}")
    event = DifferenceExplained(
        account.portfolio, account.code, difference.item, explanation, previous
    )
    listed, values = listed_differences([difference])
    sentence = f"{listed} on {difference.day}: {{}}"
    rules = [
        open_for_facts(account),
        Verdict("reconcile.explained", True, sentence, (*values, why)),
    ]
    return planned(book, command, account.portfolio, context, [event], rules)


def _difference(account: Account, typed: str) -> Difference:
    """The recorded difference of the typed currency, instrument or title. Raises BadInput."""
    kept = account.compared.differences if account.compared is not None else ()
    if not kept:
        allowed = f"is not a difference: {account.code} has none; `alluse reconcile FILE --record`"
        raise BadInput("ITEM", typed, f"{allowed} records them")
    word = " ".join(typed.split()).casefold()
    for names in (_titles, _short_names):
        matching = [known for known in kept if word in names(known)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise BadInput("ITEM", typed, f"may be any of: {_listed(matching)}")
    raise BadInput("ITEM", typed, f"must be one of: {_listed(kept)}")


def _titles(difference: Difference) -> tuple[str, ...]:
    return (difference.item.title.casefold(),)


def _short_names(difference: Difference) -> tuple[str, ...]:
    item = difference.item
    return ((item.currency if item.is_cash else item.instrument).casefold(),)


def _listed(differences: Iterable[Difference]) -> str:
    return ", ".join(difference.item.title for difference in differences)
