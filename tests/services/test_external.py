"""Something outside AWS: its capacity, its failures, its latency."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.values.units import MILLISECOND
from tests.harness import Load, Run


def bank(**settings: Any) -> dict[str, Any]:
    return {"bank": {"service": "external", "latency": "100 ms", **settings}}


def test_it_answers_after_its_latency_however_many_ask(run: Run) -> None:
    assert run(bank(), Load("bank", [0, 0, 5])).answers == [(0.1, "ok"), (0.1, "ok"), (5.1, "ok")]


def test_what_exceeds_its_capacity_is_refused_at_once(run: Run) -> None:
    ran = run(bank(capacity="2/s"), Load("bank", [0, 0, 0, 0.5, 0.6]))
    assert ran.answers == [(0.1, "ok"), (0.1, "ok"), (0.0, "throttled"), (0.6, "ok"), (0.6, "throttled")]
    assert ran.causes == {"bank: capacity": 2}


def test_a_capacity_below_one_a_second_lets_one_through_now_and_then(run: Run) -> None:
    ran = run(bank(capacity="6/min"), Load("bank", np.arange(60) * 1000 * MILLISECOND))
    assert ran.outcomes == {"ok": 6, "throttled": 54}


def test_over_capacity_it_serves_its_rate_and_one_seconds_worth_at_once(run: Run) -> None:
    ran = run(bank(capacity="100/s"), Load("bank", np.arange(10_000) * MILLISECOND))
    assert ran.outcomes["ok"] == 100 + 100 * 10 - 1  # the last token falls due after the last request


def test_a_share_of_the_answers_fails_as_slowly_as_the_others(run: Run) -> None:
    ran = run(bank(fails="10%"), Load("bank", np.arange(4000) * MILLISECOND))
    assert abs(ran.outcomes["error"] - 400) < 4 * (4000 * 0.1 * 0.9) ** 0.5
    assert {row.answered - row.sent for row in ran.log} == {100 * MILLISECOND}
    assert ran.causes == {"bank: fails": ran.outcomes["error"]}


def test_a_limit_says_what_was_asked_and_when_it_first_refused(run: Run) -> None:
    (limit,) = run(bank(capacity="2/s"), Load("bank", [0, 3, 3.1, 3.2, 3.3])).limits
    assert limit[:-1] == ("bank", "capacity", "requests/s", 4.0, 2.0, 2, 3.2, 2.0, None, "", False)
    assert limit.tightest == pytest.approx(4 / (2 + 2 * 0.3)), "in 0.3 s, and it holds 2"


def test_it_costs_nothing_at_aws(run: Run) -> None:
    assert run(bank(), Load("bank", [0])).usage("bank") == {}
