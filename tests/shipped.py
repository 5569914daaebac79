"""The shipped scenarios, each simulated once for all tests that ask what it says."""

from __future__ import annotations

import os
import pickle
from functools import cache
from pathlib import Path

import simulator

FOLDER = Path(__file__).parent.parent / "scenarios"
SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


NOISY = ("flash_sale", "live_stream", "measured_app8", "orders_fifo", "sparse_stream", "video_pipeline")


class Together:
    """Where processes that share the tests keep what they have simulated; none where one has them all."""

    folder: Path | None = None


together = Together()


@cache
def comparison(name: str) -> simulator.Comparison:
    """Two replications of a scenario; more where chance would else have more to say than the claim."""
    replications = 5 if name == "order_workflow" else 3 if name in NOISY else 2
    kept = together.folder / f"{name}.pickle" if together.folder else None
    if kept and kept.exists():  # another process has simulated it
        study: simulator.Comparison = pickle.loads(kept.read_bytes())
        return study
    study = simulator.read(FOLDER / f"{name}.yaml").run(replications=replications)
    if kept:
        begun = kept.with_suffix(f".{os.getpid()}")
        begun.write_bytes(pickle.dumps(study))
        begun.replace(kept)
    return study
