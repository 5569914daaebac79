"""Requests in Chrome's trace format, which Perfetto (ui.perfetto.dev) and chrome://tracing open.

A request is a process and a service a thread of it. What happens at the same time in one service, an attempt
that runs on beside the next one, has a thread of its own: slices of one thread lie inside one another.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from simulator.measure.spans import Span, Traced
from simulator.report.numbers import with_unit

Json = dict[str, Any]


def chrome(requests: Iterable[Traced]) -> str:
    """One JSON document."""
    events = [event for number, one in enumerate(requests, 1) for event in _request(one, number)]
    return json.dumps({"displayTimeUnit": "ms", "traceEvents": events}, separators=(",", ":"))


def _request(request: Traced, process: int) -> Iterable[Json]:
    waited = with_unit(request.latency / 1e9, "s")
    name = f"{request.picked}: {request.traffic}, {request.outcome} after {waited} ({request.design})"
    yield _named("process_name", process, 0, name)
    threads: list[tuple[str, int]] = []
    """Service, and when the last slice of the thread ends."""
    for thread, span in _lanes(request.root, request.traffic, threads):
        yield _slice(span, request, process, thread)
        if span.given_up is not None:
            yield _event("i", "caller gave up", span.given_up, process, thread, s="t")
    lanes: dict[str, int] = {}
    for thread, (service, _) in enumerate(threads, 1):
        lanes[service] = lanes.get(service, 0) + 1
        lane = f" #{lanes[service]}" if lanes[service] > 1 else ""
        yield _named("thread_name", process, thread, service + lane)
        yield _event("M", "thread_sort_index", 0, process, thread, args={"sort_index": thread})


def _lanes(span: Span, service: str, threads: list[tuple[str, int]]) -> Iterable[tuple[int, Span]]:
    """Each span with its thread: the first of its service in which nothing else goes on then."""
    ends = max(each.end for _, each in span.walk() if each.service == span.service)
    for thread, (name, busy_until) in enumerate(threads):
        if name == service and busy_until <= span.start:
            threads[thread] = (name, ends)
            place = thread + 1
            break
    else:
        threads.append((service, ends))
        place = len(threads)
    yield place, span
    for child in span.children:
        if child.kind == "part" and child.service == span.service:
            yield place, child
        else:
            yield from _lanes(child, child.service, threads)


def _slice(span: Span, request: Traced, process: int, thread: int) -> Json:
    said: Json = {"outcome": span.outcome, "status": span.status, "running": span.running}
    if span.cause[0]:
        said["cause"] = ": ".join(span.cause)
    if span.attempt:
        said["attempt"] = span.attempt + 1
    if span is request.root:
        said["identity"] = str(request.identity)
    return _event(
        "X",
        span.name,
        span.start,
        process,
        thread,
        dur=span.ns / 1000,
        cat=span.kind,
        args={key: value for key, value in said.items() if value},
    )


def _named(what: str, process: int, thread: int, name: str) -> Json:
    return _event("M", what, 0, process, thread, args={"name": name})


def _event(kind: str, name: str, ns: int, process: int, thread: int, **rest: Any) -> Json:
    return {"ph": kind, "name": name, "ts": ns / 1000, "pid": process, "tid": thread, **rest}
