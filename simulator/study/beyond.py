"""What to write to look beyond the values of a knob, where the answer is one of their ends."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from simulator.study.knobs import Knob


def beyond(knob: Knob, end: str, may_be: Callable[[str], bool]) -> str:
    """The `--knob` whose values go on below the `lowest` or above the `highest` number, down to half of it or
    up to twice as much, as far as `may_be` says that the setting may have them; empty where it may have none.

    What may be is taken for one span: up to where it ends all may be, and nothing further on.
    """
    numbers = sorted(knob.numbers or ())
    last, step = (numbers[0] if end == "lowest" else numbers[-1]), numbers[1] - numbers[0]
    space = " " if knob.unit[:1].isalpha() else ""
    # the furthest first
    further = (
        range(int(last // 2), int(-(-last // 1))) if end == "lowest" else range(int(2 * last), int(last), -1)
    )
    at = bisect_left(further, True, key=lambda number: may_be(f"{number}{space}{knob.unit}"))
    if at == len(further):
        return ""
    low, high = sorted((float(further[at]), last))
    parts = (f"{number:.12g}" for number in (low, high, min(step, high - low)))
    span = "{}..{}/{}".format(*parts).removesuffix("/1")
    return knob.set(f"{span}{space}{knob.unit}")
