"""The account: quotas that the services of a Region share, and what others use of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from simulator.values.units import Rate

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era


_FACTS: Final[Mapping[str, str]] = {
    "lambda_concurrency": "lambda.account_concurrency",
    "api_gateway_rate": "api_gateway.throttle_rate",
    "api_gateway_burst": "api_gateway.throttle_burst",
    "step_functions_start_rate": "step_functions.{}start_rate",
    "step_functions_start_burst": "step_functions.{}start_burst",
    "step_functions_transition_rate": "step_functions.{}transition_rate",
    "step_functions_transition_burst": "step_functions.{}transition_burst",
    "step_functions_express_start_rate": "step_functions.express.start_rate",
    "step_functions_express_start_burst": "step_functions.express.start_burst",
    "step_functions_open_executions": "step_functions.open_executions",
}
"""What the era calls a quota; `{}` stands for `talk.` where the account says so."""


class Account(BaseModel):
    """An AWS account in one Region; a quota not set is the era's. Raising one is a design decision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lambda_concurrency: int | None = Field(default=None, ge=0, examples=[1000])
    """Executions at a time, all functions together."""
    used_elsewhere: int = Field(default=0, ge=0, examples=[50])
    """Of that, what functions outside this scenario hold all the time."""
    api_gateway_rate: Rate | None = Field(default=None, examples=["10000/s"])
    """Requests to all APIs of the account together."""
    api_gateway_burst: int | None = Field(default=None, ge=0, examples=[5000])
    step_functions_quotas: Literal["documented", "talk"] = "documented"
    """Step Functions' start and transition rates: as AWS documents them, or as in the talk of 2020."""
    step_functions_start_rate: Rate | None = Field(default=None, examples=["300/s"])
    """StartExecution of all Standard machines together."""
    step_functions_start_burst: int | None = Field(default=None, ge=1, examples=[1300])
    step_functions_transition_rate: Rate | None = Field(default=None, examples=["5000/s"])
    """State transitions of all Standard machines together."""
    step_functions_transition_burst: int | None = Field(default=None, ge=1, examples=[5000])
    step_functions_express_start_rate: Rate | None = Field(default=None, examples=["6000/s"])
    """Asynchronous StartExecution of all Express machines together."""
    step_functions_express_start_burst: int | None = Field(default=None, ge=1, examples=[6000])
    step_functions_open_executions: int | None = Field(default=None, ge=1, examples=[1000000])
    """Executions of all Standard machines at a time."""

    def with_defaults(self, era: Era) -> Self:
        """The account with the era's quotas where it sets none."""
        return self.model_copy(update={name: self._quota(name, era) for name in _FACTS})

    def _quota(self, name: str, era: Era) -> Any:
        own, talk = getattr(self, name), "talk." if self.step_functions_quotas == "talk" else ""
        return era[_FACTS[name].format(talk)] if own is None else own

    def _bucket(self, name: str, quota: str, build: Build) -> int:
        rate, burst = (self._quota(f"{quota}_{part}", build.era) for part in ("rate", "burst"))
        return build.bucket(name, rate, burst, owner="account")

    def concurrency(self, era: Era) -> int:
        """Concurrent executions the account may have."""
        most: int = self._quota("lambda_concurrency", era)
        return most

    def reservable(self, era: Era) -> int:
        """How many of them may be reserved or provisioned; the rest is kept for other functions."""
        kept: int = era["lambda.unreserved_minimum"]
        return max(self.concurrency(era) - kept, 0)

    def unreserved(self, build: Build, reservations: Iterable[int]) -> int:
        """The quota that all functions without reserved concurrency share."""
        left = self.concurrency(build.era) - self.used_elsewhere - sum(reservations)
        return build.quota("concurrency", max(left, 0), owner="account")

    def api_gateway(self, build: Build) -> int:
        """The bucket that all requests to the account's APIs go through."""
        return self._bucket("api gateway requests", "api_gateway", build)

    def starts(self, build: Build, kind: str) -> int:
        """The bucket that executions of all Standard, or all Express, state machines start from."""
        express = "express_" if kind == "express" else ""
        return self._bucket(f"{kind} starts", f"step_functions_{express}start", build)

    def transitions(self, build: Build) -> int:
        """The bucket that the transitions of all Standard state machines take from."""
        return self._bucket("state transitions", "step_functions_transition", build)

    def open_executions(self, build: Build) -> int:
        """The places that executions of all Standard state machines have; who finds none is refused."""
        most = self._quota("step_functions_open_executions", build.era)
        return build.servers("open executions", most, bound=0, owner="account")

    def open_map_runs(self, build: Build) -> int:
        """The places that the runs of all distributed Maps have; who finds none waits in line."""
        most = build.era["step_functions.map.open_runs"]
        return build.servers("open Map runs", most, bound=None, owner="account")
