"""Cold starts by runtime, as measured on hello-world functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from simulator.eras.document import document, instead
from simulator.values.units import shown


@dataclass(frozen=True)
class ColdStart:
    """How long a runtime's Init phase takes with next to no code in it.

    `init` is REPORT's Init Duration: runtime and function init, of one quarter of a year, any memory.
    Left out: extensions, the function's own init code, SnapStart, and what precedes Init (the era's
    `lambda.platform_start`).
    """

    runtime: str
    architecture: str
    package: str
    init: Mapping[str, Mapping[str, str]] = field(repr=False)
    """A distribution as a scenario writes it: `{quantiles: {p1: 117.5 ms, …}}`."""
    first_run: str
    """The handler's first run in a new environment at 512 MB; runtimes that compile take about 1/memory."""
    samples: int
    source: str
    date: str


def runtimes() -> tuple[str, ...]:
    """The runtimes that were measured, today's first."""
    return tuple(document(__package__, "cold_starts.yaml")["runtimes"])


@cache
def cold_start(runtime: str, architecture: str = "x86_64", package: str = "zip") -> ColdStart:
    """The measured cold start of a runtime by AWS's name for it; `nodejs22.x` and `nodejs22` are one."""
    table = document(__package__, "cold_starts.yaml")
    name = runtime if runtime in table["runtimes"] else runtime.removesuffix(".x")
    if name not in table["runtimes"]:
        raise ValueError(f"no cold starts of runtime {shown(runtime)}; {instead(runtime, runtimes())}")
    measured = {key: row for key, row in table["runtimes"][name].items() if key != "date"}
    found = f"{architecture} {package}"
    if found not in measured:
        raise ValueError(f"{name} was not measured as {shown(found)}; {instead(found, measured)}")
    row = measured[found]
    quantiles = zip(table["quantiles"], row["init_ms"], strict=True)
    return ColdStart(
        name, architecture, package,
        init={"quantiles": {quantile: f"{ms} ms" for quantile, ms in quantiles}},
        first_run=f"{row['first_run_ms']} ms", samples=int(row["n"]),
        source=table["source"], date=table["runtimes"][name]["date"],
    )  # fmt: skip
