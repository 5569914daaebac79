"""What the report tells of state machines: on a terminal, as tables, on the page, in the results folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from simulator.measure.workflows import workflows
from simulator.report.folder import write
from simulator.report.page.page import page
from simulator.report.terminal import render
from simulator.scenario.read import read
from simulator.study.study import Study, run
from tests.report.small import small

SCENARIO = """\
name: Orders
era: aws-2026
traffic: {buyers: {to: door, shape: constant, rate: 20/s}}
architecture:
  account: {step_functions_transition_rate: 50/s, step_functions_transition_burst: 50}
  door: {service: client, to: orders}
  orders:
    service: step_functions
    type: standard
    states:
      - {call: shop, name: Ask the shop, retry: {attempts: 2, interval: 1 s}}
      - {choose: [{share: 50%, do: [{wait: 2 s}]}, {share: 50%}]}
  shop: {service: external, latency: 100 ms, fails: 20%}
designs:
  standard: {}
  express: {orders: {type: express}}
  unused: {door: {to: shop}}
run: {for: 30 s, replications: 2, engine: simpy}
"""


@cache
def study(folder: Path) -> Study:
    path = folder / "orders.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return run(read(path), workers=1)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(tmp_path_factory.mktemp("orders"))


def test_the_table_of_states_has_what_the_counters_say(orders: Study) -> None:
    table = orders.states().set_index(["design", "service", "state"])
    assert list(table.loc["standard"].index) == [
        ("orders", name) for name in ("ask_the_shop", "choose", "wait", "done")
    ]
    counters = orders.summary.designs["standard"].services["orders"]
    shop = table.loc["standard", "orders", "ask_the_shop"]
    assert shop["entered"] == counters["ask_the_shop.entered"] > 300
    assert 0.1 < shop["retried"] / shop["entered"] < 0.4
    assert shop["throttled"] > 100
    assert 0.1 < shop["mean_s"] == counters["ask_the_shop.time_mean_s"] < shop["p99_s"]
    choose = table.loc["express", "orders", "choose"]
    assert choose[["retried", "failed", "throttled"]].isna().all()
    assert table.loc["express", "orders", "wait"]["p99_s"] == pytest.approx(2, rel=0.001)
    assert set(orders.states()["design"]) == {"standard", "express"}, "what nobody starts is not told of"
    assert small().states().empty


def test_the_cost_of_an_execution_is_the_machines_share_of_the_bill(orders: Study) -> None:
    standard, express = workflows(orders.summary)
    assert [item for item, _ in standard.usd] == ["transitions"]
    assert standard.usd[0][1] == pytest.approx(standard.transitions * 25e-6)
    assert [item for item, _ in express.usd] == ["requests", "duration"]
    counters = orders.summary.designs["express"].services["orders"]
    assert standard.events > 2 * standard.transitions > 2
    assert express.failed == counters["executions_failed"] > 0
    ended = counters["executions_succeeded"] + counters["executions_failed"]
    assert 0 < ended < express.executions, "Express is billed at an execution's end"
    assert express.usd[0][1] == pytest.approx(1e-6 * ended / express.executions)


def test_the_full_report_tells_of_every_machine_and_state(orders: Study) -> None:
    said = render(orders.summary, {}, 100, full=True)
    assert "State machines" in said
    for name in ("standard: orders", "express: orders", "  ask_the_shop", "throttled", "cost of 1,000"):
        assert name in said
    assert "State machines" not in render(orders.summary, {}, 100)
    assert "State machines" not in render(small().summary, {}, 100, full=True)
    assert max(map(len, render(orders.summary, {}, 60, full=True).splitlines())) <= 60


def test_the_page_tells_of_machines_where_there_are_any(orders: Study) -> None:
    text = page(orders)
    assert "machines-title" in text
    assert "ask_the_shop" in text
    assert "machines-title" not in page(small())


def test_the_results_folder_has_the_table_and_a_picture_of_each_machine(
    orders: Study, tmp_path: Path
) -> None:
    folder = write(orders, tmp_path, [])
    pd.testing.assert_frame_equal(pd.read_csv(folder / "states.csv.gz"), orders.states(), rtol=1e-8)
    pictures = {file.name for file in (folder / "pictures").iterdir()}
    assert {"machine-standard-orders.png", "machine-express-orders.png"} <= pictures
    assert "completion.png" not in pictures, "nobody receives"
