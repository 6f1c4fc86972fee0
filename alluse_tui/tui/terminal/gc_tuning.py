"""Python's cyclic collector, and its one lock, kept from stopping the screen.

A full collection walks every object: 0.1 s with 10,000 accounts, 0.3 s with 100,000, at any moment.
So what stands is set aside, and full collections wait for a moment in which nobody waits for us.
Those between walk at most YOUNG * MIDDLE new objects, a few milliseconds.
"""

from __future__ import annotations

import gc
import sys

YOUNG, MIDDLE, NEVER = 2_000, 5, 1_000_000

SWITCH_SECONDS, PYTHONS_SECONDS = 0.001, 0.005
"""How long a thread that computes lets the event loop wait for the interpreter."""


def stand() -> None:
    """From now on full collections happen only in `tidy`."""
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)


def tidy() -> None:
    """A full collection, now."""
    gc.collect()
    gc.freeze()


def let_go() -> None:
    """As Python has it: what is left is collected at the end."""
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    sys.setswitchinterval(PYTHONS_SECONDS)
