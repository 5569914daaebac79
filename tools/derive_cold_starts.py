"""Make `simulator/eras/cold_starts.yaml` from the quarterly Init Durations of maxday/lambda-perf.

    python tools/derive_cold_starts.py DATA/hello_world_daily/init_quantiles_by_quarter.csv.gz \
        > simulator/eras/cold_starts.yaml

Init Duration does not depend on memory (the medians at 128 to 1,024 MB of a configuration differ by 2 % in
the middle), so a quantile is the mean over the memory sizes measured. Restores and the first run do, and
keep their sizes. Of the first run the time of Rust's is taken off, which has nothing left to compile: what
remains is what a new environment costs the handler.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import pandas as pd

QUANTILES = {"p1": "p1", "p5": "p5", "p25": "p25", "p50": "p50", "p75": "p75", "p90": "p90",
             "p95": "p95", "p99": "p99", "p99.9": "p999"}  # fmt: skip
MEMORY = [128, 256, 512, 1024]
TODAY, THEN, RESTORES = "2026Q2", "2022Q4", "2025Q3"
NOW_RUNTIMES = {
    "nodejs20": "nodejs20.x", "nodejs22": "nodejs22.x", "nodejs24": "nodejs24.x",
    "python3.9": "python3.9", "python3.10": "python3.10", "python3.11": "python3.11",
    "python3.12": "python3.12", "python3.13": "python3.13", "python3.14": "python3.14",
    "java8.al2": "java8.al2", "java11": "java11", "java17": "java17", "java21": "java21", "java25": "java25",
    "dotnet8": "dotnet8", "dotnet10": "dotnet10", "ruby3.2": "ruby3.2", "ruby3.3": "ruby3.3",
    "ruby3.4": "ruby3.4", "go": "go (prov.al2023)", "rust": "rust (prov.al2023)",
}  # fmt: skip
THEN_RUNTIMES = {
    "nodejs12": "nodejs12x", "python3.7": "python37", "python3.8": "python38", "java8": "java8",
    "java11": "java11", "dotnetcore3.1": "dotnetcore31", "ruby2.7": "ruby27", "go1.x": "go1x",
}  # fmt: skip
SNAP_START = {
    "java11": "java11 snapstart", "java17": "java17 snapstart", "java21": "java21 snapstart", "java25": "",
    "python3.12": "", "python3.13": "", "python3.14": "", "dotnet8": "", "dotnet10": "",
}  # fmt: skip
HEADER = f"""\
# Cold starts of hello-world functions, by era and runtime.
#
# init_ms: Init Duration as Lambda's REPORT line gives it: quantiles {", ".join(QUANTILES)}, in
#   milliseconds; all memory sizes together, since Init Duration does not depend on memory
# first_run_ms: how much longer than Rust's the handler's first run in a new environment takes, at the
#   sizes of memory_mb (in {THEN} at the first of them only): the mean of ten runs a day, median of the days
# n: cold starts measured
# snap_start: the runtimes that may have it; restore_ms is Restore Duration by memory, where it was measured
#
# Made by tools/derive_cold_starts.py. go and rust run on provided.al2023. The runtimes of the era
# aws-2020-08 were measured in {THEN}, the earliest whole quarter there is, on x86_64 and from zip only.
# Not in Init Duration: making the environment and fetching the code (era key lambda.platform_start).
"""


def pooled(part: pd.DataFrame) -> str:
    return f"[{', '.join(f'{part[column].mean():.1f}' for column in QUANTILES.values())}]"


def first_runs(part: pd.DataFrame, rust: Mapping[int, float]) -> str:
    """At each memory size, beyond Rust's."""
    beyond = part.set_index("memory_mb").avg_duration_ms_median.sort_index()
    return f"[{', '.join(f'{max(ms - rust[memory], 0):.1f}' for memory, ms in beyond.items())}]"


def rows(quarter: pd.DataFrame, runtime: str, rust: str) -> Iterator[str]:
    for package in ("zip", "image"):
        for arch in ("x86_64", "arm64"):
            like = quarter[(quarter.package == package) & (quarter.arch == arch)]
            part = like[like.runtime == runtime]
            if part.empty:
                continue
            nothing = like[like.runtime == rust].set_index("memory_mb").avg_duration_ms_median
            yield (
                f"        {arch} {package}: {{n: {part.n.sum()}, init_ms: {pooled(part)},"
                f" first_run_ms: {first_runs(part, nothing.to_dict())}}}"
            )


def restores(quarter: pd.DataFrame, runtime: str, rust: float) -> Iterator[str]:
    for memory, part in quarter[quarter.runtime == runtime].groupby("memory_mb"):
        first = max(part.avg_duration_ms_median.iloc[0] - rust, 0)
        yield (
            f"        x86_64 {memory}: {{n: {part.n.sum()}, restore_ms: {pooled(part)},"
            f" first_run_ms: {first:.1f}}}"
        )


def main(path: str) -> None:
    table = pd.read_csv(path)
    print(HEADER)
    print("source: maxday/lambda-perf at 6070b79, one run of ten cold starts a day, us-east-1 (Apache-2.0)")
    print(f"quantiles: [{', '.join(QUANTILES)}]\nmemory_mb: {MEMORY}\neras:")
    for era, date, names, rust in (
        ("aws-2026", TODAY, NOW_RUNTIMES, "rust (prov.al2023)"),
        ("aws-2020-08", THEN, THEN_RUNTIMES, "rust_on_provided_al2"),
    ):
        print(f"  {era}:\n    date: {date}\n    runtimes:")
        for name, measured_as in names.items():
            print(f"      {name}:")
            print("\n".join(rows(table[table.quarter == date], measured_as, rust)))
    quarter = table[table.quarter == RESTORES]
    nothing = quarter[(quarter.runtime == "rust (prov.al2023)") & (quarter.arch == "x86_64")]
    print(f"snap_start:\n  aws-2026:\n    date: {RESTORES}\n    runtimes:")
    for name, measured_as in SNAP_START.items():
        measured = list(restores(quarter, measured_as, nothing.avg_duration_ms_median.median()))
        print("\n".join([f"      {name}:", *measured]) if measured else f"      {name}: {{}}")


if __name__ == "__main__":
    main(sys.argv[1])
