"""What of a run is counted: how long it is, and the windows that tell something else than the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.measure.summary import Summary, TrafficSummary
from simulator.report.numbers import elapsed


def counted(summary: Summary) -> str:
    """How long a run is: `25 min + 5 min warm-up`."""
    besides = f" + {elapsed(summary.warm_up_s)} warm-up" if summary.warm_up_s else ""
    return f"{elapsed(summary.counted_s)}{besides}"


def by_window(found: Sequence[TrafficSummary]) -> tuple[str, Mapping[str, Sequence[TrafficSummary]]]:
    """What to add to the name of the whole, and each other window by its name; `found` has each design's.

    Where all of the requests come in one window, in every design, the whole run is that window: `, all @ads`.
    """
    windows = {name: [traffic.windows[name] for traffic in found] for name in found[0].windows}
    same = [
        name
        for name, inside in windows.items()
        if all(one.requests.value == whole.requests.value for one, whole in zip(inside, found, strict=True))
    ]
    said = f", all @{', @'.join(same)}" if same else ""
    return said, {name: inside for name, inside in windows.items() if name not in same}
