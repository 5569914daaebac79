"""Small scenarios to read, changed by one text, and what is said about them."""

from __future__ import annotations

from pathlib import Path

from simulator.errors import ScenarioError
from simulator.scenario.model import Scenario
from simulator.scenario.read import read

SMALL = """\
name: Small
traffic:
  web: {to: api, shape: poisson, rate: 10/s}
architecture:
  api: {service: http_api, routes: {default: {to: shop}}}
  shop: {service: lambda, runtime: nodejs22, memory: 512 MB, handler: [{work: 20 ms}, {call: store}]}
  store: {service: rds, instance: db.m5.large, query: 2 ms}
run: {for: 10 min}
"""


def write(folder: Path, text: str, name: str = "scenario.yaml") -> Path:
    """A file with the text."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def scenario(folder: Path, text: str = SMALL, *sets: str) -> Scenario:
    """The scenario that the text is."""
    return read(write(folder, text), sets)


def mistakes(folder: Path, text: str = SMALL, *sets: str) -> list[str]:
    """What is said about the text, as the command prints it."""
    try:
        read(write(folder, text), sets)
    except ScenarioError as error:
        return [str(problem) for problem in error.problems]
    return []


def changed(old: str, new: str) -> str:
    """The small scenario with one piece of text replaced."""
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)
