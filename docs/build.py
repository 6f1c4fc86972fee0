"""`make docs`: the page of keys, made from the registry, and the screenshots that are shown.

The pictures are taken from the tested snapshots.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from alluse_tui.tui.preferences import keys_page

SHOWN = ("dashboard-80x24", "dashboard-160x50", "fork-plan-80x24")

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Write the page of keys; copy each picture beside the documents."""
    (ROOT / "docs" / "keys.md").write_text(keys_page(), encoding="utf-8")
    for name in SHOWN:
        shutil.copyfile(ROOT / "snapshots" / f"{name}-dark.svg", ROOT / "docs" / f"{name}.svg")


if __name__ == "__main__":
    main()
