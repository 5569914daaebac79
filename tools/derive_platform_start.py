"""How long Lambda takes to start an environment besides Init Duration, from client-side cold starts.

    python tools/derive_platform_start.py DATA

DATA holds `client_view/coldstart_samples.csv.gz` (HTTP through API Gateway, January 2021, the warm
response time already taken off; mikhailshilkov/mikhailio-hugo, MIT) and
`hello_world_daily/init_quantiles_by_quarter.csv.gz` (maxday/lambda-perf, Apache-2.0).

What a client waits at a cold start is Init Duration plus the platform's own work. Both are taken as
independent; the platform's quantiles are moved until the sum has the quantiles that clients saw. Go
and Java are left out: their runtimes changed between 2021 and the init times of 2022.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

RUNTIMES = {"python": "python38", "js": "nodejs12x", "ruby": "ruby27"}
INIT = {"min": 0, "p1": 0.01, "p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9,
        "p95": 0.95, "p99": 0.99, "p999": 0.999, "max": 1}  # fmt: skip
SEEN = np.array([0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
STRATA = (np.arange(100_000) + 0.5) / 100_000


def init_ms(quantiles: pd.DataFrame, runtime: str) -> NDArray[np.float64]:
    """Stratified draws, in no order, of Init Duration in the first whole quarter measured."""
    row = quantiles[(quantiles.quarter == "2022Q4") & (quantiles.runtime == runtime)].iloc[0]
    draws = np.interp(STRATA, list(INIT.values()), row[list(INIT)].to_numpy(float))
    return np.random.Generator(np.random.Philox(1)).permutation(draws)


def platform_ms(seen: NDArray[np.float64], init: NDArray[np.float64]) -> NDArray[np.float64]:
    """The quantiles that, added to `init`, give the quantiles `seen`."""
    platform: NDArray[np.float64] = seen - np.quantile(init, SEEN)
    for _ in range(50):
        total = init + np.interp(STRATA, SEEN, platform)
        platform = np.maximum.accumulate(platform + 0.5 * (seen - np.quantile(total, SEEN)))
    return platform


def main(data: Path) -> None:
    samples = pd.read_csv(data / "client_view" / "coldstart_samples.csv.gz")
    quantiles = pd.read_csv(data / "hello_world_daily" / "init_quantiles_by_quarter.csv.gz")
    found = {}
    for config, runtime in RUNTIMES.items():
        seen = 1000 * samples[samples.config == config].response_s.to_numpy(float)
        found[config] = platform_ms(np.quantile(seen, SEEN), init_ms(quantiles, runtime))
    found["mean"] = np.mean(list(found.values()), axis=0)
    columns = [f"p{100 * share:g}" for share in SEEN]
    print(pd.DataFrame.from_dict(found, orient="index", columns=columns).round().to_string())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
