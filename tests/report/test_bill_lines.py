"""Which lines of a bill a picture shows: those that designs differ by, then the largest."""

from __future__ import annotations

import pandas as pd

from simulator.report.bill_lines import DIFFERENT, MOST, REST, few


def bills(**lines: list[float]) -> pd.DataFrame:
    """Three designs; a common line is larger than all that they differ by."""
    common = {f"common{n}": [100.0] * 3 for n in range(MOST)}
    return pd.DataFrame({**common, **lines}, index=["a", "b", "c"])


def test_a_small_line_that_designs_differ_by_is_shown_before_large_ones_that_all_have() -> None:
    found = few({"run": bills(queue=[0.0, 0.0, 20.0], little=[0.0, 0.0, 1.0])})["run"]
    assert len(found.columns) == MOST + 1
    assert list(found["queue"]) == [0.0, 0.0, 20.0]
    assert list(found[REST]) == [100.0, 100.0, 101.0], "a tenth of a percent cannot be seen"


def test_what_differs_in_one_bill_is_shown_in_both() -> None:
    found = few({"run": bills(machine=[1.0, 1.0, 1.0]), "month": bills(machine=[50.0, 0.0, 0.0])})
    assert list(found["run"]) == list(found["month"])
    assert list(found["run"]["machine"]) == [1.0, 1.0, 1.0]


def test_large_lines_have_room_beside_those_that_differ() -> None:
    differing = {f"d{n}": [0.0, 0.0, 50.0 + n] for n in range(MOST)}
    shown = list(few({"run": bills(**differing)})["run"])
    assert sum(line.startswith("d") for line in shown) == DIFFERENT
    assert sum(line.startswith("common") for line in shown) == MOST - DIFFERENT
    assert shown[0] == "common0", "what designs pay most for stands first"
