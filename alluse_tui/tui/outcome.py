"""The outcome of a command that was shown as a plan."""

from __future__ import annotations

from alluse_tui.domain.model.errors import Pending
from alluse_tui.domain.views import Receipt

Outcome = Receipt | Pending | None
"""Carried out, proposed, or cancelled."""
