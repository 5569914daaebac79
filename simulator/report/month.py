"""What a month is made of, beside what it costs."""

from __future__ import annotations

from simulator.measure.summary import Month


def month(found: Month | None) -> str:
    """`a month: 4 such runs, the rest of 730 h at baseline`; empty where none is declared."""
    if found is None:
        return ""
    rest = "idle" if found.otherwise == "idle" else "at baseline"
    runs = "one such run" if found.runs == 1 else f"{found.runs:,} such runs"
    return f"a month: {runs}, the rest of 730 h {rest}"
