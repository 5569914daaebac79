"""Step scaling: which step a metric reaches, what it asks for, and when it may be asked again, by hand."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.services.step_scaling import StepPolicy, Steps, StepScaling
from simulator.values.units import MINUTE
from tests.harness import Load, Run, Watch, plain, service

OUT = {"threshold": "60%", "steps": [{"adjustment": 1}, {"from": "20%", "adjustment": 4}]}


def adjusted(servers: int, beyond: float, kind: str, *steps: dict[str, Any]) -> int:
    policy = {"threshold": "60%", "adjustment_type": kind, "steps": steps}
    return StepPolicy.model_validate(policy).adjusted(servers, beyond)


def capacities(points: list[float | None], capacity: int, cooldown: int = 0, **settings: Any) -> list[int]:
    """After each minute's data point, if all that is wanted is there at once."""
    policy = Steps(StepScaling.model_validate({"out": OUT, **settings}), MINUTE, cooldown)
    tracker, found = policy.tracker(), []
    for minute, point in enumerate(points):
        capacity = tracker.wanted(minute * MINUTE, point, capacity, busy=False)
        found.append(capacity)
    return found


def test_the_further_beyond_the_threshold_the_larger_the_step() -> None:
    """AWS's words: at 80 % of a threshold of 60 % and a step from 20 % on, the second step is reached."""
    assert capacities([0.6, 0.61, 0.79, 0.8, 1.0], 10) == [10, 11, 12, 16, 20]


def test_a_change_is_a_number_a_percentage_or_a_capacity() -> None:
    assert adjusted(10, 0.1, "change_in_capacity", {"adjustment": -3}) == 7
    assert adjusted(10, 0.1, "exact_capacity", {"adjustment": 4}) == 4
    # AWS: 12.7 becomes 12 and -12.7 becomes -12; 0.67 becomes 1 and -0.58 becomes -1
    for servers, percent, after in ((127, 10, 139), (127, -10, 115), (67, 1, 68), (58, -1, 57), (10, 0, 10)):
        assert adjusted(servers, 0.1, "percent_change_in_capacity", {"adjustment": percent}) == after


def test_so_many_points_in_a_row_and_none_without_data() -> None:
    out = OUT | {"evaluation_periods": 3}
    assert capacities([0.7, 0.7, 0.5, 0.7, 0.7, 0.7, 0.7], 5, out=out) == [5, 5, 5, 5, 5, 6, 7]
    assert capacities([0.7, 0.7, None, 0.7, 0.7, 0.7], 5, out=out) == [5, 5, 5, 5, 5, 6]


def test_in_a_cooldown_a_larger_step_adds_the_difference() -> None:
    """AWS: what was added counts. One is added at first; 90 % asks for four, of which three are new."""
    found = capacities([0.7, 0.7, 0.9, 0.9, 0.9, 0.9], 10, cooldown=5 * MINUTE)
    assert found == [11, 11, 14, 14, 14, 18]


def test_it_scales_in_below_the_other_threshold_and_outside_of_cooldowns() -> None:
    inwards = {"threshold": "30%", "steps": [{"adjustment": -1}, {"from": "20%", "adjustment": -3}]}
    assert capacities([0.3, 0.29, 0.1, 0.05], 10, **{"in": inwards}) == [10, 9, 6, 3]
    points = [0.7, 0.2, 0.2, 0.2, 0.2, 0.2]
    assert capacities(points, 10, cooldown=2 * MINUTE, **{"in": inwards}) == [11, 11, 10, 10, 9, 9]


def test_a_group_follows_its_steps_and_counts_what_warms_up(run: Run) -> None:
    """90 % of two CPUs: four instances more after a minute. While they boot and warm up it is not asked for
    more, though the one that serves is as busy. Five are used by 18 %, four by 22.5 %, three by 30 %."""
    inwards = {"threshold": "30%", "evaluation_periods": 2, "steps": [{"adjustment": -1}]}
    machine = {"service": "ec2", "instance": "t3.small", "duration": "900 ms", "max_capacity": 10}
    slow = {"detailed_monitoring": True, "boot": "70 s", "instance_warmup": "1 min"}
    fleet = {**machine, **slow, "step_scaling": {"out": OUT, "in": inwards}}
    watch = Watch([59, 61, 129, 131, 239, 241, 299, 301, 361], lambda world: world.servers[2].busy)
    load = Load("g", [half / 2 for half in range(800)])
    run({"g": fleet}, load, until=362, controls=[watch])
    assert watch.found == [1, 5, 5, 5, 5, 4, 4, 3, 3]


def test_a_service_of_tasks_waits_out_its_cooldown(run: Run) -> None:
    """Of 100 messages 99 wait for one server, 89 too many, and 96 for four, which is 14 each: the larger step
    at 60 s, the smaller one when the cooldown of 300 s is over."""
    steps = [{"adjustment": 1}, {"from": 50, "adjustment": 3}]
    scaling = {"metric": "backlog_per_server", "out": {"threshold": 10, "steps": steps}}
    fleet = {
        "service": "ecs",
        "duration": "10 min",
        "min_capacity": 1,
        "max_capacity": 50,
        "boot": "1 s",
        "receives": {"from": "q", "batch_size": 1, "receivers": 1},
        "step_scaling": scaling,
    }
    services = {"q": {"service": "sqs", "visibility_timeout": "1 h"}, "t": fleet}
    watch = Watch([59, 61, 121, 359, 361], lambda world: world.servers[2].busy)
    run(services, Load("q", [0.0] * 100), until=362, controls=[watch], era=plain("aws-2026"))
    assert watch.found == [1, 4, 4, 4, 5]


def test_what_cannot_be_is_said() -> None:
    for steps in ([{"from": "10%", "adjustment": 1}], [{"adjustment": 1}, {"adjustment": 2}]):
        with pytest.raises(ValidationError, match="steps do not go on from the threshold"):
            StepPolicy.model_validate({"threshold": "60%", "steps": steps})
    group = {"service": "ec2", "instance": "t3.small", "duration": "1 s", "max_capacity": 10}
    with pytest.raises(ValidationError, match="both target_tracking and step_scaling"):
        service({**group, "target_tracking": {"target": "60%"}, "step_scaling": {"out": OUT}})
    alone = service({**group, "step_scaling": {"metric": "backlog_per_server", "out": OUT}})
    (mistake,) = alone.check({"g": alone}, plain())
    assert (mistake.path, mistake.what) == (("step_scaling", "metric"), "no queue's messages to track")
