"""Tables of a sweep and of a sizing say what the marks behind their numbers mean, where there are some."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import simulator
from simulator.report.page.what_if import what_if
from simulator.report.settings import render_sweep, rich_sweep
from simulator.report.sizing import render_sizing
from tests.study.shop import SHOP, swept, write

KNOB = {"till.reserved_concurrency": "1..9/8"}
FEW = "number* fewer than ten requests"
MISSING = "number^ more requests are missing"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A p99.9 of a thousand requests, most of which are refused with one execution at a time."""
    text = SHOP.replace("{buyers.failed:", "{buyers.latency: p99.9 < 10 s, buyers.failed:")
    assert text != SHOP
    return write(tmp_path_factory.mktemp("shop"), text)


@pytest.mark.parametrize("show", [render_sweep, rich_sweep, what_if])
def test_a_sweep_explains_each_mark_once_and_none_that_does_not_occur(
    shop: Path, show: Callable[[simulator.Swept], str]
) -> None:
    said = " ".join(show(simulator.read(shop).sweep(KNOB, workers=1)).split())
    assert said.count(FEW) == said.count(MISSING) == 1
    assert FEW not in show(swept())
    assert MISSING not in show(swept())


def test_a_sizing_explains_the_marks_of_its_tables(shop: Path) -> None:
    text = " ".join(render_sizing(simulator.read(shop).size(KNOB, workers=1), 100).split())
    assert FEW in text
    assert "* " in text.split(FEW)[0]
