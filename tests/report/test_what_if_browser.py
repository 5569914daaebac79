"""The page with sliders in a real Chromium without a network: it asks for nothing and obeys its sliders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import simulator
from simulator.report import over_grid
from simulator.report.page.what_if import what_if
from tests.report.test_page_browser import Tab, browser
from tests.study.shop import QUEUE, swept, write

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

__all__ = ["browser"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "what-if.html"
    file.write_text(what_if(swept()), encoding="utf-8")
    return file


@pytest.fixture(params=["light", "dark"])
def tab(browser: Any, path: Path, request: pytest.FixtureRequest) -> Iterator[Tab]:
    opened = Tab(browser, path, request.param)
    yield opened
    opened.context.close()


def slide(tab: Tab, knob: int, place: int) -> None:
    tab.tab.locator(f"[data-knob='{knob}']").fill(str(place))
    tab.settle()


def test_it_asks_for_nothing_but_itself_and_a_slider_shows_its_setting(tab: Tab, path: Path) -> None:
    assert tab.complaints == []
    assert tab.requests == [path.as_uri()]
    assert tab.named("slider") == [knob.path for knob in swept().knobs]
    assert "Vega visualization" not in tab.named("graphics-document")
    for chart in ("along", "map"):
        assert tab.tab.locator(f"#chart-{chart} svg").bounding_box()["width"] > 900, chart
    data = json.loads(tab.tab.locator("#data").text_content())
    slide(tab, 0, 0)
    slide(tab, 1, 1)
    place = data["settings"].index([0, 1])
    assert tab.texts("#value-0, #value-1") == ["1", "1024 MB"]
    assert tab.texts("#designs tbody tr:first-child td") == [
        value + half for _, value, half in data["cells"][place][0]
    ]
    assert tab.tab.locator("#designs tbody td.fail").count() > 0
    assert tab.texts("#here") == [data["here"][place]]
    assert tab.complaints == []


def test_a_narrow_window_is_not_scrolled_sideways_and_colours_are_the_same_for_each_design(tab: Tab) -> None:
    tab.choose("#metric", "cost.run_usd")
    legend = tab.texts("#chart-map .role-legend-label text")
    tab.choose("#design", "fixed")
    assert tab.texts("#chart-map .role-legend-label text") == legend
    tab.tab.set_viewport_size({"width": 400, "height": 800})
    assert tab.tab.evaluate("document.documentElement.scrollWidth") == 400


def test_other_metrics_settings_and_designs_change_the_charts(tab: Tab) -> None:
    def drawn(chart: str) -> str:
        return str(tab.tab.locator(f"#chart-{chart} svg").inner_html())

    before = drawn("along"), drawn("map")
    tab.choose("#metric", "cost.run_usd")
    assert any(label.startswith("$") for label in tab.texts("#chart-along .role-axis-label text"))
    tab.choose("#along", "1")
    assert "512 MB" in tab.texts("#chart-along .role-axis-label text")
    assert tab.texts("figcaption .along") == ["till.memory", "till.memory"]
    tab.choose("#design", "fixed")
    assert drawn("along") != before[0]
    assert drawn("map") != before[1]
    assert tab.complaints == []


def test_what_is_infinite_is_said_above_the_line_of_the_objective(browser: Any, tmp_path: Path) -> None:
    knob = {"till.events.inbox.maximum_concurrency": [2, 20]}
    file = tmp_path / "what-if.html"
    file.write_text(what_if(simulator.read(write(tmp_path, QUEUE)).sweep(knob, workers=1)), "utf-8")
    opened = Tab(browser, file)
    word = opened.tab.locator("#chart-along svg text", has_text="infinite").bounding_box()
    line = opened.tab.locator("#chart-along svg line[stroke-dasharray='5,3']").bounding_box()
    whole = opened.tab.locator("#chart-along svg").bounding_box()
    assert whole["y"] <= word["y"]
    assert word["y"] + word["height"] <= line["y"]
    opened.context.close()


def test_colours_go_by_decades_where_values_span_many_and_the_legend_tells_the_values(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_grid, "WIDE", 1.0)
    file = tmp_path / "what-if.html"
    file.write_text(what_if(swept()), encoding="utf-8")
    tab = Tab(browser, file, "light")
    data = json.loads(tab.tab.locator("#data").text_content())
    least, most, wide = data["spans"]["cost.run_usd"]
    tab.choose("#metric", "cost.run_usd")
    told = [float(said.strip("$")) for said in tab.texts("#chart-map .role-legend-label text") if said]
    tab.context.close()
    assert wide
    assert told
    assert all(0.95 * least <= value <= 1.05 * most for value in told)
