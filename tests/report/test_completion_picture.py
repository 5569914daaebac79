"""Completion beside what messages wait and batches take."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from simulator.measure.result import Replication
from simulator.report.palette import design_colour
from simulator.report.pictures.completion import INFINITE, LEAST, LESS
from simulator.report.pictures.gallery import draw
from simulator.report.pictures.style import Picture
from simulator.scenario.read import read
from simulator.study.study import Study, run
from tests.report.small import small
from tests.report.test_messages import SCENARIO, study


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(tmp_path_factory.mktemp("completion"))


def points(made: Picture) -> dict[tuple[str, str], list[float]]:
    """What is marked, by row and colour."""
    (axes,) = made.axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    found: dict[tuple[str, str], list[float]] = {}
    for line in axes.lines:
        if line.get_marker() != "None":
            at = round(float(np.asarray(line.get_ydata())[0]))
            found.setdefault((rows[at], to_hex(line.get_color())), []).append(
                float(np.asarray(line.get_xdata())[0])
            )
    return found


def test_each_receiver_shows_what_the_table_says_beside_completion(mail: Study) -> None:
    made = draw(mail, "completion")
    assert made is not None
    found, table = points(made), mail.messages().set_index(["service", "of", "design"])
    for place, design in enumerate(mail.replications):
        colour = design_colour(place).light
        done = mail.summary.designs[design].traffic["chat"].completion
        for part, x in zip(("p50", "p99"), found["chat: completion", colour], strict=True):
            assert x == done[part].value or (math.isinf(done[part].value) and x > 2)
        lanes = table.loc["moderate", "stream", design]
        assert found["moderate: a record waits, mean", colour] == [lanes["waiting_mean_s"]]
        assert (
            found["moderate: IteratorAge of a batch", colour] == lanes[["age_p50_s", "age_p99_s"]].to_list()
        )
        assert found["moderate: a batch takes, throttled and\nfailed ones too, mean", colour] == [
            lanes["batch_time_mean_s"]
        ]
        own = table.loc["inbox", "queue", design]
        ages = [max(age, LEAST) for age in own[["age_p50_s", "age_p99_s"]]]
        assert found["inbox: age of a batch's first message", colour] == ages
        events = table.loc["late", "async", design]
        assert found["late (async): age of an event", colour] == events[["age_p50_s", "age_p99_s"]].to_list()
    assert not any(row.startswith("rejected") for row, _ in found), "nobody receives from it"
    said = [text.get_text() for text in made.legends[0].get_texts()]
    assert said == ["two", "ten", "p50", "p99", "mean", LESS, INFINITE]


def test_where_requests_are_done_when_they_are_answered_there_is_nothing_beside_completion() -> None:
    assert draw(small(), "completion") is None


def test_a_window_that_an_objective_on_completion_speaks_of_has_a_row_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mail.yaml"
    windows = "windows: {late: {from: 5 s, for: 5 s}}\nobjectives: {chat.completion@late: p99 < 5 s, "
    path.write_text(SCENARIO.replace("objectives: {", windows), encoding="utf-8")
    found = run(read(path), workers=1)
    made = draw(found, "completion")
    assert made is not None
    rows = [label.get_text() for label in made.axes[0].get_yticklabels()]
    assert rows[:3] == ["chat: completion", "chat: completion @late", "jobs: completion"]
    assert made.get_suptitle().startswith("Over the run, or @window: ")
    marked = points(made)["chat: completion @late", design_colour(1).light]
    within = found.summary.designs["ten"].traffic["chat"].windows["late"].completion
    whole = found.summary.designs["ten"].traffic["chat"].completion
    assert marked == [within["p50"].value, within["p99"].value]
    assert marked[0] != whole["p50"].value


def test_completion_that_leaves_many_out_says_so(mail: Study) -> None:
    def poorer(found: Replication) -> Replication:
        jobs = found.traffic["jobs"]
        return replace(found, traffic={**found.traffic, "jobs": replace(jobs, lost=jobs.requests // 5)})

    runs = {name: [poorer(one) for one in found] for name, found in mail.replications.items()}
    made = draw(replace(mail, replications=runs), "completion")
    assert made is not None
    said = [text.get_text().strip() for text in made.axes[0].texts]
    assert said.count("646 ms, 20 % lost") == 2, "jobs, in both designs"
    assert not any("lost" in text for text in said if not text.startswith("646 ms"))
