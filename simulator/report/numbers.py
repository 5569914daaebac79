"""Numbers as people read them: three digits or as many as an interval has, one unit per column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from simulator.measure.statistics import Estimate


class Unit(NamedTuple):
    """A unit of display and how many of the base unit it holds."""

    name: str
    size: float


SECONDS = (Unit("ns", 1e-9), Unit("µs", 1e-6), Unit("ms", 1e-3), Unit("s", 1.0))
PERCENT = Unit("%", 0.01)
DOLLARS = Unit("$", 1.0)
MOST_DIGITS: Final = 7
MOST_BESIDE: Final = 4
MOST_PLACES: Final = 9


def significant(value: float, digits: int = 3) -> str:
    """`value` with so many significant digits and commas between thousands; `-` if there is none."""
    if not math.isfinite(value):
        return "-"
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if int(exponent) < -6:
        return f"{mantissa}e{int(exponent)}"
    return f"{float(f'{mantissa}e{exponent}'):,.{max(digits - 1 - int(exponent), 0)}f}"


def enough(value: float) -> float:
    """A positive value with three significant digits and no less: what is told as sufficient must suffice."""
    return _rounded(value, 3, math.ceil)


def outwards(low: float, high: float, digits: int = 2) -> tuple[float, float]:
    """The ends of an interval with so many significant digits, none of it cut off."""
    return _rounded(low, digits, math.floor), _rounded(high, digits, math.ceil)


def _rounded(value: float, digits: int, towards: Callable[[float], int]) -> float:
    if not value or not math.isfinite(value):
        return value
    places = digits - 1 - math.floor(math.log10(abs(value)))
    nearest = round(value, places)
    if math.isclose(nearest, value, rel_tol=1e-9):  # 0.29 is 0.28999… in binary
        return nearest
    return round(towards(value * 10.0**places) / 10.0**places, places)


def digits(found: Estimate, unit: str = "") -> int:
    """How many significant digits of a value end where those of the half of its interval do, which has two,
    or before: four are enough, and of dollars those up to the cent. If there is no interval, or none that
    has a length and an end, as many as tell a value by itself."""
    half, enough = found.half_width, _enough(found.value, unit)
    if not (0 < half < math.inf and 0 < abs(found.value) < math.inf):
        return enough
    digits = _exponent(found.value, MOST_DIGITS) - _exponent(half, 2) + 2
    return min(max(digits, 2), max(enough, MOST_BESIDE))


def _enough(value: float, unit: str) -> int:
    """How many significant digits tell a value by itself: three, and of dollars those up to the cent."""
    known = unit == "usd" and math.isfinite(value)
    return max(_exponent(value, MOST_DIGITS) + 3, 3) if known else 3


def _exponent(value: float, digits: int) -> int:
    """The power of ten of the first digit of a value that is rounded to so many."""
    return int(f"{value:.{digits - 1}e}".partition("e")[2])


def estimated(found: Estimate, unit: str) -> str:
    """`with_unit`, to the digit in which its interval ends: `3.753 s`, beside which stands `±0.025`."""
    return with_unit(found.value, unit, digits(found, unit))


def added(columns: Sequence[Sequence[float]]) -> list[list[str]]:
    """Columns of dollars, each with its total below: to the cent, or to four digits of the smallest total,
    and rounded so that what is shown adds up."""
    totals = [total for total in map(sum, columns) if total]
    places = min(max(2, 3 - _exponent(min(totals), 4)), MOST_PLACES) if totals else 2

    def shown(column: Sequence[float]) -> list[float]:
        ends = [0.0, *(round(end, places) for end in accumulate(column))]
        return [*(end - start for start, end in pairwise(ends)), ends[-1]]

    return [[f"${amount:,.{places}f}" for amount in shown(column)] for column in columns]


def unit_of_seconds(values: Iterable[float]) -> Unit:
    """The unit for a column of durations: the smallest reads 1 or more, but the largest below 100,000."""
    known = [value for value in values if math.isfinite(value) and value > 0]
    if not known:
        return SECONDS[-1]
    fitting = [unit for unit in SECONDS if min(known) >= unit.size] or [SECONDS[0]]
    bearable = [unit for unit in SECONDS if max(known) < 100_000 * unit.size] or [SECONDS[-1]]
    return max(fitting[-1], bearable[0], key=lambda unit: unit.size)


def part(share: float) -> str:
    """A part of all requests: `29 %`, and `99.98 %` where fewer digits would say all."""
    digits = 2
    while share < 1 and float(significant(share / PERCENT.size, digits)) >= 100:
        digits += 1
    return f"{significant(share / PERCENT.size, digits)} %"


def with_unit(value: float, unit: str, digits: int | None = None) -> str:
    """One value with its unit, as in a sentence: `412 ms`, `0.13 %`, `$668.20`, `infinite`."""
    if value == math.inf:
        return "infinite"
    if math.isnan(value):
        return "-"
    digits = _enough(value, unit) if digits is None else digits
    if unit == "s":
        shown = unit_of_seconds([value])
        return f"{significant(value / shown.size, digits)} {shown.name}"
    if unit == "share":
        return f"{significant(value / PERCENT.size, digits)} %"
    if unit == "usd":
        return f"${significant(value, digits)}"
    return f"{significant(value, digits)} {unit}".rstrip()


def size_beside(value: float, unit: str) -> float:
    """The unit that `with_unit` shows a value in: what stands beside it without a unit is in the same."""
    return {"s": unit_of_seconds([value]).size, "share": PERCENT.size}.get(unit, 1.0)


def with_burst(allowed: float, burst: float) -> str:
    """What a limit allows; of a token bucket a second's, and what may come at once besides: `100 +1,000`."""
    return significant(allowed) + (f" +{significant(burst)}" if burst else "")


def whole(value: float) -> str:
    """A count, rounded to a whole number: `41,208`."""
    return f"{value:,.0f}" if math.isfinite(value) else "-"


def elapsed(seconds: float) -> str:
    """A point of time or a length: `10 min 3 s`, `3.2 s`, `1 h 5 min`."""
    if seconds < 10:
        return with_unit(seconds, "s") if seconds else "0 s"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    parts = [f"{count} {name}" for count, name in ((hours, "h"), (minute, "min"), (second, "s")) if count]
    return " ".join(parts)


def clock(seconds: float) -> str:
    """A point of time where there is little room: `9m58s`, `1h5m`, as a scenario may write it."""
    return elapsed(float(round(seconds))).replace(" ", "").replace("min", "m")


def count(mean: float, of: str) -> str:
    """Of a run: `12 times`; few of several runs are not rounded to none."""
    if mean < 10 and mean != round(mean):
        return f"{significant(mean, 2)} {of}s a run"
    return f"{whole(mean)} {of}{'s' * (round(mean) != 1)}"
