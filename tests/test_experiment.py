"""A scenario in Python, from file to tables, on the real engine."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import simulator

SCENARIO = """\
name: Small shop
traffic: {buyers: {to: shop, shape: poisson, rate: 20/s}}
architecture:
  shop: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 100 ms}
designs: {small: {shop: {reserved_concurrency: 1}}, free: {}}
objectives: {buyers.failed: < 5%, buyers.latency: p50 < 1 s}
run: {for: 40 s, warm_up: 5 s, replications: 3, engine: simpy}
"""


@pytest.fixture
def experiment(tmp_path: Path) -> simulator.Experiment:
    path = tmp_path / "shop.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return simulator.read(path)


def test_read_and_run_give_pandas_tables(experiment: simulator.Experiment) -> None:
    study = experiment.run(workers=1)
    latency = study.latency().set_index(["design", "clock", "statistic"])["value_s"]
    assert 0.1 < latency["free", "latency", "p50"] < 0.2
    outcomes = study.outcomes().groupby(["design", "outcome"])["share"].sum()
    assert outcomes["small", "throttled"] > 0.3, "two requests at a time are offered to one environment"
    assert study.table().loc["free", "buyers.failed"] < 0.05
    assert study.bill()["amount_usd"].sum() > 0
    assert study.summary.cheapest == "free"


def test_the_limit_that_refused_is_charged_with_what_it_cost(experiment: simulator.Experiment) -> None:
    study = experiment.run(designs=["small"], workers=1)
    for limit in study.limits().query("refused > 0").itertuples():
        failed = study.outcomes().query("service == @limit.service and limit == @limit.limit")
        assert limit.requests_lost == pytest.approx(failed["requests"].sum())
        assert limit.requests_lost > 0


def test_any_number_of_processes_gives_the_same_bytes(experiment: simulator.Experiment) -> None:
    assert experiment.run(workers=2).to_json() == experiment.run(workers=1).to_json()


def test_a_design_meets_the_same_luck_whatever_it_is_compared_with(experiment: simulator.Experiment) -> None:
    alone = experiment.run(designs=["free"], workers=1).latency()
    beside = experiment.run(workers=1).latency().query("design == 'free'").reset_index(drop=True)
    assert alone.equals(beside)


def test_a_study_prints_itself_as_the_command_does(experiment: simulator.Experiment) -> None:
    printed = repr(experiment.run(workers=1))
    assert printed.startswith("Small shop: 2 designs, 3 runs of 35 s + 5.00 s warm-up, ")
    assert "Cheapest design that passes: free" in printed
    assert repr(experiment) == "Experiment(Small shop: small, free)"


def test_settings_can_be_changed_when_reading(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    assert simulator.read(path, ["run.seed=7"]).scenario.run.seed == 7


def test_a_comparison_shows_itself_as_html_that_any_notebook_lets_through(
    experiment: simulator.Experiment,
) -> None:
    html = experiment.run(workers=1)._repr_html_()
    assert "<b>Cheapest design that passes: free" in html
    assert "<b>small</b> fails" in html
    allowed = {"p", "b", "ul", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "br", "small"}
    assert set(re.findall(r"<(\w+)", html)) <= allowed


def test_pictures_are_asked_for_by_name(experiment: simulator.Experiment) -> None:
    comparison = experiment.run(workers=1)
    assert comparison.plot("limits")._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(simulator.SimulatorError, match="no picture named 'latency'; name one of: requests"):
        comparison.plot("latency")
    runs = {name: [replace(run, where={}) for run in runs] for name, runs in comparison.replications.items()}
    with pytest.raises(simulator.SimulatorError, match="nothing to show as 'where'"):
        simulator.Comparison(comparison.scenario, runs).plot("where")


def test_single_requests_are_followed(experiment: simulator.Experiment) -> None:
    slowest, second = experiment.trace("free", slowest=2)
    assert slowest.latency >= second.latency > 0
    assert (slowest.root.end - slowest.root.start, slowest.root.name) == (slowest.latency, "buyers")


def test_where_the_time_goes_is_a_table_whose_parts_add_up(experiment: simulator.Experiment) -> None:
    comparison = experiment.run(workers=1)
    table = comparison.where()
    assert set(table["of"]) >= {"mean", "tail"}
    whole = table.groupby(["design", "traffic", "window", "of"])[["seconds", "share"]].sum()
    found = comparison.summary.designs["free"].traffic["buyers"].latency["mean"].value
    assert whole.loc[("free", "buyers", "", "mean"), "seconds"] == pytest.approx(found)
    assert whole["share"].to_numpy() == pytest.approx(1.0)


def test_a_page_shows_itself_apart_from_the_notebook(experiment: simulator.Experiment) -> None:
    page = experiment.run(workers=1).page()
    assert page.startswith("<!doctype html>")
    frame = page._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert 'sandbox="allow-scripts"' in frame
    assert frame.count('"') == 8, "the page ends no attribute"


def test_a_comparison_saves_itself_as_a_results_folder(
    experiment: simulator.Experiment, tmp_path: Path
) -> None:
    folder = experiment.run(workers=1).save(tmp_path / "results")
    assert (folder / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert (folder / "pictures" / "concurrency.png").exists()
    assert [file.name for file in (tmp_path / "results").iterdir()] == [folder.name]
