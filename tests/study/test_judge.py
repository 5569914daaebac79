"""Objectives: pass, fail or not yet known."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from simulator.measure.result import Counted, Replication
from simulator.measure.statistics import Estimate, estimate
from simulator.measure.summary import Judged
from simulator.scenario.objectives import Names, Objective, parse_objective
from simulator.study.judge import _settled_by, applies, judge, judge_again
from tests.fabricate import THROTTLED, counted, replication

NAMES = Names({"buyers": ("order",)}, ("checkout", "orders"), ("surge",), month=True)
FREE = Estimate(0.0)


def objective(key: str, text: str) -> Objective:
    return parse_objective(key, text, NAMES)


def runs(*found: Counted, counters: dict[str, float] | None = None) -> list[Replication]:
    services = {"checkout": counters or {"throttles": 3.0}}
    return [replication("a", number, {"buyers": one}, services) for number, one in enumerate(found)]


def slow(*seconds: float) -> list[Replication]:
    """One replication per value, each of equally slow requests."""
    return runs(*(counted([one] * 2000) for one in seconds))


def verdict(key: str, text: str, found: list[Replication]) -> Judged:
    return judge(objective(key, text), found, FREE, None)


def test_an_interval_on_the_good_side_passes() -> None:
    found = verdict("buyers.latency", "p99 < 2 s", slow(1.0, 1.1, 0.9))
    assert (found.verdict, found.few, found.settled_by) == ("pass", False, None)


def test_an_interval_on_the_bad_side_fails() -> None:
    assert verdict("buyers.latency", "p99 < 0.5 s", slow(1.0, 1.1, 0.9)).verdict == "fail"


def test_an_interval_across_the_limit_is_undecided_and_says_what_would_settle_it() -> None:
    """A deviation of 0.1 and a distance of 0.1: t / √n is 1.05 with 6 runs, 0.92 with 7."""
    found = verdict("buyers.latency", "mean < 1.1 s", slow(1.0, 1.1, 0.9))
    assert (found.verdict, found.settled_by) == ("inconclusive", 7)


def test_nobody_is_asked_for_thousands_of_replications() -> None:
    assert verdict("buyers.latency", "mean < 1.0001 s", slow(1.0, 1.1, 0.9)).settled_by is None


def test_one_replication_is_judged_by_its_value() -> None:
    found = verdict("buyers.latency", "p99 < 2 s", slow(1.0))
    assert found.verdict == "pass"
    assert not found.value.has_interval


@pytest.mark.parametrize(
    ("text", "verdict_"), [("< 3", "fail"), ("<= 3", "pass"), ("> 3", "fail"), (">= 3", "pass")]
)
def test_comparisons_mean_what_they_say_at_the_limit(text: str, verdict_: str) -> None:
    found = runs(counted([0.1]), counted([0.1]))
    assert verdict("checkout.throttles", text, found).verdict == verdict_


def test_latency_without_an_answer_is_undecided_rather_than_good() -> None:
    found = verdict("buyers.latency", "p99 < 2 s", runs(counted([], {THROTTLED: 9})))
    assert found.verdict == "inconclusive"
    assert math.isnan(found.value.value)


def completed(*parts: int) -> list[Replication]:
    """Replications of 2,000 answers, of which so many are complete after a second."""
    return runs(*(counted([0.1] * 2000, completion=[1.0] * part) for part in parts))


def test_more_unfinished_requests_than_a_percentile_leaves_out_miss_it() -> None:
    for found in (completed(1979), completed(1960, 1960, 1960), completed(0, 0)):
        judged = verdict("buyers.completion", "p99 < 60 s", found)
        assert (judged.verdict, judged.value.value) == ("fail", math.inf)
    assert verdict("buyers.completion", "mean < 60 s", completed(1979)).verdict == "fail"
    for found in (completed(1981), completed(1995, 1995, 1995)):
        judged = verdict("buyers.completion", "p99 < 60 s", found)
        assert (judged.verdict, judged.value.value) == ("pass", 1.0)


def test_unfinished_requests_that_differ_from_run_to_run_leave_it_open_without_a_guess_at_more() -> None:
    found = verdict("buyers.completion", "p99 < 60 s", completed(2000, 1990, 1965))
    assert (found.verdict, found.value.high, found.settled_by) == ("inconclusive", math.inf, None)


def test_what_is_not_finished_has_its_answer_all_the_same() -> None:
    assert verdict("buyers.latency", "p99 < 2 s", completed(0, 0)).verdict == "pass"


def test_what_is_lost_or_dead_lettered_stands_beside_completion_as_failures_beside_latency() -> None:
    over = [replace(counted([0.1] * 2000, completion=[1.0] * 1800), lost=150, dead_lettered=50)] * 2
    found = verdict("buyers.completion", "p99 < 60 s", runs(*over))
    assert (found.verdict, found.by_survivors, found.missing) == ("pass", True, 0.1)
    assert verdict("buyers.lost", "< 1%", runs(*over)).verdict == "fail"
    latency = verdict("buyers.latency", "p99 < 60 s", runs(*over))
    assert (latency.by_survivors, latency.missing) == (False, 0.0)


def test_what_failed_is_missing_from_latency_and_from_completion() -> None:
    half = counted([0.1] * 500, {THROTTLED: 500})
    found = runs(
        counted([0.1] * 2000, windows={"surge": half}), counted([0.1] * 2000, windows={"surge": half})
    )
    for metric in ("latency", "completion"):
        assert verdict(f"buyers.{metric}@surge", "p50 < 1 s", found).missing == 0.5
        assert verdict(f"buyers.{metric}", "p50 < 1 s", found).missing == 0.0
    assert math.isnan(verdict("buyers.failed@surge", "< 60%", found).missing)


def test_a_percentile_of_too_few_requests_is_marked() -> None:
    assert verdict("buyers.latency", "p99 < 2 s", runs(counted([1.0] * 50))).few


def test_failures_are_counted_in_the_window_asked_for() -> None:
    surge = {"surge": counted([0.1] * 50, {THROTTLED: 50})}
    found = runs(counted([0.1] * 1000, {THROTTLED: 50}, windows=surge))
    assert verdict("buyers.failed@surge", "< 10%", found).value.value == 0.5
    assert verdict("buyers.throttled", "< 10%", found).verdict == "pass"


def test_no_failure_in_few_requests_does_not_pass_a_strict_limit() -> None:
    few = runs(counted([0.1] * 100), counted([0.1] * 100))
    assert verdict("buyers.failed", "< 0.1%", few).verdict == "inconclusive"
    many = runs(counted([0.1] * 10_000), counted([0.1] * 10_000))
    assert verdict("buyers.failed", "< 0.1%", many).verdict == "pass"


def test_cost_is_judged_by_run_and_by_month() -> None:
    month = estimate([880.0, 890.0, 885.0])
    assert judge(objective("cost.month", "< $900"), slow(1.0), FREE, month).verdict == "pass"
    assert judge(objective("cost.run", "< $900"), slow(1.0), estimate([950.0, 951.0]), None).verdict == "fail"
    assert judge(objective("cost.month", "< $900"), slow(1.0), FREE, None).verdict == "inconclusive"


def test_a_counter_may_be_asked_for_by_its_statistic() -> None:
    found = runs(counted([0.1]), counters={"iterator_age_max_s": 4.0})
    assert verdict("checkout.iterator_age", "max < 10 s", found).value.value == 4.0


def test_the_maximum_of_a_time_is_the_longest_of_all_runs_and_that_of_a_level_their_mean() -> None:
    """Of ten runs one has 9 s: their mean is 5.4 s, but 9 s were seen."""
    found = [
        one
        for most in [5.0] * 9 + [9.0]
        for one in runs(counted([0.1]), counters={"age_max_s": most, "waiting_max": most})
    ]
    late = verdict("checkout.age", "max < 8.5 s", found)
    assert (late.verdict, late.value.value, late.value.has_interval) == ("fail", 9.0, False)
    assert verdict("checkout.age_max_s", "< 9.5 s", found).verdict == "pass", "however near it is"
    level = verdict("checkout.waiting", "max < 8.5", found)
    assert (level.verdict, level.value.value, level.value.has_interval) == ("pass", 5.4, True)


def test_runs_in_which_a_time_was_never_measured_have_no_longest() -> None:
    found = [*runs(counted([0.1])), *runs(counted([0.1]), counters={"age_max_s": 4.0})]
    assert verdict("checkout.age", "max < 5 s", found).value.value == 4.0


def test_an_objective_on_a_service_or_a_counter_that_the_design_lacks_does_not_apply() -> None:
    found = runs(counted([0.1]), counters={"throttles": 1.0})
    assert not applies(objective("orders.messages", "< 5"), found)
    assert not applies(objective("checkout.message_age", "max < 5 s"), found)
    assert applies(objective("checkout.throttles", "< 5"), found)


def test_a_counter_that_came_to_be_in_some_runs_is_judged_by_these() -> None:
    found = [*runs(counted([0.1])), *runs(counted([0.1]), counters={"waiting_mean_s": 4.0})]
    assert verdict("checkout.waiting", "mean < 10 s", found).value.value == 4.0


def test_another_scenarios_objectives_are_judged_where_these_runs_have_the_number() -> None:
    asked = [
        objective("buyers.latency", "p97 < 0.5 s"),
        objective("buyers.failed@surge", "< 1%"),
        objective("checkout.throttles", "< 5"),
        objective("checkout.cold_starts", "< 5"),
        objective("orders.received", "< 5"),
    ]
    found = judge_again(asked, slow(1.0, 1.1, 0.9), FREE, None)
    assert {key: one.verdict for key, one in found.items()} == {
        "buyers.latency": "fail",
        "checkout.throttles": "pass",
    }, "no window, no such counter, no such service"


def test_the_long_side_of_a_percentiles_interval_does_not_say_that_nothing_would_settle_it() -> None:
    uneven = Estimate(1.06, 0.10, 1.2)
    assert _settled_by(uneven, 1.0, 8, percentile=False) is None
    assert _settled_by(uneven, 1.0, 8, percentile=True) == _settled_by(
        Estimate(1.06, 0.92, 1.2), 1.0, 8, percentile=False
    )
