"""How much more traffic designs bear, as sentences."""

from __future__ import annotations

from dataclasses import replace

from simulator.measure.headroom import Headroom
from simulator.report.headroom import headroom
from tests.report.sale import sale


def test_beside_undecided_objectives_headroom_says_that_it_goes_by_values() -> None:
    summary = replace(sale(), headroom={"proxy": Headroom(2.0, None, (), None, 1)})
    holds = "proxy meets its objectives up to 2.00 times the traffic, the most that was tried."
    assert summary.designs["quota-raised"].verdict == "inconclusive"
    assert list(headroom(summary)) == [
        holds, "Headroom goes by the values, whatever their intervals leave undecided.",
    ]  # fmt: skip
    decided = {name: one for name, one in summary.designs.items() if one.verdict != "inconclusive"}
    assert list(headroom(replace(summary, designs=decided))) == [holds]
    assert list(headroom(sale())) == []
