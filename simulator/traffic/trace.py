"""Requests as they were measured somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from simulator.traffic.bins import Bins, InBursts, WithinBin
from simulator.traffic.requests import Requests
from simulator.traffic.scale import RateScale, factor
from simulator.traffic.series import Moment, read_series
from simulator.traffic.shape import ArrivalStream, Shape
from simulator.traffic.types import Floats, Times


class Trace(Shape, name="trace"):
    """Requests at the times in a CSV `file`, or as many per bin of time as it says.

    The run starts at `from` in the file: a wall-clock time, or so long after the first row.
    `column` says what to read where that is not clear: the first column has a row per request,
    any other has a count per bin. `scale` is a factor, or {peak: 3000/s} for the highest rate.

    Within a bin requests come by chance (`poisson`), evenly spaced (`even`), or by chance with a
    share of them in one burst (`{bursts: {length: 5 s, share: 40%}}`). Times of single requests
    are kept; a scale below 1 leaves some out, above 1 it puts more between a request and the
    next. After the last row nothing comes.
    """

    file: str
    from_: Moment = Field(0, alias="from")
    column: str | None = None
    scale: RateScale = 1.0
    within_bin: WithinBin = "poisson"
    _series: Bins | Requests = PrivateAttr()
    _factor: float = PrivateAttr()

    @model_validator(mode="after")
    def _read(self, info: ValidationInfo) -> Self:
        self._series = read_series(self.file, self.column, self.from_, info.context)
        self._factor = factor(self.scale, self._series.highest_rate)
        if self.within_bin != "poisson" and isinstance(self._series, Requests):
            raise ValueError(f"{self.file} has the time of every request; write no 'within_bin'")
        if (
            isinstance(self.within_bin, InBursts)
            and isinstance(self._series, Bins)
            and self.within_bin.bursts.length > self._series.width
        ):
            raise ValueError("a burst is longer than a bin of the file; write a shorter length")
        return self

    def rate_at(self, t_s: Floats) -> Floats:
        return self._series.rate_at(t_s) * self._factor

    def busiest_rate_at(self, t_s: Floats) -> Floats:
        """With the burst of each bin in its middle."""
        if isinstance(self.within_bin, InBursts) and isinstance(self._series, Bins):
            return self.rate_at(t_s) * self._series.crowding_at(t_s, self.within_bin.bursts)
        return self.rate_at(t_s)

    def ends(self) -> int:
        return self._series.ends

    def instants(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        generator = stream.generator()
        if isinstance(self._series, Requests):
            return self._series.instants(generator, self._factor, horizon_ns)
        return self._series.instants(generator, self._factor, self.within_bin, horizon_ns)
