"""The list of accounts is in order, reads like a tuple, and is whole before its first view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import apsw
import pytest
from books import Cli, init

from alluse_tui.domain.commands import Deposit, OpenAccount, Tier, amount
from alluse_tui.domain.derived.account_views import portfolio_accounts, view_in
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.errors import IntegrityFailed
from alluse_tui.domain.views import AccountView
from alluse_tui.engine import LocalEngine


def test_accounts_are_ordered_by_portfolio_tier_and_code(engine: LocalEngine) -> None:
    engine.commands.submit(init("Alpha", "1000"))
    for _ in range(10):
        engine.commands.submit(OpenAccount(portfolio="Main", parent="Main", tier=Tier.GEN))
    engine.commands.submit(OpenAccount(portfolio="Main", parent="gen-2", tier=Tier.GEN))
    assert [account.id for account in engine.queries.accounts()] == [
        *("Alpha/gen-1", "Alpha/rev-1", "Alpha/com-1"),
        *("Main/gen-1", "Main/gen-2", "Main/gen-2.1"),
        *(f"Main/gen-{number}" for number in range(3, 12)),
        *("Main/rev-1", "Main/com-1"),
    ]
    book, today = engine.core.book, engine.today
    assert engine.queries.accounts("Main") == portfolio_accounts(
        book, book.portfolios["Main"], today
    )


def test_a_list_of_accounts_reads_like_a_tuple(engine: LocalEngine) -> None:
    accounts = engine.queries.accounts()
    views = tuple(accounts)
    assert len(accounts) == 3 and accounts[0].code == "gen-1" and accounts[-1] == views[-1]
    assert accounts[1:] == views[1:]
    assert views == accounts and accounts == engine.queries.accounts()
    assert accounts != views[1:] and views[0] in accounts
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    assert accounts == views != engine.queries.accounts()


def test_only_the_views_that_are_read_are_computed(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []

    def counted(book: Book, account: Account, today: date) -> AccountView:
        computed.append(account.code)
        return view_in(book, account, today)

    monkeypatch.setattr("alluse_tui.engine.read.account_list.view_in", counted)
    accounts = iter(engine.queries.accounts())
    next(accounts), next(accounts)
    assert computed == ["gen-1", "rev-1"]


def damage(engine: LocalEngine, code: str) -> None:
    """Change the last digit of a stored amount, which the digest over all rows does not notice."""
    engine.close()
    with apsw.Connection(str(engine.path)) as file:
        file.execute(
            "UPDATE state SET body = replace(body, '000}', '001}') WHERE id = ?", (f"Main/{code}",)
        )
        assert file.changes() == 1


def test_a_damaged_account_is_found_before_any_is_read(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    damage(engine, "com-1")
    with pytest.raises(IntegrityFailed, match="com-1"):
        open_engine().queries.accounts()


def test_a_damaged_account_leaves_no_incomplete_document(engine: LocalEngine, cli: Cli) -> None:
    damage(engine, "com-1")
    answer = cli("accounts", "--json")
    assert answer.returncode != 0 and answer.stdout.startswith('{"error": ')
