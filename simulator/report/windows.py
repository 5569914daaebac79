"""What of a run is counted: how long it is, and the windows that tell something else than the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simulator.measure.summary import Summary, TrafficSummary
from simulator.report.numbers import elapsed
from simulator.report.words import stretch, warm_up


def counted(summary: Summary) -> str:
    """How long a run is: `25 min + 5 min warm-up`."""
    besides = f" + {elapsed(summary.warm_up_s)} warm-up" if summary.warm_up_s else ""
    return f"{elapsed(summary.counted_s)}{besides}"


def begins_cold(summary: Summary) -> str:
    """That the cold starts of a run's beginning count, where there are any and no warm-up is left out."""
    cold = any(design.cold_share > 0 for design in summary.designs.values())
    if not cold or summary.warm_up_s or warm_up(summary):
        return ""
    start = "a run begins with nothing warm, and the cold starts of its first seconds count"
    return f"{start}: run.warm_up leaves them out"


def moments(summary: Summary) -> Iterator[str]:
    """How to read points of time, and what the worst seconds are of; nothing where none are told. And that
    what is cold at the beginning counts, where it does."""
    designs = summary.designs.values()
    yield from filter(None, [begins_cold(summary)])
    worst = [one for design in designs for one in design.worst.values()]
    lengths = [span.length_s for one in worst for span in (one.p99, one.failed) if span]
    if lengths or any(design.recovery for design in designs):
        included = f", its {elapsed(summary.warm_up_s)} of warm-up included" if summary.warm_up_s else ""
        yield f"times count from the start of a run{included}"
    failing = any(one.failed for one in worst)
    most = "; failed: those in which most came that failed, a share of all that came" if failing else ""
    if lengths:
        longest = stretch(max(lengths))
        yield f"worst {longest}: of all the counted time; they may begin before a surge or a window{most}"


def by_window(found: Sequence[TrafficSummary]) -> tuple[str, Mapping[str, Sequence[TrafficSummary]]]:
    """What to add to the name of the whole, and each other window by its name; `found` has each design's.

    Where all of the requests come in one window, in every design, the whole run is that window.
    """
    windows = {name: [traffic.windows[name] for traffic in found] for name in found[0].windows}
    same = [
        name
        for name, inside in windows.items()
        if all(one.requests.value == whole.requests.value for one, whole in zip(inside, found, strict=True))
    ]
    said = f" (all come in window {' and in '.join(same)})" if same else ""
    return said, {name: inside for name, inside in windows.items() if name not in same}
