"""What is said of percentiles that leave out more requests than lie beyond them: of survivors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulator.measure.summary import DesignSummary, Judged, Summary
from simulator.report.numbers import part

MISSING: Final = {"latency": ("failed",), "completion": ("failed", "lost", "dead_lettered")}
"""What has no latency, or no completion, as objectives name it."""


def missing(clock: str) -> str:
    """`failed, lost or dead-lettered`."""
    return ", ".join(MISSING[clock]).replace("_", "-").replace(", dead", " or dead")


def without(judged: Judged) -> str:
    """`without the 92 % of requests that are missing (failed)`; empty if it does not pass by survivors."""
    if not judged.by_survivors:
        return ""
    clock = judged.key.partition("@")[0].rpartition(".")[2]
    return f"without the {part(judged.missing)} of requests that are missing ({missing(clock)})"


def survivors(summary: Summary) -> Iterator[str]:
    """Of the cheapest design that passes, the objectives that it meets by what is left of the requests."""
    if summary.cheapest is None:
        return
    design = summary.designs[summary.cheapest]
    for one in design.objectives.values():
        if one.by_survivors:
            unasked = " and ".join(_unasked(one, design))
            more = f": say how many may be, in an objective on {unasked}" if unasked else ""
            yield f"{summary.cheapest} meets {one.key} {without(one)}{more}."


def _unasked(judged: Judged, design: DesignSummary) -> Iterator[str]:
    """Of what is missing, that of which no objective on these requests, or on all of them, says how many."""
    about, at, window = judged.key.partition("@")
    subject, _, clock = about.rpartition(".")
    found = design.traffic[subject].windows[window] if window else design.traffic[subject]
    asked = set()
    for key in design.objectives:
        (of, _, metric), span = key.partition("@")[0].rpartition("."), key.partition("@")[2]
        if f"{subject}.".startswith(f"{of}.") and span in ("", window):
            asked.add(metric)
    failing = {one.cause.outcome for one in found.failures}
    shares = {"failed": found.failed_share, **found.undone}
    for kind in MISSING[clock]:
        known = kind in asked or (kind == "failed" and ("ok" in asked or failing <= asked))
        if shares[kind].value and not known:
            yield f"{subject}.{kind}{at}{window}"
