"""A replication as one short text that is equal only if every number in it is.

As a program it prints those of a scenario file: `python -m tests.engine.fingerprint FILE ENGINE NUMBER...`
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np

from simulator.engine.run import run_replication
from simulator.scenario.read import read


def canonical(value: Any) -> Any:
    """Nested tuples of texts; floats by all their bits, maps in their own order."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes().hex()
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(
            (each.name, canonical(getattr(value, each.name)))
            for each in fields(value)
            if each.name != "engine"
        )
    if isinstance(value, Mapping):
        return tuple((canonical(key), canonical(item)) for key, item in value.items())
    if isinstance(value, tuple | list):
        return tuple(canonical(item) for item in value)
    return value.hex() if isinstance(value, float) else repr(value)


def fingerprint(path: str, design: str, number: int, engine: str) -> str:
    """Of one replication of a scenario, rows and all; the engine's name is left out."""
    done = run_replication(read(path), design, number, engine, rows=True)
    rows = [canonical(column) for column in done.rows.columns().values()] if done.rows else []
    return sha256(repr((canonical(replace(done, rows=None)), rows)).encode()).hexdigest()


if __name__ == "__main__":
    path, engine, *numbers = sys.argv[1:]
    for number in numbers:
        print(number, fingerprint(path, "busy", int(number), engine))  # noqa: T201
