"""B15: a Flex file of 100,000 rows, from its bytes to a durable import."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.plain_log import memory_folder

ROWS = 100_000
FIRST_DAY = date(2025, 1, 1)

FILE = """<FlexQueryResponse queryName="x" type="AF">
<FlexStatements count="1">
<FlexStatement accountId="U1" fromDate="2025-01-01" toDate="2025-12-31">
<AccountInformation accountId="U1" currency="USD" />
"""

TRADE = (
    '<Trade accountId="U1" currency="USD" fxRateToBase="1" assetCategory="{asset}"'
    ' symbol="{symbol}" description="x" underlyingSymbol="XYZ" multiplier="{multiplier}"'
    ' strike="{strike}" expiry="{expiry}" putCall="{right}" tradeDate="{day}" reportDate="{day}"'
    ' dateTime="{day};11:00:00" transactionType="ExchTrade" quantity="{quantity}" tradePrice="2"'
    ' proceeds="{proceeds}" taxes="0" ibCommission="-1" netCash="{net}" notes="P"'
    ' tradeID="{number}" transactionID="{number}" levelOfDetail="EXECUTION" />\n'
)
CASH = (
    '<CashTransaction accountId="U1" currency="USD" fxRateToBase="1" symbol="XYZ" description="x"'
    ' dateTime="{day}" amount="1.5" type="Dividends" transactionID="{number}" reportDate="{day}"'
    ' levelOfDetail="DETAIL" />\n'
)

PLAIN = """
import json, resource, sys, time
from xml.etree.ElementTree import iterparse
begun = time.perf_counter()
rows = []
for _, element in iterparse(sys.argv[1], events=("start",)):
    rows.append(dict(element.attrib))
took = time.perf_counter() - begun
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, len(rows)]))
"""

OURS = """
import gc, json, resource, sys, time
from datetime import date
from pathlib import Path
from alluse_tui.cli.main import YOUNG_OBJECTS
from alluse_tui.config import load_policy
from alluse_tui.domain.commands import Import, Init
from alluse_tui.engine import LocalEngine
gc.set_threshold(YOUNG_OBJECTS)
with LocalEngine(Path(sys.argv[2]), create=True, actor="bench") as engine:
    policy = load_policy("moderate")
    engine.commands.submit(
        Init(portfolio="Main", capital=0, policy=policy, date=date(2024, 12, 31))
    )
    begun = time.perf_counter()
    read = engine.operations.read_statement(Path(sys.argv[1]))
    parsed = time.perf_counter() - begun
    plan = engine.commands.submit(Import(account="gen-1", statement=read.facts)).plan
    took = time.perf_counter() - begun
    assert len(read.facts.facts) == len(plan.entries) > 0, read.ignored[:3]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([took, peak, parsed]))
"""


def large_statement(folder: Path) -> list[Row]:
    """Reading and importing the file, against parsing it into dictionaries."""
    file = folder / "b15.xml"
    with file.open("w") as opened:
        opened.writelines(_lines())
    plain_s, plain_kib, _ = _measured(PLAIN, str(file))
    with memory_folder() as journals:
        ours_s, ours_kib, read_s = _measured(
            OURS, str(file), str((journals or folder) / "b15.journal")
        )
    note = f"{ROWS / ours_s:,.0f} rows a second"
    return [
        Row("B15 100,000 Flex rows: read", read_s / plain_s, "≤ 5", read_s, plain_s),
        Row("B15 read and imported", ours_s / plain_s, "≤ 10", ours_s, plain_s, note),
        Row(
            "B15 peak memory",
            ours_kib / plain_kib,
            "≤ 5",
            ours_s,
            plain_s,
            f"{ours_kib // 1024:,.0f} MiB, plain {plain_kib // 1024:,.0f} MiB",
        ),
    ]


def _lines() -> Iterator[str]:
    yield FILE
    yield "<Trades>\n"
    cash_rows = ROWS // 10
    for number in range(ROWS - cash_rows):
        day = FIRST_DAY + timedelta(days=number * 365 // ROWS)
        sign = 1 if number // 2 % 2 else -1
        option = number % 3 > 0
        proceeds = -sign * (200 if option else 20)
        yield TRADE.format(
            asset="OPT" if option else "STK",
            symbol="XYZ   261218P00100000" if option else "XYZ",
            multiplier=100 if option else 1,
            strike=100 if option else "",
            expiry="2026-12-18" if option else "",
            right="P" if option else "",
            day=day,
            quantity=sign * (1 if option else 10),
            proceeds=proceeds,
            net=proceeds - 1,
            number=number + 1,
        )
    yield "</Trades>\n<CashTransactions>\n"
    for number in range(cash_rows):
        yield CASH.format(day=FIRST_DAY + timedelta(days=number % 365), number=ROWS + number)
    yield "</CashTransactions>\n</FlexStatement>\n</FlexStatements>\n</FlexQueryResponse>\n"


def _measured(code: str, *arguments: str) -> list[float]:
    """What the program prints: seconds, KiB at its peak, and one more figure."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    figures: list[float] = json.loads(done.stdout)
    return figures
