"""Keeps Python's garbage collector and its global lock from stopping the screen.

A full collection walks every object: 0.1 s with 10,000 accounts, 0.3 s with 100,000, at any moment.
So objects that exist after loading are frozen, and full collections run only while no key was
pressed for a while. Those between walk at most YOUNG * MIDDLE new objects, a few milliseconds.
"""

from __future__ import annotations

import gc
import sys

YOUNG, MIDDLE, NEVER = 2_000, 5, 1_000_000

SWITCH_SECONDS, PYTHONS_SECONDS = 0.001, 0.005
"""How long a computing thread lets the event loop wait for the global lock; Python's default."""


def limit_collections() -> None:
    """Run full collections only in `collect`."""
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)


def collect() -> None:
    """Run a full collection now."""
    gc.collect()
    gc.freeze()


def restore() -> None:
    """Restore Python's defaults."""
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    sys.setswitchinterval(PYTHONS_SECONDS)
