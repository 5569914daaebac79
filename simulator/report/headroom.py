"""How much more traffic each design bears, as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.measure.summary import Summary
from simulator.report.numbers import significant, with_unit


def headroom(summary: Summary) -> Iterator[str]:
    """At how many times the traffic each design breaks, and on what; beside objectives that intervals leave
    undecided, that it goes by values."""
    for name, found in summary.headroom.items():
        at = f", at {', '.join(found.limit).replace('_', ' ')}" if found.limit else ""
        missed = " and ".join(
            f"{one.key} ({with_unit(one.value, one.unit)}, not {one.text})" for one in found.missed
        )
        if found.breaks is None:
            most = _times(found.holds)
            yield f"{name} meets its objectives up to {most} the traffic, the most that was tried."
        elif found.holds is None:
            yield f"{name} misses its objectives even at {_times(found.breaks)} the traffic: {missed}{at}."
        else:
            bears, breaks = _times(found.holds), _times(found.breaks)
            yield f"{name} bears {bears} the traffic, and breaks at {breaks}: {missed}{at}."
    if summary.headroom and any(design.verdict == "inconclusive" for design in summary.designs.values()):
        yield "Headroom goes by the values, whatever their intervals leave undecided."


def _times(factor: float | None) -> str:
    return f"{significant(factor or 0.0)} times"
