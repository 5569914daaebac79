"""What a sizing tried: along one knob the numbers that decide and the cost; over two, what passes where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulator.measure.statistics import Estimate
from simulator.report.numbers import estimated, with_unit
from simulator.report.pictures.style import ASKED, INK, LOOK, QUIET, Picture, broken, legend, picture
from simulator.study.margin import margin

if TYPE_CHECKING:
    from simulator.study.size import Answer, Sizing

SIGNS = {"pass": ("o", "#009e73"), "fail": ("X", "#d55e00"), "inconclusive": ("D", "#8a6d00")}


def sized(sizing: Sizing, design: str | None = None) -> Picture:
    """The tries of one design, by default of the one whose answer costs least."""
    chosen = sizing.cheapest or next(iter(sizing.answers.values()))
    answer = sizing.answers[design] if design is not None else chosen
    with rc_context(LOOK):
        if len(sizing.knobs) == 1:
            return _along(sizing, answer)
        return _over_two(sizing, answer)


def _along(sizing: Sizing, answer: Answer) -> Picture:
    (knob,) = sizing.knobs
    keys, of = _deciding(answer), "month" if answer.tries[0].found.cost_month else "run"
    made = picture(f"{answer.design}: settings of {knob.path} that were tried", len(keys) + 1, 2.2)
    *numbers, money = made.subplots(len(keys) + 1, 1, sharex=True)
    at = [knob.numbers[one.place[0]] if knob.numbers else one.place[0] for one in answer.tries]
    for axes, key in zip(numbers, keys, strict=True):
        judged = [one.found.objectives[key] for one in answer.tries]
        spread = np.array([_ends(one.value) for one in judged]).T
        axes.vlines(at, spread[0], spread[1], color=QUIET, linewidth=1)
        axes.axhline(judged[0].limit, **ASKED)
        axes.set_title(f"{key}: {judged[0].text}")
        axes.yaxis.set_major_formatter(lambda value, _, unit=judged[0].unit: with_unit(value, unit))
        for place, one in zip(at, judged, strict=True):
            _mark(axes, place, one.value.value, one.verdict)
    asked = answer.tries[0].found.objectives.get(f"cost.{of}")
    money.set_title(f"cost of a {of}{f': {asked.text}' if asked else ''}; marks: all objectives together")
    money.yaxis.set_major_formatter(lambda value, _: with_unit(value, "usd", digits=3))
    if asked:
        money.axhline(asked.limit, **ASKED)
    spread = np.array([_ends(one.found.price) for one in answer.tries]).T
    money.vlines(at, spread[0], spread[1], color=QUIET, linewidth=1)
    for place, tried in zip(at, answer.tries, strict=True):
        _mark(money, place, tried.found.cost, tried.found.verdict)
    for axes in (*numbers, money):
        if answer.best is not None:
            axes.axvline(at[answer.tries.index(answer.best)], color=INK, linewidth=0.8)
        axes.set_ylim(0, axes.get_ylim()[1] * 1.06)
    if not knob.numbers:
        money.set_xticks(range(len(knob.choices)), knob.choices)
    money.set_xlabel(f"{knob.path} ({knob.unit})" if knob.unit else knob.path)
    _legend(made, answer, [Line2D([], [], **ASKED, label="what is asked")])
    return made


def _over_two(sizing: Sizing, answer: Answer) -> Picture:
    across, up = sizing.knobs[:2]
    made = picture(f"{answer.design}: settings that were tried", 1, 4.5)
    axes = made.subplots()
    for one in answer.tries:
        x, y = (
            knob.numbers[place] if knob.numbers else place
            for knob, place in zip((across, up), one.place, strict=False)
        )
        _mark(axes, x, y, one.found.verdict)
        if one is answer.best:  # of the others, which lie close together, the table tells the cost
            axes.axvline(x, color=INK, linewidth=0.8)
            axes.axhline(y, color=INK, linewidth=0.8)
            text = estimated(one.found.price, "usd")
            axes.annotate(text, (x, y), (6, 6), textcoords="offset points", fontsize=9)
    for knob, axis in ((across, axes.xaxis), (up, axes.yaxis)):
        path = knob.path if knob is across else broken(knob.path)
        axis.set_label_text(f"{path} ({knob.unit})" if knob.unit else path)
        if not knob.numbers:
            axis.set_ticks(range(len(knob.choices)), list(knob.choices))
    _legend(made, answer)
    return made


def _deciding(answer: Answer) -> list[str]:
    """The objectives that some setting does not pass, and the one with least to spare at the answer, or else
    where most was met; what is asked of the cost that has a panel anyway is a line there."""
    tries = answer.tries
    shown = "cost.month" if tries[0].found.cost_month else "cost.run"
    at = answer.best or answer.too_dear or max(tries, key=lambda one: one.found.cost)
    asked = {key: one for key, one in at.found.objectives.items() if key != shown}
    closest = min(asked, key=lambda key: margin(asked[key]), default="")
    return [
        key
        for key in asked
        if key == closest or any(one.found.objectives[key].verdict != "pass" for one in tries)
    ]


def _ends(value: Estimate) -> tuple[float, float]:
    return (value.low, value.high) if value.has_interval else (value.value, value.value)


def _mark(axes: Axes, x: float, y: float, verdict: str) -> None:
    marker, colour = SIGNS.get(verdict, ("o", QUIET))
    if math.isinf(y):
        above: tuple[Any, Any] = ("data", "axes fraction")
        axes.annotate("infinite", (x, 1), xycoords=above, ha="center", va="top", color=colour)
    axes.plot([x], [y], marker=marker, color=colour, markersize=6, linestyle="none", clip_on=False)


def _legend(made: Picture, answer: Answer, more: Sequence[Line2D] = ()) -> None:
    words = {"pass": "passes", "fail": "fails", "inconclusive": "undecided"}
    entries = [
        Line2D([], [], marker=marker, color=colour, linestyle="none", label=words[verdict])
        for verdict, (marker, colour) in SIGNS.items()
    ]
    if answer.best is not None:
        entries.append(Line2D([], [], color=INK, linewidth=0.8, label="the cheapest that passes"))
    legend(made, [*entries, *more])
