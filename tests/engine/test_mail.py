"""Queues and streams on both engines: the same bits, whatever fails; nothing lost, nothing counted twice."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.values.keys import Keys
from tests.engine.test_conservation import ARRIVALS, MAYBE, QUARTERS, TIMES
from tests.engine.test_equivalence import FAST, everything
from tests.harness import Load, Ran, examples, function, plain
from tests.harness import run as run_on

HASTE = {
    "sqs.send": "0 s",
    "sqs.call": "0 s",
    "sqs.pollers.start": "2",
    "sqs.throttle_backoff": "250 ms",
    "sqs.throttle_backoff_longest": "1 s",
    "sqs.failures_halve": "20%",
    "kinesis.on_demand.shards": "2",
    "kinesis.on_demand.growth_period": "4 s",
    "kinesis.put": "0 s",
    "kinesis.spread": "0 s",
    "kinesis.push": "250 ms",
    "kinesis.shard_records": "2/s",
    "kinesis.shard_bytes": "2000/s",
    "kinesis.read_records": "3",
    "kinesis.reads_a_second": "4",
    "event_source.retry_pause": "250 ms",
    "event_source.throttle_pause": "500 ms",
}
BACKLOGS = st.fixed_dictionaries({"records": st.integers(1, 6), "age": QUARTERS})
WINDOWS = st.sampled_from(["0 s", "250 ms", "1 s"])


@st.composite
def consumers(draw: st.DrawFn, event: dict[str, Any], *before: dict[str, Any]) -> dict[str, Any]:
    """A function that fails in every way there is."""
    return function(
        handler=[
            *before,
            {"work": {"per_batch": draw(TIMES), "per_record": "250 ms"}},
            {"call": {"to": "bank", "timeout": draw(MAYBE)}},
            {"fail": draw(st.sampled_from(["0%", "30%"]))},
            {"crash": draw(st.sampled_from(["0%", "30%"]))},
        ],
        poison=draw(st.sampled_from(["0%", "20%"])),
        timeout=draw(QUARTERS),
        cold_start=draw(QUARTERS),
        reserved_concurrency=draw(st.none() | st.integers(0, 3)),
        events={"mail": event | {"report_batch_item_failures": draw(st.booleans())}},
    )


@st.composite
def queues(draw: st.DrawFn) -> dict[str, Any]:
    """A queue, its dead letters, and who receives both; a queue that it sends on to."""
    fifo = draw(st.booleans())
    event = {
        "from": "box",
        "batch_size": draw(st.integers(1, 4)),
        "batch_window": "0 s" if fifo else draw(WINDOWS),
        "maximum_concurrency": draw(st.sampled_from([None, 2, 3])),
    }
    dead = draw(st.booleans())
    return {
        "box": {
            "service": "sqs",
            "fifo": fifo,
            "visibility_timeout": draw(QUARTERS),
            "retention": "60 s",
            "dead_letter": {"to": "dead", "max_receives": draw(st.integers(1, 3))} if dead else None,
        },
        "dead": {"service": "sqs", "fifo": fifo, "visibility_timeout": "1 s"},
        "f": draw(consumers(event, {"send": "log"})),
        "log": {"service": "sqs", "fifo": True, "content_based_deduplication": draw(st.booleans())},
        "h": function(duration="250 ms", events={"log": {"from": "log"}} if draw(st.booleans()) else {}),
        "g": function(duration="250 ms", events={"dead": {"from": "dead"}} if draw(st.booleans()) else {}),
        "bank": {"service": "external", "latency": draw(TIMES), "fails": "10%"},
    }


@st.composite
def streams(draw: st.DrawFn) -> dict[str, Any]:
    """A stream, two functions that read it, and where records go that are given up."""

    def event() -> dict[str, Any]:
        factor = draw(st.integers(1, 2))
        return {
            "from": "box",
            "batch_size": draw(st.integers(1, 4)),
            "batch_window": draw(WINDOWS),
            "parallelization_factor": factor,
            "bisect_batch_on_function_error": draw(st.booleans()),
            "maximum_retry_attempts": draw(st.none() | st.integers(0, 2)),
            "maximum_record_age": "60 s",
            "on_failure": draw(st.sampled_from([None, "dead"])),
            "enhanced_fan_out": draw(st.booleans()),
            "tumbling_window": draw(st.sampled_from(["0 s", "500 ms", "2 s"])) if factor == 1 else "0 s",
            "starting_position": draw(st.sampled_from(["latest", "trim_horizon"])),
        }

    retries = {"attempts": draw(st.integers(0, 2)), "backoff": "250 ms"}
    producer = {"linger": draw(WINDOWS), "retries": retries, "aggregation": draw(st.sampled_from([1, 1, 3]))}
    sized = draw(st.sampled_from([{"shards": 1}, {"shards": 2}, {"mode": "on_demand"}]))
    return {
        "box": {
            "service": "kinesis",
            "producer": producer,
            "backlog": draw(st.none() | BACKLOGS),
            **sized,
        },
        "dead": {"service": "sqs"},
        "f": draw(consumers(event())),
        "h": draw(consumers(event())) | draw(st.sampled_from([{}, {"events": {}}])),
        "g": function(duration="250 ms", events={"dead": {"from": "dead"}}),
        "bank": {"service": "external", "latency": draw(TIMES), "fails": "10%"},
    }


def check_items(ran: Ran, mailbox: str = "messages", name: str = "box") -> None:
    box = ran.seen(name)
    there = ("acknowledged", "thrown_away", "expired", "waiting", "held")
    assert box[f"{mailbox}.put"] == sum(box[f"{mailbox}.{where}"] for where in there)
    check_effects(ran)


def check_hands(ran: Ran) -> None:
    """What mailboxes of a kind count together is what each of them counts."""
    mailboxes = ran.world.mailboxes
    for place, first in enumerate(mailboxes):
        if first.first == place:
            assert first.together == sum(one.receivers for one in mailboxes if one.first == place)
            assert first.together <= first.most_together


def check_effects(ran: Ran) -> None:
    check_hands(ran)
    load = ran.load
    assert load.unfinished >= 0
    assert load.completion.count + load.lost + load.dead_lettered + load.unfinished == load.outcomes["ok"]


@examples(40)
@given(
    services=queues(),
    at=ARRIVALS,
    then=st.booleans(),
    warm_up=st.sampled_from([0, 3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_queues_give_the_same_bits_on_all_engines(
    services: dict[str, Any], at: list[float], then: bool, warm_up: int, seed: int
) -> None:
    load = Load("box", at, key=Keys(keys=3))
    era = plain("aws-2020-08" if then else "aws-2026", HASTE)

    def result(engine: str) -> tuple[Ran, dict[str, Any]]:
        ran = run_on(services, load, engine=engine, until=30, era=era, warm_up=warm_up, seed=seed)
        return ran, everything(ran)

    ran, expected = result("simpy")
    if not warm_up:
        check_items(ran)
        if services["log"]["content_based_deduplication"]:
            log = ran.seen("log")
            assert log["messages.put"] <= ran.outcomes.get("ok", 0), "one for each request, however often"
        assert ran.seen("box")["messages.put"] == ran.outcomes.get("ok", 0)
    for engine in FAST:
        _, found = result(engine)
        for part in expected:
            assert found[part] == expected[part], (engine, part)


@examples(40)
@given(
    services=streams(),
    at=ARRIVALS,
    then=st.booleans(),
    warm_up=st.sampled_from([0, 3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_streams_give_the_same_bits_on_all_engines(
    services: dict[str, Any], at: list[float], then: bool, warm_up: int, seed: int
) -> None:
    load = Load("box", at, key=Keys(keys=5))
    era = plain("aws-2020-08" if then else "aws-2026", HASTE)

    def result(engine: str) -> tuple[Ran, dict[str, Any]]:
        ran = run_on(services, load, engine=engine, until=70, era=era, warm_up=warm_up, seed=seed)
        return ran, everything(ran)

    ran, expected = result("simpy")
    if not warm_up:
        check_effects(ran)
        for name in ("f", "h"):
            if services[name]["events"]:
                pushed = " (pushed)" if services[name]["events"]["mail"]["enhanced_fan_out"] else ""
                there = ("acknowledged", "thrown_away", "expired", "waiting", "held")
                lanes = sum(ran.seen(name)[f"lanes of mail.{where}"] for where in there)
                unread = ran.seen("box")[f"unread by {name}.mail{pushed}.waiting"]
                first = services[name]["events"]["mail"]["starting_position"] == "trim_horizon"
                backlog = (services["box"]["backlog"] or {"records": 0})["records"] if first else 0
                ends = ran.seen(name)["lanes of mail.marks"]
                assert lanes + unread == ran.outcomes.get("ok", 0) + backlog + ends
    for engine in FAST:
        _, found = result(engine)
        for part in expected:
            assert found[part] == expected[part], (engine, part)
