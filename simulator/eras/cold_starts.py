"""Cold starts by era and runtime, as measured on hello-world functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from simulator.eras.document import document, instead
from simulator.values.units import format_memory, shown


@dataclass(frozen=True)
class ColdStart:
    """How long a runtime takes to start with next to no code in it.

    `init` is REPORT's Init Duration (runtime and function init) of one quarter of a year, at any memory;
    with SnapStart it is Restore Duration, measured at the nearest memory that is not larger.
    Left out: extensions, the function's own init code, and what precedes Init (the era's
    `lambda.platform_start`).
    """

    runtime: str
    configuration: str
    """Architecture and package type; with SnapStart architecture and memory."""
    init: Mapping[str, Mapping[str, str]] = field(repr=False)
    """A distribution as a scenario writes it: `{quantiles: {p1: 117.5 ms, …}}`."""
    first_runs: tuple[tuple[int, float], ...]
    """(MB, ms): how much longer the handler's first run in a new environment takes than Rust's."""
    samples: int
    source: str
    date: str

    def first_run_ms(self, memory: int) -> float:
        """The first run at a memory size: straight lines over 1/memory between the sizes measured.

        Beyond the last one the line goes on, but no steeper than in proportion to 1/memory.
        """
        last, last_ms = self.first_runs[-1]
        if len(self.first_runs) == 1:
            return last_ms * last / memory
        pairs = list(pairwise(self.first_runs))
        (low, low_ms), (high, high_ms) = next((pair for pair in pairs if memory <= pair[1][0]), pairs[-1])
        line = low_ms + (high_ms - low_ms) * (1 / memory - 1 / low) / (1 / high - 1 / low)
        return line if memory <= last else max(line, last_ms * last / memory)


def runtimes(era: str) -> tuple[str, ...]:
    """The runtimes of an era that were measured."""
    return tuple(_table()["eras"][era]["runtimes"])


@cache
def known_runtimes() -> tuple[str, ...]:
    """The runtimes that were measured in any era."""
    return tuple(dict.fromkeys(name for era in _table()["eras"] for name in runtimes(era)))


@cache
def cold_start(era: str, runtime: str, architecture: str = "x86_64", package: str = "zip") -> ColdStart:
    """The measured cold start of a runtime by AWS's name for it; `nodejs22.x` and `nodejs22` are one."""
    table = _table()
    part = table["eras"][era]
    name = plain_name(runtime)
    if name not in part["runtimes"]:
        raise ValueError(
            f"no cold starts of runtime {shown(runtime)} in era {era}; {instead(runtime, runtimes(era))}"
        )
    measured, found = part["runtimes"][name], f"{architecture} {package}"
    if found not in measured:
        raise ValueError(f"{name} was not measured as {shown(found)}; {instead(found, measured)}")
    row = measured[found]
    first = tuple(zip(map(int, table["memory_mb"]), map(float, row["first_run_ms"]), strict=False))
    return _made(name, found, row["init_ms"], first, row["n"], part["date"])


@cache
def restore(era: str, runtime: str, architecture: str, memory: int) -> ColdStart:
    """The measured restore of a runtime's SnapStart snapshot."""
    part, name = _table()["snap_start"][era], plain_name(runtime)
    rows = {
        int(key.split()[1]): row
        for key, row in part["runtimes"][name].items()
        if key.startswith(f"{architecture} ")
    }
    if not rows:
        raise ValueError(
            f"no restore of {name} on {architecture} was measured;"
            " write 'snap_start: {restore: …}' with a distribution of your own"
        )
    size = max((each for each in rows if each <= memory), default=min(rows))
    row = rows[size]
    first = tuple((each, float(rows[each]["first_run_ms"])) for each in sorted(rows))
    return _made(
        name, f"{architecture} {format_memory(size)}", row["restore_ms"], first, row["n"], part["date"]
    )


def snap_start_runtimes(era: str) -> tuple[str, ...]:
    """The runtimes that SnapStart supports in an era."""
    part: Mapping[str, Any] = _table()["snap_start"].get(era, {"runtimes": {}})
    return tuple(part["runtimes"])


def plain_name(runtime: str) -> str:
    """A runtime as the tables name it: `nodejs22.x` is `nodejs22`, `go1.x` is itself."""
    return runtime if runtime in known_runtimes() else runtime.removesuffix(".x")


def _table() -> Any:
    return document(__package__, "cold_starts.yaml")


def _made(
    runtime: str,
    configuration: str,
    milliseconds: Sequence[str],
    first_runs: tuple[tuple[int, float], ...],
    samples: str,
    date: str,
) -> ColdStart:
    quantiles = zip(_table()["quantiles"], milliseconds, strict=True)
    init = {"quantiles": {quantile: f"{ms} ms" for quantile, ms in quantiles}}
    return ColdStart(
        runtime, configuration, init, first_runs, int(samples), source=_table()["source"], date=date
    )
