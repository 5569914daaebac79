"""What the page's tables and choices are called and hold."""

from __future__ import annotations

import re

from simulator.report.numbers import significant
from simulator.report.page import content
from simulator.report.page.metrics import metrics
from simulator.report.page.page import page
from tests.report.small import small


def test_the_peaks_of_functions_are_those_that_they_count() -> None:
    table = content.executions(small())
    counted = {name: design.services for name, design in small().summary.designs.items()}
    assert [row.cells[1].text for row in table.rows] == [
        significant(counted[row.name][row.cells[0].text]["concurrency_max"]) for row in table.rows
    ]


def test_metrics_of_different_requests_have_different_names_to_choose_from() -> None:
    choice = re.search(r'id="metric".*?</select>', page(small()), flags=re.DOTALL)
    assert choice
    names = re.findall(r"<option[^>]*>([^<]*)</option>", choice[0])
    assert len(names) == len(set(names)) == len(metrics(small().summary))


def test_the_last_line_of_a_bill_says_what_it_is_the_total_of() -> None:
    assert content.bill(small().summary).rows[-1].name == "total of a run"
    assert content.bill(small().summary, month=True).rows[-1].name == "total of a month"
