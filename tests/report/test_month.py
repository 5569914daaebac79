"""What a month is made of is said wherever its cost stands."""

from __future__ import annotations

import dataclasses

import pytest

from simulator.measure.summary import Month
from simulator.report.page import content
from simulator.report.page.metrics import metrics
from simulator.report.terminal import render
from tests.report.sale import CHANGES, sale


@pytest.mark.parametrize(
    ("month", "said"),
    [
        (Month(4, "baseline"), "; a month: 4 such runs, the rest of 730 h at baseline"),
        (Month(1, "idle"), "; a month: one such run, the rest of 730 h idle"),
        (None, ""),  # the terminal says how one is declared
    ],
)
def test_what_a_month_is_stands_above_what_it_costs(month: Month | None, said: str) -> None:
    summary = dataclasses.replace(sale(), month=month)
    lines = render(summary, CHANGES, 80).splitlines()
    declared = said or "; for a month's, write bill: {month: {runs: 4, otherwise: idle}}"
    assert f"capacity and cost{declared}" in " ".join(lines)
    answer = content.answer(summary, metrics(summary)).caption
    assert answer == f"Designs and objectives; each number with half of its 95 % interval{said}"
    assert content.bill(summary, month=True).caption == f"The bill of a month, mean of the runs{said}"
    assert content.bill(summary).caption == "The bill of a run, mean of the runs"
