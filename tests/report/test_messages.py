"""What the report tells of queues and streams: on a terminal, as tables, on the page, in the folder."""

from __future__ import annotations

import dataclasses
import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.report.folder import write
from simulator.report.page.page import page
from simulator.report.pictures.gallery import draw
from simulator.report.terminal import render
from simulator.scenario.read import read
from simulator.study.study import Study, run
from tests.report.small import small
from tests.report.test_report_page import data_of

SCENARIO = """\
name: Mail
era: aws-2026
traffic:
  chat: {to: reactions, shape: constant, rate: 60/s, key: {keys: 100, hot: {share: 30%}}}
  jobs: {to: inbox, shape: constant, rate: 20/s}
architecture:
  reactions: {service: kinesis, shards: 2}
  moderate:
    {service: lambda, runtime: python3.13, memory: 1024 MB, timeout: 30 s, poison: 1%,
     duration: {per_batch: 20 ms, per_record: 40 ms},
     events: {chat: {from: reactions, batch_size: 20, maximum_retry_attempts: 1, on_failure: rejected,
                     bisect_batch_on_function_error: true}}}
  rejected: {service: sqs}
  inbox: {service: sqs}
  work: {service: lambda, runtime: python3.13, memory: 1024 MB, timeout: 3 s,
         handler: [{work: 100 ms}, {send: late}], events: {inbox: {from: inbox}}}
  late: {service: lambda, runtime: python3.13, memory: 1024 MB, timeout: 3 s, duration: 100 ms}
designs: {two: {}, ten: {moderate: {events: {chat: {parallelization_factor: 5}}}}}
objectives: {moderate.iterator_age: max < 5 s}
run: {for: 30 s, replications: 1, engine: simpy}
"""


@cache
def study(folder: Path) -> Study:
    path = folder / "mail.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return run(read(path), workers=1)


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(tmp_path_factory.mktemp("mail"))


def test_the_table_has_a_row_for_each_receiver_with_what_its_counters_say(mail: Study) -> None:
    table = mail.messages().set_index(["design", "service", "of"])
    assert list(table.loc["two"].index) == [
        ("moderate", "stream"), ("rejected", "queue"), ("inbox", "queue"), ("late", "async"),
    ]  # fmt: skip
    stream, ten = table.loc["two", "moderate", "stream"], table.loc["ten", "moderate", "stream"]
    counters = mail.summary.designs["two"].services["moderate"]
    assert stream["age_max_s"] == counters["iterator_age_max_s"] > 5
    assert stream["waiting_max"] >= stream["waiting_end"] == counters["records_waiting_end"] > 100
    assert 5 < stream["oldest_max_s"] < 30
    assert stream["received_again"] >= stream["dead_lettered"] > 0
    assert (stream["lanes"], stream["in_use_max"], ten["lanes"]) == (2, 2, 10)
    assert ten["in_use_mean"] < ten["in_use_max"] <= 10
    assert 0.9 < stream["busiest"] <= 1
    assert 1 < stream["batch_size_mean"] < stream["batch_size_max"] == 20
    queue = table.loc["two", "inbox", "queue"]
    assert queue["received"] == pytest.approx(600, abs=2)
    assert math.isnan(table.loc["two", "rejected", "queue"]["waiting_mean_s"]), "nobody receives from it"
    assert queue["batch_time_mean_s"] == pytest.approx(0.130, rel=0.1)
    assert queue["waiting_mean_s"] == pytest.approx(0, abs=0.001)
    batches = stream["received"] / stream["batch_size_mean"]
    assert stream["batch_time_mean_s"] * batches == pytest.approx(30 * stream["in_use_mean"])
    assert 1 < stream["waiting_mean_s"] < stream["age_max_s"]
    assert queue["in_use_mean"] == pytest.approx(20 * 0.130, rel=0.1), "each 100 ms, and two calls"
    assert table.loc["two", "rejected", "queue"]["waiting_end"] == stream["dead_lettered"]
    assert small().messages().empty


def test_every_output_tells_of_queues_and_streams(mail: Study, tmp_path: Path) -> None:
    said = render(mail.summary, {}, 100, full=True)
    for text in ("Queues and streams", "two: moderate", "busiest lane", "two: late (async)", "IteratorAge"):
        assert text in said
    assert all(
        "Queues and streams" not in render(small().summary, {}, 100, full=full) for full in (True, False)
    )
    for text in ("oldest max", "waits mean", "age p99", "batch mean", "takes mean", "in use mean"):
        assert text in said, "a mean beside a percentile says so"
        assert text in page(mail)
    assert max(map(len, render(mail.summary, {}, 60, full=True).splitlines())) <= 60
    assert "messages-title" in page(mail)
    assert "messages-title" not in page(small())
    folder = write(mail, tmp_path, [])
    written = pd.read_csv(folder / "messages.csv.gz")
    pd.testing.assert_frame_equal(written, mail.messages(), rtol=1e-8, check_dtype=False)
    metrics = pd.read_csv(folder / "summary.csv").set_index(["design", "metric"])["value"]
    assert metrics["two", "moderate.lanes_in_use_max"] == 2


def test_the_answer_says_in_one_table_how_well_each_receiver_kept_up(mail: Study) -> None:
    lines = render(mail.summary, {}, 80).splitlines()
    start = lines.index("Queues and streams")
    table = lines[start : lines.index("", start)]
    assert [line.split() for line in table[5:7]] == [
        ["most", "oldest", "age", "batch", "most", "dead-"],
        ["waiting", "waiting", "max", "mean", "in", "use", "again", "lettered"],
    ]
    cells = {line.partition("  ")[0]: line.split()[2:] for line in table[7:]}
    assert list(cells)[:3] == ["two: moderate", "two: inbox", "two: late (async)"], (
        "rejected: nobody receives"
    )
    row = mail.messages().set_index(["design", "service"]).loc["two", "moderate"]
    said = " ".join(cells["two: moderate"])
    for field in ("waiting_max", "received_again", "dead_lettered"):
        assert f"{row[field]:,.0f}" in said
    assert (
        f"{row['oldest_max_s']:.1f} s {row['age_max_s']:.1f} s {row['batch_size_mean']:.2f} 2.00 of 2" in said
    )
    assert "IteratorAge" in " ".join(table), "whose definition"
    one = dataclasses.replace(mail.summary, designs={
        name: dataclasses.replace(design, services={"moderate": design.services["moderate"]})
        for name, design in mail.summary.designs.items()
    })  # fmt: skip
    text = render(one, {}, 80)
    assert re.search(r"^Queues and streams: moderate$.*^two  ", text, flags=re.MULTILINE | re.DOTALL)
    assert max(map(len, text.splitlines())) <= 80


def test_the_picture_shows_how_much_waits_how_old_it_is_and_in_which_batches_it_goes(mail: Study) -> None:
    made = draw(mail, "waiting")
    assert made is not None
    shown = {axes.get_title(loc="left"): axes for axes in made.axes}
    titles = (
        "backlog", "age of the oldest that waits", "IteratorAge, average", "IteratorAge, max",
        "batch size, mean",
    )  # fmt: skip
    of_lanes = [shown[f"moderate: lanes of chat, {title}"].lines[:2] for title in titles]
    waiting, ages, iterators, longest, batches = (
        [np.nanmax(line.get_ydata()) for line in all_] for all_ in of_lanes
    )
    table = mail.messages().set_index(["service", "design"]).loc["moderate"]
    assert ages == pytest.approx(table["oldest_max_s"].to_list())
    assert 0 < waiting[0] <= table["waiting_max"].iloc[0]
    assert np.all(np.array([iterators, batches]) <= table[["age_max_s", "batch_size_max"]].to_numpy().T)
    assert longest == pytest.approx(table["age_max_s"].to_list(), rel=2e-3), "one run"
    assert not any("IteratorAge" in title for title in shown if title.startswith("inbox"))
    assert draw(small(), "waiting") is None


def test_a_verdict_names_the_lanes_of_who_falls_behind_and_they_are_a_limit(mail: Study) -> None:
    said = " ".join(render(mail.summary, {}, 200).split())
    assert ": at times all of its 2 lanes (batches at a time) are at work, the busiest for 9" in said
    limits = {limit.limit: limit for limit in mail.summary.designs["two"].limits}
    lanes = limits["lanes of chat"]
    assert (lanes.service, lanes.unit, lanes.demand, lanes.allowed) == ("moderate", "lanes", 2, 2)
    assert lanes.first_at_s is None


def test_the_page_charts_what_waits_where_something_does(mail: Study) -> None:
    made = data_of(page(mail))
    params = {one["name"]: one["value"] for one in made["specs"]["waiting"]["params"]}
    waits = made["tables"]["waiting"]["waits"]["texts"]
    assert params["waits"] == waits[0] == "moderate: lanes of chat, backlog"
    assert {title.split(", ")[-1] for title in waits if title in params["ages"]} == {
        "age of the oldest that waits", "average", "max"
    }  # fmt: skip
    shown = made["tables"]["waiting"]
    oldest = max(
        value for value, place in zip(shown["value"], shown["waits"]["places"], strict=True)
        if value is not None and waits[place] == "moderate: lanes of chat, age of the oldest that waits"
    )  # fmt: skip
    table = mail.messages().set_index("service").loc["moderate"]
    assert oldest == pytest.approx(table["oldest_max_s"].max(), rel=1e-4)
    assert "waiting" not in data_of(page(small()))["specs"]


def test_completion_is_drawn_beside_latency_where_it_is_later(mail: Study) -> None:
    assert (mail.summary.clocks("chat"), small().summary.clocks("buyers.order")) == (
        ("latency", "completion"), ("latency",)
    )  # fmt: skip
    data = data_of(page(mail))
    assert "chat, completion" in data["tables"]["distribution"]["span"]["texts"]
    assert ", completion" not in " ".join(data_of(page(small()))["tables"]["distribution"]["span"]["texts"])
    made = draw(mail, "distribution")
    assert made is not None
    shown = {axes.get_title(loc="left"): axes for axes in made.axes}
    assert list(shown) == ["chat", "chat, completion", "jobs", "jobs, completion"]
    two = shown["chat, completion"].lines[0]
    counted = [run.traffic["chat"] for run in mail.replications["two"]]
    assert counted[0].endless > 0
    left = counted[0].endless / (counted[0].completion.count + counted[0].endless)
    assert min(two.get_ydata()) >= left, "what is unfinished is slower than all that is done"
