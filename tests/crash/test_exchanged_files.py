"""Another file at the path of an open journal."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from books import Cli

from alluse_tui.domain.commands import Withdraw, amount
from alluse_tui.domain.model.errors import StoreFailed
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.operations.backup import make_backup, restore_backup
from alluse_tui.journal import Head
from crash.scenes import (
    FIVE,
    SYSTEM,
    Opened,
    cash_of,
    whole,
    worker,
)


def test_a_running_engine_notices_that_its_journal_was_replaced(
    book: LocalEngine, opened: Opened, cli: Cli, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    assert cli("backup", str(backup), "--plain").returncode == 0
    receipts = [book.commands.submit(FIVE) for _ in range(3)]
    known = book.queries.accounts()
    put_aside = Path(cli.json("restore", str(backup), "--yes")["put_aside"])
    for act in (
        book.refresh,
        lambda: book.commands.submit(FIVE),
        lambda: book.commands.preview(FIVE),
        lambda: next(book.commands.changes(book.seq)),
    ):
        with pytest.raises(StoreFailed, match="removed or replaced"):
            act()
    assert (book.seq, book.queries.accounts()) == (4, known)
    book.close()
    later = opened()
    assert (later.seq, cash_of(later.queries.accounts())) == (1, amount("100000"))
    assert later.commands.submit(FIVE).seq == 2
    whole(later)
    with LocalEngine(put_aside, actor="dana") as old:
        recorded = {r.seq: r.hash.hex() for r in old.queries.records()}
        assert [recorded[r.seq] for r in receipts] == [r.hash for r in receipts]
        assert old.queries.accounts() == known
        assert [c for c in old.operations.verify(ask=False).checks if not c.ok] == []


def test_a_replaced_journal_leaves_the_new_one_as_it_is(
    book: LocalEngine, opened: Opened, cli: Cli, tmp_path: Path
) -> None:
    """Closing what was open on the old file touches neither the new one nor what lies beside it."""
    make_backup(book.path, tmp_path / "backup", None, SYSTEM)
    book.commands.submit(FIVE)
    book.operations.publish()
    assert cli("restore", str(tmp_path / "backup"), "--yes").returncode == 0
    later = opened()
    later.commands.submit(Withdraw(account="gen-1", amount=amount("1")))
    head = Head(later.seq, bytes.fromhex(later.operations.verify(ask=False).head))
    book.close()
    again = opened()
    assert (again.seq, again.quarantined) == (head.seq, "")
    assert cash_of(again.queries.accounts()) == amount("99999")
    whole(again)


@pytest.mark.parametrize("mode", ["deposits", "churn"])
def test_every_receipt_of_a_restore_under_load_is_in_the_file_that_was_put_aside(
    book: LocalEngine, opened: Opened, tmp_path: Path, mode: str
) -> None:
    backup = make_backup(book.path, tmp_path / "backup", None, SYSTEM).path
    book.close()
    for number in range(4):
        workers = [worker(mode, book.path, seed) for seed in (1, 2)]
        for one in workers:
            one.hear(5 + 3 * number)
        restored = restore_backup(backup, book.path, None, SYSTEM)
        assert restored.put_aside is not None
        time.sleep(0.05)
        for one in workers:
            one.process.kill()
            said, _ = one.process.communicate()
            for line in said.splitlines(keepends=True):
                if line.endswith("\n"):
                    one.heed(line)
        place = restored.put_aside
        moved = place.rename(tmp_path / f"{number}.journal")
        for suffix in ("-wal", ".head"):
            if Path(f"{place}{suffix}").exists():
                Path(f"{place}{suffix}").rename(f"{moved}{suffix}")
        found: set[tuple[int, str]] = set()  # who comes after may write to the new file
        for file in (moved, book.path):
            with LocalEngine(file, actor="next") as engine:
                found |= {(r.seq, r.hash.hex()) for r in engine.queries.records()}
                assert [c for c in engine.operations.verify(ask=False).checks if not c.ok] == []
                assert engine.quarantined == ""
        for one in workers:
            assert one.acknowledged
            assert {(seq, digest) for seq, (digest, _) in one.acknowledged.items()} <= found
            assert one.again <= found
    whole(opened())
