"""A small sale on the real engine, with all that a page can show; and a study with hostile names."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import simulator
from simulator.measure.result import Cause, Limit, Replication
from simulator.measure.usage import Usage
from simulator.study import tasks
from simulator.study.study import Study, run
from simulator.study.tasks import Task
from tests.fabricate import counted, replication
from tests.study.made import scenario

SCENARIO = """\
name: Small sale
traffic:
  buyers: {to: app, shape: flash_sale, baseline: 5/s, peak: 40/s, starts: 150 s, ramp: 1 s, hold: 10 s,
           half_life: 2 s, mix: {browse: 60%, order: 40%}}
architecture:
  account: {lambda_concurrency: 130, used_elsewhere: 105}
  app: {service: client, to: api, timeout: 5 s, retries: {attempts: 2, on: [429], backoff: 100 ms}}
  api: {service: http_api, routes: {browse: {to: pages}, order: {to: orders}}}
  pages: {service: lambda, runtime: nodejs12, memory: 512 MB, duration: 20 ms}
  orders:
    {service: lambda, runtime: nodejs12, memory: 512 MB, duration: {uniform: {from: 200 ms, to: 500 ms}}}
designs:
  small: {account: {lambda_concurrency: 112}}
  plain: {}
  kept: {orders: {provisioned_concurrency: {schedule: {sale: {at: 1 s, for: 170 s, amount: 3}}}}}
era: aws-2020-08
bill: {month: {runs: 4, otherwise: idle}}
windows: {rush: {from: 150 s, for: 10 s}}
objectives:
  buyers.order.latency@rush: p99 < 2 s
  buyers.failed: < 1%
run: {for: 180 s, warm_up: 30 s, replications: 3, engine: simpy}
"""


@cache
def small() -> simulator.Comparison:
    """Three designs; the first refuses requests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sale.yaml"
        path.write_text(SCENARIO, encoding="utf-8")
        return simulator.read(path).run(workers=1)


@cache
def hopeless() -> simulator.Comparison:
    """One design, one run, and a function that may not run at all."""
    text = SCENARIO[: SCENARIO.index("designs:")] + "designs: {shut: {orders: {reserved_concurrency: 0}}}\n"
    text = text.replace("starts: 150 s", "starts: 5 s")
    text += "era: aws-2020-08\nrun: {for: 20 s, replications: 1, engine: simpy}\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shut.yaml"
        path.write_text(text.replace("{browse: 60%, order: 40%}", "{order: 100%}"), encoding="utf-8")
        return simulator.read(path).run(workers=1)


EVIL = (
    "<script>window.pwned=1</script>",
    "</script><img src=x onerror=window.pwned=1>",
    '" onmouseover="window.pwned=1',
    "{{ 7 * 7 }} $x^2$ & \u2028 '",
)


def _perform(made: object, task: Task) -> Replication:
    causes = {Cause("throttled", EVIL[1], EVIL[2]): 3 + task.number}
    return replication(
        task.design,
        task.number,
        {"buyers": counted([0.1 * (1 + n / 999) for n in range(1000)], causes)},
        {EVIL[0]: {"invocations": 1000.0, "cold_starts": 10.0}},
        [Limit(EVIL[1], EVIL[2], EVIL[3], 1200.0, 950.0, 40, 3.0)],
        [Usage(EVIL[3], "http_api.requests", 1e6)],
    )


def hostile(monkeypatch: pytest.MonkeyPatch) -> Study:
    """Names of the scenario, its designs, services and limits that would be code if they were not escaped."""
    monkeypatch.setattr(tasks, "perform", _perform)
    made = scenario({"buyers.failed": "< 1%"})
    plain = made.designs["plain"]
    designs = {name: dataclasses.replace(plain, name=name, written={name: name}) for name in EVIL}
    return run(
        dataclasses.replace(made, name=EVIL[0], designs=designs, merged={n: n for n in EVIL}), workers=1
    )
