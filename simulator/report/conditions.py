"""What results are measured under besides their designs: traffic, luck, a run's length, windows, a month.

Where that is not alike, a number that moved is not the work of a design; and an objective that counts over
another span asks for something else, even in the same words. What documents of before do not say is unknown,
and nothing is told of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.measure.summary import Month
from simulator.report.changes import Change, changes, same
from simulator.report.month import month
from simulator.values.duration import SECOND, format_duration

Document = Mapping[str, Any]


def conditions(base: Document, head: Document) -> Sequence[Change]:
    """What differs, in the scenario's own words, of what is said on both sides."""
    before, after = _said(base), _said(head)
    both = [key for key in after if key in before]
    return tuple(changes({key: before[key] for key in both}, {key: after[key] for key in both}))


def paired(base: Document, head: Document) -> bool:
    """Whether replications of the same number meet the same requests with the same luck."""
    before, after = base["provenance"], head["provenance"]
    alike = all(
        same(before[key], after[key])
        for key in ("seed", "start", "traffic", "files")
        if key in before and key in after
    )
    return alike and base["replications"] == head["replications"]


def spans(base: Document, head: Document) -> dict[str, tuple[str, str]]:
    """What BASE's objectives count over, on both sides, by key, where it is known and not the same."""
    keys = dict.fromkeys(key for one in base["designs"].values() for key in one["objectives"])
    found = {key: (_span(key, base), _span(key, head)) for key in keys}
    return {key: (old, new) for key, (old, new) in found.items() if old and new and old != new}


def _span(key: str, document: Document) -> str:
    """`10 min to 12 min`, `a month: …`; empty where it is unknown."""
    window = key.partition("@")[2]
    if key == "cost.month":
        return month(Month(**document["month"])) if document.get("month") else ""
    if window:
        counted = document.get("windows", {}).get(window)
        return _from_until(counted) if counted else ""
    if "warm_up" in document["provenance"]:
        return "the steady state"
    warm_up = document["warm_up_s"]
    return f"{_time(warm_up)} to {_time(warm_up + document['counted_s'])}"


def _said(document: Document) -> dict[str, Any]:
    said, warm_up = document["provenance"], document["warm_up_s"]
    month = document.get("month")
    return {
        **{key: said[key] for key in ("traffic", "files", "region") if key in said},
        "run.for": _time(warm_up + document["counted_s"]),
        **({} if "warm_up" in said else {"run.warm_up": _time(warm_up)}),
        **{f"run.{key}": said[key] for key in ("start", "seed") if key in said},
        **{f"windows.{name}": _from_until(one) for name, one in document.get("windows", {}).items()},
        **({"bill.month": month} if month else {}),
        **{f"era of {name}": era for name, era in said.get("eras", {}).items()},
    }


def _from_until(window: Document) -> str:
    return f"{_time(window['from_s'])} to {_time(window['until_s'])}"


def _time(seconds: float) -> str:
    return format_duration(round(seconds * SECOND))
