"""Events about comparisons of an account with a broker's statement."""

from __future__ import annotations

from alluse_tui.domain.events.recorded_event import RecordedEvent
from alluse_tui.domain.model.comparison import Comparison, Explanation, Item


class StatementCompared(RecordedEvent, tag="statement_compared"):
    """The account's kept comparison with a statement changed from `previous` to `compared`.

    None: there is none.
    """

    portfolio: str
    account: str
    compared: Comparison | None = None
    previous: Comparison | None = None


class DifferenceExplained(RecordedEvent, tag="difference_explained"):
    """The explanation of an item's difference changed from `previous` to `explanation`.

    None: there is none.
    """

    portfolio: str
    account: str
    item: Item
    explanation: Explanation | None = None
    previous: Explanation | None = None
