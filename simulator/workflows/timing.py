"""Times as distributions."""

from __future__ import annotations

from simulator.values.distributions import distribution
from simulator.values.spec import Spec
from simulator.values.units import format_duration


def constant(ns: int) -> Spec:
    """Always so long."""
    return distribution(format_duration(ns))
