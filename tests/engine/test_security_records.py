"""Records of security stay in the journal: the DuckDB file is made without them, and holds."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest
from people import PASSWORDS, two_people

from alluse_tui.domain.commands import Deposit, Withdraw, amount
from alluse_tui.domain.model.errors import Denied, Pending
from alluse_tui.engine import LocalEngine


def test_the_file_is_published_without_them(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    two_people(engine)
    with pytest.raises(Denied):
        engine.auth.logins.login("eli", "no such password")
    assert engine.operations.rebuild() == engine.seq
    with pytest.raises(Pending):
        engine.commands.submit(
            Withdraw(account="gen-1", amount=amount("1")), password=PASSWORDS["dana"]
        )
    engine.commands.submit(Deposit(account="gen-1", amount=amount("2")))
    assert engine.operations.publish()
    with duckdb.connect(engine.path.with_suffix(".duckdb"), read_only=True) as file:
        rows = file.execute("SELECT DISTINCT command FROM record ORDER BY ALL").fetchall()
        assert file.execute("SELECT head_seq FROM meta").fetchone() == (engine.seq,)
    assert rows == [("deposit",), ("init",), ("propose",)]
    assert engine.operations.verify().ok
    again = open_engine()
    again.commands.submit(Deposit(account="gen-1", amount=amount("3")))
    assert again.queries.sql("SELECT count(*) FROM record").rows == ((4,),)
    assert again.operations.verify().ok
