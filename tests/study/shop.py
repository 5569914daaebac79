"""A shop so small that it is simulated in a moment: too few executions at a time refuse requests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import simulator

SHOP = """\
name: Shop
traffic: {buyers: {to: till, shape: poisson, rate: 20/s}}
architecture:
  till: {service: lambda, runtime: nodejs22, memory: 512 MB, reserved_concurrency: 2, duration: 100 ms}
designs:
  plain: {}
  fixed: {till: {memory: 1 GB, reserved_concurrency: 8}}
objectives: {buyers.failed: < 5%, cost.run: < $1}
run: {for: 60 s, warm_up: 10 s, replications: 2, engine: simpy}
"""
QUEUE = """\
traffic: {buyers: {to: inbox, shape: poisson, rate: 20/s}}
architecture:
  inbox: {service: sqs}
  till:
    service: lambda
    runtime: nodejs22
    memory: 512 MB
    duration: 500 ms
    events: {inbox: {from: inbox, batch_size: 1, maximum_concurrency: 2}}
objectives: {buyers.completion: p99 < 5 s}
run: {for: 60 s, warm_up: 10 s, replications: 2, engine: simpy}
"""
"""More messages than two executions at a time can do."""
GRID = {"till.reserved_concurrency": "1..9/8", "till.memory": ["512 MB", "1024 MB"]}


def write(folder: Path, text: str = SHOP) -> Path:
    """The shop as a file."""
    file = folder / "shop.yaml"
    file.write_text(text, "utf-8")
    return file


@cache
def swept() -> simulator.Swept:
    """A grid of four points."""
    with TemporaryDirectory() as folder:
        return simulator.read(write(Path(folder))).sweep(GRID, workers=1)
