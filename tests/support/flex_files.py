"""Flex files composed row by row, for what no file of one account has."""

from __future__ import annotations

from pathlib import Path

from alluse_tui.market.statements import ReadStatement, read_statements

TRADE = {
    "currency": "USD",
    "assetCategory": "STK",
    "symbol": "ABC",
    "multiplier": "1",
    "tradeDate": "2026-01-12",
    "reportDate": "2026-01-12",
    "dateTime": "2026-01-12;11:00:00",
    "transactionType": "ExchTrade",
    "quantity": "5",
    "tradePrice": "20",
    "proceeds": "-100",
    "ibCommission": "-2",
    "netCash": "-102",
    "levelOfDetail": "EXECUTION",
}
"""Five shares bought for 102.00 in all."""

CASH = {
    "currency": "USD",
    "dateTime": "2026-01-15",
    "reportDate": "2026-01-15",
    "type": "Dividends",
    "amount": "5",
    "levelOfDetail": "DETAIL",
}
"""A dividend of 5.00."""

PERIOD = {"fromDate": "2026-01-01", "toDate": "2026-01-31"}


def row(name: str, *defaults: dict[str, str], **attributes: str) -> str:
    """'<Trade currency="USD" … />'; a default that is given as '' is left out."""
    merged = {k: v for each in (*defaults, attributes) for k, v in each.items()}
    given = " ".join(f'{key}="{value}"' for key, value in merged.items() if value != "")
    return f"<{name} {given} />"


def trade(number: str, **attributes: str) -> str:
    """A Trade with that transaction id."""
    return row("Trade", TRADE, transactionID=number, **attributes)


def cash(number: str, **attributes: str) -> str:
    """A CashTransaction with that transaction id."""
    return row("CashTransaction", CASH, transactionID=number, **attributes)


def section(name: str, *rows: str) -> str:
    """A section with its rows, one a line."""
    return "\n".join((f"<{name}>", *rows, f"</{name}>"))


def statement(*sections: str, **attributes: str) -> str:
    """A FlexStatement."""
    given = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return "\n".join((f"<FlexStatement {given}>", *sections, "</FlexStatement>"))


def flex(*statements: str) -> str:
    """A whole file."""
    inner = "\n".join(statements)
    return (
        f'<FlexQueryResponse queryName="x" type="AF">\n<FlexStatements count="{len(statements)}">\n'
        f"{inner}\n</FlexStatements>\n</FlexQueryResponse>\n"
    )


def read_flex_text(
    folder: Path, text: str | bytes, currency: str = ""
) -> tuple[ReadStatement, ...]:
    """The statements in a file with that text."""
    file = folder / "composed.xml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_statements(file, currency=currency)
