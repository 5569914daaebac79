"""Requests as OpenTelemetry traces: one line of OTLP/JSON for each (the OTel file exporter's layout).

Jaeger, Tempo and every collector read them. Times are the scenario's own: its `run.start` and what passed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from simulator import __version__
from simulator.measure.spans import Span, Traced

OK, ERROR = 1, 2
INTERNAL, SERVER, CONSUMER = 1, 2, 5
KINDS = {"part": INTERNAL, "message": INTERNAL, "batch": CONSUMER}
"""Of span, as OpenTelemetry numbers them; calls and requests are served."""

Json = dict[str, Any]


def otlp(requests: Iterable[Traced], start: datetime) -> str:
    """The lines, each a whole document."""
    begins = round(start.timestamp()) * 1_000_000_000
    return "".join(json.dumps(_request(one, begins), separators=(",", ":")) + "\n" for one in requests)


def trace_id(request: Traced) -> str:
    """The same for the same request of the same run."""
    name = f"{request.design} {request.replication} {request.identity}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _request(request: Traced, begins: int) -> Json:
    """Spans by service, as a service reports its own."""
    spans: dict[str, list[Json]] = {}
    _collect(request.root, (), request, begins, spans)
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes({"service.name": service})},
                "scopeSpans": [{"scope": {"name": "surgesim", "version": __version__}, "spans": found}],
            }
            for service, found in spans.items()
        ]
    }


def _collect(
    span: Span, above: tuple[str, ...], request: Traced, begins: int, spans: dict[str, list[Json]]
) -> None:
    """`above` are the identities of the spans around it, the innermost last."""
    found = spans.setdefault(span.service or request.traffic, [])
    number = sum(map(len, spans.values()))
    trace = trace_id(request)
    own = hashlib.sha256(f"{trace} {number}".encode()).hexdigest()[:16]
    found.append(
        {
            "traceId": trace,
            "spanId": own,
            **({"parentSpanId": above[-1]} if above else {}),
            "name": span.name,
            "kind": KINDS.get(span.kind, SERVER),
            "startTimeUnixNano": str(begins + span.start),
            "endTimeUnixNano": str(begins + span.end),
            "attributes": _attributes(_said(span, request)),
            "events": [
                {"timeUnixNano": str(begins + time), "name": name} for time, name in _events(span, request)
            ],
            "status": _status(span),
            # to who sent the message that the batch stands under
            **({"links": [{"traceId": trace, "spanId": above[-2]}]} if span.kind == "batch" else {}),
        }
    )
    for child in span.children:
        _collect(child, (*above, own), request, begins, spans)


def _said(span: Span, request: Traced) -> dict[str, str | int | bool]:
    """What a span says of itself, in OpenTelemetry's words where it has some."""
    said: dict[str, str | int | bool] = {}
    if span.status:
        said["http.response.status_code"] = span.status
    if span.attempt:
        said["http.request.resend_count"] = span.attempt
    if span.outcome:
        said["surgesim.outcome"] = span.outcome
    if span.running:
        said["surgesim.running"] = True
    if span.sent:
        said["surgesim.sent"] = True
    if span.kind == "batch":
        said |= {
            "messaging.operation.type": "process",
            "messaging.destination.name": span.service,
            "messaging.batch.message_count": span.messages,
        }
    if span is request.root:
        said |= {
            "surgesim.design": request.design,
            "surgesim.replication": request.replication,
            "surgesim.identity": str(request.identity),
            "surgesim.picked": request.picked,
        }
    return said


def _events(span: Span, request: Traced) -> list[tuple[int, str]]:
    events = [(span.given_up, "caller gave up")] if span.given_up is not None else []
    if span is request.root:
        events += [(request.sent, "sent"), (request.answered, "answered")]
    return events


def _status(span: Span) -> Json:
    if not span.outcome:
        return {}
    if span.outcome == "ok":
        return {"code": OK}
    service, limit = span.cause
    return {"code": ERROR, "message": f"{span.outcome}: {service}, {limit}" if service else span.outcome}


def _attributes(values: dict[str, str | int | bool]) -> list[Json]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: str | int | bool) -> Json:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
