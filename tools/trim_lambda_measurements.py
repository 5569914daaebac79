"""Make the Lambda measurements in `validation/data/` from what people published.

    python tools/trim_lambda_measurements.py DATA validation/data

DATA holds `cold_starts/` and `measured/`; NOTICE says whose data they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

RUNTIMES = [
    *("nodejs20.x", "nodejs22.x", "nodejs24.x", "python3.12", "python3.13", "java17", "java21", "java25"),
    *("dotnet8", "dotnet10", "ruby3.4", "go (prov.al2023)", "rust (prov.al2023)"),
]
PROBES = {"python": "python3.8", "js": "nodejs12", "ruby": "ruby2.7", "vpc": "nodejs12 in a VPC"}


def init_by_memory(data: Path) -> pd.DataFrame:
    """Medians of Init Duration and the first run on x86_64 from zip, second quarter of 2026."""
    table = pd.read_csv(data / "cold_starts/hello_world_daily/init_quantiles_by_quarter.csv.gz")
    table = table[(table.quarter == "2026Q2") & (table.arch == "x86_64") & (table.package == "zip")]
    part = table[table.runtime.isin(RUNTIMES)]
    part = part.assign(runtime=part.runtime.str.replace(r"\.x$| \(.*", "", regex=True))
    part = part.rename(columns={"p50": "init_ms", "avg_duration_ms_median": "first_run_ms"})
    columns = ["runtime", "memory_mb", "n", "init_ms", "first_run_ms"]
    return part[columns].sort_values(columns[:2]).round(2)


def application_by_memory(data: Path) -> pd.DataFrame:
    """Medians of a Python application of 230 MB, from zip and from an image, January 2022."""
    table = pd.read_csv(data / "cold_starts/zip_and_image/reports.csv.gz")
    table = table[table.app.str.startswith("cold_start_230mb_big_memory") & (table.kind == "cold")]
    return medians(table, ["package", "memory_mb"], {"init_ms": "init_ms", "duration_ms": "first_run_ms"})


def duration_by_memory(data: Path) -> pd.DataFrame:
    """Medians of 100 runs of six functions at 46 sizes, January 2020."""
    table = pd.read_csv(data / "measured/step_functions_express/duration_by_memory.csv.gz")
    return medians(table, ["function", "memory_mb"], {"duration_ms": "duration_ms"})


def between_functions(data: Path) -> pd.DataFrame:
    """Daily medians from Lambda to Lambda in us-east-1, May and June 2020, and their median."""
    table = pd.read_csv(data / "cold_starts/by_region/daily_medians.csv.gz")
    table = table[(table.region == "us-east-1") & table.invocationclass.isin(["cold", "warm-one"])]
    table = table.rename(columns={"artifactsize": "artifact", "memorysize": "memory_mb"})
    keys = ["runtime", "artifact", "memory_mb"]
    by_class = table[table.artifact != "largeuberjar"].groupby("invocationclass")
    cold, warm = (by_class.get_group(name).groupby(keys) for name in ("cold", "warm-one"))
    found = {
        "days": cold.size(),
        "cold_ms": cold.median_daily_duration.median(),
        "warm_ms": warm.median_daily_duration.median(),
    }
    return pd.DataFrame(found).reset_index()


def at_the_client(data: Path) -> pd.DataFrame:
    """Quantiles of HTTP cold starts less the warm response time, January 2021."""
    table = pd.read_csv(data / "cold_starts/client_view/coldstart_samples.csv.gz")
    found = {
        function: table[table.config == config].response_s.quantile([0.05, 0.25, 0.5, 0.75, 0.9, 0.95])
        for config, function in PROBES.items()
    }
    frame = (1000 * pd.DataFrame(found).T).round(1)
    frame.columns = pd.Index([f"p{100 * share:g}_ms" for share in frame.columns])
    return frame.rename_axis("function").reset_index()


def steady_load(data: Path) -> pd.DataFrame:
    """Cold starts and environments at steady rates, of 28 hours each, April to June 2020."""
    table = pd.read_csv(data / "measured/lambda_steady_poisson/measured_summary.csv")
    names = {
        "ArrivalRate": "rate_per_s",
        "ServiceTimeWarm": "warm_ms",
        "ColdStartProbability": "cold_share",
        "ColdStartProbabilitySE": "cold_share_error",
        "AverageInstanceCount": "environments",
    }
    return table[list(names)].rename(columns=names).round(6)


def medians(table: pd.DataFrame, keys: list[str], named: dict[str, str]) -> pd.DataFrame:
    grouped = table.groupby(keys)
    found = grouped[list(named)].median().rename(columns=named).round(2)
    found.insert(0, "n", grouped.size())
    return found.reset_index().astype({"memory_mb": int})


def main(data: Path, to: Path) -> None:
    for make in (
        *(init_by_memory, application_by_memory, duration_by_memory, between_functions, at_the_client),
        steady_load,
    ):
        make(data).to_csv(to / f"{make.__name__}.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
