"""An audience that is sent to the server all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator

from simulator.traffic.bins import Bins
from simulator.traffic.points import evenly
from simulator.traffic.scale import NumberScale, factor
from simulator.traffic.series import Moment, read_series
from simulator.traffic.shape import ArrivalStream, Shape, Surge
from simulator.traffic.types import Floats, Times
from simulator.values.units import SECOND, Duration, Share, format_duration


class Audience(BaseModel):
    """How many watch: a CSV `file` with a number per bin of time, `from` which moment, at what `scale`.

    Between the times of two rows it changes in a straight line. `scale` is a factor, or
    {peak: 150000} for the most viewers from the start of the run on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    from_: Moment = Field(0, alias="from")
    column: str | None = None
    scale: NumberScale = 1.0
    _viewers: Bins = PrivateAttr()
    _factor: float = PrivateAttr()

    @model_validator(mode="after")
    def _read(self, info: ValidationInfo) -> Self:
        match read_series(self.file, self.column, self.from_, info.context):
            case Bins() as viewers:
                self._viewers = viewers
                self._factor = factor(self.scale, max(viewers.values))
                return self
            case _:
                raise ValueError(f"{self.file} has only times; write a file with a number in each row too")

    def ends(self) -> int:
        """Nanoseconds for which the number is known."""
        return self._viewers.ends

    def at(self, t_ns: int) -> float:
        """The number of viewers at a time of the run."""
        return self._viewers.value_at(t_ns) * self._factor


class AdBreak(BaseModel):
    """At the time `at` this share of the audience sends one request each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Duration = Field(examples=["10 min"])
    share: Share = Field(examples=["60%"])


class LiveStream(Shape, name="live_stream"):
    """A broadcast: at each of the `ad_breaks` a share of the `audience` asks for its advertisement.

    All at that very instant: spreading the requests is the client's choice, so it belongs to the
    design. Joining and leaving viewers send nothing here; give them a source of their own.
    """

    audience: Audience
    ad_breaks: dict[str, AdBreak] = Field(min_length=1)

    @model_validator(mode="after")
    def _all_known(self) -> Self:
        for name, ad_break in self.ad_breaks.items():
            if ad_break.at >= self.audience.ends():
                raise ValueError(
                    f"ad break '{name}' at {format_duration(ad_break.at)} is after the last row of"
                    f" {self.audience.file}; write a time before {format_duration(self.audience.ends())}"
                )
        return self

    def rate_at(self, t_s: Floats) -> Floats:
        rate = np.zeros(len(t_s))
        for at, requests in self._calls():
            rate += requests * ((t_s >= at / SECOND) & (t_s < at / SECOND + 1))
        return rate

    def busiest_rate_at(self, t_s: Floats) -> Floats:
        """Every call within the one step of these times in which it comes."""
        step_s = float(t_s[1] - t_s[0]) if len(t_s) > 1 else 1.0
        rate = np.zeros(len(t_s))
        for at, requests in self._calls():
            rate += requests / step_s * (np.abs(t_s - at / SECOND - step_s / 2) < step_s / 2)
        return rate

    def surge(self) -> Surge:
        name, first = min(self.ad_breaks.items(), key=lambda item: item[1].at)
        return Surge(first.at, ("ad_breaks", name, "at"))

    def instants(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        for at, requests in self._calls():
            for zeros in evenly(requests, 0, requests):
                yield zeros + at

    def _calls(self) -> list[tuple[int, int]]:
        """Times and numbers of requests, in order."""
        breaks = sorted(self.ad_breaks.values(), key=lambda ad_break: ad_break.at)
        return [(each.at, round(each.share * self.audience.at(each.at))) for each in breaks]
