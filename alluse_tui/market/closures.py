"""Days on which the New York Stock Exchange was closed though no rule of its calendar says so.

A closure is announced days before, so a release of `holidays` can be too old to know it. Those that
this release knows are kept here, whatever version of `holidays` is installed. Others are recorded
with `alluse market closure`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

UNSCHEDULED: Mapping[date, str] = {
    date(1994, 4, 27): "Day of mourning for Richard Nixon",
    date(2001, 9, 11): "Attacks of September 11",
    date(2001, 9, 12): "Attacks of September 11",
    date(2001, 9, 13): "Attacks of September 11",
    date(2001, 9, 14): "Attacks of September 11",
    date(2004, 6, 11): "Day of mourning for Ronald Reagan",
    date(2007, 1, 2): "Day of mourning for Gerald Ford",
    date(2012, 10, 29): "Hurricane Sandy",
    date(2012, 10, 30): "Hurricane Sandy",
    date(2018, 12, 5): "Day of mourning for George H. W. Bush",
    date(2025, 1, 9): "Day of mourning for Jimmy Carter",
}
"""The unscheduled closures since 1990, and why."""
