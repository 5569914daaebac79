"""What is rare at a mailbox: items too old when they are handed over, receivers that retire, large reads."""

from __future__ import annotations

from typing import Any

from simulator.values.keys import Keys
from tests.harness import Change, Load, Ran, Run, function, plain

ONE = Keys(keys=1)
BARE = {"kinesis.put": "0 s", "kinesis.spread": "0 s", "kinesis.push": "0 s"}


def queue(run: Run, at: list[float], event: dict[str, Any], until: float = 400, **settings: Any) -> Ran:
    """A queue that keeps messages for a minute, and a function of 1 s that receives them."""
    own = settings.pop("queue", {})
    changes = settings.pop("controls", ())
    services = {
        "q": {"service": "sqs", "retention": "60 s", "visibility_timeout": "30 s", **own},
        "f": function(
            **{"duration": "1 s", "timeout": "200 s", **settings, "events": {"mail": {"from": "q", **event}}}
        ),
    }
    return run(services, Load("q", at, key=ONE), until=until, controls=changes)


def stream(run: Run, at: list[float], event: dict[str, Any], **settings: Any) -> Ran:
    """One shard; records are kept for a minute."""
    services = {
        "s": {"service": "kinesis"},
        "f": function(
            **{"duration": "1 s", "timeout": "200 s", **settings},
            events={"r": {"from": "s", "maximum_record_age": "60 s", **event}},
        ),
    }
    return run(services, Load("s", at, key=ONE), until=400, era=plain("aws-2026", BARE))


def test_a_message_too_old_when_its_batch_is_full_is_lost_and_the_others_go(run: Run) -> None:
    ran = queue(run, [0.0, 70.0], {"batch_size": 2, "batch_window": "100 s"})
    assert (ran.load.lost, ran.load.completion.count) == (1, 1)
    assert ran.counters("q")["messages_expired"] == 1


def test_a_message_too_old_when_its_window_ends_is_lost_and_its_poller_waits_again(run: Run) -> None:
    ran = queue(run, [0.0, 150.0, 151.0], {"batch_size": 2, "batch_window": "100 s"})
    assert (ran.load.lost, ran.load.completion.count) == (1, 2)


def test_the_same_of_records_that_are_pushed(run: Run) -> None:
    event = {"batch_size": 2, "batch_window": "100 s", "enhanced_fan_out": True}
    full = stream(run, [0.0, 70.0], event)
    assert (full.load.lost, full.load.completion.count) == (1, 1)
    late = stream(run, [0.0], event)
    assert (late.load.lost, late.counters("f")["records_expired"]) == (1, 1)


def test_a_message_that_grew_old_behind_its_group_is_lost_when_the_group_is_free(run: Run) -> None:
    fifo = {"fifo": True, "visibility_timeout": "200 s"}
    ran = queue(run, [0.0, 1.0], {"batch_size": 1}, queue=fifo, duration="70 s")
    assert (ran.load.lost, ran.load.completion.count) == (1, 1)


def test_a_message_that_fails_for_ever_is_lost_when_it_is_too_old(run: Run) -> None:
    ran = queue(run, [0.0], {"batch_size": 1}, poison="100%")
    assert (ran.counters("f")["errors"], ran.load.lost) == (3, 1)


def test_batches_that_come_back_together_are_received_by_several(run: Run) -> None:
    event = {"batch_size": 4, "batch_window": "1 s"}
    queue_of = {"visibility_timeout": "10 s"}
    fails = {"poison": "100%", "duration": "0 s", "timeout": "5 s", "queue": queue_of}
    ran = queue(run, [0.0] * 4 + [0.1] * 4, event, 19, **fails)
    assert ran.counters("f")["invocations"] == 4
    single = queue(run, [0.0] * 5, {"batch_size": 4}, 19, **fails)
    assert single.counters("q")["messages_received_again"] == 5


def test_pollers_at_work_retire_when_they_come_back(run: Run) -> None:
    retire = Change(0.5, lambda world: world.retire(0, 4))
    ran = queue(run, [0.0] * 5 + [10.0] * 20, {"batch_size": 1}, 12.5, controls=[retire])
    assert ran.counters("q")["messages_visible_end"] > 0
    assert ran.world.mailboxes[0].retiring == 0


def test_a_read_stops_before_it_finds_too_many_bytes(run: Run) -> None:
    era = plain("aws-2026", BARE | {"kinesis.read_bytes": "2 KB", "kinesis.reading": "1 GB"})
    services = {
        "s": {"service": "kinesis"},
        "f": function(duration="10 ms", events={"r": {"from": "s", "batch_size": 100}}),
    }
    ran = run(services, Load("s", [0.1] * 5, key=ONE), era=era)
    assert ran.counters("f")["invocations"] == 3, "two records of 1 KB each in a read, 200 ms apart"
