"""Provisioned concurrency that is asked for before a surge and is not ready when it begins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.measure.need import Late
from simulator.report.reasons import reasons
from simulator.scenario.read import read
from simulator.study.late import late
from simulator.study.study import run
from tests.test_cli import simulate

SALE = """\
name: Sale
traffic:
  buyers: {to: checkout, shape: flash_sale, baseline: 5/s, peak: 400/s, starts: 5 min, ramp: 1 s, hold: 10 s,
           half_life: 1 s}
architecture:
  checkout:
    {service: lambda, runtime: java21, memory: 1769 MB, init: {work: 3 s}, duration: 100 ms,
     provisioned_concurrency: {schedule: {sale: {at: 3 min 37 s, for: 5 min, amount: 500}}}}
designs:
  late: {}
  in-time: {checkout: {provisioned_concurrency: {schedule: {sale: {at: 3 min}}}}}
  never: {checkout: {provisioned_concurrency: {schedule: {sale: {at: 5 min 1 s}}}}}
  kept: {checkout: {provisioned_concurrency: {amount: 500, schedule: null}}}
windows: {sale: {from: 5 min, for: 10 s}}
objectives: {buyers.latency@sale: p99 < 1 s}
run: {for: 7 min, warm_up: 1 min, replications: 3, engine: simpy}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sale.yaml"
    path.write_text(SALE, encoding="utf-8")
    return path


def test_what_is_ready_after_the_surge_has_begun_is_late(file: Path) -> None:
    """90 s of preparation, and 5 s for 500 of 6,000 a minute, from 3 min 37 s on: 5 min 12 s."""
    sale = read(file)
    (found,) = late(sale, "late")
    assert found == Late("checkout", 500, pytest.approx(312, abs=1.1), "buyers", 300.0, 217.0)
    assert not any(late(sale, design) for design in ("in-time", "never", "kept"))
    assert not late(read(file, ["designs.late.checkout.provisioned_concurrency=null"]), "late")


def test_check_says_when_to_schedule_it(file: Path) -> None:
    result = simulate("check", file)
    assert result.exit_code == 0
    (_, hint) = result.stdout.splitlines()
    assert hint == (
        "sale.yaml: design late: provisioned concurrency of checkout is 500 only from 5m12s, the surge of"
        " buyers begins at 5m: schedule it 13 s earlier"
    )


def test_what_cannot_be_asked_for_early_enough_is_to_be_kept(file: Path) -> None:
    soon = ("traffic.buyers.starts=1 min", "windows.sale.from=1 min", "run.warm_up=30 s")
    at = "designs.late.checkout.provisioned_concurrency.schedule.sale.at=1 s"
    result = simulate("check", file, *(f"--set={one}" for one in (*soon, at)))
    assert "surge of buyers begins at 1m: keep amount: 500" in result.stdout


def test_a_design_that_fails_by_it_says_so(file: Path) -> None:
    study = run(read(file), ["late", "kept"], workers=1)
    found = {name: design["late"] for name, design in json.loads(study.to_json())["designs"].items()}
    assert [(one["service"], one["amount"], one["surge_s"]) for one in found["late"]] == [
        ("checkout", 500, 300)
    ]
    assert found["kept"] == []
    said = dict(reasons(study.summary))["late"]
    assert said.startswith("fails buyers.latency@sale (")
    assert "): provisioned concurrency of checkout is 500 only from 5m12s, the surge of buyers begins" in said
    assert study.summary.designs["kept"].verdict == "pass"
