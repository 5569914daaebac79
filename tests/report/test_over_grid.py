"""What a sweep is shown by: what differs from setting to setting, the infinite included."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import simulator
from simulator.report.over_grid import begin_with, over_grid
from simulator.report.page.what_if import what_if
from tests.report.test_page_browser import Tab, browser
from tests.study.shop import write

__all__ = ["browser"]

POST = """\
name: Post
traffic: {letters: {to: box, shape: poisson, rate: 20/s}}
architecture:
  box: {service: sqs}
  clerk:
    service: lambda
    runtime: nodejs22
    memory: 512 MB
    reserved_concurrency: 2
    duration: 400 ms
    events: {main: {from: box}}
designs: {plain: {}}
objectives:
  letters.failed: < 5%
  letters.completion: p99 < 5 s
  letters.timeout: < 1%
  clerk.concurrency_max: <= 99
  box.message_age: max < 1 h
run: {for: 60 s, warm_up: 10 s, replications: 2, engine: simpy}
"""
CONCURRENCY, MEMORY = "clerk.reserved_concurrency", "clerk.memory"


@cache
def posted(*both: str) -> simulator.Swept:
    """Two clerks leave most of the letters, a hundred none."""
    grid = {CONCURRENCY: [2, 100], **({MEMORY: list(both)} if both else {})}
    with TemporaryDirectory() as folder:
        return simulator.read(write(Path(folder), POST)).sweep(grid, workers=1)


def test_every_objective_and_outcome_is_listed_also_what_is_infinite_or_none_somewhere() -> None:
    found = over_grid(posted())
    names = [
        "letters.failed", "letters.completion.p99_s", "letters.timeout", "clerk.concurrency_max",
        "box.message_age_max_s", "letters.unfinished",
    ]  # fmt: skip
    assert [name for name in found[0] if name in names] == names
    assert list(found[0]) == list(found[1])
    most, none = (here["letters.completion.p99_s"].estimates[0].value for here in found)
    assert most == math.inf > none
    most, none = (here["letters.unfinished"].estimates[0].value for here in found)
    assert most > 0.4 > none
    assert "letters.lost" not in found[0], "no request of any setting"
    page = what_if(posted())
    assert all(f'<option value="{name}"' in page for name in names)


def test_it_begins_with_the_first_objective_whose_verdict_differs_or_else_whose_value_does() -> None:
    assert begin_with(posted(), over_grid(posted())) == "letters.completion.p99_s"
    assert posted().plot()._suptitle.get_text().startswith("letters: p99 completion")
    with TemporaryDirectory() as folder:
        easy = POST.replace("p99 < 5 s", "p99 < 1 h").replace(
            " reserved_concurrency: 2", " reserved_concurrency: 80"
        )
        swept = simulator.read(write(Path(folder), easy)).sweep({CONCURRENCY: [90, 100]}, workers=1)
    assert begin_with(swept, over_grid(swept)) == "letters.failed", "nothing differs"


def test_a_map_says_infinite_what_its_marks_mean_and_what_its_colours_do() -> None:
    made = posted("512 MB", "1 GB").plot()
    first, bar = made.axes
    assert [text.get_text() for text in first.texts].count("✗ infinite") == 2
    assert [patch.get_hatch() for patch in first.patches] == ["///"] * 2
    assert made._supxlabel.get_text().startswith("Number and colour are of the metric above")
    assert all(label.get_text().endswith("s") for label in bar.get_yticklabels())


def test_a_line_says_infinite() -> None:
    assert "infinite" in [text.get_text() for text in posted().plot().axes[0].texts]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_the_page_says_infinite_where_a_value_is(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(what_if(posted("512 MB", "1 GB")), encoding="utf-8")
    opened = Tab(browser, file, "light")
    assert opened.tab.locator("#metric").input_value() == "letters.completion.p99_s"
    for chart, times in (("along", 1), ("map", 2)):
        assert opened.texts(f"#chart-{chart} .role-mark text").count("infinite") == times
    opened.choose("#metric", "letters.failed")
    assert "infinite" not in opened.texts("#chart-map .role-mark text")
    assert opened.complaints == []
    opened.context.close()
