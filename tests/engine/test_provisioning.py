"""Provisioned concurrency: when environments can be used, what they take, what they cost."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.services.provisioning import Provisioning
from simulator.values.units import SECOND
from tests.harness import Change, Load, Run, Watch, build, function, plain

GB = 128 / 1024


def provisioned(*spans: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """A function with these spans of provisioned concurrency."""
    schedule = {f"span {place}": span for place, span in enumerate(spans)}
    settings = {"duration": "1 s", "memory": "128 MB", **settings}
    return function(provisioned_concurrency={"schedule": schedule}, **settings)


def allocation(era: str, amount: int) -> list[tuple[float, int]]:
    """(second, environments that become usable then)."""
    services = {"f": provisioned({"at": "0 s", "for": "1 h", "amount": amount})}
    (control,) = build(services, Load("f"), era=plain(era)).controls
    assert isinstance(control, Provisioning)
    return [(ready / SECOND, count) for ready, count in control.allocation()]


def test_today_all_environments_come_together_after_the_delay_and_6000_a_minute() -> None:
    assert allocation("aws-2026", 100) == [(91.0, 100)]
    assert allocation("aws-2026", 6000) == [(150.0, 6000)]


def test_in_2020_a_burst_came_first_and_then_500_each_minute() -> None:
    assert allocation("aws-2020-08", 100) == [(90.0, 100)]
    assert allocation("aws-2020-08", 3000) == [(90.0, 3000)]
    assert allocation("aws-2020-08", 3700) == [(90.0, 3000), (150.0, 500), (210.0, 200)]


def test_environments_are_used_once_they_are_there_and_until_the_span_ends(run: Run) -> None:
    # asked for at 10 s, ready 90.02 s later
    services = {"f": provisioned({"at": "10 s", "for": "290 s", "amount": 2})}
    at = [50, 100.019, 100.02, 200, 299.9, 300, 350]
    ran = run(services, Load("f", at), until=400)
    counters = ran.counters("f")
    assert counters["invocations"] == 7
    assert counters["provisioned_invocations"] == 3
    assert counters["provisioned_spillover_invocations"] == 0


def test_what_finds_all_of_them_busy_spills_over(run: Run) -> None:
    services = {"f": provisioned({"at": "0 s", "for": "200 s", "amount": 2}, cold_start="3 s")}
    ran = run(services, Load("f", [150, 150, 150]), until=300)
    assert ran.answers == [(151.0, "ok"), (151.0, "ok"), (154.0, "ok")]
    counters = ran.counters("f")
    assert (counters["provisioned_invocations"], counters["provisioned_spillover_invocations"]) == (2, 1)
    assert counters["cold_starts"] == 1


def test_the_quota_is_taken_from_the_moment_of_asking_until_the_end(run: Run) -> None:
    services = {"f": provisioned({"at": "10 s", "for": "100 s", "amount": 8})}
    at = np.repeat([0, 20, 120], 10).astype(np.int64) * SECOND
    ran = run(services, Load("f", at), until=200, account={"lambda_concurrency": 10})
    throttled = [row.arrived // SECOND for row in ran.log if row.outcome == 1]
    assert throttled == [20] * 8


def test_executions_never_exceed_the_account_when_a_span_ends(run: Run) -> None:
    services = {"f": provisioned({"at": "0 s", "for": "100 s", "amount": 5}, duration="20 s", timeout="60 s")}
    at = np.repeat([99, 101], [5, 10]).astype(np.int64) * SECOND
    ran = run(services, Load("f", at), until=200, account={"lambda_concurrency": 10})
    assert ran.counters("f")["concurrency_max"] <= 10


def test_keeping_them_is_billed_in_started_increments_of_five_minutes(run: Run) -> None:
    for span, increments in (("299 s", 1), ("300 s", 1), ("301 s", 2), ("14 min", 3)):
        services = {"f": provisioned({"at": "7 s", "for": span, "amount": 4})}
        usage = run(services, Load("f", []), until=2000).usage("f")
        assert usage["lambda.provisioned_concurrency.x86_64"] == increments * 300 * 4 * GB


def test_time_on_them_has_its_own_meter(run: Run) -> None:
    services = {"f": provisioned({"at": "0 s", "for": "200 s", "amount": 1})}
    usage = run(services, Load("f", [150, 150, 155]), until=300).usage("f")
    assert usage["lambda.provisioned_duration.x86_64"] == 2 * GB
    assert usage["lambda.duration.x86_64"] == 1 * GB
    assert usage["lambda.requests"] == 3


def test_a_span_shorter_than_its_preparation_is_paid_for_and_never_used(run: Run) -> None:
    services = {"f": provisioned({"at": "0 s", "for": "60 s", "amount": 1})}
    watch = Watch([59, 89, 91, 100], lambda world: int(world.pools[0].provisioned))
    ran = run(services, Load("f", [59]), until=200, controls=[watch])
    assert watch.found == [0, 0, 0, 0]
    assert ran.usage("f")["lambda.provisioned_concurrency.x86_64"] == 300 * GB


def test_spans_that_overlap_add_up(run: Run) -> None:
    first = {"at": "0 s", "for": "400 s", "amount": 2}
    second = {"at": "100 s", "for": "200 s", "amount": 3}
    watch = Watch([95, 195, 299, 301, 401], lambda world: int(world.pools[0].provisioned))
    run({"f": provisioned(first, second)}, Load("f", []), until=500, controls=[watch])
    assert watch.found == [2, 5, 5, 2, 0]


def test_one_that_is_still_busy_when_it_is_wanted_again_stays(run: Run) -> None:
    """Withdrawn at 10 s in the middle of 20 s of work, wanted again at 15 s: nothing new is made."""
    services = {"f": function(duration="20 s", timeout="60 s")}
    gave = []
    changes = [
        Change(1, lambda world: world.provide(0, 1)),
        Change(10, lambda world: world.withdraw(0, 1)),
        Change(15, lambda world: gave.append(world.provide(0, 1))),
    ]
    watch = Watch(
        [5, 12, 16, 30], lambda world: (int(world.pools[0].provisioned), int(world.pools[0].provisioned_busy))
    )
    ran = run(services, Load("f", [4, 30]), until=60, controls=[*changes, watch])
    assert watch.found == [(1, 1), (0, 1), (1, 1), (1, 0)]
    assert gave == [1]
    assert ran.counters("f")["provisioned_invocations"] == 2
    assert ran.counters("f")["cold_starts"] == 0


def test_a_timeout_on_one_of_them_does_not_lose_it(run: Run) -> None:
    span = {"at": "0 s", "for": "200 s", "amount": 1}
    ran = run({"f": provisioned(span, duration="5 s", timeout="1 s")}, Load("f", [150, 160]), until=300)
    assert ran.counters("f")["provisioned_invocations"] == 2
    assert ran.counters("f")["timeouts"] == 2


def test_a_span_that_begins_as_the_warm_up_ends_is_billed_whole(run: Run) -> None:
    services = {"f": provisioned({"at": "300 s", "for": "600 s", "amount": 2}, memory="1 GB")}
    ran = run(services, Load("f", [0]), until=1000, warm_up=300)
    assert ran.usage("f")["lambda.provisioned_concurrency.x86_64"] == 2 * 600
