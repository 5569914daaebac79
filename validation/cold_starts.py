"""Cold starts: what depends on memory and what does not, and whole starts as clients saw them by 2021.

Of each kind of start 3,600 are simulated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from simulator.eras.cold_starts import ColdStart, cold_start
from simulator.services.work import Measured
from simulator.values.distributions import distribution
from validation.row import Row
from validation.running import replications
from validation.tables import table

LAMBDA_PERF = "maxday/lambda-perf 6070b79, 2026Q2"
DANTAS = "pacslab/serverless-iot-deployment e58ef85, 2022-01"
SYMPHONIA = "symphoniacloud/lambda-cold-starts 6de858e, us-east-1, 2020-06"
MIKHAILIO = "mikhailshilkov/mikhailio-hugo 32ff980, 2021-01"
ONE_VCPU = 1769
PROBES: Mapping[str, dict[str, Any]] = {
    "python3.8": {"runtime": "python3.8"},
    "nodejs12": {"runtime": "nodejs12"},
    "ruby2.7": {"runtime": "ruby2.7"},
    "nodejs12 in a VPC": {"runtime": "nodejs12", "vpc": True},
}


def rows() -> Iterator[Row]:
    """All comparisons."""
    yield from _init_at_any_memory()
    yield from _application()
    yield from _first_runs()
    yield from _between_functions()
    yield from _at_the_client()


def _row(
    claim: str,
    source: str,
    measured: float,
    predicted: float,
    allowed: float,
    badge: Literal["measured", "assumed"] = "measured",
) -> Row:
    """`allowed` is a share of what was measured."""
    error = abs(predicted - measured)
    return Row(claim, source, "ms", measured, predicted, error, allowed * measured, badge)


def _init_at_any_memory() -> Iterator[Row]:
    """The profile of a runtime, which is one for all sizes, against the median farthest from it."""
    for runtime in dict.fromkeys(row["runtime"] for row in table("init_by_memory")):
        profile = distribution(cold_start("aws-2026", runtime).init)
        predicted = 1000 * profile.quantile(0.5)
        medians = [float(row["init_ms"]) for row in table("init_by_memory") if row["runtime"] == runtime]
        farthest = max(medians, key=lambda median: abs(median - predicted))
        claim = f"Init of {runtime} at any memory from 128 to 1,024 MB (the farthest)"
        yield _row(claim, LAMBDA_PERF, farthest, predicted, 0.02)


def _application() -> Iterator[Row]:
    """A Python application of 230 MB: its init is the same at any memory, its first run needs CPU."""
    by_package = {
        package: {
            int(row["memory_mb"]): row for row in table("application_by_memory") if row["package"] == package
        }
        for package in ("zip", "image")
    }
    for package, at in by_package.items():
        for memory, allowed in ((128, 0.03), (1024, 0.03), (3008, 0.1)):
            claim = f"Init of a 230 MB Python application ({package}) at {memory:,} MB, from 1,472 MB"
            predicted = float(at[1472]["init_ms"])
            yield _row(claim, DANTAS, float(at[memory]["init_ms"]), predicted, allowed)
    at = by_package["zip"]
    first_run = Measured.model_validate({"measured": f"{at[1472]['first_run_ms']} ms", "at": "1472 MB"})
    for memory in (128, 576, 1024, 2048, 3008):
        claim = f"First run of a 230 MB Python application (zip) at {memory:,} MB, from 1,472 MB"
        predicted = 1000 * first_run.at_memory(memory, ONE_VCPU).mean()
        yield _row(claim, DANTAS, float(at[memory]["first_run_ms"]), predicted, 0.06)


def _first_runs() -> Iterator[Row]:
    """The rule between the sizes measured: from 128 and 512 MB to 256 MB."""
    for runtime in ("dotnet8", "dotnet10", "java25"):
        found = {
            int(row["memory_mb"]): float(row["first_run_ms"])
            for row in table("init_by_memory")
            if row["runtime"] == runtime
        }
        ends = tuple((memory, found[memory]) for memory in (128, 512))
        predicted = ColdStart(runtime, "", {}, ends, 0, "", "").first_run_ms(256)
        claim = f"First run of {runtime} at 256 MB, from 128 and 512 MB"
        yield _row(claim, LAMBDA_PERF, found[256], predicted, 0.05)


def _between_functions() -> Iterator[Row]:
    """Cold less warm, from Lambda to Lambda; the large ones carry some 40 MB of libraries they do not use.

    Java is predicted too slow: it was measured in 2022 at 128 MB, with a handler whose first run costs
    more CPU than these; and with more than one vCPU it starts faster, which no profile knows.
    """
    measured = {
        (row["runtime"], row["artifact"], int(row["memory_mb"])): float(row["cold_ms"])
        - float(row["warm_ms"])
        for row in table("between_functions")
    }
    starts = _starts(
        {
            "runtime": runtime.replace("python38", "python3.8"),
            "memory": f"{memory} MB",
            "package": {"size": "40 MB" if artifact == "large" else "0 B"},
        }
        for runtime, artifact, memory in measured
    )
    for (runtime, artifact, memory), start in zip(measured, starts, strict=True):
        claim = f"Cold start of {runtime} with {memory:,} MB, median, from Lambda to Lambda"
        badge: Literal["measured", "assumed"] = "measured"
        if artifact == "large":
            claim, badge = claim.replace("Cold start", "Package of some 40 MB: cold start"), "assumed"
        yield _row(claim, SYMPHONIA, measured[runtime, artifact, memory], start[0.5], 0.35, badge)


def _at_the_client() -> Iterator[Row]:
    """Cold less warm, over HTTP. The platform's time, one for all, was derived from the first three."""
    probes = table("at_the_client")
    starts = _starts({**PROBES[row["function"]], "memory": "1536 MB"} for row in probes)
    for row, start in zip(probes, starts, strict=True):
        for column, share in (("p50_ms", 0.5), ("p90_ms", 0.9), ("p95_ms", 0.95)):
            claim = f"Cold start of {row['function']}, {column.removesuffix('_ms')}, at the client"
            yield _row(claim, MIKHAILIO, float(row[column]), start[share], 0.12)


def _starts(functions: Iterable[dict[str, Any]]) -> Iterator[Mapping[float, float]]:
    """Quantiles of what a cold start takes in August 2020, in ms, of each function."""
    cold = {"service": "lambda", "duration": "0 s", "keep_alive": "1 ms"}
    done = replications(
        "1 h",
        era={"use": "aws-2020-08", "lambda.invoke_overhead": "0 s"},
        traffic={"clock": {"to": "f", "shape": "constant", "rate": "1/s"}},
        architecture={"f": {**cold, "runtime": "java8"}},
        designs={f"number-{place}": {"f": settings} for place, settings in enumerate(functions)},
    )
    for one in done.values():
        latency = one.traffic["clock"].latency
        yield {share: 1000 * latency.quantile(share) for share in (0.5, 0.9, 0.95)}
