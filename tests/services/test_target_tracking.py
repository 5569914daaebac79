"""Target tracking: when its alarms ring, by how much it scales, and what that does to a function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from simulator.eras.era import Era, eras
from simulator.services.target_tracking import Policy, TargetTracking, Tracker
from simulator.values.units import MINUTE, SECOND
from tests.harness import Load, Run, Watch, function, plain


def capacities(
    points: Sequence[float | None],
    capacity: int,
    target: str = "70%",
    era: Era | None = None,
    **settings: Any,
) -> list[int]:
    """The capacity after each minute's data point, if every change is done at once."""
    chosen = TargetTracking(target=target, max_capacity=1_000_000, **settings)  # type: ignore[arg-type]
    tracker = Tracker(Policy.of(chosen, era or Era.load("aws-2026"), default_cooldown=0))
    found = []
    for minute, point in enumerate(points, 1):
        capacity = tracker.wanted(minute * MINUTE, point, capacity, busy=False)
        found.append(capacity)
    return found


@pytest.mark.parametrize("name", eras())
def test_it_scales_out_in_proportion_after_three_points_above_the_target(name: str) -> None:
    era = Era.load(name)
    assert capacities([0.9, 0.9, 0.9], 100, era=era) == [100, 100, 129]
    assert capacities([0.9, 0.7, 0.9, 0.9], 100, era=era) == [100, 100, 100, 100]


def test_utilisation_ends_at_1_so_one_step_is_at_most_by_1_over_the_target() -> None:
    assert capacities([1.0] * 6, 3, target="80%")[2:] == [4, 5, 7, 9]


@pytest.mark.parametrize("name", eras())
def test_it_scales_in_after_fifteen_points_below_nine_tenths_of_the_target_a_tenth_at_a_time(
    name: str,
) -> None:
    era = Era.load(name)
    found = capacities([0.62] * 17, 100, era=era)
    assert found[13:] == [100, 90, 81, 73]  # never by more than in proportion: 0.62 / 0.7 of it
    assert capacities([0.62] * 15, 9, era=era)[-1] == 8
    assert capacities([0.64] * 60, 100, era=era)[-1] == 100
    assert capacities([0.45] * 60, 100, target="50%", era=era)[-1] == 100


def test_what_it_scales_out_to_is_rounded_up_but_not_for_the_error_of_a_division() -> None:
    # 21 of 25 executions for a target of 70 % want 30, which a division makes 30.000000000000004
    assert capacities([21 / 25] * 3, 25)[-1] == 30
    assert capacities([22 / 25] * 3, 25)[-1] == 32  # 31.4


def test_it_scales_in_no_further_than_in_proportion() -> None:
    assert (
        capacities([0.62] * 15, 100, era=Era.load("aws-2026", {"target_tracking.scale_in_most": "50%"}))[-1]
        == 89
    )


def test_minutes_without_data_begin_the_count_anew() -> None:
    assert capacities([0.9, 0.9, None, 0.9, 0.9], 100) == [100] * 5
    assert capacities([0.1] * 14 + [None] + [0.1] * 14, 100)[-1] == 100


def test_cooldowns_keep_steps_apart_and_scaling_in_can_be_disabled() -> None:
    assert capacities([1.0] * 7, 10, scale_out_cooldown="2 min") == [10, 10, 15, 15, 22, 22, 32]
    assert capacities([0.1] * 18, 10, scale_in_cooldown="2 min")[13:] == [10, 9, 9, 8, 8]
    assert capacities([0.1] * 30, 10, disable_scale_in=True)[-1] == 10


def test_a_cooldown_of_scaling_in_holds_up_no_scaling_out_and_ends_with_it() -> None:
    """In at 15 min, out at 18 min: 116 is 90 x 0.9 / 0.7; in again at 33 min and not after an hour."""
    points = [0.1] * 15 + [0.9] * 3 + [0.1] * 16
    found = capacities(points, 100, scale_in_cooldown="1 h")
    assert [found[minute - 1] for minute in (14, 15, 17, 18, 32, 33, 34)] == [100, 90, 90, 116, 116, 105, 105]


def test_nothing_happens_while_a_change_is_under_way() -> None:
    settings = TargetTracking.model_validate({"target": "70%", "max_capacity": 99})
    policy = Policy.of(settings, Era.load("aws-2026"), default_cooldown=0)
    tracker = Tracker(policy)
    found = [tracker.wanted(minute * MINUTE, 0.9, 10, busy=minute < 5) for minute in range(1, 7)]
    assert found == [10, 10, 10, 10, 13, 13]


# ---------------------------------------------------------------------- on a function


def provisioned(
    run: Run,
    at: Any,
    minutes: Sequence[float],
    era: str = "aws-2026",
    start: str = "2026-01-01T00:00Z",
    duration: str = "30 s",
    **settings: Any,
) -> list[tuple[int, int]]:
    """(asked for, usable) just after these minutes."""
    tracking = {"target": "80%", "min_capacity": 1, "max_capacity": 50, **settings}
    services = {
        "f": function(
            duration=duration, timeout="900 s", provisioned_concurrency={"target_tracking": tracking}
        )
    }
    watch = Watch(
        [60 * minute + 0.001 for minute in minutes],
        lambda world: (int(world.pools[0].requested), int(world.pools[0].provisioned)),
    )
    run(services, Load("f", at), until=60 * max(minutes) + 1, era=plain(era), start=start, controls=[watch])
    return watch.found


def test_a_busy_environment_gets_company_after_the_alarm_and_the_preparation(run: Run) -> None:
    # one execution of 30 s begins each minute: 100 % of one environment, 50 % of two
    found = provisioned(run, np.arange(12) * MINUTE, [2.99, 3, 4.4, 4.6, 12])
    assert found == [(1, 1), (2, 1), (2, 1), (2, 2), (2, 2)]


def test_the_clock_begins_its_minutes_where_the_run_does_not(run: Run) -> None:
    # three of the clock's minutes have a request by 2 min 20 s after the start
    found = provisioned(run, [0, 60, 120], [2.3, 2.34], start="2026-01-01T00:00:40Z")
    assert found == [(1, 1), (2, 1)]


def test_without_requests_there_is_no_data_and_the_environments_stay(run: Run) -> None:
    found = provisioned(run, np.arange(4) * MINUTE, [5, 60])
    assert found == [(2, 2), (2, 2)]


@pytest.mark.parametrize("era", eras())
def test_with_few_requests_it_scales_in_to_the_minimum_without_a_cooldown(run: Run, era: str) -> None:
    at = np.arange(60 * 60) * SECOND
    found = provisioned(run, at, [14.9, 16, 30, 59], era, duration="100 ms", min_capacity=4)
    assert found == [(4, 4), (4, 4), (4, 4), (4, 4)]
    tracking = {"target": "80%", "min_capacity": 4, "max_capacity": 50}
    settings = {"amount": 20, "target_tracking": tracking}
    watch = Watch([60 * m + 0.001 for m in (14, 15, 16, 17, 50)], lambda world: int(world.pools[0].requested))
    run(
        {"f": function(duration="100 ms", provisioned_concurrency=settings)},
        Load("f", at),
        until=3001,
        era=plain(era),
        controls=[watch],
    )
    assert watch.found == [20, 18, 17, 16, 4]


@pytest.mark.parametrize(("statistic", "asked"), [("average", 4), ("maximum", 5)])
def test_a_short_burst_shows_in_the_maximum_and_not_in_the_average(
    run: Run, statistic: str, asked: int
) -> None:
    # in each minute ten requests one after the other, and four at once: 13 samples of 1/4 and less, one of 1
    steady = np.arange(5 * 10) * 6 * SECOND
    bursts = np.repeat(np.arange(5) * MINUTE + 3 * SECOND, 4)
    at = np.sort(np.r_[steady, bursts])
    (found,) = provisioned(run, at, [3], duration="1 s", statistic=statistic, min_capacity=4)
    assert found[0] == asked


@pytest.mark.parametrize(("era", "asked"), [("aws-2020-08", 3), ("aws-2026", 2)])
def test_what_is_not_allocated_yet_counted_in_2026_and_not_in_2020(run: Run, era: str, asked: int) -> None:
    # the second environment is asked for at 3 min and there at 4.5: until then one of one, or one of two
    found = provisioned(run, np.arange(12) * MINUTE, [4.9, 5.01], era=era)
    assert [amount for amount, _ in found] == [2, asked]


def test_scheduled_actions_move_the_bounds_within_which_it_tracks(run: Run) -> None:
    tracking = {"target": "80%", "min_capacity": 1, "max_capacity": 50}
    actions = {
        "up": {"schedule": "at(2026-01-01T00:05:00)", "min_capacity": 6, "max_capacity": 8},
        "down": {"schedule": "at(2026-01-01T00:20:00)", "min_capacity": 1, "max_capacity": 3},
    }
    settings = {"amount": 2, "target_tracking": tracking, "scheduled_actions": actions}
    services = {"f": function(duration="61 s", timeout="900 s", provisioned_concurrency=settings)}
    watch = Watch([60 * m + 0.001 for m in (4, 6, 15, 21)], lambda world: int(world.pools[0].requested))
    at = np.repeat(np.arange(25) * MINUTE, 9)
    run(services, Load("f", at), until=1300, controls=[watch])
    assert watch.found == [3, 6, 8, 3]


def tracked(run: Run, at: Any, minutes: Sequence[float], duration: str, **settings: Any) -> list[int]:
    """Asked for just after these minutes, with all that `settings` says."""
    services = {"f": function(duration=duration, timeout="900 s", provisioned_concurrency=settings)}
    watch = Watch([60 * m + 0.001 for m in minutes], lambda world: int(world.pools[0].requested))
    run(services, Load("f", at), until=60 * max(minutes) + 1, controls=[watch])
    return watch.found


def test_an_action_that_moves_one_bound_leaves_the_other_where_it_was(run: Run) -> None:
    busy = np.repeat(np.arange(40) * MINUTE, 9)
    actions = {"up": {"schedule": "at(2026-01-01T00:05:00)", "min_capacity": 2}}
    tracking = {"target": "80%", "min_capacity": 1, "max_capacity": 4}
    assert tracked(run, busy, [39], "61 s", target_tracking=tracking, scheduled_actions=actions) == [4]
    quiet = np.arange(60 * 60) * SECOND
    actions = {"down": {"schedule": "at(2026-01-01T00:01:00)", "max_capacity": 10}}
    tracking = {"target": "80%", "min_capacity": 3, "max_capacity": 50}
    settings = {"amount": 20, "target_tracking": tracking, "scheduled_actions": actions}
    assert tracked(run, quiet, [0, 1, 59], "100 ms", **settings) == [20, 10, 3]


def test_what_was_measured_before_an_amount_changed_is_a_share_of_what_there_was(run: Run) -> None:
    """One execution each minute, of four environments until 2 min 30 s and of one from then on: the minutes
    that count are the fourth, fifth and sixth, since the third's was one of four."""
    settings = {
        "target_tracking": {"target": "80%", "min_capacity": 1, "max_capacity": 50},
        "schedule": {"sale": {"at": "0 s", "for": "150 s", "amount": 3}},
    }
    at = np.arange(8) * MINUTE + 10 * SECOND
    assert tracked(run, at, [2, 3, 5.01, 6.01], "15 s", **settings) == [4, 1, 1, 2]


def test_spans_count_into_the_utilisation_and_stay_on_top(run: Run) -> None:
    tracking = {"target": "80%", "statistic": "maximum", "min_capacity": 1, "max_capacity": 2}
    spans = {"sale": {"at": "0 s", "for": "20 min", "amount": 7}}
    settings = {"target_tracking": tracking, "schedule": spans}
    services = {"f": function(duration="61 s", timeout="900 s", provisioned_concurrency=settings)}
    watch = Watch([60 * m + 0.001 for m in (4, 10, 21)], lambda world: int(world.pools[0].requested))
    run(services, Load("f", np.repeat(np.arange(25) * MINUTE, 9)), until=1300, controls=[watch])
    assert watch.found == [8, 9, 2]
