"""Step Functions: two measured machines, imported and run again; transitions that wait; worked bills.

Lin and Khazaei ran the machines as Express workflows every ten seconds in five sessions of January 2020. Each
is imported by the command line from its definition and logs, as `docs/reference/state-machines.md` says,
without the first and last 60 executions of a session, as in their evaluation. The task delay they measured,
18.8 ms in the mean, is that of another machine.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from click.testing import CliRunner

from simulator.cli import main
from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from simulator.scenario.read import read
from simulator.study.study import run
from validation.row import Row
from validation.running import replication

SOURCE = "pacslab/SLApp-PerfCost-MdlOpt 4173c98, us-east-2, 2020-01"
PRICES = "aws.amazon.com/step-functions/pricing, 2025"
FOLDER = Path(__file__).parent / "data" / "step_functions"
TRIM = 60
OPTIONS = (
    *("--type", "express", "--era", "aws-2020-08", "--runtime", "python3.7", "--trim", str(TRIM)),
    *("--task-delay", "{lognormal: {mean: 18.8 ms, cv: 1.2}}"),
)


class Published(NamedTuple):
    """A machine and what a million executions cost in the mean at Lambda's prices, without Step Functions."""

    name: str
    usd_per_million: float


MACHINES = (Published("App8", 77.9417), Published("App12", 103.1550))


def rows() -> Iterator[Row]:
    """Each machine's executions and cost, then rules and bills."""
    for machine in MACHINES:
        simulated, cost = imported(machine.name)
        measured = durations(machine.name)
        for name, value in (
            ("mean", float(measured.mean())),
            *((f"p{level}", float(np.percentile(measured, level))) for level in (50, 95, 99)),
        ):
            error = abs(simulated[name] / value - 1)
            allowed = 0.03 if name == "p99" else 0.01
            claim = f"{machine.name}, {len(measured):,} executions: {name}"
            yield Row(claim, SOURCE, "s", value, simulated[name], error, allowed, "measured")
        error = abs(cost / machine.usd_per_million - 1)
        claim = f"Cost of Lambda for a million executions of {machine.name}"
        yield Row(claim, SOURCE, "USD", machine.usd_per_million, cost, error, 0.01, "measured")
    yield from _transitions()
    yield from _bills()


@cache
def durations(name: str) -> np.ndarray:
    """Seconds that the executions took which count: 600 of each of five sessions of 720."""
    with gzip.open(FOLDER / f"{name}_executions.csv.gz", "rt") as file:
        times = [float(row["end_epoch_s"]) - float(row["start_epoch_s"]) for row in csv.DictReader(file)]
    return np.array(times).reshape(5, 720)[:, TRIM:-TRIM].ravel()


@cache
def imported(name: str) -> tuple[dict[str, float], float]:
    """What the imported machine says: statistics of executions in seconds, and dollars a million."""
    with TemporaryDirectory() as folder:
        files = [f"{FOLDER / name}.asl.json", "--logs", f"{FOLDER / name}_reports.csv.gz"]
        files += ["--executions", f"{FOLDER / name}_executions.csv.gz", "--out", folder]
        result = CliRunner().invoke(main, ["import", "asl", *files, *OPTIONS], catch_exceptions=False)
        if result.exit_code:
            raise RuntimeError(result.output)
        design = run(read(Path(folder) / f"{name}.yaml")).summary.designs["imported"]
    completion = design.traffic["executions"].completion
    usd = sum(line.amount_usd for line in design.bill if line.item.startswith("lambda."))
    statistics = {part: completion[part].value for part in ("mean", "p50", "p95", "p99")}
    return statistics, usd / design.services[name]["executions_started"] * 1e6


def _transitions() -> Iterator[Row]:
    """1,000 executions of ten states at once need 10,000 transitions: a bucket, and what then trickles in."""
    states = [{"pass": True, "name": f"state {number}"} for number in range(10)]
    for quotas, era, bucket, rate in (
        ("documented", "aws-2020-08", 5000, 1500),
        ("documented", "aws-2026", 5000, 5000),
        ("talk", "aws-2020-08", 1300, 1300),
    ):
        found = replication(
            "1 min",
            era={"use": era, "step_functions.start_latency": "0 s"},
            traffic={"load": {"to": "orders", "shape": "burst", "every": "1 h", "requests": 1000}},
            architecture={
                "account": {"step_functions_quotas": quotas},
                "orders": {"service": "step_functions", "states": states},
            },
        )
        due, last = (10_000 - bucket) / rate, found.traffic["load"].completion.max
        claim = f"Transitions: 10,000 at once, {era}, {quotas}: the last execution ends"
        source = f"closed form: (10,000 - {bucket:,}) / {rate:,}"
        yield Row(claim, source, "s", due, last, abs(last - due), 1e-6, "documented")


def _bills() -> Iterator[Row]:
    """AWS's example 4, 100 million Express workflows of 10 s with 64 MB; and the price of transitions."""
    book = PriceBook.load("aws-2026")
    requests, gb_hours = 100e6, 100e6 * 10 * 64 / 1024 / 3600
    for item, quantity, usd in (
        ("step_functions.express.requests", requests, 100.00),
        ("step_functions.express.duration", gb_hours, 382.97),
    ):
        (line,) = bill([Usage("machine", item, quantity)], book)
        predicted = to_the_cent(line.amount_usd)
        claim = f"Bill: 100 million Express workflows of 10 s with 64 MB, {item.rpartition('.')[2]}"
        yield Row(claim, PRICES, "USD", usd, predicted, abs(predicted - usd), 0.0, "documented")
    (line,) = bill([Usage("machine", "step_functions.transitions", 1000)], book)
    predicted = line.amount_usd
    error = abs(predicted - 0.025)
    yield Row("Bill: 1,000 transitions", PRICES, "USD", 0.025, predicted, error, 1e-9, "documented")
