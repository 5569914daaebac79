"""A report of a design that leaves most requests undone: what is on no line is said; bills can be hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.report.page.page import page
from simulator.report.pictures.distribution import distribution
from tests.report.test_left_out import post
from tests.report.test_page_browser import Tab, browser

__all__ = ["browser"]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_the_pages_distribution_says_what_is_infinite(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(post()), encoding="utf-8")
    opened = Tab(browser, file)
    spans = opened.texts("[data-signal=span] option")
    opened.choose("[data-signal=span]", next(one for one in spans if one.endswith("completion")))
    (said,) = (one for one in opened.texts("#chart-distribution text") if one.endswith("infinite"))
    (drawn,) = (text.get_text() for text in distribution(post()).axes[1].get_legend().get_texts())
    assert said == drawn
    opened.tab.uncheck("input[value=two]")
    opened.settle()
    assert not any(one.endswith("infinite") for one in opened.texts("#chart-distribution text"))
    opened.context.close()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_bill_has_no_column_of_a_design_that_is_not_wanted(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(post()), encoding="utf-8")
    opened = Tab(browser, file)
    column = opened.tab.locator("[aria-label^='The bill'] [data-design=two]:visible")
    rows = opened.tab.locator("[aria-label^='The bill'] tr:visible").count()
    assert column.count() == rows > 1
    opened.tab.uncheck("input[value=two]")
    opened.settle()
    assert column.count() == 0
    assert opened.tab.locator("[aria-label^='The bill'] [data-design=many]:visible").count() == rows
    assert opened.complaints == []
    opened.context.close()
