"""Make `simulator/eras/cold_starts.yaml` from the quarterly Init Durations of maxday/lambda-perf.

    python tools/derive_cold_starts.py DATA/hello_world_daily/init_quantiles_by_quarter.csv.gz \
        > simulator/eras/cold_starts.yaml

Init Duration does not depend on memory (128 to 1024 MB agree within 2 to 3 %), so a quantile is the
mean over the memory sizes measured. The first run of the handler does, and is taken at 512 MB where
there is a choice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pandas as pd

QUANTILES = {"p1": "p1", "p5": "p5", "p25": "p25", "p50": "p50", "p75": "p75", "p90": "p90",
             "p95": "p95", "p99": "p99", "p99.9": "p999"}  # fmt: skip
TODAY, THEN = "2026Q2", "2022Q4"
RUNTIMES = {
    TODAY: {
        "nodejs22": "nodejs22.x", "nodejs24": "nodejs24.x",
        "python3.12": "python3.12", "python3.13": "python3.13",
        "java17": "java17", "java21": "java21", "java25": "java25",
        "dotnet8": "dotnet8", "dotnet10": "dotnet10", "ruby3.4": "ruby3.4",
        "go": "go (prov.al2023)", "rust": "rust (prov.al2023)",
    },
    THEN: {
        "nodejs12": "nodejs12x", "python3.7": "python37", "python3.8": "python38",
        "java8": "java8", "java11": "java11", "dotnetcore3.1": "dotnetcore31",
        "ruby2.7": "ruby27", "go1.x": "go1x",
    },
}  # fmt: skip
HEADER = f"""\
# Cold starts of hello-world functions: Init Duration as Lambda's REPORT line gives it, by runtime.
#
# init_ms: quantiles {", ".join(QUANTILES)}, milliseconds
# first_run_ms: the handler's first run in a new environment, milliseconds at 512 MB ({THEN}: 128 MB);
#   runtimes that compile as they run take about 1/memory of it
# n: cold starts measured; all memory sizes together, since Init Duration does not depend on memory
#
# Made by tools/derive_cold_starts.py. go and rust run on provided.al2023. The runtimes of the era
# aws-2020-08 were measured in {THEN}, the earliest whole quarter there is, on x86_64 and from zip only.
# Not in Init Duration: making the environment and fetching the code (era key lambda.platform_start).
"""


def rows(table: pd.DataFrame) -> Iterator[str]:
    for package in ("zip", "image"):
        for arch in ("x86_64", "arm64"):
            part = table[(table.package == package) & (table.arch == arch)]
            if part.empty:
                continue
            pooled = [f"{part[column].mean():.1f}" for column in QUANTILES.values()]
            first = part.iloc[(part.memory_mb - 512).abs().argmin()]["avg_duration_ms_median"]
            yield (
                f"    {arch} {package}: "
                f"{{n: {part.n.sum()}, init_ms: [{', '.join(pooled)}], first_run_ms: {first:.1f}}}"
            )


def main(path: str) -> None:
    table = pd.read_csv(path)
    print(HEADER)
    print(f"quantiles: [{', '.join(QUANTILES)}]")
    print("source: maxday/lambda-perf at 6070b79, one run of ten cold starts a day, us-east-1 (Apache-2.0)")
    print("runtimes:")
    for quarter, names in RUNTIMES.items():
        for name, measured_as in names.items():
            print(f"  {name}:\n    date: {quarter}")
            print("\n".join(rows(table[(table.quarter == quarter) & (table.runtime == measured_as)])))


if __name__ == "__main__":
    main(sys.argv[1])
