"""Completion beside how long messages wait and batches take: where the time after the answer goes. Of the
counted time; completion also of the windows that objectives on it speak of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D

from simulator.measure.messages import messages
from simulator.report.messages import receiver
from simulator.report.numbers import with_unit
from simulator.report.pictures.style import (
    QUIET,
    Picture,
    design_entries,
    design_line,
    legend,
    picture,
    room_for_words,
    seconds_axis,
)
from simulator.report.unfinished import not_done
from simulator.study import over_time

if TYPE_CHECKING:
    from matplotlib.artist import Artist

    from simulator.measure.summary import Summary
    from simulator.study.study import Study

Shown = Mapping[str, Mapping[str, float]]
"""By design, seconds by statistic."""
LEAST = 1e-3
"""What takes less is drawn there."""
LESS, INFINITE = "less than 1 ms", "infinite"
MARKERS: dict[str, dict[str, Any]] = {
    "p50": {"marker": "o", "markersize": 4.5, "markerfacecolor": "white"},
    "p99": {"marker": "o", "markersize": 4.5},
    "mean": {"marker": "D", "markersize": 4},
    LESS: {"marker": "<", "markersize": 5},
    INFINITE: {"marker": ">", "markersize": 5},
}
ITEMS = {"queue": "message", "stream": "record"}
AGES = {
    "queue": "age of a batch's first message",
    "stream": "IteratorAge of a batch",
    "async": "age of an event",
}


def completion(study: Study) -> Picture | None:
    """Of the counted time: completion of requests, and for each receiver how long one waits, how old it is
    when it is handed over and how long a batch takes. These need not add up to completion: they count
    messages, batches and attempts, and not requests. None if all requests are done when they are answered,
    or nobody receives."""
    spans = list(_spans(study))
    completed, received = dict(_completed(study.summary, spans)), dict(_received(study.summary))
    if not completed or not received:
        return None
    rows, names = completed | received, list(study.replications)
    over = "Over the run, or @window" if any(window for _, window in spans) else "Over the run"
    made = picture(
        f"{over}: completion, how long messages wait and batches take (these need not add up)",
        1,
        0.4 + (0.2 + 0.12 * len(names)) * len(rows),
    )
    axes = made.subplots()
    every = [value for shown in rows.values() for found in shown.values() for value in found.values()]
    known = [max(value, LEAST) for value in every if math.isfinite(value)]
    low, high = min(known, default=LEAST) / 1.5, max(known, default=1.0) * 2
    undone = {
        (_title(key, window), name): not_done(over_time.spans(runs, key)[window])
        for key, window in spans
        for name, runs in study.replications.items()
    }
    drawn = set()
    for at, (row, shown) in enumerate(rows.items()):
        for name, found in shown.items():
            style = design_line(names.index(name))
            y = at + 0.8 * (names.index(name) - (len(names) - 1) / 2) / len(names)
            xs = [min(max(value, LEAST), high) for value in found.values()]
            axes.plot(xs, [y] * len(xs), color=style["color"], linewidth=1.2, linestyle=style["linestyle"])
            for (statistic, value), x in zip(found.items(), xs, strict=True):
                what = LESS if value < LEAST else statistic if math.isfinite(value) else INFINITE
                drawn.add(what)
                axes.plot([x], [y], color=style["color"], clip_on=False, **MARKERS[what])
            last = list(found.values())[-1]
            lost = undone.get((row, name), "") if math.isfinite(last) else ""
            said = ", ".join(filter(None, [with_unit(last, "s"), lost]))
            axes.annotate(f"   {said}", (xs[-1], y), va="center", fontsize=7, color=style["color"])
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for at in range(1, len(rows)):
        axes.axhline(at - 0.5, color=QUIET, linewidth=0.4)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("time (logarithmic)")
    room_for_words(made, axes, low, high)
    seconds_axis(axes, "x")
    legend(made, [*design_entries(names), *_entries(drawn)])
    return made


def _spans(study: Study) -> Iterator[tuple[str, str]]:
    """Requests that are not done when they are answered, of the whole run (no window) and of each window that
    an objective on their completion speaks of."""
    asked = [one for one in study.scenario.objectives if one.metric == "completion" and one.window]
    for key in study.summary.leaves:
        if "completion" in study.summary.clocks(key):
            own = (one.window or "" for one in asked if f"{key}.".startswith(f"{one.subject}."))
            yield from ((key, window) for window in dict.fromkeys(["", *own]))


def _title(key: str, window: str) -> str:
    return f"{key}: completion{' @' if window else ''}{window}"


def _completed(summary: Summary, spans: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Shown]]:
    for key, window in spans:
        found = {name: one.traffic[key] for name, one in summary.designs.items()}
        within = {name: one.windows[window] if window else one for name, one in found.items()}
        yield from _known(_title(key, window), {
            name: {part: one.completion[part].value for part in ("p50", "p99")}
            for name, one in within.items()
        })  # fmt: skip


def _received(summary: Summary) -> Iterator[tuple[str, Shown]]:
    every = list(messages(summary))
    for service, of in dict.fromkeys((row.service, row.of) for row in every):
        own = [row for row in every if (row.service, row.of) == (service, of)]
        who = receiver(own[0])
        if of in ITEMS:
            waits = {row.design: {"mean": row.waiting_mean_s} for row in own}
            yield from _known(f"{who}: a {ITEMS[of]} waits, mean", waits)
        yield from _known(f"{who}: {AGES[of]}", {
            row.design: {"p50": row.age_p50_s, "p99": row.age_p99_s} for row in own
        })  # fmt: skip
        if of in ITEMS:
            took = {row.design: {"mean": row.batch_time_mean_s} for row in own if row.received}
            yield from _known(f"{who}: a batch takes, throttled and\nfailed ones too, mean", took)


def _known(title: str, shown: Shown) -> Iterator[tuple[str, Shown]]:
    """Without the designs of which there is no such number."""
    known = {name: found for name, found in shown.items() if not any(map(math.isnan, found.values()))}
    if known:
        yield title, known


def _entries(drawn: set[str]) -> list[Artist]:
    return [
        Line2D([], [], color=QUIET, linestyle="none", label=what, **style)
        for what, style in MARKERS.items()
        if what in drawn
    ]
