"""Streams: shards, polls, lanes, batches that fail; by hand."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from simulator.engine.random import request_identity, stream_of, uniform
from simulator.services.shards import lanes
from simulator.values.distributions import SizeDistribution
from simulator.values.keys import Hot, Keys
from tests.harness import Load, Ran, Run, Watch, function, plain, service

BARE = {"kinesis.put": "0 s", "kinesis.spread": "0 s", "kinesis.push": "0 s",
        "event_source.retry_pause": "0 s", "event_source.throttle_pause": "1 s"}  # fmt: skip
ONE = Keys(keys=1)


def stream(run: Run, at: list[float], event: dict[str, Any] | None = None, **settings: Any) -> Ran:
    """One shard, and a function of 1 s for each batch that reads it; bare of all overheads."""
    own = {"shards": 1, **settings.pop("stream", {})}
    era = plain("aws-2026", BARE | settings.pop("era", {}))
    until, key = settings.pop("until", 300), settings.pop("key", ONE)
    work = {} if "handler" in settings else {"duration": "1 s"}
    events = {"r": {"from": "s", **(event or {})}}
    services = {
        "s": {"service": "kinesis", **own},
        "f": function(**{"timeout": "60 s", **work, **settings, "events": events}),
        "dead": {"service": "sqs"},
    }
    return run(services, Load("s", at, key=key), until=until, era=era)


def completed(ran: Ran) -> float:
    return round(ran.load.completion.mean * ran.load.completion.count, 6)


def test_a_shard_refuses_more_than_a_megabyte_a_second(run: Run) -> None:
    """Of twelve records of 100 KB at once ten fit."""
    size = TypeAdapter(SizeDistribution).validate_python("100 KB")
    services = {"s": {"service": "kinesis", "consumer": "none"}}
    ran = run(services, Load("s", [0.5] * 12, size=size), era=plain("aws-2026", BARE))
    assert ran.causes == {"s: shard bytes": 2}


def test_an_idle_shard_is_read_once_a_second_and_at_once_while_records_come(run: Run) -> None:
    ran = stream(run, [0.25, 0.35])
    assert completed(ran) == 0.75 + 0.65 + 2, "both read at 1 s"
    again = stream(run, [0.25, 1.1], duration="50 ms")
    assert completed(again) == pytest.approx(0.75 + 0.1 + 0.1), "the second one 200 ms after the first read"


def test_reads_are_shared_by_the_functions_that_read(run: Run) -> None:
    other = function(duration="50 ms", events={"r": {"from": "s"}})
    services = {
        "s": {"service": "kinesis"},
        "f": function(duration="50 ms", events={"r": {"from": "s"}}),
        **{f"g{number}": other for number in range(4)},
    }
    ran = run(services, Load("s", [0.25, 1.1], key=ONE), era=plain("aws-2026", BARE))
    assert ran.load.completion.max == pytest.approx(0.9 + 0.05, rel=0.01), "five readers: each once a second"


def test_with_enhanced_fan_out_records_are_pushed(run: Run) -> None:
    ran = stream(run, [0.25, 5.0], {"enhanced_fan_out": True}, era={"kinesis.push": "70 ms"})
    assert completed(ran) == 2 * 1.07


def test_a_lane_has_one_batch_at_a_time(run: Run) -> None:
    ran = stream(run, [0.5, 1.1, 1.15], {"enhanced_fan_out": True})
    assert completed(ran) == 1.0 + 1.4 + 1.35, "those that came meanwhile are the next batch"
    assert ran.counters("f")["invocations"] == 2


def test_the_parallelization_factor_makes_lanes_of_a_shard_and_a_key_stays_in_one(run: Run) -> None:
    many = Keys(keys=1000)
    for factor, key, most in ((1, many, 1), (10, many, 10), (10, ONE, 1)):
        event = {"parallelization_factor": factor, "batch_size": 1}
        ran = stream(run, [number / 100 for number in range(200)], event, key=key)
        assert ran.counters("f")["concurrency_max"] == most


def test_a_shard_is_an_equal_part_of_the_hash_and_a_lane_belongs_to_one_shard() -> None:
    found = lanes(20_000, 8, 5)
    counts = [sum(lane // 5 == shard for lane in found) for shard in range(8)]
    assert min(counts) > 2300
    assert max(counts) < 2700
    assert lanes(20_000, 8, 1) == tuple(lane // 5 for lane in found)
    by_hand = int(md5(b"key-0", usedforsecurity=False).hexdigest()[:5], 16)
    assert lanes(1, 1 << 20, 1) == (by_hand,), "the first twenty bits"


def test_a_shard_refuses_more_than_a_thousand_records_a_second_and_the_producer_may_try_again(
    run: Run,
) -> None:
    at = [number / 1500 for number in range(4500)]
    refused = stream(run, at)
    assert refused.outcomes["throttled"] == pytest.approx(4500 - 1000 - 3000, abs=2)
    assert refused.counters("s")["write_throughput_exceeded"] == refused.outcomes["throttled"]
    assert refused.causes == {"s: shard records": refused.outcomes["throttled"]}
    retried = stream(run, at, stream={"producer": {"retries": {"attempts": 10, "backoff": "500 ms"}}})
    assert retried.outcomes == {"ok": 4500}
    two = stream(run, at, stream={"shards": 2}, key=Keys(keys=1000))
    assert two.outcomes == {"ok": 4500}


def test_a_hot_key_makes_a_hot_shard(run: Run) -> None:
    at = [number / 2000 for number in range(8000)]
    hot = Keys(keys=1000, hot=Hot(share="60%"))
    ran = stream(run, at, stream={"shards": 4}, key=hot)
    assert ran.outcomes["throttled"] > 0
    (limit,) = (limit for limit in ran.limits if limit.limit == "shard records")
    assert limit.demand == pytest.approx(0.7 * 2000, rel=0.05), "60 % and a quarter of the rest"
    assert (limit.allowed, limit.unit) == (1000, "records/s a shard")


def test_no_batch_spans_the_end_of_a_tumbling_window_which_is_one_more_invocation(run: Run) -> None:
    event = {"tumbling_window": "2 s", "enhanced_fan_out": True}
    ran = stream(run, [0.5, 1.5, 2.5], event, duration="100 ms", until=20)
    assert ran.counters("f")["invocations"] == 3 + 2, "at 2 s and at 4 s, and not for windows without records"
    assert (ran.counters("f")["records_received"], ran.counters("f")["windows_ended"]) == (3, 2)
    assert completed(ran) == pytest.approx(0.3)
    gathered = stream(run, [0.5, 1.5, 2.5], event | {"batch_window": "10 s"}, duration="100 ms", until=20)
    assert gathered.counters("f")["invocations"] == 2 + 2, "a window's end ends the batch's"
    assert completed(gathered) == pytest.approx(1.6 + 0.6 + 1.6)


def test_a_window_ends_behind_a_batch_that_is_tried_again_and_in_each_shard_by_itself(run: Run) -> None:
    event = {"tumbling_window": "2 s", "enhanced_fan_out": True, "maximum_retry_attempts": 2}
    ran = stream(run, [1.5], event, duration="1 s", poison="100%", until=20)
    assert ran.counters("f")["invocations"] == 3 + 3, "the batch, and then what ends its window"
    at = [number / 10 for number in range(10)]
    two = stream(run, at, event, stream={"shards": 2}, key=Keys(keys=1000), until=20)
    assert two.counters("f")["windows_ended"] == 2


def test_a_batch_that_fails_blocks_its_shard_until_it_expires(run: Run) -> None:
    ran = stream(run, [0.5], {"maximum_record_age": "60 s"}, poison="100%")
    assert ran.counters("f")["errors"] == 60
    assert (ran.load.lost, ran.load.dead_lettered) == (1, 0)
    assert ran.counters("f")["records_expired"] == 1


def test_or_has_failed_too_often_and_then_a_queue_is_told(run: Run) -> None:
    event = {"maximum_retry_attempts": 2, "on_failure": "dead"}
    ran = stream(run, [0.5, 0.6], event, poison="100%")
    assert ran.counters("f")["errors"] == 3
    assert ran.counters("f")["records_discarded"] == 2
    assert (ran.load.lost, ran.load.dead_lettered) == (0, 2)
    assert ran.counters("dead")["number_of_messages_sent"] == 1, "one message for the batch"
    assert ran.usage("dead")["sqs.requests"] == 1, "whose sending is paid for, and which nobody receives"


@pytest.mark.parametrize("power", [1, 3, 5])
def test_bisecting_isolates_one_poison_record_in_twice_as_many_invocations_as_halvings(
    run: Run, power: int
) -> None:
    records = 2**power
    event = {"bisect_batch_on_function_error": True, "maximum_retry_attempts": 2, "batch_size": records}
    ran = stream(run, [0.5] * records, event, poison=f"{poison_share(records)}%", key=ONE)
    assert ran.counters("f")["records_discarded"] == 1
    assert ran.counters("f")["invocations"] == 1 + 2 * power + 2, "then its own two retries"
    assert ran.counters("f")["records_received_again"] == 2 * records, "all, half of them, ... and one twice"
    assert ran.load.completion.count == records - 1


def poison_share(records: int) -> float:
    """Of which exactly one of so many records is poison: of the luck that the first seed gives them."""
    draws = sorted(
        uniform(1, 0, request_identity("load", number), stream_of("f", "poison"), 0)
        for number in range(records)
    )
    return 100 * (draws[0] + draws[1]) / 2


def test_records_reported_move_the_checkpoint(run: Run) -> None:
    event = {"report_batch_item_failures": True, "maximum_retry_attempts": 0, "batch_size": 8}
    ran = stream(run, [0.5] * 8, event, poison=f"{poison_share(8)}%")
    assert ran.counters("f")["errors"] == 0
    assert ran.counters("f")["records_discarded"] == 8 - ran.load.completion.count > 0


def test_what_was_throttled_has_not_failed(run: Run) -> None:
    event = {"maximum_retry_attempts": 0, "parallelization_factor": 2, "batch_size": 1}
    ran = stream(run, [0.5] * 10, event, key=Keys(keys=100), reserved_concurrency=1)
    assert ran.counters("f")["throttles"] > 0
    assert ran.load.completion.count == 10


def test_a_batch_window_gathers_and_the_age_of_the_iterator_is_that_of_the_last_record(run: Run) -> None:
    event = {"batch_window": "10 s", "enhanced_fan_out": True}
    ran = stream(run, [0.0, 4.0, 9.0], event)
    assert completed(ran) == 11 + 7 + 2
    assert ran.counters("f")["iterator_age_max_s"] == 1.0


def test_work_by_record(run: Run) -> None:
    work = {"per_batch": "1 s", "per_record": "500 ms"}
    ran = stream(run, [0.5] * 4, duration=work)
    assert completed(ran) == 4 * 3.5


def test_a_producer_that_lingers_sends_later(run: Run) -> None:
    ran = stream(run, [number / 100 for number in range(1000)], stream={"producer": {"linger": "400 ms"}})
    assert ran.load.latency.mean == pytest.approx(0.2, abs=0.02)


def test_shards_and_started_25_kb_are_billed(run: Run) -> None:
    size = TypeAdapter(SizeDistribution).validate_python("26 KB")
    services = {"s": {"service": "kinesis", "shards": 4}}
    ran = run(services, Load("s", [1.0, 2.0], size=size), until=3600, era=plain("aws-2026", BARE))
    assert ran.usage("s") == {"kinesis.shard": 4, "kinesis.put_units": 4}


def test_fan_out_is_billed_by_shard_and_by_volume(run: Run) -> None:
    ran = stream(run, [1.0], {"enhanced_fan_out": True}, until=3600)
    assert ran.usage("s")["kinesis.fan_out"] == 1
    assert ran.usage("s")["kinesis.fan_out_data"] == 1 / 1024**2


@pytest.mark.parametrize(("peak", "shards"), [("0 B", 4), ("2 MB", 4), ("2100 KB", 5), ("10 MB", 20)])
def test_on_demand_a_stream_takes_4_mb_a_second_or_twice_its_previous_peak(
    run: Run, peak: str, shards: int
) -> None:
    size = TypeAdapter(SizeDistribution).validate_python("64 KB")
    at = [number / 200 for number in range(400)]
    services = {"s": {"service": "kinesis", "mode": "on_demand", "previous_peak": peak}}
    era = plain("aws-2026", BARE)
    ran = run(services, Load("s", at, key=Keys(keys=1000), size=size), until=2, era=era)
    (limit,) = (limit for limit in ran.limits if limit.limit == "shard bytes")
    assert limit.allowed == 1024**2
    taken = ran.seen("s")["bytes"] / 2
    assert taken / 1024**2 <= 1.5 * shards, "and a second's burst"
    assert (ran.outcomes.get("throttled", 0) > 0) == (shards < 20), "12.5 MB a second come"


def test_on_demand_after_a_quarter_of_an_hour_it_takes_twice_the_busiest_minute_of_that(run: Run) -> None:
    """Two shards of ten records a second: a minute of 15 a second makes it 30, and a quiet quarter leaves it
    so; nothing is added to what a consumer reads with."""
    at = [30 + number / 15 for number in range(1350)]  # one and a half minutes
    era = plain("aws-2026", BARE | {"kinesis.on_demand.shards": 2, "kinesis.shard_records": "10/s"})
    watch = Watch([899, 901, 1801], lambda world: [each.rate * 1e9 / each.per for each in world.buckets[:4]])
    services = {"s": {"service": "kinesis", "mode": "on_demand"},
                "f": function(duration="0 s", events={"r": {"from": "s"}})}  # fmt: skip
    load = Load("s", [*at, *[901.5] * 60], key=Keys(keys=1000))
    ran = run(services, load, until=1802, warm_up=100.0, era=era, controls=[watch])
    before, after, later = watch.found
    assert before == [10, 10, 1024**2, 1024**2], "records of both shards, and their bytes"
    assert after == later == [15, 15, 1.5 * 1024**2, 1.5 * 1024**2]
    assert ran.counters("s")["write_shards_added"] == 1
    refused = [row for row in ran.log if row.arrived > 900 * 10**9 and row.outcome]
    assert len(refused) == 60 - 2 * 15
    (limit,) = (limit for limit in ran.limits if limit.limit == "lanes of r")
    assert limit.allowed == 2


def test_on_demand_bytes_let_a_stream_grow_as_records_do(run: Run) -> None:
    """A minute of 2.6 MB a second: six shards' worth, and 6,000 records a second with them."""
    size = TypeAdapter(SizeDistribution).validate_python("26 KB")
    at = [number / 100 for number in range(6000)]
    services = {"s": {"service": "kinesis", "mode": "on_demand", "consumer": "none"}}
    watch = Watch([901], lambda world: world.buckets[0].rate * 1e9 / world.buckets[0].per)
    load = Load("s", at, key=Keys(keys=1000), size=size)
    ran = run(services, load, until=902, era=plain("aws-2026", BARE), controls=[watch])
    assert watch.found == [1500]
    assert ran.counters("s")["write_shards_added"] == 2


def test_on_demand_hours_and_started_kilobytes_in_and_out_are_billed(run: Run) -> None:
    size = TypeAdapter(SizeDistribution).validate_python("1500 B")
    reader = function(duration="50 ms", events={"r": {"from": "s"}})
    pushed = function(duration="50 ms", events={"r": {"from": "s", "enhanced_fan_out": True}})
    services = {"s": {"service": "kinesis", "mode": "on_demand"}, "f": reader, "g": pushed, "h": pushed}
    ran = run(services, Load("s", [1.0, 2.0], size=size), until=3600, era=plain("aws-2026", BARE))
    gb = 2 * 2 / 1024**2
    assert ran.usage("s") == {
        "kinesis.on_demand.hour": 1,
        "kinesis.on_demand.in": gb,
        "kinesis.on_demand.out": gb,
        "kinesis.on_demand.fan_out": 2 * gb,
    }


BACKLOG = {"backlog": {"records": 4, "age": "100 s"}}


def test_a_backlog_is_read_from_the_trim_horizon_on_with_its_age(run: Run) -> None:
    """Written 100, 75, 50 and 25 s before the run; a batch of two lasts a second."""
    event = {"starting_position": "trim_horizon", "batch_size": 2}
    ran = stream(run, [10.25], event, stream=BACKLOG)
    counters = ran.counters("f")
    assert (counters["invocations"], counters["records_received"]) == (3, 5)
    ages = [counters[f"iterator_age_{what}_s"] for what in ("mean", "max")]
    assert ages[1] == 75, "the second, at once"
    assert ages[0] == pytest.approx((75 + (25 + 1) + 0.95) / 3, abs=0.1)
    assert (ran.load.completion.count, completed(ran)) == (1, 1.95), "read at 11.2 s"
    assert ran.load.unfinished == 0
    latest = stream(run, [10.25], {"batch_size": 2}, stream=BACKLOG)
    assert latest.counters("f")["records_received"] == 1


def test_what_is_older_than_the_longest_age_is_not_read_and_the_news_of_it_goes_to_the_destination(
    run: Run,
) -> None:
    event = {"starting_position": "trim_horizon", "maximum_record_age": "60 s", "on_failure": "dead"}
    ran = stream(run, [10.0], event, stream=BACKLOG)
    assert ran.counters("f")["records_expired"] == 2
    assert ran.counters("f")["records_received"] == 3
    assert ran.counters("dead")["number_of_messages_sent"] == 1
    assert (ran.load.lost, ran.load.dead_lettered, ran.load.completion.count) == (0, 0, 1)


def test_a_backlog_that_nobody_reads_or_that_is_kept_no_more_is_a_mistake() -> None:
    first = {"starting_position": "trim_horizon"}
    made = {
        "s": service({"service": "kinesis", "backlog": {"records": 1, "age": "2 d"}}),
        "f": service(function(duration="1 s", events={"r": {"from": "s"}})),
        "q": service({"service": "sqs"}),
        "g": service(function(duration="1 s", events={"m": {"from": "q", **first}})),
    }
    assert [mistake.path for mistake in made["s"].check(made, plain())] == [("backlog", "age"), ("backlog",)]
    (mistake,) = made["g"].check(made, plain())
    assert mistake.what == "only mappings of streams have this"


def test_records_made_one_are_one_of_a_shards_thousand_and_of_a_batch(run: Run) -> None:
    at = [number / 5000 for number in range(10_000)]
    alone = stream(run, at, era={"kinesis.shard_bytes": "100000000/s"})
    made = stream(
        run, at, {"batch_size": 2}, stream={"producer": {"aggregation": 5}},
        era={"kinesis.shard_bytes": "100000000/s"},
    )  # fmt: skip
    assert alone.outcomes["throttled"] == pytest.approx(10_000 - 3000, abs=2)
    assert made.outcomes == {"ok": 10_000}
    assert made.counters("f")["batch_size_max"] == 10
    assert made.usage("s")["kinesis.put_units"] == pytest.approx(10_000 / 5), "5 KB are one unit"


def test_settings_that_aws_would_refuse_of_a_stream_are_mistakes() -> None:
    def complaint(**settings: object) -> str:
        with pytest.raises(ValidationError) as caught:
            service({"service": "kinesis", **settings})
        return str(caught.value)

    assert "remove 'shards'" in complaint(mode="on_demand", shards=2)
    assert "write 'mode: on_demand'" in complaint(previous_peak="3 MB")
    assert "remove 'retention'" in complaint(mode="on_demand", retention="2 d")
    made = {
        "s": service({"service": "kinesis", "mode": "on_demand", "producer": {"aggregation": 3}}),
        "f": service(function(duration="1 s", events={"r": {"from": "s", "parallelization_factor": 2}})),
    }
    assert [mistake.path for mistake in made["s"].check(made, plain("aws-2020-08"))] == [
        ("mode",), ("producer", "aggregation"),
    ]  # fmt: skip


def test_dynamodb_streams_are_read_four_times_a_second(run: Run) -> None:
    services = {
        "s": {"service": "dynamodb_stream"},
        "f": function(duration="10 ms", events={"r": {"from": "s"}}),
    }
    era = plain("aws-2026", {"dynamodb_stream.spread": "0 s"})
    ran = run(services, Load("s", [0.1, 3.3], key=ONE), era=era)
    assert completed(ran) == pytest.approx(0.16 + 0.16), "at 0.25, 0.45 and every 0.25 s from then on"


def test_too_many_lanes_are_refused() -> None:
    made = {
        "s": service({"service": "kinesis", "shards": 5000}),
        "f": service(function(duration="1 s", events={"r": {"from": "s", "parallelization_factor": 10}})),
    }
    (mistake,) = made["s"].check(made, plain())
    assert "50000 batches at a time" in mistake.what
