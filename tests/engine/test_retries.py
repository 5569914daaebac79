"""Retries: the same request again, after a pause, with luck of its own that shifts nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engine.backoff import backoff
from simulator.engine.build import Build
from simulator.engine.steps import (
    EQUAL,
    ERROR,
    FULL,
    NONE,
    OK,
    THROTTLED,
    Again,
    Answer,
    Piece,
    Retrace,
)
from simulator.values.units import MILLISECOND, SECOND
from tests.harness import Load, Ran, Run, Script, function

STEADY = {"backoff": "200 ms", "jitter": "none"}


def app(**retries: Any) -> dict[str, Any]:
    return {"service": "client", "to": "bank", "retries": {**STEADY, **retries}}


def bank(**settings: Any) -> dict[str, Any]:
    return {"service": "external", "latency": "1 s", **settings}


def test_a_retry_is_the_same_request_and_felt_from_its_first_sending(run: Run) -> None:
    services = {"app": app(attempts=3, on=[429]), "bank": bank(capacity="1/s")}
    ran = run(services, Load("app", [0, 0.7]))
    assert (ran.load.requests, ran.load.attempts, ran.outcomes) == (2, 4, {"ok": 2})
    # refused at 0.7 and 0.9; a token is there at 1.0, the third try comes at 1.3
    assert ran.answers == [(1.0, "ok"), (2.3, "ok")]
    assert ran.load.latency.max == 1.6


def test_pauses_double_up_to_the_cap(run: Run) -> None:
    services = {"app": app(attempts=5, cap="1 s", on=["5xx"]), "bank": bank(latency="0 s", fails="100%")}
    ran = run(services, Load("app", [0]))
    assert ran.answers == [(3.4, "error")]  # 0.2 + 0.4 + 0.8 + 1 + 1


def test_after_so_many_attempts_the_last_answer_stands(run: Run) -> None:
    services = {"app": app(attempts=2, on=["5xx"]), "bank": bank(fails="100%")}
    ran = run(services, Load("app", [0]))
    assert ran.load.attempts == 3
    assert ran.causes == {"bank: fails": 1}


@pytest.mark.parametrize(("on", "attempts"), [([429], 1), ([500], 4), (["5xx"], 4), (["4xx", "timeout"], 1)])
def test_only_the_listed_answers_are_tried_again(run: Run, on: list[Any], attempts: int) -> None:
    services = {"app": app(attempts=3, on=on), "bank": bank(fails="100%")}
    assert run(services, Load("app", [0])).load.attempts == attempts


def test_a_status_that_is_not_said_anew_is_the_one_that_was_there(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        yield Answer(THROTTLED, 429)
        yield Answer(ERROR, -1)

    ran = run({"app": app(attempts=1, on=[429]), "bank": Script(say=say)}, Load("app", [0]))
    assert ran.load.attempts == 2
    assert ran.outcomes == {"error": 1}


def test_a_way_on_record_is_walked_from_its_beginning_to_its_end(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        start, back, done = build.labels(3)
        yield start
        yield Retrace(((0, 0, 1), (1,)), (back, done), build.stream("record"))
        yield back
        yield Again(start, 9, SECOND, SECOND, NONE, build.stream("back-off"))
        yield done
        yield Answer(OK)

    ran = run({"loop": Script(say=say)}, Load("loop", np.arange(400)))
    twice = sum(row.answered - row.arrived == 2 * SECOND for row in ran.log)
    once = sum(row.answered == row.arrived for row in ran.log)
    assert twice + once == 400
    assert abs(twice - 200) < 4 * (400 * 0.5 * 0.5) ** 0.5


def test_success_is_never_tried_again(run: Run) -> None:
    services = {"app": app(attempts=3, on=[429, "5xx", "timeout"]), "bank": bank()}
    assert run(services, Load("app", [0, 1])).load.attempts == 2


def test_a_timeout_is_tried_again_with_a_new_deadline(run: Run) -> None:
    services = {"app": {**app(attempts=1, on=["timeout"]), "timeout": "500 ms"}, "bank": bank()}
    ran = run(services, Load("app", [0]))
    assert ran.answers == [(0.5 + 0.2 + 0.5, "timeout")]


def test_a_pause_is_not_cut_short_by_the_deadline_of_the_attempt_before(run: Run) -> None:
    patient = {**app(attempts=1, on=["5xx"], backoff="2 s"), "timeout": "1 s"}
    ran = run({"app": patient, "bank": bank(latency="100 ms", fails="100%")}, Load("app", [0]))
    assert ran.answers == [(2.2, "error")]
    assert ran.load.attempts == 2


def test_every_attempt_has_luck_of_its_own(run: Run) -> None:
    services = {"app": app(attempts=1, on=["5xx"]), "bank": bank(fails="50%")}
    ran = run(services, Load("app", np.arange(4000) * MILLISECOND), until=10)
    failed = ran.outcomes["error"] / 4000
    assert abs(failed - 0.25) < 4 * (0.25 * 0.75 / 4000) ** 0.5, f"{failed}: a quarter fails twice"


def checkout(retries: dict[str, Any] | None, fails: str = "40%") -> dict[str, Any]:
    """A function that calls a stock that fails, then a bank with luck of its own."""
    return {
        "f": function(
            handler=[{"call": {"to": "stock", "retries": retries}}, {"call": "bank"}], timeout="900 s"
        ),
        "stock": {"service": "external", "latency": "10 ms", "fails": fails},
        "bank": {"service": "external", "latency": {"exponential": {"mean": "300 ms"}}},
    }


def latencies(ran: Ran) -> np.ndarray:
    rows = sorted(ran.log, key=lambda row: row.identity)
    return np.array([row.answered - row.sent if row.outcome == 0 else -1 for row in rows])


def test_one_services_retries_do_not_shift_anothers_luck(run: Run) -> None:
    load = Load("f", np.arange(500) * MILLISECOND)
    always = latencies(run(checkout(None, fails="0%"), load))
    patient = latencies(run(checkout({"attempts": 100, "on": [500], "backoff": "0 s"}), load))
    more = patient - always
    assert (more % (10 * MILLISECOND) == 0).all()
    assert {0, 10 * MILLISECOND, 20 * MILLISECOND} < set(more.tolist())


def test_who_did_not_need_to_retry_does_not_notice_that_it_could(run: Run) -> None:
    load = Load("f", np.arange(500) * MILLISECOND)
    never = latencies(run(checkout(None), load))
    patient = latencies(run(checkout({"attempts": 100, "on": [500], "backoff": "0 s"}), load))
    served = never >= 0
    assert 200 < served.sum() < 400
    assert (patient[served] == never[served]).all()


@numba.njit
def compiled_backoff(base: int, cap: int, jitter: int, rate: float, attempt: int, luck: float) -> int:
    return backoff(base, cap, jitter, rate, attempt, luck)


@given(
    st.integers(0, 10**12), st.integers(1, 10**12), st.sampled_from([NONE, EQUAL, FULL]),
    st.sampled_from([1.0, 2.0, 3.0]), st.integers(0, 100), st.floats(2**-53, 1 - 2**-53),
)  # fmt: skip
def test_the_pause_stays_within_its_jitter_and_is_the_same_compiled(
    base: int, cap: int, jitter: int, rate: float, attempt: int, luck: float
) -> None:
    pause = backoff(base, cap, jitter, rate, attempt, luck)
    whole = min(base * int(rate) ** attempt, cap)
    least = {NONE: whole, EQUAL: whole // 2, FULL: 0}[jitter]
    assert least <= pause <= whole
    assert compiled_backoff(base, cap, jitter, rate, attempt, luck) == pause
