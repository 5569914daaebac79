"""A scenario as the rest of the simulator gets it."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.errors import ScenarioError
from simulator.scenario.model import Run, Scenario
from simulator.scenario.read import read
from simulator.values.units import MINUTE, SECOND
from tests.scenario.writing import SMALL, changed, scenario

DATA = Path(__file__).resolve().parent / "data"
EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "scenarios").glob("*.yaml"))


@pytest.fixture(scope="module")
def everything() -> Scenario:
    return read(DATA / "everything.yaml")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_can_be_read(example: Path) -> None:
    assert read(example).designs


def test_the_run_is_in_base_units(everything: Scenario) -> None:
    run = everything.run
    assert (run.for_, run.warm_up, run.replications, run.seed, run.engine) == (
        40 * MINUTE,
        5 * MINUTE,
        10,
        7,
        "simpy",
    )
    assert run.start == datetime(2026, 11, 27, 13, 50, tzinfo=UTC)
    window = everything.windows["surge"]
    assert (window.from_, window.for_) == (10 * MINUTE, 30 * SECOND)


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    found = scenario(tmp_path)
    assert found.run == Run.model_validate({"for": "10 min"})
    assert (found.run.replications, found.run.seed, found.run.engine, found.run.warm_up) == (5, 1, "auto", 0)
    assert found.run.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert (found.region, found.era.name, list(found.designs)) == ("us-east-1", "aws-2026", ["architecture"])
    assert (found.bill.month, found.windows, found.objectives) == (None, {}, ())
    assert scenario(tmp_path, changed("name: Small\n", "")).name == "scenario"


def test_a_source_has_its_shape_and_its_mix(everything: Scenario) -> None:
    buyers = everything.traffic["buyers"]
    assert (buyers.name, buyers.to, buyers.mix) == ("buyers", "app", {"browse": 0.8, "order": 0.2})
    assert buyers.shape.name == "flash_sale"
    assert everything.traffic["staff"].mix == {}


def test_a_design_has_the_services_of_the_baseline_with_its_own_changes(everything: Scenario) -> None:
    shops = {name: design.services["shop"].model_dump() for name, design in everything.designs.items()}
    assert {name: shop["memory"] for name, shop in shops.items()} == {
        "plain": "512 MB",
        "small": "256 MB",
        "past": "512 MB",
        "bigger": "2048 MB",
        "steady": "512 MB",
        "rest": "512 MB",
        "external-store": "512 MB",
    }
    assert everything.designs["external-store"].services["store"].kind == "external"
    assert everything.designs["bigger"].account.lambda_concurrency == 500
    assert everything.designs["plain"].account.lambda_concurrency == 1000


def test_what_designs_share_is_one_object(everything: Scenario) -> None:
    plain, small = everything.designs["plain"], everything.designs["small"]
    assert plain.services["payment"] is small.services["payment"]
    assert plain.services["shop"] is not small.services["shop"]


def test_a_design_may_have_an_era_of_its_own(everything: Scenario) -> None:
    assert everything.designs["past"].era.name == "aws-2020-08"
    assert everything.designs["plain"].era["lambda.keep_alive"] == 600 * SECOND
    assert everything.designs["plain"].era is everything.era


def test_a_scenario_is_frozen_and_survives_pickling(everything: Scenario) -> None:
    with pytest.raises(FrozenInstanceError):
        everything.name = "other"  # type: ignore[misc]
    copy = pickle.loads(pickle.dumps(everything))
    assert copy == everything
    assert copy.hash == everything.hash
    eras = {design.era.name: design.era for design in everything.designs.values()}
    known = sum(len(pickle.dumps(era)) for era in eras.values())  # grows with every service
    assert len(pickle.dumps(everything)) - known < 130_000


def test_the_hash_is_that_of_what_is_said_not_of_how(tmp_path: Path) -> None:
    first = scenario(tmp_path).hash
    assert len(first) == 64
    other = "# a remark\n" + changed("run: {for: 10 min}", "run:\n  for: '10 min'  # long")
    assert scenario(tmp_path, other).hash == first
    assert scenario(tmp_path, changed("512 MB", "513 MB")).hash != first
    assert scenario(tmp_path, SMALL, "run.seed=2").hash != first


def test_the_hash_knows_the_files_that_a_scenario_names(tmp_path: Path) -> None:
    text = changed("shape: poisson, rate: 10/s", "shape: trace, file: visits.csv")
    (tmp_path / "visits.csv").write_text("time_s,visits\n0,1\n600,2\n", "utf-8")
    first = scenario(tmp_path, text).hash
    assert scenario(tmp_path, text).hash == first
    digest = hashlib.sha256((tmp_path / "visits.csv").read_bytes()).hexdigest()
    assert scenario(tmp_path, text).files == {"visits.csv": digest}
    (tmp_path / "visits.csv").write_text("time_s,visits\n0,1\n600,3\n", "utf-8")
    assert scenario(tmp_path, text).hash != first


def test_the_same_scenario_has_the_same_hash_in_every_process() -> None:
    code = "import sys; from simulator.scenario.read import read; print(read(sys.argv[1]).hash)"
    command = [sys.executable, "-c", code, str(DATA / "everything.yaml")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=DATA.parents[2])
    assert printed.stdout.strip() == read(DATA / "everything.yaml").hash


@pytest.mark.parametrize(
    ("sets", "unneeded"),
    [
        (["objectives.checkout.cold_starts=null"], ("numba", "simpy", "pandas", "scipy", "matplotlib")),
        ([], ("simpy", "pandas", "matplotlib")),  # a counter is looked for in a program
    ],
)
def test_reading_a_scenario_needs_no_simpy(sets: list[str], unneeded: tuple[str, ...]) -> None:
    code = (
        "import sys; from simulator.scenario.read import read; read(sys.argv[1], sys.argv[2:]);"
        f" print([name for name in {unneeded} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(DATA / "everything.yaml"), *sets]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=DATA.parents[2])
    assert printed.stdout.strip() == "[]"


def test_a_run_longer_than_its_trace_is_refused_at_the_file(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("time,requests\n2026-01-01T00:00:00Z,5\n2026-01-01T00:01:00Z,6\n")
    (tmp_path / "s.yaml").write_text(
        "traffic:\n  fans: {to: f, shape: trace, file: day.csv}\n"
        "architecture: {f: {service: lambda, runtime: nodejs22, duration: 1 ms}}\nrun: {for: 3 min}\n"
    )
    with pytest.raises(ScenarioError, match=r"s\.yaml:2:31: .* known for 2 min, not for the run's 3 min"):
        read(tmp_path / "s.yaml")
