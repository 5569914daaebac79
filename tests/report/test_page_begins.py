"""What the page shows before anything is chosen is what the verdict is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.report.page.page import page
from simulator.scenario.read import read
from simulator.study.study import run
from tests.report.small import small
from tests.report.test_messages import SCENARIO
from tests.report.test_page_browser import Tab, browser
from tests.report.test_report_page import data_of

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

__all__ = ["browser"]


def first(text: str, chart: str, signal: str) -> object:
    params = data_of(text)["specs"][chart]["params"]
    return next(one["value"] for one in params if one["name"] == signal)


@pytest.fixture(scope="module")
def swamped(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a study with an objective on completion, which one design hardly ever comes to."""
    file = tmp_path_factory.mktemp("mail") / "mail.yaml"
    asked = SCENARIO.replace("objectives: {", "objectives: {chat.completion: p99 < 5 s, ")
    file.write_text(asked, encoding="utf-8")
    return page(run(read(file), workers=1))


def test_the_bill_of_a_month_is_charted_first_where_the_verdict_is_on_it() -> None:
    text = page(small())
    assert first(text, "bill", "billed") == "a month"
    assert text.index("The bill of a month, mean") < text.index("The bill of a run, mean")


def test_an_objective_on_completion_is_drawn_on_its_distribution(swamped: str) -> None:
    assert first(swamped, "compare", "metric") == "chat.completion.p99_s"
    assert first(swamped, "distribution", "span") == "chat, completion"
    assert first(swamped, "percentiles", "traffic") == "chat"


def test_a_value_without_end_is_said_in_its_row(swamped: str, browser: Any, tmp_path: Path) -> None:
    said = data_of(swamped)["metrics"]["chat.completion.p99_s"]["values"]
    assert "infinite" in said
    (tmp_path / "mail.html").write_text(swamped, encoding="utf-8")
    tab = Tab(browser, tmp_path / "mail.html")
    assert tab.texts("#chart-compare .mark-text.role-mark text") == [one for one in said if one == "infinite"]
    assert tab.complaints == []
    tab.context.close()


def test_a_long_legend_is_not_cut_where_there_is_little_room(browser: Any, tmp_path: Path) -> None:
    line, long = data_of(page(small()))["specs"]["bill"]["encoding"]["color"]["scale"]["domain"][0], "m" * 46
    (tmp_path / "small.html").write_text(page(small()).replace(line, long), encoding="utf-8")
    tab = Tab(browser, tmp_path / "small.html")
    tab.tab.set_viewport_size({"width": 400, "height": 800})
    tab.tab.reload()
    tab.settle()
    edge = tab.tab.locator("#chart-bill svg").bounding_box()
    for label in tab.tab.locator("#chart-bill .role-legend-label text").all():
        box = label.bounding_box()
        assert box["x"] + box["width"] <= edge["x"] + edge["width"]
    tab.context.close()


def test_designs_can_be_compared_by_how_old_what_consumers_read_is(swamped: str) -> None:
    told = data_of(swamped)["metrics"]
    assert {name for name in told if "_age_" in name and name.endswith("p99_s")}
    assert all(one["unit"] == "s" for name, one in told.items() if "_age_" in name)
