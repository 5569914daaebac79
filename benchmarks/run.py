"""Measures the engines against plain SimPy and a bare C loop, all in one run, as ratios.

    python benchmarks/run.py            a few minutes
    python benchmarks/run.py --large    also 10^8 requests, with time and memory

Prints a table and stores it in results/. Seconds differ from machine to machine; ratios less so.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import plain_messages
import plain_simpy

from simulator.engine.run import run_replication
from simulator.scenario.model import Scenario
from simulator.scenario.read import read

HERE = Path(__file__).parent
SCENARIOS = HERE.parent / "scenarios"
MEAN_S, KEEP_ALIVE_S = 0.2, 378.0
TIMES = 3


def seconds(work: Callable[[], object], times: int = TIMES) -> float:
    """Median time of `work`."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def bare_loop() -> Callable[[int, float], object] | None:
    """The C loop, compiled now; None without a compiler."""
    library = Path(tempfile.mkdtemp()) / "bare_loop.so"
    command = ["gcc", "-O3", "-shared", "-fPIC", "-o", str(library), str(HERE / "bare_loop.c"), "-lm"]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    loop = ctypes.CDLL(str(library)).bare_loop
    loop.argtypes = [ctypes.c_int64, ctypes.c_double, ctypes.c_double, ctypes.c_double, ctypes.c_int64]
    return lambda requests, rate: loop(requests, rate, MEAN_S, KEEP_ALIVE_S, 1 << 20)


def one_function(rate: int, requests: int) -> Scenario:
    """The scenario that the bare loop simulates."""
    length = f"run.for={max(requests // rate, 1)} s"
    return read(HERE / "one_function.yaml", [f"traffic.clients.rate={rate}/s", length])


def case(name: str, rate: int, small: int, large: int) -> dict[str, float | str]:
    """One function at `rate`: nanoseconds a request of everything that can simulate it."""
    little, much = one_function(rate, small), one_function(rate, large)
    bare = bare_loop()

    def ours(scenario: Scenario, engine: str) -> Callable[[], object]:
        return lambda: run_replication(scenario, "architecture", 0, engine)

    ours(little, "compiled")()
    ours(one_function(rate, 1000), "simpy")()
    row: dict[str, float | str] = {"case": name}
    for kind, limited in (("plain SimPy, list", False), ("plain SimPy, Resource", True)):
        plain = partial(plain_simpy.one_function, small, rate, MEAN_S, limited)
        row[kind] = seconds(plain, 1) / small * 1e9
    row["simpy engine"] = seconds(ours(little, "simpy"), 1) / small * 1e9
    row["compiled engine"] = seconds(ours(much, "compiled")) / large * 1e9
    if bare is not None:
        row["bare C loop"] = seconds(lambda: bare(large, rate)) / large * 1e9
    return row


def flash_sale() -> dict[str, float | str]:
    """The shipped sale with all recording on, first design."""
    scenario = read(SCENARIOS / "flash_sale.yaml")
    design = next(iter(scenario.designs))
    short = read(SCENARIOS / "flash_sale.yaml", ["run.for=11 min"])

    def count(of: Scenario, engine: str) -> int:
        return run_replication(of, design, 0, engine).traffic["buyers"].requests

    few = count(short, "compiled")
    many = count(scenario, "compiled")
    plain = seconds(lambda: plain_simpy.flash_sale(660.0), 1)
    return {
        "case": "(c) flash_sale.yaml",
        "plain SimPy, list": plain / few * 1e9,
        "simpy engine": seconds(lambda: count(short, "simpy"), 1) / few * 1e9,
        "compiled engine": seconds(lambda: count(scenario, "compiled")) / many * 1e9,
    }


def messages(name: str, plain: Callable[[], object], plain_requests: float) -> dict[str, float | str]:
    """A queue or stream, with all recording on, and the same written by hand."""
    scenario = read(HERE / f"{name}.yaml")
    short = read(HERE / f"{name}.yaml", ["run.for=4 s"])

    def count(of: Scenario, engine: str) -> int:
        return run_replication(of, "architecture", 0, engine).traffic["clients"].requests

    few, many = count(short, "compiled"), count(scenario, "compiled")
    return {
        "case": f"{name}.yaml",
        "plain SimPy": seconds(plain, 1) / plain_requests * 1e9,
        "simpy engine": seconds(lambda: count(short, "simpy"), 1) / few * 1e9,
        "compiled engine": seconds(lambda: count(scenario, "compiled")) / many * 1e9,
    }


def threads() -> float:
    """How many times faster two threads are than one, over four replications."""
    scenario = one_function(1000, 1_000_000)

    def replication(number: int) -> object:
        return run_replication(scenario, "architecture", number, "compiled")

    def with_workers(count: int) -> Callable[[], object]:
        def work() -> object:
            with ThreadPoolExecutor(count) as pool:
                return list(pool.map(replication, range(4)))

        return work

    return statistics.median(seconds(with_workers(1), 1) / seconds(with_workers(2), 1) for _ in range(TIMES))


def large() -> list[dict[str, float]]:
    """Time and memory against the number of requests."""
    rows = []
    for requests in (10**6, 10**7, 10**8):
        scenario = one_function(1000, requests)
        taken = seconds(partial(run_replication, scenario, "architecture", 0, "compiled"), 1)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append({"requests": requests, "seconds": taken, "peak MB": memory})
        print(f"{requests:>12,} requests {taken:8.1f} s {memory:8.0f} MB", flush=True)
    return rows


def show(row: dict[str, float | str]) -> None:
    """One case as a small table: ns a request, and how many times the compiled engine's."""
    ours = float(row["compiled engine"])
    print(row["case"])
    for name, ns in row.items():
        if isinstance(ns, float):
            print(f"  {name:24} {ns:10,.0f} ns a request   x {ns / ours:6.2f}")


def main() -> None:
    """Everything in one run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true")
    wanted = parser.parse_args()
    cases = []
    for measure in (
        lambda: case("(a) 1,000/s, 200 at a time", 1_000, 50_000, 2_000_000),
        lambda: case("(b) 100,000/s, 20,000 at a time", 100_000, 100_000, 5_000_000),
        flash_sale,
        lambda: messages("stream", partial(plain_messages.stream, 3.0, 1e5, 100), 3e5),
        lambda: messages("queue", partial(plain_messages.queue, 120.0, 1e3), 1.2e5),
    ):
        cases.append(measure())
        show(cases[-1])
    document = {"cases": cases, "two threads against one": threads()}
    print(f"two threads against one: {document['two threads against one']:.2f}")
    if wanted.large:
        document["large"] = large()
    target = HERE.parent / "results" / "benchmarks.json"
    target.write_text(json.dumps(document, indent=2) + "\n")
    print(f"stored in {target.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
