"""Topics and buses: copies for everybody, delivery latency, retries, dead letters, what is billed."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.values.units import HOUR
from tests.harness import Load, Ran, Run, function, plain

HOURS = HOUR / 10**9
ERA = plain(
    "aws-2026",
    {"lambda.async.queue_latency": "0 s", "sns.latency": "100 ms", "event_bridge.latency": "100 ms"},
)
KINDS = ("sns", "event_bridge")
WELL = {"sns": "number_of_notifications_delivered", "event_bridge": "invocations"}
BADLY = {"sns": "number_of_notifications_failed", "event_bridge": "failed_invocations"}


def hub(kind: str, **targets: Any) -> dict[str, Any]:
    """A topic or a bus with these subscriptions or rules."""
    return {"service": kind, {"sns": "subscriptions", "event_bridge": "rules"}[kind]: targets}


def external(**settings: Any) -> dict[str, Any]:
    return {"service": "external", "latency": "1 s", **settings}


def publish(run: Run, services: dict[str, Any], at: list[float], until: float = 60, **others: Any) -> Ran:
    return run(services, Load("hub", at), until=until, era=ERA, **others)


@pytest.mark.parametrize("kind", KINDS)
def test_publishing_is_answered_at_once_and_every_target_gets_a_copy(run: Run, kind: str) -> None:
    services = {
        "hub": hub(kind, one={"to": "f"}, two={"to": "partner"}),
        "f": function(duration="2 s"),
        "partner": external(),
    }
    ran = publish(run, services, [0, 10])
    assert ran.answers == [(0.0, "ok"), (10.0, "ok")]
    assert ran.load.completion.max == pytest.approx(2.1)
    assert ran.counters("f")["async_events_received"] == 2
    assert ran.counters("hub")[WELL[kind]] == 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_queue_gets_its_copy_which_completes_the_request(run: Run, kind: str) -> None:
    reader = function(duration="1 s", events={"orders": {"from": "queue", "batch_size": 1}})
    services = {"hub": hub(kind, one={"to": "queue"}), "queue": {"service": "sqs"}, "f": reader}
    ran = publish(run, services, [0, 10])
    assert ran.answers == [(0.0, "ok"), (10.0, "ok")]
    assert (ran.load.completion.count, ran.load.unfinished) == (2, 0)
    assert ran.load.completion.mean > 1.05
    assert ran.counters("f")["invocations"] == 2


@pytest.mark.parametrize("kind", KINDS)
def test_an_api_hands_requests_straight_to_a_topic_or_a_bus(run: Run, kind: str) -> None:
    api = {"service": "http_api", "routes": {"default": {"to": "hub", "respond": 202}}}
    services = {"api": api, "hub": hub(kind, one={"to": "f"}), "f": function(duration="2 s")}
    ran = run(services, Load("api", [0]), era=ERA)
    assert ran.answers == [(0.0, "ok")]
    assert ran.load.completion.max == pytest.approx(2.1)


@pytest.mark.parametrize(("kind", "key"), [("sns", "filter_policy"), ("event_bridge", "event_pattern")])
def test_a_filter_lets_its_share_through(run: Run, kind: str, key: str) -> None:
    services = {"hub": hub(kind, one={"to": "partner", key: "25%"}), "partner": external(latency="0 s")}
    ran = publish(run, services, [second / 50 for second in range(2000)])
    delivered = ran.counters("hub")[WELL[kind]]
    assert delivered / 2000 == pytest.approx(0.25, abs=4 * (0.25 * 0.75 / 2000) ** 0.5)
    if kind == "sns":
        assert ran.counters("hub")["number_of_notifications_filtered_out"] == 2000 - delivered


@pytest.mark.parametrize("kind", KINDS)
def test_a_target_that_is_down_gets_its_copy_when_it_is_back(run: Run, kind: str) -> None:
    down = external(latency="0 s", outages={"one": {"at": "0 s", "for": "20 s"}})
    ran = publish(run, {"hub": hub(kind, one={"to": "partner"}), "partner": down}, [0], until=HOURS)
    assert (ran.load.completion.count, ran.load.lost) == (1, 0)
    if kind == "sns":  # pauses of 1, 2, 4, 8 and 16 s after 0.1 s
        assert ran.load.completion.max == pytest.approx(31.1)


@pytest.mark.parametrize("kept", [False, True])
def test_sns_gives_an_http_endpoint_fifty_attempts(run: Run, kept: bool) -> None:
    target = {"to": "partner"} | ({"dead_letter": "queue"} if kept else {})
    services = {
        "hub": hub("sns", one=target),
        "partner": external(latency="0 s", fails="100%"),
        "queue": external(latency="0 s"),
    }
    ran = publish(run, services, [0], until=HOURS)
    counters = ran.counters("hub")
    assert (ran.load.lost, ran.load.dead_lettered) == (1 - kept, kept)
    assert counters["number_of_notifications_failed"] == 1
    assert counters["number_of_notifications_redriven_to_dlq"] == kept


def test_event_bridge_gives_up_at_the_age_or_after_the_attempts(run: Run) -> None:
    def lost_after(until: float, **rule: Any) -> int:
        services = {"hub": hub("event_bridge", one={"to": "p", **rule}), "p": external(fails="100%")}
        return publish(run, services, [0], until=until).load.lost

    assert [lost_after(until, maximum_event_age="10 min") for until in (599, 601)] == [0, 1]
    assert [lost_after(until, maximum_retry_attempts=0) for until in (0.9, 1.2)] == [0, 1]
    assert lost_after(20 * HOURS) == 0
    assert lost_after(24.1 * HOURS) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_messages_are_billed_by_started_units_of_64_kb(run: Run, kind: str) -> None:
    size = {"sns": "message", "event_bridge": "event"}[kind]
    services = {
        "hub": hub(kind, one={"to": "partner"}) | {size: "65 KB"},
        "partner": external(latency="0 s"),
    }
    usage = publish(run, services, [0, 1, 2]).usage("hub")
    assert usage.pop({"sns": "sns.publishes", "event_bridge": "event_bridge.custom_events"}[kind]) == 6
    assert usage == ({"sns.http_deliveries": 3} if kind == "sns" else {})


def test_during_an_outage_requests_fail_with_503_and_after_it_they_do_not(run: Run) -> None:
    outages = {"one": {"at": "1 s", "for": "2 s"}, "two": {"at": "5 s", "for": "1 s", "fails_after": "3 s"}}
    ran = run({"bank": external(outages=outages)}, Load("bank", [0, 1, 2.999, 3, 5]))
    assert ran.answers == [(1.0, "ok"), (1.0, "error"), (2.999, "error"), (4.0, "ok"), (8.0, "error")]
    assert ran.causes == {"bank: outage": 3}
