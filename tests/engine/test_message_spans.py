"""Messages of single requests as spans: waits, batches, what comes back and how it ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.engine.message_spans import span_of
from simulator.engine.spans import Legend
from simulator.measure.rows import NOTED
from simulator.measure.spans import Span
from simulator.study.trace import Collector
from simulator.values.keys import Keys
from simulator.values.units import SECOND
from tests.engine.test_spans import answers, said
from tests.harness import Load, Ran, Run, function, plain

QUEUE: dict[str, Any] = {"service": "sqs", "visibility_timeout": "30 s"}
BARE = {"sqs.send": "0 s", "sqs.call": "0 s", "kinesis.put": "0 s", "kinesis.spread": "0 s"}
ERA = plain("aws-2026", BARE)


def spans(ran: Ran) -> list[Span]:
    """Of every request that was answered, in the order of their arrival."""
    program = ran.program
    mailboxes = [plan.mailbox for plan in program.mailboxes.values() for _ in range(plan.copies)]
    legend = Legend(program.notes, program.causes, ran.horizon, mailboxes)
    collector = Collector(
        [row.identity for row in answers(ran)],
        [place for place, noted in program.notes.items() if noted.batch],
    )
    for block in ran.blocks:
        collector.take(np.asarray(block))
    arrivals = {place for place, noted in program.notes.items() if noted.what == "arrive"}
    return [span_of(rows, "load", legend) for _, rows in collector.requests(arrivals)]


def messages(span: Span) -> list[Span]:
    return [one for _, one in span.walk() if one.kind == "message"]


def worker(event: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """A function of 1 s that receives."""
    work = {} if "handler" in settings else {"duration": "1 s"}
    return function(**{"timeout": "200 s", **work, **settings, "events": {"mail": {"from": "q", **event}}})


def test_a_message_waits_and_is_in_a_batch_until_it_is_deleted(run: Run) -> None:
    services = {"q": QUEUE, "f": worker({"batch_size": 10, "batch_window": "2 s"})}
    ran = run(services, Load("q", [0.0, 1.0, 50.0]), era=ERA, trace="spans")
    first, second, third = spans(ran)
    assert said(first) == [
        "load 0-0",
        "  q 0-0",
        "    message 0-3, sent",
        "      waiting 0-2",
        "      batch of 2 2-3",
        "        f 2-3",
        "          work 2-3",
    ]
    assert said(second)[2:5] == ["    message 1-3, sent", "      waiting 1-2", "      batch of 2 2-3"]
    assert said(third)[4:] == ["      batch of 1 52-53", "        f 52-53", "          work 52-53"]
    assert [one.outcome for span in (first, second, third) for one in messages(span)] == ["ok"] * 3


def test_what_fails_is_hidden_until_its_visibility_timeout_and_then_dead_lettered(run: Run) -> None:
    services = {
        "q": {**QUEUE, "dead_letter": {"to": "dead", "max_receives": 2}},
        "dead": {"service": "sqs", "consumer": "none"},
        "f": worker({"batch_size": 1}, poison="100%"),
    }
    (found,) = spans(run(services, Load("q", [0.0]), era=ERA, trace="spans", until=100))
    assert [line for line in said(found)[2:] if "work" not in line] == [
        "    message 0-60, dead-lettered, sent",
        "      batch of 1 0-1",
        "        f 0-1, error",
        "      visibility timeout 1-30",
        "      batch of 1 30-31",
        "        f 30-31, error",
        "      visibility timeout 31-60",
    ]
    (cut,) = spans(run(services, Load("q", [0.0]), era=ERA, trace="spans", until=20))
    assert said(cut)[2] == "    message 0-20, sent, running"
    assert said(cut)[-1] == "      visibility timeout 1-20"


def test_a_function_that_outlives_the_visibility_timeout_runs_on(run: Run) -> None:
    services = {"q": QUEUE, "f": worker({"batch_size": 1}, duration="40 s")}
    (found,) = spans(run(services, Load("q", [0.0]), era=ERA, trace="spans", until=35))
    assert said(found)[3:6] == [
        "      batch of 1 0-30",
        "        f 0-35, given up at 30, running",
        "          work 0-35",
    ]


def test_what_nobody_receives_in_time_is_expired(run: Run) -> None:
    services = {"q": {**QUEUE, "retention": "60 s"}, "f": worker({"batch_size": 2, "batch_window": "100 s"})}
    ran = run(services, Load("q", [0.0, 70.0]), era=ERA, trace="spans", until=200)
    first, second = spans(ran)
    assert said(first)[2:] == ["    message 0-60, expired, sent", "      waiting 0-60"]
    assert messages(second)[0].outcome == "ok"


def test_what_a_batch_sends_on_is_followed_and_its_fellows_are_not(run: Run) -> None:
    services = {
        "q": QUEUE,
        "f": worker({"batch_size": 10, "batch_window": "2 s"}, handler=[{"call": "next"}]),
        "next": QUEUE,
        "g": function(duration="3 s", timeout="9 s", events={"more": {"from": "next"}}),
    }
    first, second = spans(run(services, Load("q", [0.0, 1.0]), era=ERA, trace="spans"))
    for found in (first, second):
        assert [(one.service, one.start / SECOND, one.end / SECOND) for one in messages(found)] == [
            ("q", found.start / SECOND, 2.0), ("next", 2.0, 5.0),
        ]  # fmt: skip


def test_a_record_is_read_by_each_consumer_and_a_failure_holds_its_shard(run: Run) -> None:
    services = {
        "q": {"service": "kinesis"},
        "f": worker({"enhanced_fan_out": True}),
        "g": worker({"enhanced_fan_out": True, "maximum_retry_attempts": 1}, poison="100%", duration="2 s"),
    }
    era = plain("aws-2026", {**BARE, "kinesis.push": "0 s", "event_source.retry_pause": "1 s"})
    (found,) = spans(run(services, Load("q", [0.0], key=Keys(keys=1)), era=era, trace="spans"))
    assert [(one.outcome, one.end / SECOND) for one in messages(found)] == [("ok", 1.0), ("discarded", 6.0)]


EVENTS = [
    ({}, {"batch_size": 10, "report_batch_item_failures": True}),
    ({"fifo": True}, {"batch_size": 3, "report_batch_item_failures": True}),
    ({"dead_letter": {"to": "dead", "max_receives": 2}}, {"batch_size": 5, "batch_window": "1 s"}),
]


@pytest.mark.parametrize(("queue", "event"), EVENTS)
def test_requests_end_when_and_as_the_measured_completions_say(
    run: Run, queue: dict[str, Any], event: dict[str, Any]
) -> None:
    kind = {"fifo": True} if "fifo" in queue else {}
    services = {
        "q": {**QUEUE, **queue},
        "dead": {"service": "sqs", "consumer": "none", **kind},
        "f": worker(event, poison="10%", handler=[{"work": "300 ms"}, {"call": "bank"}]),
        "bank": {"service": "external", "latency": "400 ms", "fails": "20%"},
    }
    at = [0.05 * n for n in range(200)]
    ran = run(services, Load("q", at, key=Keys(keys=20)), trace="spans", until=100)
    found = spans(ran)
    assert len(found) == len(at)
    ends = [one for span in found for one in messages(span)]
    assert len(ends) == len(at)
    done = [one for one in ends if one.outcome == "ok"]
    assert 0 < len(done) < len(at)
    assert len(done) == ran.load.completion.count
    assert sum(one.outcome == "dead-lettered" for one in ends) == ran.load.dead_lettered
    assert sum(one.running for one in ends) == ran.load.unfinished
    took = sum(max(span.end, one.end) - span.start for span in found for one in messages(span) if one in done)
    assert took / SECOND == pytest.approx(ran.load.completion.mean * len(done))
    assert all(one.start <= one.end for span in found for _, one in span.walk())


def test_tracing_changes_nothing(run: Run) -> None:
    services = {"q": QUEUE, "f": worker({"batch_size": 10}, poison="20%")}
    load = Load("q", [0.1 * n for n in range(100)])
    plainly, traced = (run(services, load, trace=mode) for mode in ("", "spans"))
    assert [row for row in traced.log if row.type != NOTED] == list(plainly.log)
    assert plainly.load.completion.mean == traced.load.completion.mean
