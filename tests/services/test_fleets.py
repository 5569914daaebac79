"""Fleets of servers: places, CPUs and lines; scaling, launching and bills, against timelines made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.engine.world import World
from simulator.values.units import SECOND
from tests.harness import Load, Run, Watch, plain, service


def server(**settings: Any) -> dict[str, Any]:
    return {"service": "server", "servers": 1, "vcpus": 1, "price_per_month": "$73", **settings}


def group(**settings: Any) -> dict[str, Any]:
    return {"service": "ec2", "instance": "t3.small", "duration": "800 ms", "max_capacity": 10, **settings}


def tasks(**settings: Any) -> dict[str, Any]:
    return {"service": "ecs", "duration": "1 s", "min_capacity": 0, "max_capacity": 5000, **settings}


def on_instances(**settings: Any) -> dict[str, Any]:
    """Tasks of a quarter of a vCPU, eight to an m5.large; an instance takes 40 s, a task 20 s."""
    provider = {"instance": "m5.large", "max_capacity": 500, "boot": "40 s", **settings.pop("provider", {})}
    return tasks(boot="20 s", capacity_provider=provider, **settings)


def from_midnight(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    return f"at(2026-01-01T00:{minutes:02}:{second:02})"


def busy(place: int) -> Any:
    """Of a server pool: the fleet's are, in order, workers, CPUs, servers."""

    def read(world: World) -> tuple[int, int]:
        return world.servers[place].busy, world.servers[place].capacity

    return read


WORKERS, CPUS, SERVERS = range(3)


def test_a_request_takes_a_place_then_a_cpu_and_beyond_the_backlog_it_is_refused(run: Run) -> None:
    ran = run({"s": server(duration="1 s", concurrency=2, backlog=1)}, Load("s", [0, 0, 0, 0]))
    assert ran.answers == [(1.0, "ok"), (2.0, "ok"), (3.0, "ok"), (0.0, "error")]
    assert ran.causes == {"s: workers": 1}
    assert ran.counters("s")["rejected"] == 1
    assert ran.counters("s")["cpu_utilization_mean"] == pytest.approx(3 / 60)


def test_calls_keep_the_place_and_no_cpu(run: Run) -> None:
    services = {
        "s": server(handler=[{"work": "1 s"}, {"call": "bank"}], concurrency=9),
        "bank": {"service": "external", "latency": "5 s"},
    }
    assert run(services, Load("s", [0, 0])).answers == [(6.0, "ok"), (7.0, "ok")]


def test_of_measured_work_only_the_share_that_computes_takes_a_cpu(run: Run) -> None:
    """Half of a second on one vCPU: on half a vCPU that half takes a second, and the rest stays."""
    duration = {"measured": "1 s", "at": "1769 MB", "cpu": "50%"}
    services = {"t": tasks(duration=duration, cpu=512, memory="1 GB", min_capacity=1)}
    assert run(services, Load("t", [0, 0])).answers == [(1.5, "ok"), (2.5, "ok")]


def test_who_has_given_up_is_served_all_the_same(run: Run) -> None:
    services = {
        "app": {"service": "client", "to": "s", "timeout": "1500 ms"},
        "s": server(duration="1 s"),
    }
    ran = run(services, Load("app", [0, 0, 2]))
    assert ran.answers == [(1.0, "ok"), (1.5, "timeout"), (3.0, "ok")]
    assert ran.seen("s")["vcpus.busy_ns"] == 3 * SECOND


def test_errors_of_the_handler_are_500_and_free_the_place(run: Run) -> None:
    ran = run({"s": server(handler=[{"fail": "100%"}], concurrency=1)}, Load("s", [0, 1]))
    assert ran.outcomes == {"error": 2}
    assert ran.causes == {"s: fail": 2}


def test_an_auto_scaling_group_follows_its_alarms(run: Run) -> None:
    """1.6 CPUs' worth of work on 2 is 80 %: after three such minutes 0.8 / 0.5 makes two instances, in
    service 30 s later. While the second one warms up, the group is not enlarged again. When the load has
    gone, the fifteenth quiet minute takes one away."""
    fleet = group(
        target_tracking={"target": "50%"},
        detailed_monitoring=True,
        boot="20 s",
        init={"work": "10 s"},
        instance_warmup="1 min",
    )
    seconds = [179, 181, 209, 211, 299, 1199, 1201]
    watches = [Watch(seconds, busy(place)) for place in (SERVERS, CPUS)]
    load = Load("g", [half / 2 for half in range(600)])
    ran = run({"g": fleet}, load, until=1260, controls=watches)
    assert [held for held, _ in watches[0].found] == [1, 2, 2, 2, 2, 2, 1]
    assert [capacity for _, capacity in watches[1].found] == [2, 2, 2, 4, 4, 4, 2]
    assert ran.counters("g")["servers_max"] == 2
    assert ran.usage("g") == {
        "ec2.t3.small": pytest.approx((1260 + 1020) / 3600),
        "ec2.detailed_monitoring": pytest.approx((1260 + 1020) / 3600),
    }


def test_basic_monitoring_takes_three_points_of_five_minutes(run: Run) -> None:
    fleet = group(target_tracking={"target": "50%"})
    watch = Watch([899, 901], busy(SERVERS))
    load = Load("g", [half / 2 for half in range(1900)])
    run({"g": fleet}, load, until=902, controls=[watch])
    assert [held for held, _ in watch.found] == [1, 2]


def test_what_warms_up_does_not_count_when_a_group_scales_out_again(run: Run) -> None:
    """Four times the target on one instance wants four; while they warm up, no more are added although the
    one that counts is as busy as before."""
    fleet = group(target_tracking={"target": "25%"}, detailed_monitoring=True, boot="10 min", duration="1 s")
    watch = Watch([181, 419], busy(SERVERS))
    load = Load("g", [half / 2 for half in range(840)])
    run({"g": fleet}, load, until=420, controls=[watch])
    assert [held for held, _ in watch.found] == [4, 4]


@pytest.mark.parametrize(
    ("era", "last"),
    [
        ("aws-2026", 60 + 30 + 3490 * 60 / 500),
        ("aws-2020-08", 60 + 30 + 3490 * 60 / 23),
    ],
)
def test_tasks_are_launched_as_fast_as_the_services_bucket_lets_them(run: Run, era: str, last: float) -> None:
    fleet = tasks(scheduled_actions={"sale": {"schedule": from_midnight(60), "min_capacity": 3500}})
    watch = Watch([89.99, 90.01, last - 0.01, last + 0.01], busy(CPUS))
    run({"t": fleet}, Load("t"), until=last + 1, era=plain(era), controls=[watch])
    assert [capacity for _, capacity in watch.found] == [0, 10, 3499, 3500]


def test_services_share_the_accounts_launches(run: Run) -> None:
    """A hundred at once and twenty a second, for as many services as there are."""
    haste = {"ecs.service_launch.rate": "1000/s", "ecs.service_launch.burst": 1000}
    sale = {"sale": {"schedule": from_midnight(60), "min_capacity": 150}}
    services = {
        "app": {"service": "client", "to": "a"},
        "a": tasks(duration=None, handler=[{"call": "b"}], scheduled_actions=sale),
        "b": tasks(scheduled_actions=sale),
    }
    # stations in the order in which the program meets them: workers, CPUs, servers of `a`, then of `b`
    watch = Watch([60.001, 62.501, 70.001], lambda world: [world.servers[place].busy for place in (2, 5)])
    run(services, Load("app"), until=71, era=plain("aws-2026", haste), controls=[watch])
    assert [sum(launched) for launched in watch.found] == [100, 150, 300]


def test_a_task_is_billed_by_the_second_and_a_minute_at_least(run: Run) -> None:
    actions = {
        "up": {"schedule": from_midnight(60), "min_capacity": 2},
        "down": {"schedule": from_midnight(80), "min_capacity": 0, "max_capacity": 0},
    }
    fleet = tasks(scheduled_actions=actions, boot="500 ms", cpu=1024, memory="2 GB")
    assert run({"t": fleet}, Load("t"), until=200).usage("t") == {
        "fargate.vcpu.x86_64": pytest.approx(2 * 60 / 3600),
        "fargate.memory.x86_64": pytest.approx(2 * 2 * 60 / 3600),
    }
    kept = fleet | {"scheduled_actions": {"up": actions["up"]}}
    assert run({"t": kept}, Load("t"), until=200).usage("t")["fargate.vcpu.x86_64"] == pytest.approx(
        2 * 140 / 3600
    )


def test_servers_of_ones_own_cost_what_the_scenario_says(run: Run) -> None:
    ran = run({"s": server(servers=3, duration="1 s")}, Load("s"), until=3600)
    assert ran.usage("s") == {"server.month": pytest.approx(3 * 73 / 730)}


def test_each_server_keeps_connections_and_a_request_waits_for_one(run: Run) -> None:
    """Three servers want two connections each of a database that has five."""
    services = {
        "s": server(servers=3, handler=[{"call": "db"}], init={"connects": ["db"], "connections": 2}),
        "db": {"service": "rds", "instance": "db.t3.micro", "query": "1 s", "max_connections": 5},
    }
    ran = run(services, Load("s", [0] * 6))
    assert ran.answers == [(1.0, "ok")] * 5 + [(2.0, "ok")]
    assert ran.counters("db")["connections_max"] == 5
    assert ran.counters("db")["connections_refused"] == 1


def test_a_server_that_goes_gives_its_connections_back(run: Run) -> None:
    actions = {
        "up": {"schedule": from_midnight(60), "min_capacity": 2},
        "down": {"schedule": from_midnight(240), "min_capacity": 1, "max_capacity": 1},
    }
    services = {
        "g": group(
            duration=None,
            handler=[{"call": "db"}],
            init={"connects": ["db"], "connections": 3},
            scheduled_actions=actions,
            boot="30 s",
        ),
        "db": {"service": "rds", "instance": "db.t3.micro", "query": "1 s"},
    }
    watch = Watch([89, 91, 239, 241], lambda world: [pool.busy for pool in world.servers])
    run(services, Load("g"), until=300, controls=[watch])
    workers, cpus, servers, database, kept = zip(*watch.found, strict=True)
    assert servers == (2, 2, 2, 1)
    assert database == (3, 6, 6, 3)
    assert workers == cpus == kept == (0, 0, 0, 0)


def test_what_is_not_launched_yet_is_given_up_first(run: Run) -> None:
    """Of 20 tasks wanted 10 are launched at once; when 12 are wanted, those two follow, and none goes."""
    actions = {
        "up": {"schedule": from_midnight(60), "min_capacity": 20},
        "less": {"schedule": from_midnight(60), "min_capacity": 12, "max_capacity": 12},
    }
    watch = Watch([60.01, 70], busy(SERVERS))
    run({"t": tasks(scheduled_actions=actions)}, Load("t"), until=71, controls=[watch])
    assert [held for held, _ in watch.found] == [10, 12]


def test_what_still_boots_is_ended_when_it_is_wanted_no_more(run: Run) -> None:
    actions = {
        "up": {"schedule": from_midnight(60), "min_capacity": 5},
        "down": {"schedule": from_midnight(65), "min_capacity": 0, "max_capacity": 2},
    }
    watches = [Watch([61, 66, 91], busy(place)) for place in (SERVERS, CPUS)]
    run({"t": tasks(scheduled_actions=actions)}, Load("t"), until=92, controls=watches)
    assert [held for held, _ in watches[0].found] == [5, 2, 2]
    assert [capacity for _, capacity in watches[1].found] == [0, 0, 2]


def test_servers_that_no_request_reaches_are_billed_all_the_same(run: Run) -> None:
    ran = run({"f": server(duration="1 s"), "idle": group(desired_capacity=2)}, Load("f", [0]), until=3600)
    assert ran.usage("idle")["ec2.t3.small"] == 2


def test_without_servers_everybody_is_refused(run: Run) -> None:
    assert run({"t": tasks()}, Load("t", [0])).causes == {"t: workers": 1}


def test_a_limit_that_grows_is_told_with_what_it_was_when_it_first_refused(run: Run) -> None:
    up = {"up": {"schedule": from_midnight(60), "min_capacity": 5}}
    fleet = tasks(scheduled_actions=up, min_capacity=1, concurrency=1, backlog=0, duration="1 s")
    limits = run({"t": fleet}, Load("t", [0, 0, *[200] * 5]), until=210).limits
    (places,) = (limit for limit in limits if limit.limit == "workers")
    assert (places.allowed, places.refused, places.first_at_s) == (5, 1, 0)
    assert places.allowed_at_first == 1
    (same,) = (one for one in run({"t": tasks()}, Load("t", [0])).limits if one.limit == "workers")
    assert (same.refused, same.allowed_at_first) == (1, None)


def test_the_most_that_was_asked_for_is_told_with_what_the_fleet_had_then(run: Run) -> None:
    down = {"down": {"schedule": from_midnight(60), "min_capacity": 1, "max_capacity": 1}}
    fleet = tasks(scheduled_actions=down, min_capacity=3, concurrency=1, backlog=0, duration="1 s")
    limits = run({"t": fleet}, Load("t", [*[0] * 3, *[200] * 4]), until=300).limits
    (places,) = (limit for limit in limits if limit.limit == "workers")
    assert (places.demand, places.allowed, places.refused) == (4, 1, 3)


def test_a_warm_up_of_the_run_does_not_cut_the_metric(run: Run) -> None:
    """The same group, whose busy time is counted anew in the middle of its third minute."""
    fleet = group(target_tracking={"target": "50%"}, detailed_monitoring=True)
    watch = Watch([179, 181], busy(SERVERS))
    load = Load("g", [half / 2 for half in range(400)])
    run({"g": fleet}, load, until=182, warm_up=179.5, controls=[watch])
    assert [held for held, _ in watch.found] == [1, 2]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (group(min_capacity=11), "max_capacity is below min_capacity"),
        (group(desired_capacity=11), "desired_capacity 11 is not between"),
        (group(instance="t3.smal"), "did you mean 't3.small'"),
        (group(handler=[{"work": "1 s"}]), "both `duration` and `handler`"),
        (tasks(cpu=300), "Input should be 256, 512"),
        (
            group(scheduled_actions={"x": {"schedule": "rate(1 hour)", "min_capacity": 20}}),
            "in 'x' a min_capacity of 20 meets a max_capacity of 10",
        ),
    ],
)
def test_what_a_fleet_cannot_be_is_said(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        service(settings)


@pytest.mark.parametrize(
    ("settings", "era", "said"),
    [
        (tasks(cpu=1024, memory="1 GB"), "aws-2026", "with 1024 CPU units"),
        (tasks(cpu=256, memory="4 GB"), "aws-2026", "with 256 CPU units"),
        (tasks(cpu=8192, memory="16 GB"), "aws-2020-08", "no task of era aws-2020-08 has 8192 CPU units"),
        (tasks(architecture="arm64"), "aws-2020-08", "no arm64 on Fargate in era aws-2020-08"),
        (
            group(
                scheduled_actions={
                    "x": {"schedule": "rate(1 hour)", "timezone": "Asia/Tokyo", "min_capacity": 2}
                }
            ),
            "aws-2020-08",
            "scheduled actions of era aws-2020-08 are in UTC only",
        ),
        (server(duration="1 s", init={"connects": ["bank"]}), "aws-2026", "takes no connections"),
        (on_instances(cpu=4096), "aws-2026", "a task of 4096 CPU units and 512 MB does not fit"),
        (on_instances(architecture="arm64"), "aws-2026", "of Fargate, and the tasks run on instances"),
        (on_instances(provider={"min_capacity": 501}), "aws-2026", "above max_capacity"),
    ],
)
def test_what_aws_does_not_offer_is_refused(settings: dict[str, Any], era: str, said: str) -> None:
    services = {"f": service(settings), "bank": service({"service": "external", "latency": "1 s"})}
    assert [mistake.what for mistake in services["f"].check(services, plain(era)) if said in mistake.what]


# ---------------------------------------------------------------------------- tasks on instances of one's own


INSTANCES = 3


def test_from_no_instance_there_are_two_and_then_as_many_as_the_tasks_need(run: Run) -> None:
    """Forty tasks are wanted at 90 s. At 120 s there are two instances, at 160 s sixteen tasks on them; at
    180 s three instances more for the other 24, which are there at 220 s and run at 240 s."""
    haste = plain("aws-2026", {"ecs.service_launch.burst": 100})
    fleet = on_instances(scheduled_actions={"sale": {"schedule": from_midnight(90), "min_capacity": 40}})
    at = (119, 121, 159, 161, 179.5, 181, 219, 221, 239, 241)
    watch = Watch(list(at), lambda world: [world.servers[place].busy for place in (INSTANCES, SERVERS)]
                  + [world.servers[CPUS].capacity])  # fmt: skip
    ran = run({"t": fleet}, Load("t"), until=1800, era=haste, controls=[watch])
    assert watch.found == [
        [0, 0, 0], [2, 0, 0], [2, 0, 0], [2, 16, 0], [2, 16, 0],
        [5, 16, 16], [5, 16, 16], [5, 40, 16], [5, 40, 16], [5, 40, 40],
    ]  # fmt: skip
    assert ran.counters("t")["instances_max"] == 5
    assert ran.usage("t") == {"ec2.m5.large": pytest.approx((2 * (1800 - 120) + 3 * (1800 - 180)) / 3600)}


def test_instances_without_tasks_go_after_fifteen_minutes_half_of_them_at_a_time(run: Run) -> None:
    """Eight instances for 64 tasks, 8 of which are left at 30 s; 60 s is the first of 15 points below."""
    down = {"schedule": from_midnight(30), "min_capacity": 8, "max_capacity": 8}
    fleet = on_instances(min_capacity=64, max_capacity=64, scheduled_actions={"over": down})
    watch = Watch([899, 901, 961, 1021, 1081], lambda world: world.servers[INSTANCES].busy)
    run({"t": fleet}, Load("t"), until=1100, era=plain("aws-2026"), controls=[watch])
    assert watch.found == [8, 4, 2, 1, 1]


def test_of_tasks_that_wait_for_a_place_so_many_count(run: Run) -> None:
    """A thousand are wanted; beside the one instance there are to be as many as 500 tasks need: 63."""
    fleet = on_instances(
        scheduled_actions={"sale": {"schedule": from_midnight(30), "min_capacity": 1000}},
        provider={"min_capacity": 1},
    )
    haste = plain("aws-2026", {"ecs.service_launch.burst": 1000})
    watch = Watch([59, 61], lambda world: world.servers[INSTANCES].busy)
    run({"t": fleet}, Load("t"), until=62, era=haste, controls=[watch])
    assert watch.found == [1, 64]


def test_at_the_most_instances_tasks_wait_for_those_that_end(run: Run) -> None:
    actions = {
        "up": {"schedule": from_midnight(30), "min_capacity": 20},
        "down": {"schedule": from_midnight(300), "min_capacity": 0, "max_capacity": 4},
        "again": {"schedule": from_midnight(330), "min_capacity": 10, "max_capacity": 20},
    }
    fleet = on_instances(scheduled_actions=actions, provider={"max_capacity": 1})
    watch = Watch([299, 301, 331], lambda world: world.servers[SERVERS].busy)
    run({"t": fleet}, Load("t"), until=340, era=plain("aws-2026"), controls=[watch])
    assert watch.found == [8, 4, 8]


def test_of_instances_that_go_those_that_boot_go_before_those_with_tasks(run: Run) -> None:
    """Four instances boot for tasks that nobody wants any more, and two of them go at 960 s; the one with the
    tasks stays, and has a place again when one of its eight has ended."""
    at = {30: 40, 90: 8, 1000: 7, 1010: 8}
    actions = {
        f"at{second}": {"schedule": from_midnight(second), "min_capacity": count, "max_capacity": count}
        for second, count in at.items()
    }
    fleet = on_instances(min_capacity=8, scheduled_actions=actions, provider={"boot": "20 min"})
    watch = Watch(
        [61, 959, 961, 1005, 1011],
        lambda world: [world.servers[place].busy for place in (INSTANCES, SERVERS)],
    )
    run({"t": fleet}, Load("t"), until=1012, era=plain("aws-2026"), controls=[watch])
    assert watch.found == [[5, 8], [5, 8], [3, 8], [3, 7], [3, 8]]


def test_some_instances_are_spare_below_a_target_of_all(run: Run) -> None:
    """Sixteen tasks need two instances; at 50 % there are four."""
    fleet = on_instances(min_capacity=16, provider={"target_capacity": "50%"})
    watch = Watch([61], lambda world: world.servers[INSTANCES].busy)
    run({"t": fleet}, Load("t"), until=62, controls=[watch])
    assert watch.found == [4]
