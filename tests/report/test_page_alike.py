"""Designs whose lines lie on each other are striped and named together; on paper stands what is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.report.page.page import page
from simulator.report.page.what_if import what_if
from simulator.scenario.read import read
from simulator.study.study import run
from tests.report.test_page_browser import BURSTS, Tab, browser
from tests.report.test_report_page import data_of
from tests.study.shop import swept

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

__all__ = ["browser"]
TWINS = BURSTS.replace("designs: {function: {},", "designs: {function: {}, twin: {},")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("twins") / "twins.yaml"
    file.write_text(TWINS, encoding="utf-8")
    return page(run(read(file), workers=1))


@pytest.fixture
def tab(browser: Any, text: str, tmp_path: Path) -> Iterator[Tab]:
    (tmp_path / "twins.html").write_text(text, encoding="utf-8")
    opened = Tab(browser, tmp_path / "twins.html")
    yield opened
    opened.context.close()


def dashes(tab: Tab, chart: str) -> list[str]:
    lines = tab.tab.locator(f"#chart-{chart} .mark-line > path").all()
    return sorted(line.get_attribute("stroke-dasharray") or "" for line in lines)


def test_lines_that_lie_on_each_other_are_named_together(text: str) -> None:
    for chart, choice in (("distribution", "jobs"), ("percentiles", "jobs p99")):
        params = {one["name"]: one["value"] for one in data_of(text)["specs"][chart]["params"]}
        both = "function, twin"
        assert params["alike"][choice] == {"function": both, "twin": both, "none": "none"}, chart


@pytest.mark.parametrize("chart", ["distribution", "percentiles"])
def test_they_are_stripes_beside_each_other_until_one_is_hidden(tab: Tab, chart: str) -> None:
    assert {"0,0,6,6", "0,6,6,0"} < set(dashes(tab, chart))
    tab.tab.uncheck("input[value=function]")
    tab.settle()
    assert not [dash for dash in dashes(tab, chart) if dash.startswith("0,")]
    assert len(dashes(tab, chart)) == 2
    assert tab.complaints == []


def test_on_paper_stands_under_each_chart_what_is_chosen_for_it(tab: Tab) -> None:
    assert not tab.tab.locator("#shown-percentiles").is_visible()
    tab.tab.emulate_media(media="print")
    assert tab.tab.locator("#shown-percentiles").is_visible()
    assert tab.texts("#shown-percentiles") == ["Show: the whole run; Requests: jobs; Percentile: p99"]
    assert tab.texts("#shown-concurrency") == ["Show: the whole run; Design: function; Function: work"]
    tab.tab.emulate_media(media="screen")
    tab.choose("[data-signal=statistic]", "p50")
    tab.tab.uncheck("input[value=function]")
    tab.settle()
    assert tab.texts("#shown-percentiles") == [
        "Show: the whole run; Requests: jobs; Percentile: p50; Designs: twin, none"
    ]
    assert tab.texts("#shown-concurrency") == ["Show: the whole run; Design: twin; Function: work"]


def test_on_paper_the_what_if_page_says_where_its_sliders_stand(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "what-if.html"
    file.write_text(what_if(swept()), encoding="utf-8")
    tab = Tab(browser, file)
    tab.tab.locator("[data-knob='1']").fill("1")
    tab.settle()
    (along,) = tab.texts("#shown-along")
    assert along.startswith("Metric: buyers: failed; till.memory: 1024 MB")
    assert "reserved" not in along, "an axis"
    assert tab.texts("#shown-map") == ["Metric: buyers: failed; Design: plain"]
    tab.context.close()
