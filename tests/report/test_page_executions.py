"""The page's table of executions at a time."""

from __future__ import annotations

from simulator.report.numbers import significant
from simulator.report.page import content
from tests.report.small import small


def test_the_peaks_of_functions_are_those_that_they_count() -> None:
    table = content.executions(small())
    counted = {name: design.services for name, design in small().summary.designs.items()}
    assert [row.cells[1].text for row in table.rows] == [
        significant(counted[row.name][row.cells[0].text]["concurrency_max"]) for row in table.rows
    ]
