"""Running a scenario that is written in Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from simulator.measure.result import Replication
from simulator.scenario.model import Scenario
from simulator.scenario.read import read
from simulator.study.study import run


def scenario(length: str, **said: Any) -> Scenario:
    """A scenario of which `said` is what its file says besides its name and the length of a run."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.yaml"
        whole = {"name": "Validation", "run": {"for": length}, **said}
        file.write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
        return read(file)


def replications(length: str, **said: Any) -> Mapping[str, Replication]:
    """One replication of each design."""
    done = run(scenario(length, **said), replications=1)
    return {name: runs[0] for name, runs in done.replications.items()}


def replication(length: str, **said: Any) -> Replication:
    """The replication of a scenario with one design."""
    (only,) = replications(length, **said).values()
    return only
