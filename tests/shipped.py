"""The shipped scenarios, each simulated once for all tests in a process that ask what it says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import simulator

FOLDER = Path(__file__).parent.parent / "scenarios"
SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


NOISY = ("flash_sale", "live_stream", "measured_app8", "orders_fifo", "sparse_stream", "video_pipeline")


@cache
def comparison(name: str) -> simulator.Comparison:
    """Two replications of a scenario; more where chance would else have more to say than the claim."""
    replications = 5 if name == "order_workflow" else 3 if name in NOISY else 2
    return simulator.read(FOLDER / f"{name}.yaml").run(replications=replications)
