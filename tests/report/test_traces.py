"""Single requests on paper: OTLP/JSON that OpenTelemetry's own parser reads, Chrome's format, waterfalls."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from simulator.measure.spans import Span, Traced
from simulator.report.paper import printed
from simulator.report.traces.chrome import chrome
from simulator.report.traces.otlp import otlp
from simulator.report.traces.waterfall import waterfalls
from simulator.values.units import MILLISECOND, SECOND

START = datetime(2026, 11, 27, 13, 50, tzinfo=UTC)


def part(name: str, service: str, start: float, end: float) -> Span:
    return Span(name, service, "part", round(start * SECOND), round(end * SECOND))


def call(service: str, start: float, end: float, *children: Span, **rest: Any) -> Span:
    made = Span(service, service, "call", round(start * SECOND), round(end * SECOND), **rest)
    made.children += children
    return made


@cache
def request() -> Traced:
    """A client gives up on a first attempt, which runs on beside the second one, to the end of the run."""
    first = call(
        "orders", 1, 6, part("cold start, init", "orders", 1, 4), part("connect", "db", 4, 4.5),
        call("db", 4.5, 6, part("query", "db", 4.5, 6), running=True),
        running=True, given_up=3 * SECOND,
    )  # fmt: skip
    second = call(
        "orders", 3.5, 4, part("work", "orders", 3.5, 4),
        attempt=1, outcome="throttled", status=429, cause=("account", "max_concurrency"),
    )  # fmt: skip
    app = call("app", 1, 4, first, part("back-off", "app", 3, 3.5), second, outcome="throttled", status=429)
    root = Span("buyers.order", "", "request", SECOND, 4 * SECOND, outcome="throttled", status=429)
    root.children.append(app)
    return Traced(
        "on-demand", 0, 2742179946678988810, "buyers.order", "failed", SECOND, SECOND, 4 * SECOND,
        "throttled", ("account", "max_concurrency"), root,
    )  # fmt: skip


def parsed(line: str) -> TracesData:
    """As OpenTelemetry reads it; its JSON has hexadecimal identities where protobuf's own has base64."""
    document = json.loads(line)
    for resource in document["resourceSpans"]:
        for span in resource["scopeSpans"][0]["spans"]:
            for named in (span, *span.get("links", ())):
                for key in {"traceId", "spanId", "parentSpanId"} & set(named):
                    named[key] = base64.b64encode(bytes.fromhex(named[key])).decode()
    return json_format.ParseDict(document, TracesData())


def test_opentelemetry_reads_every_span_with_its_parent_and_its_times() -> None:
    lines = otlp([request(), request()], START).splitlines()
    assert len(lines) == 2, "one request a line"
    by_service = {
        resource.resource.attributes[0].value.string_value: list(resource.scope_spans[0].spans)
        for resource in parsed(lines[0]).resource_spans
    }
    assert {service: len(spans) for service, spans in by_service.items()} == {
        "buyers.order": 1, "app": 2, "orders": 4, "db": 3,
    }  # fmt: skip
    spans = {span.span_id: span for found in by_service.values() for span in found}
    assert len(spans) == 10
    assert {len(span.trace_id) for span in spans.values()} == {16}
    assert len({span.trace_id for span in spans.values()}) == 1
    begins = round(START.timestamp()) * 1_000_000_000
    (root,) = by_service["buyers.order"]
    assert not root.parent_span_id
    assert (root.start_time_unix_nano, root.end_time_unix_nano) == (begins + SECOND, begins + 4 * SECOND)
    assert all(span.parent_span_id in spans for span in spans.values() if span is not root)
    names = {span.name: spans.get(span.parent_span_id) for span in spans.values()}
    assert names["query"].name == "db"
    assert names["connect"].name == "orders", "a wait in another service has the call as its parent"


def test_opentelemetry_is_told_how_it_ended_and_who_gave_up() -> None:
    document = parsed(otlp([request()], START))
    spans = [span for resource in document.resource_spans for span in resource.scope_spans[0].spans]
    first, second = (span for span in spans if span.name == "orders")
    assert [event.name for event in first.events] == ["caller gave up"]
    assert first.status.code == 0, "it had no answer: the run was over"
    assert (second.status.code, second.status.message) == (2, "throttled: account, max_concurrency")
    said = {one.key: one.value for one in second.attributes}
    assert said["http.response.status_code"].int_value == 429
    assert said["http.request.resend_count"].int_value == 1


def test_slices_of_one_thread_lie_inside_one_another_and_attempts_stand_apart() -> None:
    events = json.loads(chrome([request()]))["traceEvents"]
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert list(names.values()) == ["buyers.order", "app", "orders", "db", "orders #2"]
    slices = [event for event in events if event["ph"] == "X"]
    assert len(slices) == 10
    for thread in names:
        open_until: list[float] = []
        for event in (one for one in slices if one["tid"] == thread):
            start, end = event["ts"], event["ts"] + event["dur"]
            while open_until and open_until[-1] <= start:
                open_until.pop()
            assert not open_until or end <= open_until[-1]
            open_until.append(end)
    (process,) = (event for event in events if event["name"] == "process_name")
    assert process["args"]["name"] == "failed: buyers.order, throttled after 3.00 s (on-demand)"


def text(width: int = 100, unicode: bool = True) -> str:
    return printed(waterfalls([request()], width, unicode), width, colour=False)


def test_a_waterfall_says_what_took_how_long_and_what_ran_on() -> None:
    of, empty, head, *lines = text().splitlines()
    assert (of, empty) == ("Requests of run 0 of on-demand", "")
    assert head.startswith("failed: buyers.order, throttled by account: max concurrency after 3.00 s; sent")
    rows = {line.strip().split("  ")[0]: line for line in lines}
    assert "db: connect" in rows
    assert rows["orders, attempt 2"].endswith(" 429: account, max concurrency")
    assert rows["app"].endswith(" 429")
    assert rows["orders"].endswith(" given up after 2.00 s; unfinished")
    assert "░" in rows["orders"]
    assert "░" not in rows["orders, attempt 2"]
    assert "unfinished" in rows["db"]


def refused(cause: tuple[str, str]) -> list[str]:
    """A client whose gateway answers for a function that the database refused, in 80 columns."""
    order = call("order", 0, 2, outcome="error", status=500, cause=cause)
    api = call("api", 0, 2, order, outcome="error", status=500, cause=cause)
    app = call("app", 0, 4, api, call("api", 3, 4, attempt=1, outcome="ok", status=200), outcome="ok")
    found = Traced("d", 0, 1, "load", "slowest", 0, 0, 4 * SECOND, "ok", ("", ""), app)
    return printed(waterfalls([found], 80), 80, colour=False).splitlines()[3:]


def test_why_a_call_failed_stands_once_where_it_began_and_is_not_broken() -> None:
    lines = refused(("database", "max_connections"))
    assert [line.endswith("  500") for line in lines] == [False, True, False, False]
    assert lines[2].endswith("  500: database, max connections")
    assert refused(("order", "concurrency"))[2].endswith(" 500: concurrency"), "its own limit"


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_waterfall_fits_the_terminal(width: int, unicode: bool) -> None:
    shown = text(width, unicode)
    assert max(map(len, shown.splitlines())) <= width
    assert unicode or shown.isascii()


def test_the_shortest_waits_of_a_long_request_are_left_out_and_counted() -> None:
    parts = [Span("work", "f", "part", n * SECOND, n * SECOND + (n + 1) * MILLISECOND) for n in range(100)]
    root = call("f", 0, 100, *parts, outcome="ok")
    long = Traced("d", 0, 1, "load", "slowest", 0, 0, 100 * SECOND, "ok", ("", ""), root)
    shown = printed(waterfalls([long], 120), 120, colour=False)
    assert "41 short waits are not shown" in shown
    assert " 100 ms" in shown
    assert " 41.0 ms" not in shown


def queued(outcome: str = "ok", running: bool = False) -> Traced:
    """A request that is answered when its message is sent, which is received 2 s later."""
    order = call("orders", 0, 1, part("send", "orders", 0, 1), outcome="ok")
    message = Span("message", "orders", "message", SECOND, 7 * SECOND, running, outcome, sent=True)
    batch = Span("batch of 10", "orders", "batch", 3 * SECOND, 7 * SECOND, messages=10)
    batch.children.append(call("worker", 3, 7, outcome="ok"))
    message.children += [part("waiting", "orders", 1, 3), batch]
    order.children.append(message)
    root = Span("load", "", "request", 0, SECOND, outcome="ok")
    root.children.append(order)
    return Traced("d", 0, 1, "load", "sample", 0, 0, SECOND, "ok", ("", ""), root)


def test_a_batch_is_a_consumers_span_with_a_link_to_who_sent_the_message() -> None:
    (line,) = otlp([queued()], START).splitlines()
    found = [span for one in parsed(line).resource_spans for span in one.scope_spans[0].spans]
    named = {span.name: span for span in found}
    batch = named["batch of 10"]
    assert batch.kind == 5
    assert batch.parent_span_id == named["message"].span_id
    assert [(link.trace_id, link.span_id) for link in batch.links] == [
        (batch.trace_id, named["orders"].span_id)
    ]
    assert not any(span.links for span in found if span is not batch)
    said = {one.key: one.value for one in batch.attributes}
    assert said["messaging.batch.message_count"].int_value == 10
    assert said["messaging.destination.name"].string_value == "orders"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (queued(), "sample: load, ok after 1.00 s, completed after 7.00 s; sent at"),
        (queued("dead-lettered"), "sample: load, ok after 1.00 s, its message dead-lettered; sent at"),
        (queued("", running=True), "sample: load, ok after 1.00 s, its message unfinished; sent at"),
    ],
)
def test_the_headline_says_what_became_of_the_message(request_: Traced, said: str) -> None:
    lines = printed(waterfalls([request_], 100), 100, colour=False).splitlines()
    assert lines[2].startswith(said)


def test_in_a_narrow_terminal_bars_are_shorter_and_a_cause_is_wrapped_and_keeps_its_owner() -> None:
    cause = ("a_database_of_another_team", "max_connections")
    inner = call("the_orders_of_a_shop", 0, 4, outcome="error", status=500, cause=cause)
    found = Traced("d", 0, 1, "load", "failed", 0, 0, 4 * SECOND, "error", cause, inner)
    lines = printed(waterfalls([found], 60), 60, colour=False).splitlines()[4:]
    assert max(map(len, lines)) <= 60
    words = " ".join(line[45:].strip() for line in lines).replace(" ", "")
    assert words == "500:a_database_of_another_team,maxconnections"


@pytest.mark.parametrize(
    ("picked", "said"),
    [("slowest", "all done after 7.00 s"), ("failed", "lost or dead-lettered after 7.00 s")],
)
def test_what_is_sent_without_waiting_is_told_when_it_is_done(picked: str, said: str) -> None:
    found = replace(queued(), picked=picked)
    for _, span in found.root.walk():
        span.kind = "call" if span.kind == "message" else span.kind
    assert f"ok after 1.00 s, {said}" in printed(waterfalls([found], 120), 120, colour=False)
