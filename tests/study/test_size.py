"""Sizing on the real engine: the cheapest setting that passes, why, and what it says of mistakes."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import simulator
from simulator.errors import ScenarioError, SimulatorError
from simulator.report.sizing import render_sizing, to_json
from simulator.study.margin import margin
from tests.study.shop import QUEUE, SHOP, write

KNOB = {"till.reserved_concurrency": "0..20"}


@cache
def sized() -> simulator.Sized:
    """How many executions at a time keep refusals below 5 %."""
    with TemporaryDirectory() as folder:
        return simulator.read(write(Path(folder))).size(KNOB, workers=1)


def test_the_answer_passes_and_the_setting_below_it_does_not() -> None:
    """Two executions are busy on average; by Erlang's loss formula five refuse 3.7 %, four 9.5 %."""
    answer = sized().answers["plain"]
    assert answer.method == "bisection"
    assert answer.best is not None
    assert answer.best.setting[0] in ("5", "6"), "six, if 5 % lie in the interval of five"
    assert answer.below is not None
    assert int(answer.below.setting[0]) == int(answer.best.setting[0]) - 1
    assert len(answer.tries) <= 7
    assert list(sized().answers) == ["plain"], "the first design, unless others are named"


def test_the_text_says_what_was_tried_and_how_much_is_to_spare() -> None:
    text = repr(sized())
    assert "of 21 settings tried, by bisection" in text
    assert "Least to spare: buyers.failed, " in text
    best = sized().answers["plain"].best
    assert f"Cheapest that passes: plain with till.reserved_concurrency={best.setting[0]}, $" in text
    assert all(len(line) <= 70 for line in render_sizing(sized(), 70).splitlines())
    assert "<th>till.reserved_concurrency</th>" in sized()._repr_html_()


def test_the_tables_hold_every_try() -> None:
    table = sized().table()
    answer = sized().answers["plain"]
    assert len(table) == 2 * len(answer.tries)
    assert set(table[table["chosen"]]["till.reserved_concurrency"]) == {answer.best.setting[0]}
    document = json.loads(to_json(sized()))
    assert document["designs"]["plain"]["best"]["verdict"] == "pass"
    assert len(document["designs"]["plain"]["tried"]) == len(answer.tries)
    judged = answer.best.found.objectives["buyers.failed"]
    assert margin(judged) == pytest.approx((0.05 - judged.value.high) / 0.05)


def test_a_picture_shows_the_tries() -> None:
    panels = [axes.get_title("left") for axes in sized().plot().axes]
    assert panels == ["buyers.failed: < 5%", "cost of a run: < $1; marks: all objectives together"]
    with pytest.raises(SimulatorError, match="no answer for 'other'; name one of: plain"):
        sized().plot("other")


def test_a_picture_shows_every_objective_that_decides(tmp_path: Path) -> None:
    """A latency that every setting meets decides nothing; what a setting misses does."""
    more = "buyers.latency: p99 < 90 s, buyers.throttled: < 40%"
    file = write(tmp_path, SHOP.replace("buyers.failed: < 5%", f"buyers.failed: < 5%, {more}"))
    answer = simulator.read(file).size({"till.reserved_concurrency": [1, 9]}, workers=1)
    verdicts = [one.found.objectives["buyers.latency"].verdict for one in answer.answers["plain"].tries]
    assert verdicts == ["pass", "pass"]
    panels = [axes.get_title("left") for axes in answer.plot().axes]
    assert panels[:-1] == ["buyers.failed: < 5%", "buyers.throttled: < 40%"]


def test_two_knobs_are_tried_together_and_in_a_design_of_its_own(tmp_path: Path) -> None:
    knobs = {"till.reserved_concurrency": [1, 9], "till.memory": ["512 MB", "1 GB"]}
    found = simulator.read(write(tmp_path)).size(knobs, designs=["fixed"], workers=1)
    answer = found.answers["fixed"]
    assert answer.method == "every combination"
    assert answer.best.setting == ("9", "512 MB")
    assert found.plot().axes[0].get_xlabel() == "till.reserved_concurrency"


def test_where_only_the_cost_stands_in_the_way_that_is_said(tmp_path: Path) -> None:
    poor = write(tmp_path, SHOP.replace("cost.run: < $1", "cost.run: < $0.0001"))
    found = simulator.read(poor).size({"till.reserved_concurrency": [1, 9]}, workers=1)
    assert found.cheapest is None
    assert "till.reserved_concurrency=9 meets all but cost.run ($" in repr(found)
    assert repr(found).endswith("No setting that was tried passes.\n")


@pytest.mark.parametrize(
    ("values", "said", "end", "hope", "beyond"),
    [
        ("8..20", "8 passes", "lowest", "a lower one may cost less", "4..8"),
        (
            "0..6/6",
            "6 alone passes",
            "highest",
            "a higher one may have more to spare, or cost less",
            "6..12/6",
        ),
        ("1..2", "2 misses least", "highest", "a higher one may pass", "2..4"),
    ],
)
def test_an_answer_at_an_end_of_the_values_says_what_to_write(
    tmp_path: Path, values: str, said: str, end: str, hope: str, beyond: str
) -> None:
    path = "till.reserved_concurrency"
    found = simulator.read(write(tmp_path)).size({path: values}, workers=1)
    assert (
        f"{path}={said}, and is the {end} of the values given; {hope}:"
        f" write for example --knob '{path}={beyond}'."
    ) in " ".join(repr(found).split())
    assert json.loads(to_json(found))["designs"]["plain"]["ends"] == {path: end}


def test_what_is_written_to_look_beyond_is_nothing_that_would_be_refused(tmp_path: Path) -> None:
    """A hundred executions are left to functions that reserve none: of 103 three may be reserved."""
    path = "till.reserved_concurrency"
    for quota, end in (
        (103, f"; a higher one may pass: write for example --knob '{path}=2..3'."),
        (102, "."),
    ):
        account = f"architecture:\n  account: {{lambda_concurrency: {quota}}}"
        file = write(tmp_path, SHOP.replace("architecture:", account).replace(": 8}", ": 2}"))
        said = " ".join(repr(simulator.read(file).size({path: "1..2"}, workers=1)).split())
        assert f"{path}=2 misses least, and is the highest of the values given{end} No setting" in said


def test_where_nothing_is_done_in_time_least_is_missed_where_least_is_unfinished(tmp_path: Path) -> None:
    path = "till.events.inbox.maximum_concurrency"
    found = simulator.read(write(tmp_path, QUEUE)).size({path: [2, 3, 4]}, workers=1)
    (answer,) = found.answers.values()
    assert {one.found.objectives["buyers.completion"].value.value for one in answer.tries} == {math.inf}
    assert f"{path}=4 misses least, and is the highest" in " ".join(repr(found).split())


def test_of_settings_that_miss_equally_much_none_is_said_to_miss_least(tmp_path: Path) -> None:
    found = simulator.read(write(tmp_path, QUEUE)).size({"inbox.retention": "60..62 min"}, workers=1)
    assert "misses least" not in repr(found)
    assert "of the values given" not in repr(found)


def test_an_answer_within_the_values_says_nothing_of_their_ends() -> None:
    assert "of the values given" not in repr(sized())
    assert json.loads(to_json(sized()))["designs"]["plain"]["ends"] == {}


def test_an_interrupted_sizing_goes_on_and_gives_the_same_bytes(tmp_path: Path) -> None:
    file, runs = write(tmp_path), tmp_path / "runs"
    done: list[int] = []

    def stop(count: int, total: int) -> None:
        done.append(count)
        if len(done) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulator.read(file).size(KNOB, workers=1, progress=stop, resume=runs)
    with ThreadPoolExecutor(1) as pool:
        submit, submitted = pool.submit, []
        pool.submit = lambda *args: submitted.append(args) or submit(*args)  # type: ignore[method-assign]
        again = simulator.read(file).size(KNOB, executor=pool, resume=runs)
    assert to_json(again) == to_json(sized())
    assert len(submitted) == 2 * len(again.answers["plain"].tries) - 3


@pytest.mark.parametrize(
    ("knob", "said"),
    [
        ("till.reserved", r"--knob till.reserved=1: unknown key 'reserved'; did you mean"),
        ("tilt.reserved_concurrency", r"--knob tilt.reserved_concurrency=1: .*tilt"),
        (
            "traffic.buyers.rate",
            r"--knob traffic.buyers.rate: 'traffic' is no setting of a design; write a path",
        ),
        ("till.memory.size", r"--knob till.memory.size=1: not an amount of memory: a map; write for example"),
    ],
)
def test_a_knob_that_is_none_is_refused_before_anything_runs(tmp_path: Path, knob: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        simulator.read(write(tmp_path)).size({knob: ["1", "2"]})


def test_a_knob_may_name_the_design_that_is_sized(tmp_path: Path) -> None:
    experiment = simulator.read(write(tmp_path))
    found = experiment.size({"designs.fixed.till.reserved_concurrency": ["1", "9"]}, workers=1)
    assert list(found.answers) == ["fixed"]
    assert found.answers["fixed"].best is not None
    assert found.answers["fixed"].best.setting == ("9",)
    assert [knob.path for knob in found.knobs] == ["till.reserved_concurrency"]
    with pytest.raises(ScenarioError, match="a setting of design fixed alone; write --design fixed"):
        experiment.size({"designs.fixed.till.reserved_concurrency": ["1", "9"]}, designs=["plain"])
    with pytest.raises(ScenarioError, match="no design named 'fxed'"):
        experiment.size({"designs.fxed.till.reserved_concurrency": ["1", "9"]})


def test_without_objectives_there_is_nothing_to_meet(tmp_path: Path) -> None:
    bare = write(tmp_path, "".join(line for line in SHOP.splitlines(True) if "objectives" not in line))
    with pytest.raises(ScenarioError, match="objectives: nothing to meet; write for example"):
        simulator.read(bare).size(KNOB)
