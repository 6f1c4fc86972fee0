"""How many examples a property test draws (`make test`: a tenth; `make test-all`: all)."""

from __future__ import annotations

from hypothesis import settings


def examples(thorough: int) -> int:
    """`thorough` examples, or the same share of them as the profile in use has of 100."""
    return max(1, thorough * settings().max_examples // 100)
