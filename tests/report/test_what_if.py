"""What a sweep shows: text, HTML, pictures, and the page with sliders, in a browser without a network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import simulator
from simulator.errors import SimulatorError
from simulator.report.page.what_if import what_if
from simulator.report.settings import render_sweep
from tests.study.shop import swept, write


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, render_sweep(swept(), width).splitlines())) <= width


def test_a_notebook_shows_settings_designs_and_objectives() -> None:
    shown = swept()._repr_html_()
    assert "<th>till.reserved_concurrency</th>" in shown
    assert shown.count("<tr>") == 1 + 4 * 2


def test_two_knobs_make_a_map_and_one_knob_lines(tmp_path: Path) -> None:
    assert len(swept().plot().axes) == 2 + 1, "a map for each design, and what colours mean"
    assert swept().plot("cost.run_usd").axes[0].texts[0].get_text().startswith("✗ $")
    line = simulator.read(write(tmp_path)).sweep({"till.reserved_concurrency": [1, 4]}, workers=1).plot()
    assert line.axes[0].get_xlabel() == "till.reserved_concurrency"
    assert line.png() == line.png()


def test_a_metric_that_is_not_there_is_named() -> None:
    with pytest.raises(SimulatorError, match="no metric named 'speed' at every point; name one of: buyers"):
        swept().plot("speed")


def test_the_page_has_every_setting_without_a_script_and_asks_for_nothing() -> None:
    page = what_if(swept())
    assert page.count('type="range"') == 2
    assert len(re.findall(r'<th scope="row">', page)) == 2 + 4 * 2
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, flags=re.DOTALL)[1])
    assert len(data["settings"]) == len(data["cells"]) == 4
    shown = data["tables"]["grid"]
    of_it = shown["metric"]["texts"].index("cost.run_usd")
    costs = [one for one, at in zip(shown["value"], shown["metric"]["places"], strict=True) if at == of_it]
    assert data["spans"]["cost.run_usd"] == [min(costs), max(costs), False], "one colour in every design"
    assert "default-src &#39;none&#39;" in page
    assert not re.findall(r'(?:src|href)="(?!#)', page.split('<script type="application/json"')[0])
