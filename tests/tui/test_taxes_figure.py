"""The Account screen shows the tax reserve where there is one."""

from __future__ import annotations

from msgspec.structs import replace

from alluse_tui.domain.commands import amount
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.widgets.panels import _account_lines


def test_taxes_are_a_figure_of_their_own_where_they_exist(engine: LocalEngine) -> None:
    def text(taxes: int) -> str:
        account = replace(engine.queries.account("rev-1"), taxes=taxes)
        return "\n".join(
            "".join(piece for piece, _ in line) for line in _account_lines(account, 60)
        )

    assert "taxes" not in text(0)
    assert "taxes" in text(amount("12000")) and "12,000.00" in text(amount("12000"))
