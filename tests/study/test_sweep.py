"""A sweep is what single studies at each point would say, side by side, with the same luck."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

import simulator
from simulator.errors import ScenarioError, SimulatorError
from simulator.report.sweep_folder import write_table
from tests.study.shop import GRID, SHOP, swept, write


def test_every_point_is_what_a_study_of_its_own_says(tmp_path: Path) -> None:
    file = write(tmp_path)
    for point in swept().points:
        sets = [f"{knob.path}={value}" for knob, value in zip(swept().knobs, point.setting, strict=True)]
        alone = simulator.read(file, sets).run(workers=1)
        assert {name: found.cost_run for name, found in alone.summary.designs.items()} == {
            name: found.cost_run for name, found in point.summary.designs.items()
        }


def test_where_the_time_goes_is_not_booked_where_it_is_not_shown() -> None:
    found = [design for point in swept().points for design in point.summary.designs.values()]
    spent = [one.mean.ns for design in found for spans in design.where.values() for one in spans.values()]
    assert not any(spent)


def test_the_table_is_tidy_with_units_in_the_names_of_settings() -> None:
    table = swept().table()
    assert list(table)[:4] == ["till.reserved_concurrency", "till.memory (MB)", "design", "metric"]
    keys = [*list(table)[:4]]
    assert not table.duplicated(keys).any()
    failed = table[(table["metric"] == "buyers.failed") & (table["design"] == "plain")]
    assert failed.groupby("till.reserved_concurrency")["value"].mean().is_monotonic_decreasing
    assert set(swept().objectives()["verdict"]) >= {"pass", "fail"}


def test_the_cheapest_point_that_passes_is_the_answer() -> None:
    point, design = swept().cheapest
    assert design == "plain"
    assert point.setting == ("9", "512 MB")
    assert "Cheapest that passes: plain with till.reserved_concurrency=9, till.memory=512 MB" in repr(swept())


def test_of_traffic_the_answer_is_the_most_at_which_each_design_passes(tmp_path: Path) -> None:
    """By Erlang's loss formula eight executions refuse 0.3 % at 25/s, 34 % at 100/s; three 21 % at 20/s."""
    knobs = {"traffic.buyers.rate": ["25/s", "20/s", "100/s"], "till.reserved_concurrency": [2, 3]}
    found = simulator.read(write(tmp_path)).sweep(knobs, workers=1, replications=4)
    most, beyond = found.bears["fixed"]
    assert (most.setting[0], beyond.setting[0]) == ("25/s", "100/s")
    assert found.bears["plain"].most is None
    assert [(point.setting[0], name) for point, name in found.answers] == [("25/s", "fixed")]
    assert (
        "Traffic at which each design still passes: plain at none that was tried (fails at 20/s);"
        " fixed up to traffic.buyers.rate=25/s with till.reserved_concurrency=2 (fails at 100/s)."
    ) in " ".join(repr(found).split())
    assert "Cheapest" not in repr(found)


def test_all_traffic_may_be_borne_and_users_who_think_longer_are_less_of_it(tmp_path: Path) -> None:
    text = SHOP.replace("shape: poisson, rate: 20/s", "shape: users, count: 20, think: 3 s")
    found = simulator.read(write(tmp_path, text)).sweep(
        {"traffic.buyers.think": ["2 s", "1 s"]}, ["fixed"], workers=1
    )
    assert found.bears["fixed"].most.setting == ("1 s",)
    assert "fixed up to traffic.buyers.think=1 s, the most that was tried." in " ".join(repr(found).split())


def test_traffic_that_is_other_but_not_more_has_a_cheapest_point(tmp_path: Path) -> None:
    found = simulator.read(write(tmp_path)).sweep(
        {"traffic.buyers.size": ["1 KB", "2 KB"]}, ["fixed"], workers=1
    )
    assert found.bears == {}
    assert "Cheapest that passes: fixed with traffic.buyers.size=1 KB" in repr(found)


def test_designs_that_say_otherwise_are_named() -> None:
    assert swept().untouched == {"fixed": ["till.reserved_concurrency", "till.memory"]}
    assert "fixed has its own till.reserved_concurrency, till.memory" in repr(swept())


def test_any_executor_gives_the_same_table(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        again = simulator.read(write(tmp_path)).sweep(GRID, executor=pool)
    pd.testing.assert_frame_equal(again.table(), swept().table(), check_exact=True)


def test_runs_that_are_finished_are_not_done_again(tmp_path: Path) -> None:
    file, counts = write(tmp_path), []
    experiment = simulator.read(file)
    experiment.sweep(
        {"till.reserved_concurrency": [1]}, designs=["plain"], workers=1, resume=tmp_path / "runs"
    )
    with ThreadPoolExecutor(1) as pool:
        submit = pool.submit
        pool.submit = lambda *args: counts.append(args) or submit(*args)  # type: ignore[method-assign]
        experiment.sweep(
            {"till.reserved_concurrency": [1, 4]}, designs=["plain"], executor=pool, resume=tmp_path / "runs"
        )
    assert len(counts) == 2, "two replications of the new point"


def test_replications_are_given_as_to_a_run(tmp_path: Path) -> None:
    experiment = simulator.read(write(tmp_path))
    swept = experiment.sweep({"till.memory": ["1 GB"]}, designs=["plain"], replications=3, workers=1)
    assert swept.points[0].summary.replications == 3
    sized = experiment.size({"till.memory": ["1 GB"]}, ["plain"], replications=1, workers=1)
    assert sized.answers["plain"].tries[0].summary.replications == 1
    with pytest.raises(ScenarioError, match=r"run\.replications"):
        experiment.sweep({"till.memory": ["1 GB"]}, replications=0)


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"till.memry": ["1 GB"]}, "--set till.memry"),
        ({"tll.memory": ["1 GB"]}, "no service or key named 'tll'; did you mean 'till'?"),
        ({"till.memory": ["1 GB", "much"]}, "not an amount of memory: 'much'"),
    ],
)
def test_a_knob_that_is_not_there_or_a_value_that_cannot_be_is_refused_before_anything_runs(
    tmp_path: Path, knobs: dict[str, list[str]], said: str
) -> None:
    with pytest.raises(ScenarioError, match=said):
        simulator.read(write(tmp_path)).sweep(knobs)


def test_a_knob_that_changes_nothing_anywhere_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match=r"--set till.memory: changes nothing: every design says otherwise; "
    ):
        simulator.read(write(tmp_path)).sweep({"till.memory": ["1 GB", "2 GB"]}, designs=["fixed"])


def test_each_point_of_a_sweep_can_be_made_sure(tmp_path: Path) -> None:
    text = SHOP.replace("replications: 2", "replications: 2, until: mean ± 50%, at_most: 20")
    found = simulator.read(write(tmp_path, text)).sweep(
        {"till.memory": ["512 MB"]}, designs=["plain"], workers=1
    )
    assert found.points[0].summary.replications == 10
    assert found.points[0].summary.sureness.reached


def test_the_table_goes_to_csv_or_parquet(tmp_path: Path) -> None:
    write_table(swept(), tmp_path / "a.csv")
    assert len(pd.read_csv(tmp_path / "a.csv")) == len(swept().table())
    pytest.importorskip("pyarrow")
    write_table(swept(), tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), swept().table(), check_dtype=False)
    with pytest.raises(SimulatorError, match="neither CSV nor Parquet"):
        write_table(swept(), tmp_path / "a.xlsx")


def test_the_folder_is_whole_and_says_where_it_comes_from(tmp_path: Path) -> None:
    folder = swept().save(tmp_path)
    names = ["landscape.png", "manifest.json", "objectives.csv", "sweep.csv", "what-if.html"]
    assert sorted(file.name for file in folder.iterdir()) == names
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {"numba", "numpy"} < set(manifest["versions"])
    assert (len(manifest["scenario_sha256"]), manifest["inputs_sha256"]) == (64, {})
    assert manifest["knobs"]["till.memory"] == ["512 MB", "1024 MB"]
    assert set(manifest["files_sha256"]) == set(names) - {"manifest.json"}
