"""Words beside limits: how busy servers were of which all were in use at times, and none beyond the edge."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import simulator
from simulator.report.page import limits as tables
from simulator.report.pictures.gallery import draw
from simulator.report.pictures.limits import LEAST
from simulator.report.pictures.style import Picture

SCENARIO = """\
name: A database whose CPUs are short
era: aws-2026
traffic: {buyers: {to: app, shape: poisson, rate: 40/s}}
architecture:
  account: {lambda_concurrency: 100, used_elsewhere: 50}
  app: {service: client, to: BOOK, timeout: 5 s}
  BOOK:
    {service: lambda, runtime: python3.13, memory: 1 GB, handler: [{call: STOCK}], init: {connects: [STOCK]}}
  STOCK: {service: rds, engine: mysql, instance: db.m5.large, vcpus: 2, query: 60 ms}
designs:
  short: {}
  enough: {STOCK: {vcpus: 4}}
run: {for: 30 s, warm_up: 5 s, replications: 2, engine: simpy}
"""
LONG = {"BOOK": "place_the_order_of_a_customer_who_is_known", "STOCK": "the_stock_of_all_of_the_warehouses"}


@cache
def study(long: bool = False) -> simulator.Comparison:
    """40 requests a second of 60 ms need 2.4 CPUs."""
    text = SCENARIO
    for name, longer in LONG.items():
        text = text.replace(name, longer if long else name.lower())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "short.yaml"
        path.write_text(text, encoding="utf-8")
        return simulator.read(path).run(workers=1)


def drawn(found: simulator.Comparison) -> Picture:
    made = draw(found, "limits")
    assert made is not None
    made.draw_without_rendering()
    return made


def test_beside_cpus_that_are_all_in_use_at_times_stands_how_busy_they_were_and_how_long_the_line() -> None:
    said = [text.get_text().strip() for text in drawn(study()).axes[0].texts]
    lines = {}
    for name, runs in study().replications.items():
        counted = [run.series["stock.vcpus waiting"][run.series["time_s"] >= 5] for run in runs]
        lines[name] = sum(line.max() for line in counted) / len(runs)
    assert any(text.endswith(f"100 % busy over the run, up to {lines['short']:.0f} in line") for text in said)
    share = study().summary.designs["enough"].services["stock"]["cpu_utilization_mean"]
    assert 0.55 < share < 0.65
    assert f"100 %, {100 * share:.0f} % busy over the run, up to {lines['enough']:.0f} in line" in said
    assert lines["enough"] < 20 < lines["short"]
    _, every = tables.limits(study().summary)
    notes = {row.cells[2].note for row in every.rows if row.cells[0].text == "stock: vcpus"}
    assert notes == {"100 % busy over the run", f"{100 * share:.0f} % busy over the run"}, (
        "the page tells it, too"
    )


def test_no_share_is_written_where_only_words_are() -> None:
    (panel,) = drawn(study()).axes
    label = panel.xaxis.get_major_formatter()
    most = max(x for line in panel.get_lines() for x in line.get_xdata())
    assert label(1.0, 0) == "100 %"
    assert 10 * most < panel.get_xlim()[1], "words take more than one more power of ten"
    assert label(100 * most, 0) == ""


@pytest.mark.parametrize("long", [False, True])
def test_words_end_within_the_picture_and_the_panel_however_long_names_are(long: bool) -> None:
    made = drawn(study(long))
    (panel,) = made.axes
    assert panel.texts
    for text in (*panel.texts, *panel.get_yticklabels(), panel.xaxis.label):
        found = text.get_window_extent()
        assert 0 <= found.x0 < found.x1 <= made.bbox.x1, text.get_text()
    ends = [text.get_window_extent().x1 for text in panel.texts]
    assert max(ends) <= panel.get_window_extent().x1
    start, wall = (panel.transData.transform((x, 0))[0] for x in (LEAST, 1.0))
    assert wall - start > 0.2 * panel.get_window_extent().width, "not pressed against the edge"
