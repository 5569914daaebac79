"""Provisioned concurrency: when environments can be used, what they take, what they cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.eras.era import Era
from simulator.measure.measured import PROVISIONED_REQUESTS
from simulator.measure.result import Limit
from simulator.values.units import SECOND
from tests.harness import Change, Load, Run, Watch, function, plain, service

GB = 128 / 1024
ERAS = pytest.mark.parametrize("era", ["aws-2026", "aws-2020-08"])


def provisioned(*spans: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """A function with these spans of provisioned concurrency."""
    schedule = {f"span {place}": span for place, span in enumerate(spans)}
    settings = {"duration": "1 s", "memory": "128 MB", **settings}
    return function(provisioned_concurrency={"schedule": schedule}, **settings)


def usable(
    run: Run, era: Era, at: list[float], *services: dict[str, Any], **account: Any
) -> list[tuple[int, ...]]:
    """Provisioned environments of each function that can be used just after these seconds."""
    functions = {f"f{place}": settings for place, settings in enumerate(services)}
    loads = [Load(name, [], name=f"load {name}") for name in functions]
    watch = Watch([second + 0.001 for second in at], lambda world: tuple(p.provisioned for p in world.pools))
    account = {"lambda_concurrency": 100_000, **account}
    run(functions, *loads, era=era, until=at[-1] + 1, account=account, controls=[watch])
    return watch.found


def asked(amount: int, at: str = "0 s") -> dict[str, Any]:
    return provisioned({"at": at, "for": "1 h", "amount": amount})


def in_2020(region: str = "us-east-1", **overrides: object) -> Era:
    bare = {"lambda.invoke_overhead": "0 s", "lambda.platform_start": "0 s", "lambda.requests_burst": "1 h"}
    return Era.load("aws-2020-08", bare | overrides, region)


@pytest.mark.parametrize(("amount", "ready"), [(100, 91.0), (5000, 140.0), (6000, 150.0)])
def test_today_all_come_together_after_the_delay_and_6000_a_minute(
    run: Run, amount: int, ready: float
) -> None:
    assert usable(run, plain(), [ready - 0.002, ready], asked(amount)) == [(0,), (amount,)]


def test_today_each_function_has_a_rate_of_its_own_and_its_requests_queue(run: Run) -> None:
    twice = provisioned(
        {"at": "0 s", "for": "1 h", "amount": 3000}, {"at": "10 s", "for": "1 h", "amount": 1000}
    )
    found = usable(run, plain(), [119.99, 120, 129.99, 130], twice, asked(3000))
    assert found == [(0, 0), (3000, 3000), (3000, 3000), (4000, 3000)]


@pytest.mark.parametrize(("region", "burst"), [("us-east-1", 3000), ("us-east-2", 1000), ("eu-north-1", 500)])
def test_in_2020_a_burst_by_region_came_first_and_then_500_each_minute(
    run: Run, region: str, burst: int
) -> None:
    found = usable(run, in_2020(region), [89.99, 90, 149.99, 150, 210], asked(burst + 700))
    assert found == [(0,), (burst,), (burst,), (burst + 500,), (burst + 700,)]


@pytest.mark.parametrize("shares", [True, False])
def test_in_2020_all_functions_of_the_account_shared_one_rate(run: Run, shares: bool) -> None:
    era = in_2020(**{"lambda.provisioned.shares_scaling": shares})
    found = usable(run, era, [90, 100, 150, 160, 210, 220], asked(2800), asked(700, at="10 s"))
    # 200 left of the burst and 83 that have come in; what is lacking then comes at whole minutes after asking
    assert found == [(2800, 0), (2800, 283), (2800, 283), (2800, 700), (2800, 700), (2800, 700)]


def test_in_2020_one_who_asks_while_another_waits_is_served_after_it(run: Run) -> None:
    found = usable(run, in_2020(), [90, 150, 160, 220], asked(3400), asked(200, at="10 s"))
    # by 70 s 583 have come in, of which the first lacked 400
    assert found == [(3000, 0), (3400, 0), (3400, 183), (3400, 200)]


@pytest.mark.parametrize(("shares", "served"), [(True, 0), (False, 100)])
def test_whether_2020s_provisioning_used_up_the_burst_of_on_demand_scaling_is_a_parameter(
    run: Run, shares: bool, served: int
) -> None:
    era = in_2020(**{"lambda.provisioned.shares_scaling": shares})
    services = {"f": asked(3000), "g": function(duration="1 s")}
    loads = [Load("f", [], name="f"), Load("g", np.zeros(100, dtype=np.int64), name="g")]
    ran = run(services, *loads, era=era, account={"lambda_concurrency": 10_000})
    assert ran.traffic["g"].outcomes["ok"] == served
    if shares:
        assert {cause.limit for cause in ran.traffic["g"].causes} == {"scaling rate"}


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


@ERAS
def test_keeping_them_is_billed_in_started_increments_of_five_minutes(run: Run, era: str) -> None:
    for span, increments in (("299 s", 1), ("300 s", 1), ("301 s", 2), ("14 min", 3)):
        services = {"f": provisioned({"at": "7 s", "for": span, "amount": 4})}
        usage = run(services, Load("f", []), until=2000, era=plain(era)).usage("f")
        assert usage["lambda.provisioned_concurrency.x86_64"] == increments * 300 * 4 * GB


def test_those_asked_for_last_are_given_up_first(run: Run) -> None:
    first = {"at": "0 s", "for": "1 h", "amount": 2}
    second = {"at": "100 s", "for": "200 s", "amount": 3}
    usage = run({"f": provisioned(first, second, memory="1 GB")}, Load("f", []), until=900).usage("f")
    # the second span's are kept for 200 s, billed as 300; the others for all of the run
    assert usage["lambda.provisioned_concurrency.x86_64"] == 3 * 300 + 2 * 900


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
    usage = ran.usage("f")
    assert usage["lambda.provisioned_duration.x86_64"] == 2 * GB
    assert usage["lambda.duration.x86_64"] == 0


def test_a_span_that_begins_as_the_warm_up_ends_is_billed_whole(run: Run) -> None:
    services = {"f": provisioned({"at": "300 s", "for": "600 s", "amount": 2}, memory="1 GB")}
    ran = run(services, Load("f", [0]), until=1000, warm_up=300)
    assert ran.usage("f")["lambda.provisioned_concurrency.x86_64"] == 2 * 600


def test_an_increment_that_began_in_the_warm_up_is_billed_from_its_end_on(run: Run) -> None:
    services = {"f": provisioned({"at": "0 s", "for": "610 s", "amount": 2}, memory="1 GB")}
    ran = run(services, Load("f", [0]), until=1000, warm_up=100)
    # 900 s in all, of which 100 s are not counted
    assert ran.usage("f")["lambda.provisioned_concurrency.x86_64"] == 2 * 800


def test_what_is_kept_beyond_the_run_is_billed_for_the_run(run: Run) -> None:
    services = {"f": provisioned({"at": "100 s", "for": "1 h", "amount": 3}, memory="1 GB")}
    ran = run(services, Load("f", [0]), until=223)
    assert ran.usage("f")["lambda.provisioned_concurrency.x86_64"] == 3 * 123


def test_a_fixed_amount_is_there_from_the_beginning_and_billed_for_the_time_that_counts(run: Run) -> None:
    services = {"f": function(duration="1 s", provisioned_concurrency=2, memory="1 GB")}
    ran = run(services, Load("f", [0, 0, 0, 50, 50]), until=100, warm_up=40)
    usage, counters = ran.usage("f"), ran.counters("f")
    assert usage["lambda.provisioned_concurrency.x86_64"] == 2 * 60
    assert usage["lambda.provisioned_duration.x86_64"] == 2
    assert (counters["provisioned_invocations"], counters["cold_starts"]) == (2, 0)


def test_what_begins_while_the_quota_is_in_use_is_usable_only_as_far_as_the_quota_goes(run: Run) -> None:
    # nine run on demand when four are asked for; they are ready before those nine have ended
    services = {
        "f": provisioned({"at": "10 s", "for": "1 h", "amount": 4}, duration="300 s", timeout="900 s")
    }
    at = np.repeat(np.array([0, 200, 400], dtype=np.int64), [9, 4, 6]) * SECOND
    ran = run(services, Load("f", at), until=800, account={"lambda_concurrency": 10})
    served = np.bincount([row.arrived // SECOND for row in ran.log if row.outcome == 0], minlength=401)
    assert [served[second] for second in (0, 200, 400)] == [9, 1, 6]
    assert ran.counters("f")["concurrency_max"] == 10


@ERAS
def test_beyond_ten_requests_a_second_for_each_it_spills_over(run: Run, era: str) -> None:
    services = {"f": function(duration="10 ms", provisioned_concurrency=10)}
    at = np.arange(2000, dtype=np.int64) * SECOND // 200
    ran = run(services, Load("f", at), era=plain(era, {"lambda.requests_burst": "100 ms"}))
    counters = ran.counters("f")
    # ten at once to begin with, and from then on 100 a second
    assert counters["provisioned_invocations"] == 10 + 999
    assert counters["provisioned_spillover_invocations"] == 2000 - 1009
    assert counters["provisioned_rate_spillovers"] == 2000 - 1009
    assert counters["provisioned_environments_peak"] == 10
    (limit,) = (limit for limit in ran.limits if limit.limit == PROVISIONED_REQUESTS)
    assert limit == Limit("f", PROVISIONED_REQUESTS, "requests/s", 200, 100, 991, limit.first_at_s, burst=10)
    assert limit.first_at_s == 0.095  # when ten and those that came meanwhile are gone
    assert counters["concurrency_max"] <= 4


def test_the_rate_follows_the_amount(run: Run) -> None:
    era = plain(overrides={"lambda.requests_burst": "100 ms", "lambda.provisioned.start_delay": "0 s"})
    span = {"at": "10 s", "for": "10 s", "amount": 3}
    settings = {"amount": 1, "schedule": {"more": span}}
    services = {"f": function(duration="10 ms", provisioned_concurrency=settings)}
    at = np.arange(30 * 50, dtype=np.int64) * SECOND // 50
    watch = Watch([0, 9, 11, 19, 21, 29], lambda world: int(world.pools[0].provisioned_starts))
    run(services, Load("f", at), era=era, controls=[watch])
    found = watch.found
    assert [found[1] - found[0], found[3] - found[2], found[5] - found[4]] == [90, 320, 80]


def test_with_all_of_the_reservation_provisioned_what_would_spill_over_is_throttled(run: Run) -> None:
    settings = function(duration="1 s", provisioned_concurrency=3, reserved_concurrency=3)
    ran = run({"f": settings}, Load("f", [0] * 5))
    assert ran.outcomes == {"ok": 3, "throttled": 2}
    assert ran.causes == {"f: reserved concurrency": 2}


def test_the_concurrency_limit_counts_what_is_provisioned(run: Run) -> None:
    ran = run(
        {"f": function(duration="1 s", provisioned_concurrency=30)},
        Load("f", [0] * 40),
        account={"lambda_concurrency": 50},
    )
    (limit,) = (limit for limit in ran.limits if limit.limit == "concurrency")
    assert (limit.demand, limit.allowed) == (40, 50)


@pytest.mark.parametrize(("era", "init_s"), [("aws-2026", 2.045), ("aws-2020-08", 2.1)])
def test_they_initialise_when_they_are_made_and_whenever_recycled_which_is_billed(
    run: Run, era: str, init_s: float
) -> None:
    settings = {"cold_start": "45 ms", "init": {"work": "2 s"}, "lifetime": "1 h", "memory": "1 GB"}
    services = {"f": provisioned({"at": "10 min", "for": "3 h", "amount": 4}, **settings)}
    ran = run(services, Load("f", []), until=4 * 3600, era=plain(era))
    # when ready at 11.5 min, and one and two hours later; the third would be after the end
    assert ran.usage("f")["lambda.provisioned_duration.x86_64"] == pytest.approx(3 * 4 * init_s)
    assert ran.counters("f")["invocations"] == 0


def test_those_kept_since_long_before_are_recycled_in_turn(run: Run) -> None:
    settings = {"cold_start": "1 s", "lifetime": "1 h", "memory": "1 GB"}
    services = {"f": function(duration="1 s", provisioned_concurrency=6, **settings)}
    ran = run(services, Load("f", []), until=1802)
    assert ran.usage("f")["lambda.provisioned_duration.x86_64"] == 3  # at 600, 1200 and 1800 s
    assert ran.counters("f")["billed_gb_s"] == 3


def test_what_was_given_up_is_recycled_no_more(run: Run) -> None:
    def initialised(until: float, **settings: Any) -> float:
        known = {"cold_start": "1 s", "lifetime": "1 h", "memory": "1 GB"}
        services = {"f": function(duration="1 s", provisioned_concurrency=settings, **known)}
        usage = run(services, Load("f", []), until=until).usage("f")
        return usage["lambda.provisioned_duration.x86_64"]

    off = {"schedule": "at(2026-01-01T00:05:00)", "min_capacity": 0, "max_capacity": 0}
    assert initialised(1802, amount=6, scheduled_actions={"off": off}) == 0
    up = {"schedule": "at(2026-01-01T00:01:00)", "min_capacity": 4, "max_capacity": 4}
    down = {"schedule": "at(2026-01-01T00:30:00)", "min_capacity": 1, "max_capacity": 1}
    # four when they are made, and the one that is left an hour later
    assert initialised(2 * 3600, scheduled_actions={"up": up, "down": down}) == 4 + 1


# ---------------------------------------------------------------------- by the clock


def amounts(run: Run, at: list[float], settings: Any, start: str = "2026-11-27T08:50-05:00") -> list[int]:
    """What is configured just after these minutes of a run."""
    watch = Watch([60 * minute + 0.001 for minute in at], lambda world: int(world.pools[0].requested))
    services = {"f": function(duration="1 s", provisioned_concurrency=settings)}
    run(services, Load("f", []), until=60 * at[-1] + 1, start=start, controls=[watch])
    return watch.found


def test_scheduled_actions_move_the_bounds_and_the_amount_with_them(run: Run) -> None:
    actions = {
        "open": {
            "schedule": "cron(0 9 ? * FRI *)",
            "timezone": "America/New_York",
            "min_capacity": 50,
            "max_capacity": 100,
        },
        "close": {"schedule": "at(2026-11-27T14:30:00)", "min_capacity": 0, "max_capacity": 5},
    }
    found = amounts(run, [0, 9, 10, 39, 40, 60], {"amount": 10, "scheduled_actions": actions})
    assert found == [10, 10, 50, 50, 5, 5]


def test_a_rate_counts_from_the_start_of_the_run(run: Run) -> None:
    actions = {"more": {"schedule": "rate(7 minutes)", "min_capacity": 3}}
    assert amounts(run, [0, 6, 7, 8], {"scheduled_actions": actions}) == [0, 0, 3, 3]


def test_spans_come_on_top_of_the_scaled_capacity(run: Run) -> None:
    actions = {"more": {"schedule": "at(2026-11-27T13:52:00)", "min_capacity": 8}}
    spans = {"sale": {"at": "1 min", "for": "4 min", "amount": 100}}
    settings = {"amount": 2, "schedule": spans, "scheduled_actions": actions}
    assert amounts(run, [0, 1, 2, 4, 5], settings) == [2, 102, 108, 108, 8]


def test_on_ordinary_days_nothing_is_scheduled_and_the_fixed_amount_stays() -> None:
    spans = {"sale": {"at": "1 min", "for": "4 min", "amount": 100}}

    def ordinary(settings: Any) -> Any:
        made = service(function(duration="1 s", provisioned_concurrency=settings))
        return made.ordinary().provisioned_concurrency  # type: ignore[attr-defined]

    assert ordinary({"schedule": spans}) is None
    assert ordinary({"amount": 3, "schedule": spans}).model_dump(exclude_defaults=True) == {"amount": 3}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": {}}, "no provisioned concurrency at all"),
        ({"amount": 9, "target_tracking": {"target": "70%", "max_capacity": 5}}, "outside 0 to 5"),
        ({"target_tracking": {"target": "70%", "min_capacity": 9, "max_capacity": 5}}, "write at most 5"),
        ({"amount": 1, "scheduled_actions": {"x": {"schedule": "rate(1 hour)"}}}, "one of them or both"),
        (
            {
                "scheduled_actions": {
                    "up": {"schedule": "rate(1 hour)", "min_capacity": 9},
                    "down": {"schedule": "rate(2 hours)", "max_capacity": 5},
                }
            },
            "a min_capacity of 9 may meet a max_capacity of 5; write both there",
        ),
    ],
)
def test_settings_that_ask_for_nothing_or_cannot_be_met_are_refused(settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        service(function(duration="1 s", provisioned_concurrency=settings))
