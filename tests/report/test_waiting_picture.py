"""What waits over time: the mean of the runs between the lowest and the highest, and objectives on it."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from simulator.report.page.page import page
from simulator.report.pictures.gallery import draw
from simulator.report.pictures.style import WALL
from simulator.scenario.read import read
from simulator.study.study import Study, run
from tests.report.test_report_page import data_of

SCENARIO = """\
name: Queue
era: aws-2026
traffic: {jobs: {to: inbox, shape: poisson, rate: 25/s}}
architecture:
  inbox: {service: sqs}
  work: {service: lambda, runtime: python3.13, memory: 1024 MB, timeout: 3 s, reserved_concurrency: 2,
         duration: 100 ms, events: {inbox: {from: inbox, batch_size: 1, maximum_concurrency: 2}}}
objectives:
  inbox.age_of_oldest_message: max < 2 min
  inbox.messages_visible_max: < 50
  inbox.message_age: p99 < 30 s
  inbox.number_of_messages_sent: < 1000000
run: {for: 30 s, warm_up: 2 s, replications: 3, engine: simpy}
"""


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Study:
    path = tmp_path_factory.mktemp("queue") / "queue.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return run(read(path), workers=1)


def test_the_mean_of_the_runs_lies_in_the_band_of_all_runs(queue: Study) -> None:
    made = draw(queue, "waiting")
    assert made is not None
    assert "band from lowest to highest run" in made.get_suptitle()
    axes = next(one for one in made.axes if one.get_title(loc="left") == "inbox: messages, backlog")
    mean = next(line for line in axes.lines if to_hex(line.get_color()) != WALL)
    (band,) = (one for one in axes.collections if isinstance(one, PolyCollection))
    corners = band.get_paths()[0].vertices
    every = np.array([one.series["inbox.messages waiting"] for one in queue.replications["architecture"]])
    assert np.array(mean.get_ydata()) == pytest.approx(every.mean(axis=0))
    for time, low, high in zip(mean.get_xdata(), every.min(axis=0), every.max(axis=0), strict=True):
        assert {low, high} <= set(corners[corners[:, 0] == time][:, 1])


def test_objectives_on_what_waits_are_drawn_as_long_as_they_count(queue: Study) -> None:
    made = draw(queue, "waiting")
    assert made is not None
    shown = {}
    for axes in made.axes:
        walls = [line for line in axes.lines if to_hex(line.get_color()) == WALL]
        assert all(list(line.get_xdata()) == [2, 30] for line in walls)
        said = [text.get_text() for text in axes.texts]
        shown[axes.get_title(loc="left")] = dict(
            zip(said, (line.get_ydata()[0] for line in walls), strict=True)
        )
        assert all(limit < axes.get_ylim()[1] for limit in shown[axes.get_title(loc="left")].values())
    assert shown["inbox: messages, backlog"] == {"messages_visible_max < 50": 50}
    assert shown["inbox: messages, age of the oldest that waits"] == {
        "age_of_oldest_message max < 2 min": 120
    }, "and not a p99, which is not drawn"
    assert "objective" in [text.get_text() for text in made.legends[0].get_texts()]
    walls = data_of(page(queue))["tables"]["asked"]
    assert walls["limit"] == [50, 120]
    assert walls["begin"] == pytest.approx(2 * [2 / 60], rel=1e-4)
    assert set(walls["end"]) == {0.5}
