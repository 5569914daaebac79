"""A row for each answered request: in memory, or as Parquet files written while the runs go on."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import simulator
from simulator.engine import run as engine_run
from simulator.engine.log import Log
from simulator.errors import SimulatorError
from simulator.measure.parquet import RowsFile
from simulator.measure.rows import Block
from simulator.measure.sketch import SUB_BINS
from simulator.measure.summary import STATISTICS
from tests.harness import ENGINES

SCENARIO = """\
name: Small shop
traffic:
  buyers: {to: app, shape: poisson, rate: 60/s, mix: {browse: 80%, order: 20%}}
  staff: {to: shop, shape: users, count: 2, think: {exponential: {mean: 1 s}}}
architecture:
  app: {service: client, to: api, timeout: 1 s, spread: 100 ms, retries: {attempts: 1, backoff: 100 ms}}
  api: {service: http_api, routes: {default: {to: shop}}}
  shop: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: {exponential: {mean: 300 ms}}}
designs: {small: {shop: {reserved_concurrency: 12}}, free: {}}
run: {for: 30 s, warm_up: 5 s, replications: 2}
"""
LEAVES = ("buyers.browse", "buyers.order", "staff")
TEXTS = ["design", "traffic", "outcome", "service", "limit"]


@pytest.fixture
def experiment(tmp_path: Path) -> simulator.Experiment:
    path = tmp_path / "shop.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return simulator.read(path)


def on(engine: str, experiment: simulator.Experiment) -> simulator.Experiment:
    run = experiment.scenario.run.model_copy(update={"engine": engine})
    return simulator.Experiment(replace(experiment.scenario, run=run))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def notes(path: Path) -> dict[str, object]:
    return dict(json.loads(pq.read_metadata(path).metadata[b"surgesim"]))


def test_a_folder_holds_one_file_for_each_run_and_they_read_as_one_table(
    experiment: simulator.Experiment, tmp_path: Path
) -> None:
    in_memory = experiment.run(rows=True, workers=1).rows()
    experiment.run(rows=tmp_path / "rows", workers=1)
    names = {f"{design}-{number}.parquet" for design in ("small", "free") for number in (0, 1)}
    assert contents(tmp_path / "rows").keys() == names
    read = pd.read_parquet(tmp_path / "rows")
    assert {name for name, dtype in read.dtypes.items() if dtype == "category"} == set(TEXTS)
    assert read["latency_s"].dtype == np.float64
    assert all(read[name].dtype == np.int64 for name in ("identity", "arrived_ns", "sent_ns", "answered_ns"))
    order = ["design", "replication", "answered_ns", "identity"]
    tables = [
        table.astype(dict.fromkeys(TEXTS, object)).sort_values(order, ignore_index=True)
        for table in (read, in_memory)
    ]
    pd.testing.assert_frame_equal(*tables)


def test_every_engine_writes_the_same_bytes_from_threads_and_from_processes(
    experiment: simulator.Experiment, tmp_path: Path
) -> None:
    for engine in ENGINES:
        on(engine, experiment).run(rows=tmp_path / engine, workers=2)
    assert (
        contents(tmp_path / "compiled") == contents(tmp_path / "simpy") == contents(tmp_path / "interpreted")
    )


def test_rows_are_the_requests_that_were_counted(experiment: simulator.Experiment) -> None:
    study = experiment.run(rows=True, workers=1)
    rows = study.rows()
    assert rows["arrived_ns"].min() >= 5e9, "the warm-up is not counted and has no rows"
    assert not rows.duplicated(["design", "replication", "identity"]).any()
    assert rows["limit"].notna().equals(rows["outcome"] != "ok")
    runs = [(name, run) for name, found in study.replications.items() for run in found]
    found = rows.groupby(["design", "replication", "traffic", "outcome"], observed=True).size().to_dict()
    assert found == {
        (name, run.number, traffic, outcome): count
        for name, run in runs
        for traffic in LEAVES
        for outcome, count in run.traffic[traffic].outcomes.items()
        if count and outcome != "in_flight"
    }
    causes = ["design", "replication", "traffic", "outcome", "service", "limit"]
    lost = {
        (name, run.number, traffic, *cause): count
        for name, run in runs
        for traffic in LEAVES
        for cause, count in run.traffic[traffic].causes.items()
    }
    assert rows.groupby(causes, observed=True).size().to_dict() == lost
    assert len({limit for *_, limit in lost}) > 1


def test_percentiles_of_the_rows_are_those_of_the_histogram(experiment: simulator.Experiment) -> None:
    study = experiment.run(rows=True, workers=1)
    answers = study.rows().query("outcome == 'ok'").groupby(["design", "traffic"], observed=True)["latency_s"]
    for (design, traffic), exact in answers:
        found = study.summary.designs[design].traffic[traffic].latency
        assert found["mean"].value == pytest.approx(exact.mean(), rel=1e-12)
        assert found["max"].value == exact.max()
        for name in STATISTICS:
            if name.startswith("p"):
                expected = np.quantile(exact, float(name[1:]) / 100, method="inverted_cdf")
                assert found[name].value == pytest.approx(expected, rel=1 / (2 * SUB_BINS))


def test_a_file_says_where_it_comes_from_and_how_many_requests_have_no_row(
    experiment: simulator.Experiment, tmp_path: Path
) -> None:
    study = experiment.run(designs=["small"], rows=tmp_path / "rows", workers=1)
    provenance = study.summary.provenance
    for number, run in enumerate(study.replications["small"]):
        file = tmp_path / "rows" / f"small-{number}.parquet"
        found = notes(file)
        assert (found["design"], found["replication"], found["scenario"]) == ("small", number, "Small shop")
        for name in ("version", "seed", "scenario_sha256"):
            assert found[name] == provenance[name]
        waiting = {name: run.traffic[name].outcomes["in_flight"] for name in LEAVES}
        assert found["in_flight"] == waiting
        requests = sum(run.traffic[name].requests for name in LEAVES)
        assert requests - pq.read_metadata(file).num_rows == sum(waiting.values()) > 0


@pytest.mark.parametrize("engine", ENGINES)
def test_no_more_rows_are_held_than_are_written_at_once(
    experiment: simulator.Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """However many requests there are: the log has so many places, and goes out when they are full."""
    at_once, blocks, engines, one_by_one = 100, [], [], []
    take, append, make = RowsFile.take, Log.append, engine_run._engine

    def noting_take(self: RowsFile, block: Block) -> None:
        blocks.append(block.shape)
        take(self, block)

    def noting_append(self: Log, row: tuple[int, ...]) -> None:
        append(self, row)
        one_by_one.append(len(self))

    def noting_make(*args: object) -> object:
        engines.append(make(*args))  # type: ignore[arg-type]
        return engines[-1]

    monkeypatch.setattr(RowsFile, "take", noting_take)
    monkeypatch.setattr(Log, "append", noting_append)
    monkeypatch.setattr(engine_run, "_engine", noting_make)
    monkeypatch.setattr(engine_run, "Log", partial(Log, at_once=at_once))
    on(engine, experiment).run(["free"], replications=1, rows=tmp_path / "rows", workers=1)
    *full, last = blocks
    assert len(full) > 10
    assert set(full) == {(at_once, 7)}
    assert 0 < last[0] <= at_once
    assert max(one_by_one, default=0) < at_once
    if engine != "simpy":
        assert len(engines[0].machine.log) == 7 * at_once
        assert one_by_one == [], "whole arrays, never row by row"
    metadata = pq.read_metadata(tmp_path / "rows" / "free-0.parquet")
    assert metadata.num_row_groups == len(blocks)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_without_answers_has_a_file_without_rows(
    experiment: simulator.Experiment, tmp_path: Path, engine: str
) -> None:
    changes = ["run.for=6 s", "traffic.staff=null", "traffic.buyers.rate=0.001/s"]
    quiet = simulator.read(tmp_path / "shop.yaml", changes)
    on(engine, quiet).run(["free"], replications=1, rows=tmp_path / "rows", workers=1)
    table = pq.read_table(tmp_path / "rows" / "free-0.parquet")
    assert table.num_rows == 0
    assert table.column_names[:3] == ["design", "replication", "traffic"]


def test_without_pyarrow_it_says_what_to_install_before_anything_runs(
    experiment: simulator.Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SimulatorError, match=r"pip install 'surgesim\[data\]'"):
        experiment.run(rows=tmp_path / "rows", progress=lambda done, total: pytest.fail("it ran"))
    assert not (tmp_path / "rows").exists()
    assert len(experiment.run(rows=True, workers=1).rows()) > 1000, "in memory there are rows without it"


def test_rows_that_are_there_are_never_overwritten(experiment: simulator.Experiment, tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    with pytest.raises(SimulatorError, match="rows is there already; name a new folder"):
        experiment.run(rows=tmp_path / "rows", progress=lambda done, total: pytest.fail("it ran"))


def test_a_study_that_fails_leaves_no_rows(
    experiment: simulator.Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: RowsFile, block: Block) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(RowsFile, "take", full)
    with pytest.raises(OSError, match="no space left"):
        experiment.run(rows=tmp_path / "rows", workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["shop.yaml"]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_an_interrupted_study_keeps_the_rows_of_what_it_keeps(
    experiment: simulator.Experiment, tmp_path: Path, engine: str
) -> None:
    """Four runs are asked for; the third finishes a design's second run, the other's never counts."""

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    study = on(engine, experiment).run(rows=tmp_path / "rows", workers=1, progress=stop)
    assert study.interrupted
    assert contents(tmp_path / "rows").keys() == {"small-0.parquet", "free-0.parquet"}


def test_a_study_without_rows_in_memory_says_how_to_have_them(experiment: simulator.Experiment) -> None:
    study = experiment.run(designs=["small"], replications=1, workers=1)
    with pytest.raises(SimulatorError, match="run with rows=True"):
        study.rows()
