"""Running a scenario that is written in Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from simulator.measure.result import Replication
from simulator.scenario.read import read
from simulator.study.study import run


def replications(length: str, **scenario: Any) -> Mapping[str, Replication]:
    """One replication of each design; `scenario` is what a scenario file says besides its name and run."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.yaml"
        whole = {"name": "Validation", "run": {"for": length}, **scenario}
        file.write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
        return {name: runs[0] for name, runs in run(read(file), replications=1).replications.items()}


def replication(length: str, **scenario: Any) -> Replication:
    """The replication of a scenario with one design."""
    (only,) = replications(length, **scenario).values()
    return only
