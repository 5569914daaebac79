"""How a trace from elsewhere is made as large as one's own traffic."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Tag

from simulator.values.spec import Positive
from simulator.values.units import Rate


class PeakRate(BaseModel):
    """So that the highest rate from the start of the run on is `peak`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    peak: Rate


class PeakNumber(BaseModel):
    """So that the highest value from the start of the run on is `peak`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    peak: Positive


def _form(value: object) -> str:
    return "factor" if isinstance(value, int | float | str) else "peak"


RateScale = Annotated[
    Annotated[Positive, Tag("factor")] | Annotated[PeakRate, Tag("peak")], Discriminator(_form)
]
NumberScale = Annotated[
    Annotated[Positive, Tag("factor")] | Annotated[PeakNumber, Tag("peak")], Discriminator(_form)
]


def factor(scale: float | PeakRate | PeakNumber, highest: float) -> float:
    """What to multiply a trace by whose highest value is so much."""
    if isinstance(scale, float):
        return scale
    if highest == 0:
        raise ValueError("nothing to scale to a peak: the trace is all zeros; write another file or 'from:'")
    return (scale.peak.per_second if isinstance(scale, PeakRate) else scale.peak) / highest
