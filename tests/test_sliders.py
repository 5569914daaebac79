"""Sliders: what is chosen is simulated, what is wrong is said, and the same choice gives the same answer."""

from __future__ import annotations

import sys
from pathlib import Path

import ipywidgets
import pytest

import simulator
from tests.test_experiment import SCENARIO

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
KEY = "designs.small.shop.reserved_concurrency"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "shop.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


class Shown:
    """What `explore` gives back, part by part."""

    def __init__(self, box: ipywidgets.VBox) -> None:
        self.slider, self._answer, self._picture = box.children

    @property
    def answer(self) -> str:
        return self._answer.value

    @property
    def picture(self) -> bytes:
        return bytes(self._picture.value)


def test_moving_a_slider_simulates_the_designs_anew(path: Path) -> None:
    shown = Shown(simulator.explore(path, {KEY: ["1", "20"]}, picture="limits"))
    before = shown.answer, shown.picture
    assert "<b>small</b> fails" in shown.answer
    assert shown.picture.startswith(b"\x89PNG")
    shown.slider.value = "20"
    assert "<b>small</b> fails" not in shown.answer
    assert shown.picture != before[1]
    shown.slider.value = "1"
    assert (shown.answer, shown.picture) == before


def test_a_value_that_cannot_be_is_said_and_not_raised(path: Path) -> None:
    shown = Shown(simulator.explore(path, {"traffic.buyers.rate": ["20/s", "<b>20</b>"]}))
    shown.slider.value = "<b>20</b>"
    assert shown.answer.startswith("<pre>")
    assert "&lt;b&gt;20&lt;/b&gt;" in shown.answer
    assert shown.picture == b""


def test_without_ipywidgets_the_extra_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(simulator.SimulatorError, match=r"pip install 'surgesim\[notebook\]'"):
        simulator.explore(path, {KEY: ["1"]})
