"""One claim about AWS, what was measured or documented, and what the simulator says."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Row(NamedTuple):
    """A line of the validation tables."""

    claim: str
    source: str
    unit: str
    measured: float
    predicted: float
    error: float
    allowed: float
    badge: Literal["measured", "documented", "assumed"]
