"""Designs that look alike are drawn once, in stripes, or in one panel."""

from __future__ import annotations

import numpy as np

from simulator.report.pictures.alike import STRIPE, alike, striped, title

NAMES = ["a", "b", "c", "d"]


def test_curves_that_differ_by_less_than_can_be_seen_are_a_group() -> None:
    curve = np.array([1.0, 100.0, np.nan])
    curves = {"a": curve, "b": curve + 0.9, "c": curve + 1.1, "d": np.array([1.0, 100.0, 0.0])}
    assert alike(curves) == [["a", "b"], ["c"], ["d"]]
    assert alike(curves, within=2.0) == [["a", "b", "c"], ["d"]]


def test_stripes_of_a_group_fill_the_line_one_after_the_other() -> None:
    group = ["a", "c", "d"]
    styles = [striped(NAMES, group, name) for name in group]
    inked = []
    for offset, (ink, gap) in (style["linestyle"] for style in styles):
        assert ink + gap == 3 * STRIPE
        inked += [at for at in range(9) if (at + 0.5 + offset) % (ink + gap) < ink]
    assert sorted(inked) == list(range(9)), "each place once"
    assert striped(NAMES, ["b"], "b")["linestyle"] != styles[0]["linestyle"]


def test_many_names_stand_in_lines_that_fit_above_a_panel() -> None:
    text = title([f"design-{place}" for place in range(30)], "checkout: ")
    assert text.startswith("checkout: design-0, design-1")
    assert max(map(len, text.splitlines())) <= 76
