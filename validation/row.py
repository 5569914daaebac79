"""One claim about AWS, what was measured or documented, and what the simulator says."""

from __future__ import annotations

from typing import Literal, NamedTuple

Badge = Literal["measured", "documented", "assumed", "calibrated", "missed"]
"""As the head of the page says: calibrated rows predict nothing, missed ones are beyond what is allowed."""


class Row(NamedTuple):
    """A line of the validation tables."""

    claim: str
    source: str
    unit: str
    measured: float
    predicted: float
    error: float
    allowed: float
    badge: Badge
