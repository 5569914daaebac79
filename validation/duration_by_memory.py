"""Duration by memory: six functions measured at one memory size and predicted at others.

Measured in January 2020 at 46 sizes, 100 runs each. Functions that compute need no more than their time at
one size; what the other two do was read off 512 and 1,792 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean
from typing import Any, NamedTuple

from simulator.eras.era import Era
from simulator.services.work import Measured
from validation.row import Row
from validation.tables import table

SOURCE = "pacslab/SLApp-PerfCost-MdlOpt 4173c98, us-east-2, 2020-01"
SIZES = (128, 512, 1024, 3008)


class Application(NamedTuple):
    """What a function does, the size it is measured at, and what is said of its use of CPU."""

    function: str
    does: str
    at: int
    settings: dict[str, Any]
    allowed: float
    """At one size, as a share of what was measured."""
    allowed_mean: float
    """The mean of these shares over all sizes."""


COMPUTES = {"cpu": "100%"}
APPLICATIONS = (
    Application("f2", "computes", 1792, COMPUTES, 0.04, 0.02),
    Application("f3", "computes", 1792, COMPUTES, 0.04, 0.02),
    Application("f5", "computes", 1792, COMPUTES, 0.04, 0.02),
    Application("f6", "computes", 1792, COMPUTES, 0.04, 0.02),
    Application("f4", "moves 25 MB from and to S3 (half of it CPU)", 1792, {"cpu": "50%"}, 0.12, 0.05),
    Application("f1", "writes 50 MB to disk (at most half a vCPU)", 512, {"vcpus": 0.5}, 0.08, 0.05),
)


def rows() -> Iterator[Row]:
    """Each function at some sizes, and over all."""
    one_vcpu = Era.load("aws-2020-08")["lambda.memory_per_vcpu"]
    for application in APPLICATIONS:
        function, does, at = application.function, application.does, application.at
        medians = {
            int(row["memory_mb"]): float(row["duration_ms"])
            for row in table("duration_by_memory")
            if row["function"] == function
        }
        written = {"measured": f"{medians.pop(at)} ms", "at": f"{at} MB", **application.settings}
        work = Measured.model_validate(written)
        predicted = {memory: 1000 * work.at_memory(memory, one_vcpu).mean() for memory in medians}
        for memory in (size for size in SIZES if size != at):
            claim = f"{function}, which {does}, at {memory:,} MB, from {at:,} MB"
            measured, error = medians[memory], abs(predicted[memory] - medians[memory])
            allowed = application.allowed * measured
            yield Row(claim, SOURCE, "ms", measured, predicted[memory], error, allowed, "measured")
        claim = f"{function}, from {at:,} MB, mean error at the other {len(medians)} sizes"
        error = 100 * fmean(abs(predicted[memory] / medians[memory] - 1) for memory in medians)
        yield Row(claim, SOURCE, "%", 0.0, error, error, 100 * application.allowed_mean, "measured")
