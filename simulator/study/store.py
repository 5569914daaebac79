"""Finished replications in a file, so that a study that was interrupted goes on where it was.

A replication is a pure function of what its design says, the traffic, the length and seed of the run, its
number and the code. The file keeps each under a hash of exactly that: another objective, another design
beside it or more replications find the finished ones again; another memory size or version does not.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import platform
import sqlite3
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import simulator
from simulator.errors import SimulatorError
from simulator.measure.result import Replication

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario
    from simulator.study.tasks import Task

APPLICATION_ID: Final = 0x53494D55
"""Tells such a file from other SQLite files."""
_CODE: Final = ("engine", "eras", "measure", "scenario", "services", "stations", "traffic", "values")
_LIBRARIES: Final = ("numpy", "scipy", "simpy")
_OF_NUMPY: Final = {"_reconstruct", "_frombuffer", "ndarray", "dtype", "scalar"}


class Store:
    """A file of finished replications; it is made where there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found = 0
        """How many runs were taken from the file."""
        try:
            self._database = sqlite3.connect(path, timeout=60, isolation_level=None)
            (mark,) = self._database.execute("PRAGMA application_id").fetchone()
            (tables,) = self._database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            if mark != APPLICATION_ID and tables:
                raise SimulatorError(f"resume: {path} is a database of something else; name another file")
            self._database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._database.execute("CREATE TABLE IF NOT EXISTS runs (key TEXT PRIMARY KEY, run BLOB)")
        except sqlite3.Error as error:
            raise SimulatorError(
                f"resume: {path} is no file of finished runs ({error}); name another"
            ) from error

    def get(self, scenario: Scenario, task: Task) -> Replication | None:
        """The run, if it is finished and can be read."""
        keys = key(scenario, task._replace(where=True)), key(scenario, task)  # what is booked is in the first
        found = self._database.execute("SELECT run FROM runs WHERE key IN (?, ?)", keys)
        row = found.fetchone()
        if row is None:
            return None
        try:
            run = _Reader(io.BytesIO(zlib.decompress(row[0]))).load()
        except Exception:  # noqa: BLE001 (whatever is wrong with what is kept, the run can be done again)
            return None
        if not isinstance(run, Replication):
            return None
        self.found += 1
        return run

    def put(self, scenario: Scenario, task: Task, run: Replication) -> None:
        """Keeps a finished run; it is on disk when this returns."""
        blob = zlib.compress(pickle.dumps(run, protocol=5), level=1)
        self._database.execute("INSERT OR REPLACE INTO runs VALUES (?, ?)", (key(scenario, task), blob))

    def close(self) -> None:
        self._database.close()


def key(scenario: Scenario, task: Task) -> str:
    """A hash of all that the run depends on."""
    design, run = scenario.designs[task.design], scenario.run
    said = json.dumps(
        [
            code(),
            [_source(type(one)) for one in (*design.services.values(), *_shapes(scenario))],
            scenario.shared or scenario.hash,
            design.era.name,
            [(name, fact.text) for name, fact in design.era.facts.items() if fact.confidence == "given"],
            design.written,
            [run.for_, run.start.isoformat(), run.warm_up, run.seed],
            [task.design, task.number, task.baseline, task.where],
        ]
    )
    return hashlib.sha256(said.encode()).hexdigest()


@cache
def code() -> str:
    """A hash of the simulator's code and data, and of the versions of what computes for it."""
    digest = hashlib.sha256()
    root = Path(simulator.__file__).parent
    for folder in _CODE:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in (".py", ".yaml", ".csv"):
                digest.update(f"\n{path.relative_to(root).as_posix()}\n".encode() + path.read_bytes())
    versions = [platform.python_version(), *(f"{name} {version(name)}" for name in _LIBRARIES)]
    return digest.hexdigest() + " ".join(versions)


def _shapes(scenario: Scenario) -> Iterator[Any]:
    return (source.shape for source in scenario.traffic.values())


def _source(kind: type) -> str:
    """A hash of the file of a service or shape from outside the simulator; its own are in `code`."""
    if kind.__module__.partition(".")[0] == "simulator":
        return ""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return hashlib.sha256(Path(file).read_bytes() if file else kind.__module__.encode()).hexdigest()


class _Reader(pickle.Unpickler):
    """Reads nothing but replications: whatever else a file holds is not carried out."""

    def find_class(self, module: str, name: str) -> Any:
        ours = module.startswith("simulator.measure.")
        if ours or (module.partition(".")[0] == "numpy" and name in _OF_NUMPY):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a replication")
