"""`make docs`: the screenshots that README and guide show, taken from the tested snapshots."""

from __future__ import annotations

import shutil
from pathlib import Path

SHOWN = ("dashboard-80x24", "dashboard-160x50", "withdraw-plan-80x24")

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Copy each picture beside the documents."""
    for name in SHOWN:
        shutil.copyfile(ROOT / "snapshots" / f"{name}.svg", ROOT / "docs" / f"{name}.svg")


if __name__ == "__main__":
    main()
