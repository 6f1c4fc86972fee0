"""The verdicts on a trade in a few lines, below the form in which it is typed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from alluse_tui.domain.model.verdict import Outcome
from alluse_tui.domain.views import Verdict, grouped
from alluse_tui.tui import texts

RULES_SHOWN = 3
LINE_WIDTH = 68

_WORDS = {Outcome.FAIL: texts.CHECK_FAILS, Outcome.WARN: texts.CHECK_UNKNOWN}


def check_lines(rules: Sequence[Verdict]) -> list[str]:
    """The first failed rules, then those that were not judged, then how many there are besides."""
    pressing = [rule for o in _WORDS for rule in rules if rule.outcome is o]
    lines = [
        textwrap.shorten(f"{rule.mark} {rule.worded(grouped)}", LINE_WIDTH, placeholder=" …")
        for rule in pressing[:RULES_SHOWN]
    ]
    rest = []
    for outcome, word in _WORDS.items():
        count = sum(rule.outcome is outcome for rule in pressing[RULES_SHOWN:])
        if count:
            rest.append(texts.CHECK_MORE.format(count=count, word=word))
    if held := sum(rule.outcome is Outcome.PASS for rule in rules):
        rest.append(texts.CHECK_HOLDS_ONE if held == 1 else texts.CHECK_HOLDS.format(count=held))
    return [*lines, *([" · ".join(rest)] if rest else [])]
