"""A steady run finds its own warm-up, says what came to rest last, and is refused where nothing can."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import simulator
from simulator.errors import ScenarioError
from simulator.measure.result import Replication
from simulator.measure.timeline import KeptTimeline
from simulator.report import words
from simulator.study import steady
from simulator.values.units import SECOND
from tests.fabricate import counted, replication, timeline
from tests.study.made import scenario

SHOP = """\
traffic: {visits: {to: shop, shape: poisson, rate: 20/s}}
architecture:
  shop: {service: lambda, runtime: nodejs22, memory: 512 MB, timeout: 60 s,
         duration: {exponential: {mean: 5 s}}}
run: {for: 10 min, steady: true, replications: 2, engine: simpy}
"""


def study_of(tmp_path: Path, text: str) -> simulator.Comparison:
    file = tmp_path / "shop.yaml"
    file.write_text(text, "utf-8")
    return simulator.read(file).run(workers=1)


def test_the_warm_up_is_as_long_as_executions_take_to_come_to_rest(tmp_path: Path) -> None:
    """A hundred executions on average; after 20 s, four times their mean, two are missing."""
    study = study_of(tmp_path, SHOP)
    found = study.warm_up
    assert found is not None
    assert 10 * SECOND <= found.warm_up <= 60 * SECOND
    assert found.level in ("shop.concurrency", "account.concurrency in use")
    assert study.summary.counted_s == 600 - found.warm_up / 1e9
    assert study.summary.provenance["warm_up"]["method"] == "MSER-5"
    assert f"found by MSER-5 on pilot runs; last to come to rest: {found.level}" in repr(study)


def test_a_surge_has_no_steady_state(tmp_path: Path) -> None:
    surge = SHOP.replace("shape: poisson, rate: 20/s", "shape: burst, requests: 100, every: 1 min")
    with pytest.raises(ScenarioError, match=r"shop.yaml:5.*traffic of 'visits' changes with time \(burst\)"):
        study_of(tmp_path, surge)


def test_a_warm_up_is_given_or_found(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="a warm-up that is given and is to be found; remove warm_up"):
        study_of(tmp_path, SHOP.replace("steady: true", "steady: true, warm_up: 1 min"))


def pilot(levels: dict[str, np.ndarray]) -> dict[str, list[Replication]]:
    run = replication("plain", 0, {"buyers": counted([1.0])})
    rest = KeptTimeline.of(timeline([[1.0]] * 200))
    series = {"time_s": np.arange(600.0), **levels}
    return {"plain": [dataclasses.replace(run, series=series, timelines={"buyers": rest})] * steady.PILOTS}


def test_the_same_scenario_has_about_the_same_warm_up_whatever_its_seed(tmp_path: Path) -> None:
    """Little fills here: four executions, for 200 ms each."""
    text = SHOP.replace("mean: 5 s", "mean: 200 ms").replace("10 min", "15 min")
    text = text.replace("replications: 2, engine: simpy", "replications: 2, seed: {seed}")
    found = [study_of(tmp_path, text.replace("{seed}", str(seed))).warm_up for seed in (1, 2, 3, 4)]
    assert all(one is not None and one.warm_up <= 30 * SECOND for one in found)


def test_what_grows_for_ever_is_named() -> None:
    with pytest.raises(ScenarioError, match=r"line waiting does not come to rest in the first half"):
        steady.find(scenario(), pilot({"line waiting": np.arange(600.0)}))


def test_what_only_counts_or_idles_needs_no_rest() -> None:
    moving = np.arange(600.0)
    found = steady.find(scenario(), pilot({"f.environments": moving, "f.cold": moving, "buyers.ok": moving}))
    assert found == steady.Found(0, "", "")
    study = simulator.Comparison(scenario(), pilot({}), warm_up=found)
    assert words.warm_up(study.summary).startswith("Warm-up: none;")
