"""Fleets that receive from a queue; what their size can follow besides CPUs: timelines made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.engine.controls import WarmUp
from simulator.eras.era import Era
from simulator.services.service import Service
from simulator.values.units import SECOND
from tests.harness import Load, Run, Watch, plain, service

QUEUE = {"service": "sqs"}
BANK = {"service": "external", "latency": "1 s"}


def workers(**settings: Any) -> dict[str, Any]:
    """Tasks that each hand a batch at a time to a bank, which takes a second."""
    receives = {"from": "q", "batch_size": 1, **settings.pop("receives", {})}
    return {
        "service": "ecs", "handler": [{"call": "bank"}], "max_capacity": 9, "receives": receives, **settings,
    }  # fmt: skip


def mistakes(services: dict[str, Any], name: str, era: Era | None = None) -> list[str]:
    made: dict[str, Service] = {each: service(settings) for each, settings in services.items()}
    return [mistake.what for mistake in made[name].check(made, era or plain())]


def test_each_server_receives_in_as_many_threads_as_it_has(run: Run) -> None:
    """Two tasks of two threads: four messages a second, one by one."""
    services = {"q": QUEUE, "w": workers(min_capacity=2, receives={"receivers": 2}), "bank": BANK}
    ran = run(services, Load("q", [0.0] * 9))
    assert (ran.load.completion.count, ran.load.completion.max) == (9, 3.0)
    assert ran.load.completion.mean * 9 == pytest.approx(4 * 1 + 4 * 2 + 3)
    assert ran.counters("q")["pollers_max"] == 4
    assert ran.counters("w")["request_count"] == 9


def test_messages_of_a_batch_are_handled_one_after_the_other_by_the_task_s_cpu(run: Run) -> None:
    """Half a vCPU takes 200 ms for what takes a whole one 100 ms: one message came alone, nine after it."""
    work = [{"work": {"per_batch": "500 ms", "per_record": "100 ms"}}]
    services = {
        "q": QUEUE,
        "w": workers(cpu=512, memory="1 GB", handler=work, receives={"batch_size": 10}),
        "bank": BANK,
    }
    ran = run(services, Load("q", [0.0] * 10))
    assert ran.load.completion.max == (1 + 0.2) + (1 + 9 * 0.2)
    assert ran.counters("q")["batch_size_mean"] == 5


def test_a_batch_that_fails_is_received_again_when_it_is_visible(run: Run) -> None:
    queue = {**QUEUE, "visibility_timeout": "5 s", "dead_letter": {"to": "dead", "max_receives": 2}}
    services = {
        "q": queue,
        "dead": QUEUE,
        "w": workers(handler=[{"call": "bank"}, {"fail": "100%"}]),
        "bank": BANK,
    }
    ran = run(services, Load("q", [0.0]))
    assert ran.counters("q")["messages_dead_lettered"] == 1
    assert ran.counters("w")["errors"] == 2


def test_servers_that_are_ended_finish_what_they_have_and_receive_no_more(run: Run) -> None:
    """Three tasks until 10.5 s, then one; each message takes a second."""
    away = {"away": {"schedule": "at(2026-01-01T00:00:10)", "min_capacity": 1, "max_capacity": 1}}
    services = {
        "q": QUEUE,
        "w": workers(min_capacity=1, desired_capacity=3, max_capacity=3, scheduled_actions=away),
        "bank": BANK,
    }
    watch = Watch([9.7, 10.2, 10.7], lambda world: world.mailboxes[0].receivers)
    ran = run(services, Load("q", [0.5] * 40), until=14.6, controls=[watch])
    assert watch.found == [3, 3, 1]
    assert ran.load.completion.count == 3 * 10 + 4


def test_long_polls_of_receivers_that_have_nothing_to_do_are_billed(run: Run) -> None:
    """Three threads for an hour, less a second each of three that had a message."""
    services = {"q": QUEUE, "w": workers(receives={"receivers": 3}), "bank": BANK}
    ran = run(services, Load("q", [0.0] * 3), until=3601)
    assert ran.counters("q")["number_of_empty_receives"] == (3 * 3600 - 3) / 20
    assert ran.usage("q")["sqs.requests"] == 3 + 3 + (3 * 3600 - 3) / 20 + 3


def test_a_fleet_that_is_called_receives_as_well(run: Run) -> None:
    services = {"q": QUEUE, "w": workers(), "bank": BANK}
    ran = run(services, Load("w", [0.0]), Load("q", [5.0], name="letters"))
    assert ran.counters("w")["request_count"] == 2


def test_the_backlog_of_each_server_is_tracked_minute_by_minute(run: Run) -> None:
    """A message a second for each task; 4 a second come. After three minutes 3 x 180 = 540 wait for the one:
    nine times the 60 that are wanted."""
    services = {
        "q": QUEUE,
        "w": workers(target_tracking={"backlog_per_server": 60}, max_capacity=20, boot="30 s"),
        "bank": BANK,
    }
    watch = Watch([179, 181, 211], lambda world: (world.servers[2].busy, world.mailboxes[0].receivers))
    load = Load("q", [0.1 + quarter / 4 for quarter in range(4 * 220)])
    ran = run(services, load, until=220, controls=[watch])
    assert watch.found == [(1, 1), (9, 1), (9, 9)]
    assert ran.counters("q")["messages_visible_max"] == pytest.approx(3 * 210, abs=3)


def test_requests_that_a_balancer_sends_to_each_server_are_tracked_across_a_warm_up(run: Run) -> None:
    """120 requests a minute for one task are twice the 60 that are wanted; the warm-up ends amid a minute."""
    fleet = {
        "service": "ecs", "duration": "1 ms", "max_capacity": 9, "boot": "30 s",
        "target_tracking": {"request_count_per_target": 60, "scale_out_cooldown": "0 s"},
    }  # fmt: skip
    services = {"lb": {"service": "alb", "to": "w"}, "w": fleet}
    watch = Watch([179, 181, 239, 241, 299, 301], lambda world: world.servers[2].busy)
    load = Load("lb", [half / 2 for half in range(2 * 310)])
    run(services, load, until=310, controls=[watch, WarmUp(150 * SECOND)])
    # 30 s after the second task was wanted it takes its half: 120 by 2 is the goal
    assert watch.found == [1, 2, 2, 2, 2, 2]


def test_a_fleet_without_servers_has_no_metric_and_stays_without(run: Run) -> None:
    services = {
        "q": QUEUE,
        "w": workers(target_tracking={"backlog_per_server": 1}, min_capacity=0),
        "bank": BANK,
    }
    ran = run(services, Load("q", [1.0] * 50), until=600)
    assert ran.counters("w")["servers_max"] == 0


def test_what_a_fleet_tracks_must_be_there() -> None:
    lonely = {"w": {"service": "ecs", "duration": "1 s", "max_capacity": 2, "target_tracking": {}}}
    lonely["w"]["target_tracking"] = {"request_count_per_target": 100}
    assert mistakes(lonely, "w") == ["no load balancer's requests to track"]
    lonely["w"]["target_tracking"] = {"backlog_per_server": 100}
    assert mistakes(lonely, "w") == ["no queue's messages to track"]


def test_two_consumers_of_a_queue_and_too_many_threads_are_mistakes() -> None:
    services = {
        "q": QUEUE,
        "w": workers(receives={"receivers": 30}, concurrency=20),
        "v": workers(),
        "bank": BANK,
    }
    assert mistakes(services, "q") == ["w and v both poll this queue"]
    assert mistakes(services, "w") == ["more than the 20 places of a server (`concurrency`)"]


@pytest.mark.parametrize("tracked", [{}, {"target": "50%", "backlog_per_server": 10}])
def test_one_metric_is_tracked(tracked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="write one of target, request_count_per_target, backlog_per"):
        service({"service": "ecs", "duration": "1 s", "max_capacity": 2, "target_tracking": tracked})
