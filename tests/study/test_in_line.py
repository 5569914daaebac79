"""Servers and connections for which one waits: as many are told to be taken, and to wait, as a run has."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.measure.need import Need, exceeded, first_to_bind
from simulator.measure.summary import DesignSummary
from simulator.report.capacity import render
from simulator.scenario.read import read
from simulator.study.capacity import capacity
from simulator.study.study import run

LINE = """\
name: Line
traffic: {shops: {to: till, shape: stages, start: 20/s, stages: {calm: {target: 20/s, for: 1 min},
         up: {target: PEAK/s, for: 1 s}, rush: {target: PEAK/s, for: HOLD}, down: {target: 20/s, for: 1 s}}}}
architecture:
  till: {service: ecs, cpu: 1024, memory: 2 GB, min_capacity: 4, max_capacity: 4, concurrency: 50,
         backlog: 40, handler: [{call: bank}]}
  bank: {service: external, latency: {exponential: {mean: 1 s}}}
run: {for: 3 min, warm_up: 10 s, replications: 3}
"""
PROXY = """\
name: Proxy
traffic: {shops: {to: api, shape: poisson, rate: 100/s}}
architecture:
  api: {service: lambda, runtime: nodejs22, memory: 1769 MB, timeout: 30 s, handler: [{call: db}]}
  db: {service: rds, engine: mysql, instance: db.m5.large, max_connections: MOST, query: 300 ms,
       proxy: {max_connections_percent: 100}}
run: {for: 3 min, warm_up: 1 min, replications: 3}
"""


def compared(tmp_path: Path, text: str, name: str) -> tuple[Need, DesignSummary, str]:
    path = tmp_path / "line.yaml"
    path.write_text(text, encoding="utf-8")
    line = read(path)
    found = capacity(line, "architecture")
    (need,) = (need for need in found.needs if need.name == name)
    said = " ".join(render("Line", {"one": found}, 100).split())
    return need, run(line, workers=1).summary.designs["architecture"], said


@pytest.mark.parametrize(
    ("peak", "hold"), [(190, "60 s"), (220, "5 s")], ids=["what chance adds", "a rush that is soon over"]
)
def test_none_is_refused_while_a_fleet_s_line_has_room(tmp_path: Path, peak: int, hold: str) -> None:
    """200 places, of which all are taken; 160 may wait."""
    text = LINE.replace("PEAK", str(peak)).replace("HOLD", hold)
    need, one, said = compared(tmp_path, text, "till: workers")
    assert not exceeded(need)
    assert (need.demand, need.ratio, need.places) == (pytest.approx(200), pytest.approx(1), 160)
    (ran,) = (limit for limit in one.limits if limit.limit == "workers")
    assert (ran.demand, ran.refused) == (pytest.approx(200), 0)
    assert 0 < need.in_line < 160
    assert 0.3 < need.in_line / one.services["till"]["queue_length_max"] < 2
    assert f"up to {need.in_line:.0f} wait in a line of 160 places: none is refused." in said


def test_a_rush_fills_a_fleet_s_line_and_only_then_it_refuses(tmp_path: Path) -> None:
    """Of 220/s 20/s are too many, and 160 may wait."""
    text = LINE.replace("PEAK", "220").replace("HOLD", "60 s")
    need, one, said = compared(tmp_path, text, "till: workers")
    assert exceeded(need)
    (ran,) = (limit for limit in one.limits if limit.limit == "workers")
    assert ran.refused > 100
    assert need.binds_at_s is not None
    assert need.binds_at_s == pytest.approx(ran.first_at_s, abs=3)
    assert need.binds_at_s > 65
    assert "up to 160 wait in a line of 160 places, which is full from 1m" in said


@pytest.mark.parametrize(("most", "waits"), [(90, False), (40, True)])
def test_what_chance_adds_to_a_proxy_s_connections_is_told(tmp_path: Path, most: int, waits: bool) -> None:
    """Thirty are lent on average."""
    need, one, said = compared(tmp_path, PROXY.replace("MOST", str(most)), "db: proxy connections")
    (ran,) = (limit for limit in one.limits if limit.limit == "proxy connections")
    assert need.steady == pytest.approx(30, rel=0.05)
    assert need.demand == pytest.approx(ran.demand, rel=0.1)
    assert first_to_bind([need]) is None
    assert ("db: proxy connections: when most comes all are taken, and up to" in said) is waits
    assert (need.in_line >= 1) is waits
