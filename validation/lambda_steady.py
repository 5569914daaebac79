"""Lambda under steady Poisson load: cold starts and environments over the range from lonely to busy.

Experiments of 28 hours each in us-east-1, April to June 2020: python3.6 with 128 MB, a handler of some 2 s.
A cold start is the first request of an environment, as their authors counted it: also where Lambda had
initialised it ahead, as it had for half of those of busy functions. They counted an environment from its
first request until ten minutes after its last, and so do the comparisons: what lay between first and last
use, and ten minutes for each. The mechanism and its constants were read off request logs of six of these
experiments (`tools/derive_environment_lives.py`), not fitted to these numbers.

Each rate is simulated for 40 days, below 0.02/s for 400: the simulator's own error is below 1 %. The
measurements' is that of their 28 hours: a share of cold starts may be off by two of its standard errors.
The model that its authors published for these experiments, a fixed expiry of 600 s, has mean errors of 14.5 %
and 3.4 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Final

from validation.row import Row
from validation.running import replication
from validation.tables import table

SOURCE: Final = "Mahmoudi and Khazaei, pacslab/simfaas 5dd1623, us-east-1, 2020-06"
OUTSIDE_MS: Final = 92
"""Of a request's time at the client, outside the function: the median in the logs."""
COUNTED_ON_S: Final = 600
DAY_S: Final = 86_400
ALLOWED_COLD, ALLOWED_ENVIRONMENTS = 12, 3.3
"""Mean errors over the rates, in per cent."""


def rows() -> Iterator[Row]:
    """A row for each rate and quantity, and their mean errors."""
    errors_of_cold, errors_of_environments = [], []
    for measured in table("steady_load"):
        rate = float(measured["rate_per_s"])
        share, environments = predicted(rate, float(measured["warm_ms"]))
        cold, alive = float(measured["cold_share"]), float(measured["environments"])
        errors_of_cold.append(100 * abs(share / cold - 1))
        errors_of_environments.append(100 * abs(environments / alive - 1))
        at = f"at {rate:.4g} requests/s"
        two_errors = 2 * 100 * float(measured["cold_share_error"])
        yield Row(
            f"Steady load {at}: share of cold starts",
            *(SOURCE, "%", 100 * cold, 100 * share, 100 * abs(share - cold), two_errors, "measured"),
        )
        error = abs(environments - alive)
        yield Row(
            f"Steady load {at}: environments",
            *(SOURCE, "mean", alive, environments, error, 0.1 * alive, "measured"),
        )
    for what, errors, allowed in (
        ("share of cold starts", errors_of_cold, ALLOWED_COLD),
        ("environments", errors_of_environments, ALLOWED_ENVIRONMENTS),
    ):
        mean = fmean(errors)
        claim = f"Steady load at all rates: {what}, mean error"
        yield Row(claim, SOURCE, "%", 0, mean, mean, allowed, "measured")


def predicted(rate: float, warm_ms: float) -> tuple[float, float]:
    """Share of cold starts, and environments as their authors counted them."""
    days = 40 if rate > 0.02 else 400
    f = counters(f"{days} d", rate, warm_ms)
    share = f["cold_starts"] / f["invocations"]
    return share, f["environments_used_mean"] + f["cold_starts"] * COUNTED_ON_S / (days * DAY_S)


def counters(length: str, rate: float, warm_ms: float) -> Mapping[str, float]:
    """Of the function, once it has reached its steady state."""
    duration_ms = warm_ms - OUTSIDE_MS
    ran = replication(
        length,
        run={"for": length, "warm_up": "6 h"},
        era="aws-2020-08",
        traffic={"load": {"to": "f", "shape": "poisson", "rate": f"{rate:.6f}/s"}},
        architecture={
            "f": {
                "service": "lambda",
                "runtime": "python3.7",
                "memory": "128 MB",
                "duration": f"{duration_ms:.3f} ms",
            }
        },
    )
    return ran.services["f"]
