"""The summary as the one JSON document that `--json` promises; schema_version counts its breaking changes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from simulator.measure.headroom import Headroom
from simulator.measure.limits import LimitSummary
from simulator.measure.statistics import Estimate, difference
from simulator.measure.summary import DesignSummary, Durations, Judged, Summary, Sureness, TrafficSummary
from simulator.measure.where import Where
from simulator.measure.worst import Span

SCHEMA_VERSION = 1

Json = Mapping[str, object]


def to_json(summary: Summary) -> str:
    """The document as text; the same summary gives the same bytes."""
    return json.dumps(document(summary), indent=2, ensure_ascii=False, allow_nan=False)


def document(summary: Summary) -> Json:
    """The document as plain maps, lists, numbers and text; what is unknown is null."""
    first = next(iter(summary.designs.values()), None)
    return {
        "schema_version": SCHEMA_VERSION,
        "scenario": summary.scenario,
        "provenance": dict(summary.provenance),
        "replications": summary.replications,
        "counted_s": summary.counted_s,
        "warm_up_s": summary.warm_up_s,
        "windows": {
            name: {"from_s": from_s, "until_s": until_s}
            for name, (from_s, until_s) in summary.windows.items()
        },
        "cheapest": summary.cheapest,
        "month": summary.month and summary.month._asdict(),
        "sureness": _sureness(summary.sureness),
        "inferred": [one._asdict() for one in summary.inferred],
        "designs": {
            name: {**_design(design, first), "headroom": _headroom(summary.headroom.get(name))}
            for name, design in summary.designs.items()
        },
    }


def _headroom(found: Headroom | None) -> Json | None:
    if found is None:
        return None
    return {
        "holds": found.holds,
        "breaks": found.breaks,
        "missed": [{**missed._asdict(), "value": _number(missed.value)} for missed in found.missed],
        "limit": found.limit and dict(zip(("service", "limit"), found.limit, strict=True)),
        "replications": found.replications,
    }


def _sureness(found: Sureness | None) -> Json | None:
    if found is None:
        return None
    names = ("text", "design", "unit", "value", "reach", "allowed", "at_most")
    said = {name: getattr(found, name) for name in names}
    return {
        **{key: _number(x) if isinstance(x, float) else x for key, x in said.items()},
        "reached": found.reached,
    }


def _design(design: DesignSummary, first: DesignSummary | None) -> Json:
    month = design.cost_month
    return {
        "verdict": design.verdict,
        "traffic": {name: _traffic(traffic) for name, traffic in design.traffic.items()},
        "worst": {
            name: {"p99_s": _span(found.p99), "failed_share": _span(found.failed)}
            for name, found in design.worst.items()
        },
        "where": {
            name: {window: _where(found, design.replications) for window, found in by_window.items()}
            for name, by_window in design.where.items()
        },
        "recovery": {
            name: {**found._asdict(), "disturbed_s": found.disturbed_s}
            for name, found in design.recovery.items()
        },
        "services": {
            name: {counter: _number(value) for counter, value in counters.items()}
            for name, counters in design.services.items()
        },
        "account_concurrency": _number(design.account_concurrency),
        "account_held": dict(design.account_held),
        "limits": [_limit(limit) for limit in design.limits],
        "late": [found._asdict() for found in design.late],
        "scaled_out": [found._asdict() for found in design.scaled_out],
        "bill": [charge._asdict() for charge in design.bill],
        "bill_month": [charge._asdict() for charge in design.bill_month],
        "cost_run_usd": _number(design.cost_run.value),
        "cost_run_ci95_usd": _interval(design.cost_run),
        "cost_run_runs_usd": _runs(design.cost_run),
        "cost_thousand_usd": _number(design.cost_thousand.value),
        "cost_thousand_ci95_usd": _interval(design.cost_thousand),
        "cost_thousand_runs_usd": _runs(design.cost_thousand),
        "cost_month_usd": _number(month.value) if month else None,
        "cost_month_ci95_usd": _interval(month) if month else None,
        "cost_month_runs_usd": _runs(month) if month else None,
        "objectives": {key: objective(judged) for key, judged in design.objectives.items()},
        "versus_first": None if first is None or design is first else _versus(first, design),
    }


def _traffic(traffic: TrafficSummary) -> Json:
    return {
        "requests": _number(traffic.requests.value),
        "outcomes": dict(traffic.outcomes),
        "failed_share": _number(traffic.failed_share.value),
        "failed_share_ci95": _interval(traffic.failed_share),
        "failed_share_runs": _runs(traffic.failed_share),
        "failures": [
            {**failure.cause._asdict(), "requests": failure.requests, "share": failure.share}
            for failure in traffic.failures
        ],
        **{f"{name}_share": _number(part.value) for name, part in traffic.undone.items()},
        **{f"{name}_share_ci95": _interval(part) for name, part in traffic.undone.items()},
        **{f"{name}_share_runs": _runs(part) for name, part in traffic.undone.items()},
        **_durations("latency", traffic.latency),
        **_durations("completion", traffic.completion),
        "completion_infinite": {
            name: True for name, found in traffic.completion.statistics.items() if found.value == math.inf
        },
        "attempts_per_request": _number(traffic.attempts.value),
        "attempts_per_request_ci95": _interval(traffic.attempts),
        "windows": {name: _traffic(window) for name, window in traffic.windows.items()},
    }


def _durations(clock: str, durations: Durations) -> Json:
    return {
        f"{clock}_s": {name: _number(found.value) for name, found in durations.statistics.items()},
        f"{clock}_ci95_s": {name: _interval(found) for name, found in durations.statistics.items()},
        f"{clock}_runs_s": {name: _runs(found) for name, found in durations.statistics.items()},
        f"{clock}_few": dict.fromkeys(durations.few, True),
        f"{clock}_survivors": dict.fromkeys(durations.survivors, True),
    }


def _span(span: Span | None) -> Json | None:
    if span is None:
        return None
    value = {"value": _number(span.value.value), "ci95": _interval(span.value), "few": span.few}
    count = {} if math.isnan(span.failed) else {"failed": span.failed}
    return {"from_s": span.from_s, "length_s": span.length_s, **value, **count}


def _where(found: Where, runs: int) -> Json:
    """Seconds of a request on average; of what was left behind, of a run."""
    bands = {"mean": found.mean, "tail": found.tail, "failed": found.failed, "left": found.left}
    parts = dict.fromkeys(part for spent in bands.values() for part in spent.ns)
    return {
        **{f"{band}_requests": spent.requests / runs for band, spent in bands.items()},
        **{
            f"{band}_s": spent.total_ns / 1e9 / (runs if band == "left" else spent.requests)
            if spent.requests
            else None
            for band, spent in bands.items()
        },
        "shares": [
            {
                **part._asdict(),
                **{
                    band: spent.ns.get(part, 0.0) / spent.total_ns if spent.ns else 0.0
                    for band, spent in bands.items()
                },
            }
            for part in parts
        ],
    }


def _limit(limit: LimitSummary) -> Json:
    return {
        **{name: _number(value) for name, value in limit._asdict().items()},
        "ratio": _number(limit.ratio),
    }


def objective(judged: Judged) -> Json:
    """One objective and the verdict on it."""
    return {
        "verdict": judged.verdict,
        "value": _number(judged.value.value),
        "ci95": _interval(judged.value),
        "runs": _runs(judged.value),
        "objective": judged.text,
        "limit": judged.limit,
        "unit": judged.unit,
        "few": judged.few,
        "survivors": judged.survivors,
        "missing_share": _number(judged.missing),
        "settled_by_replications": judged.settled_by,
    }


def _versus(first: DesignSummary, design: DesignSummary) -> Json:
    """Differences from the first design, paired by replication."""
    return {
        "cost_run_usd": _difference(first.cost_run, design.cost_run),
        "traffic": {
            name: {
                "failed_share": _difference(first.traffic[name].failed_share, traffic.failed_share),
                "latency_s": {
                    statistic: _difference(first.traffic[name].latency[statistic], found)
                    for statistic, found in traffic.latency.statistics.items()
                },
            }
            for name, traffic in design.traffic.items()
        },
    }


def _difference(first: Estimate, second: Estimate) -> Json:
    found = difference(first, second)
    return {"value": _number(found.value), "ci95": _interval(found)}


def _interval(estimate: Estimate) -> list[object] | None:
    return [_number(estimate.low), _number(estimate.high)] if estimate.has_interval else None


def _runs(estimate: Estimate) -> list[object]:
    """One value per replication, by which two documents are compared."""
    return [_number(one) for one in estimate.samples]


def _number(value: object) -> object:
    """JSON has no NaN and no infinity: null stands for both."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
