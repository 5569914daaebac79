"""The account: quotas that the services of a Region share, and what others use of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.values.units import Rate

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era


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

    def concurrency(self, era: Era) -> int:
        """Concurrent executions the account may have."""
        default: int = era["lambda.account_concurrency"]
        return default if self.lambda_concurrency is None else self.lambda_concurrency

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
        rate = self.api_gateway_rate or build.era["api_gateway.throttle_rate"]
        burst = (
            build.era["api_gateway.throttle_burst"]
            if self.api_gateway_burst is None
            else self.api_gateway_burst
        )
        return build.bucket("api gateway requests", rate, burst, owner="account")

    def starts(self, build: Build, kind: str) -> int:
        """The bucket that executions of all Standard, or all Express, state machines start from."""
        if kind == "express":
            rate, burst = self.step_functions_express_start_rate, self.step_functions_express_start_burst
            return self._step_functions(build, "express starts", "express.start", rate, burst)
        rate, burst = self.step_functions_start_rate, self.step_functions_start_burst
        return self._step_functions(build, "standard starts", "start", rate, burst)

    def transitions(self, build: Build) -> int:
        """The bucket that the transitions of all Standard state machines take from."""
        rate, burst = self.step_functions_transition_rate, self.step_functions_transition_burst
        return self._step_functions(build, "state transitions", "transition", rate, burst)

    def open_executions(self, build: Build) -> int:
        """The places that executions of all Standard state machines have; who finds none is refused."""
        most = self.step_functions_open_executions or build.era["step_functions.open_executions"]
        return build.servers("open executions", most, bound=0, owner="account")

    def open_map_runs(self, build: Build) -> int:
        """The places that the runs of all distributed Maps have; who finds none waits in line."""
        most = build.era["step_functions.map.open_runs"]
        return build.servers("open Map runs", most, bound=None, owner="account")

    def _step_functions(
        self, build: Build, name: str, fact: str, rate: Rate | None, burst: int | None
    ) -> int:
        said: dict[str, Any] = {"rate": rate, "burst": burst}
        for part, own in said.items():
            if own is None:
                talk = self.step_functions_quotas == "talk" and fact != "express.start"
                said[part] = build.era[f"step_functions.{'talk.' if talk else ''}{fact}_{part}"]
        return build.bucket(name, said["rate"], said["burst"], owner="account")
