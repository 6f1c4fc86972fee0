"""Small statements for the inbox: a month with one row of cash, in US dollars."""

from __future__ import annotations

import calendar
from pathlib import Path

from flex_files import cash, flex, row, section, statement

BROKER_ACCOUNT = "U0000007"


def month_file(
    path: Path, month: int, start: str, amount: str, end: str, kind: str = "Dividends"
) -> Path:
    """The statement of that month of 2026, at `path`, with one cash row on the 15th."""
    account = {"accountId": BROKER_ACCOUNT, "currency": "USD"}
    first, last = (f"2026-{month:02}-{day}" for day in ("01", calendar.monthrange(2026, month)[1]))
    paid = f"2026-{month:02}-15"
    sections = (
        row("AccountInformation", account),
        section(
            "CashReport", row("CashReportCurrency", account, startingCash=start, endingCash=end)
        ),
        section(
            "CashTransactions",
            cash(str(month), **account, amount=amount, type=kind, dateTime=paid, reportDate=paid),
        ),
    )
    text = flex(statement(*sections, accountId=BROKER_ACCOUNT, fromDate=first, toDate=last))
    path.write_text(text, encoding="utf-8")
    return path


def january(folder: Path) -> Path:
    """1,000.00 and a dividend of 5.00."""
    return month_file(folder / "january.xml", 1, "1000", "5", "1005")


def february(folder: Path) -> Path:
    """A dividend of 7.00, and 8.00 that no row explains."""
    return month_file(folder / "february.xml", 2, "1005", "7", "1020")
