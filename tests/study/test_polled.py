"""Executions polled from a queue, told before a run: no more than there are pollers by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.measure.need import Capacity, Need
from simulator.report.capacity import render
from simulator.scenario.read import read
from simulator.study.capacity import capacity
from simulator.study.study import run

JOBS = """\
name: Jobs
traffic:
  jobs: {to: work, shape: flash_sale, baseline: 5/s, peak: 150/s, starts: 20 s, ramp: 1 s, hold: 20 s,
         half_life: 5 s}
architecture:
  work: {service: sqs, visibility_timeout: 3 min}
  worker:
    service: lambda
    runtime: python3.13
    memory: 1769 MB
    timeout: 30 s
    duration: 2 s
    events: {jobs: {from: work, batch_size: 10}}
designs:
  batches: {}
  single: {worker: {events: {jobs: {batch_size: 1}}}}
  capped: {worker: {events: {jobs: {maximum_concurrency: 20}}}}
  provisioned: {worker: {events: {jobs: {provisioned_pollers: {minimum: 2, maximum: 100}}}}}
run: {for: 2 min, replications: 2}
"""
"""As many batches as come would be 300 at a time; of full ones 30 are enough."""


def executions(found: Capacity) -> Need:
    (need,) = (need for need in found.needs if (need.service, need.limit) == ("account", "concurrency"))
    return need


def test_no_more_executions_are_told_than_pollers_have_begun_by_then(tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    path.write_text(JOBS, encoding="utf-8")
    jobs = read(path)
    summary = run(jobs, workers=1).summary
    for design, one in summary.designs.items():
        (ran,) = (limit for limit in one.limits if limit.limit == "concurrency")
        need = executions(capacity(jobs, design))
        assert need.demand == pytest.approx(ran.demand, rel=0.15), design
    capped = executions(capacity(jobs, "capped"))
    assert (capped.demand, capped.all_of) == (pytest.approx(20.0), ("pollers of work",))


def test_explain_says_where_all_pollers_are_at_work(tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    for limited in (True, False):
        path.write_text(JOBS if limited else JOBS.replace("peak: 150/s", "peak: 6/s"), encoding="utf-8")
        found = capacity(read(path), "batches" if limited else "provisioned")
        said = " ".join(render("Jobs", {"one": found}, 100).split())
        line = "when most comes, all pollers of work are at work, each with one execution at a time; what"
        assert (line in said) is limited
