"""The limits that bind: what they refused, in words."""

from __future__ import annotations

import pytest

from tests.report.sale import sale
from tests.report.test_reasons import LATENCY, MET, failing, spent_on


@pytest.mark.parametrize(
    ("unit", "in_turn", "said"),
    [
        ("requests/s", False, "refused 2,300 times"),
        ("bytes/s a shard", False, "refused 2,300 bytes"),
        ("MB/s", True, "made 2,300 MB wait"),
        ("transitions/s", True, "made wait 2,300 times"),
    ],
)
def test_what_a_bucket_refused_is_told_in_its_unit_and_who_waits_their_turn_is_not_refused(
    unit: str, in_turn: bool, said: str
) -> None:
    met = MET[0]._replace(unit=unit, in_turn=in_turn, refused=2300.0, requests_lost=0.0)
    calm = {"buyers.order": sale().designs["scheduled"].traffic["buyers.order"]}
    where = spent_on("app", "earlier attempts")
    assert f"; {said}, no request failed by it" in failing(LATENCY, where=where, limits=(met,), traffic=calm)
