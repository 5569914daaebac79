"""What is asked of a function's concurrency beyond its limit, whatever its environments are."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.scenario.read import read
from simulator.study.capacity import capacity
from simulator.study.study import run

FULL = """\
name: Full
traffic: {calls: {to: f, shape: poisson, rate: 154/s}}
architecture:
  f: {service: lambda, runtime: nodejs22, memory: 1769 MB, duration: 1 s, reserved_concurrency: 80}
designs:
  on-demand: {}
  half: {f: {provisioned_concurrency: 40}}
  all: {f: {provisioned_concurrency: 80}}
run: {for: 30 s, replications: 2}
"""


def test_littles_law_says_what_is_needed_beyond_a_limit_on_provisioned_environments_too(
    tmp_path: Path,
) -> None:
    """154 a second for 1 s, and as chance has it; where all was provisioned no execution was on demand."""
    path = tmp_path / "full.yaml"
    path.write_text(FULL, encoding="utf-8")
    full = read(path)
    for design, one in run(full, workers=1).summary.designs.items():
        (ran,) = (limit for limit in one.limits if limit.limit == "reserved concurrency")
        (told,) = (need for need in capacity(full, design).needs if need.limit == "reserved concurrency")
        assert ran.demand == pytest.approx(told.demand, rel=0.1), design
