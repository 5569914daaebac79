"""Pictures: what each shows is what the tables say; names are only text; the same picture, the same bytes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from simulator.report.held import held
from simulator.report.numbers import with_unit
from simulator.report.palette import DESIGNS, STARTS, design_colour, design_dash
from simulator.report.pictures.distribution import _clear
from simulator.report.pictures.gallery import PICTURES, draw
from simulator.report.pictures.style import WALL, Picture
from tests.report.small import EVIL, hopeless, hostile, small

NAMES = [name for name in PICTURES if name not in ("completion", "waiting", "servers")]
"""Those that the small sale, which has no queue and no server, has too."""


@cache
def drawn(name: str) -> Picture:
    """A picture that has been shown once."""
    made = draw(small(), name)
    assert made is not None
    SHOWN[name] = made.png()
    return made


SHOWN: dict[str, bytes] = {}


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_a_figure_that_shows_itself_the_same_bytes_for_the_same_study(name: str) -> None:
    assert isinstance(drawn(name), Figure)
    again = draw(small(), name)
    assert again is not None
    assert again._repr_png_() == SHOWN[name]
    assert SHOWN[name].startswith(b"\x89PNG")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_reaches_beyond_the_edge_of_the_picture(name: str) -> None:
    made = drawn(name)
    width, height = made.get_size_inches()
    box = made.get_tightbbox()
    assert box.x0 > -0.05
    assert box.y0 > -0.05
    assert box.x1 < width + 0.05
    assert box.y1 < height + 0.05


@pytest.mark.parametrize("name", NAMES)
def test_legends_stand_outside_the_panels(name: str) -> None:
    made = drawn(name)
    legend = made.legends[0].get_window_extent()
    assert not [axes.get_title(loc="left") for axes in made.axes if legend.overlaps(axes.get_window_extent())]


def test_the_distribution_ends_where_ten_requests_are_left_and_stands_before_the_wall() -> None:
    (panel,) = (
        axes for axes in drawn("distribution").axes if axes.get_title(loc="left") == "buyers.order @rush"
    )
    lines = {
        line.get_label(): line for line in panel.get_lines() if not str(line.get_label()).startswith("_")
    }
    wall = panel.get_lines()[-1]
    assert set(wall.get_xdata()) == {2.0}
    np.testing.assert_allclose(sorted(wall.get_ydata()), [0.01, 1.0])
    requests = sum(
        run.traffic["buyers.order"].windows["rush"].latency.count for run in small().replications["plain"]
    )
    line = panel.get_lines()[1]
    assert min(line.get_ydata()) * requests >= 10
    assert max(line.get_xdata()) < 2.0
    assert not lines, "the legend names the designs once, below"


def test_an_objective_is_drawn_over_latency_while_its_window_lasts() -> None:
    window = small().scenario.windows["rush"]
    span = [window.from_ / 1e9, (window.from_ + window.for_) / 1e9]
    walls = [
        line for axes in drawn("percentiles").axes for line in axes.get_lines() if line.get_color() == WALL
    ]
    assert [list(line.get_xdata()) for line in walls] == [span, span], "the whole run, and at close range"
    assert {value for line in walls for value in line.get_ydata()} == {2.0}
    said = [text.get_text() for axes in drawn("percentiles").axes for text in axes.texts]
    assert said == [" p99 < 2 s"]
    every = [axes for name in ("percentiles", "distribution") for axes in drawn(name).axes]
    words = [text for axes in every for text in axes.texts if "<" in text.get_text()]
    assert len(words) > 1
    assert all(text.get_path_effects() for text in words), "legible over lines"


def test_thousands_have_commas_on_the_axes_of_counts() -> None:
    assert drawn("requests").axes[0].yaxis.get_major_formatter()(20_000, 0) == "20,000"


def test_words_beside_a_wall_at_the_right_edge_stand_on_its_left() -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.set(xscale="log", xlim=(0.001, 100))
    words = [axes.annotate(" p99 < x ", (limit, 0.9)) for limit in (1.0, 50.0)]
    _clear(axes)
    assert [(text.get_horizontalalignment(), text.get_rotation()) for text in words] == [
        ("left", 0),
        ("right", 0),
    ]


def test_concurrency_is_split_as_the_table_says() -> None:
    made = drawn("concurrency")
    (panel,) = (axes for axes in made.axes if axes.get_title(loc="left") == "orders in kept")
    table = small().concurrency()
    kept = table[(table["design"] == "kept") & (table["service"] == "orders")]
    total = kept[list(STARTS)].sum(axis=1)
    highest = max(path.vertices[:, 1].max() for area in panel.collections for path in area.get_paths())
    assert highest == pytest.approx(total.max())
    assert [text.get_text() for text in made.legends[0].get_texts()][:5] == [
        "on provisioned environments", "warm", "spill-over, warm", "started cold", "provisioned environments",
    ]  # fmt: skip


def test_limits_beyond_what_is_allowed_are_marked_with_their_share() -> None:
    (panel,) = drawn("limits").axes
    ratio = max(limit.ratio for limit in small().summary.designs["small"].limits)
    assert ratio > 1
    marked = [text.get_text().strip() for text in panel.texts]
    assert f"{100 * ratio:.3g} %" in marked
    assert panel.get_yticklabels()[-1].get_text() == "account: concurrency", "the tightest is on top"


def test_the_bills_add_up_to_the_cost_of_a_run_and_of_a_month() -> None:
    run, month = drawn("bill").axes
    found = small().summary.designs.values()
    for panel, costs in (
        (run, [one.cost_run.value for one in found]),
        (month, [one.cost_month.value for one in found if one.cost_month]),
    ):
        ends = [
            max(bar.get_x() + bar.get_width() for bar in bars) for bars in zip(*panel.containers, strict=True)
        ]
        np.testing.assert_allclose(ends, costs)


def test_names_with_dollar_signs_and_unknown_letters_are_drawn_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = hostile(monkeypatch)
    for name in PICTURES:
        made = draw(study, name)
        if made is not None:
            assert made.png()
    (panel,) = draw(study, "bill").axes
    assert [label.get_text() for label in panel.get_yticklabels()] == list(EVIL)


def test_what_was_not_measured_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert draw(hostile(monkeypatch), "where") is None


def test_the_parts_of_the_time_add_up_to_the_mean_latency() -> None:
    made, found = drawn("where"), small().summary.designs
    (panel,) = (
        axes for axes in made.axes if axes.get_title(loc="left") == "buyers.order @rush: all ok answers"
    )
    ends = [
        max(bar.get_x() + bar.get_width() for bar in bars) for bars in zip(*panel.containers, strict=True)
    ]
    rush = [design.traffic["buyers.order"].windows["rush"] for design in found.values()]
    waited = [one.latency["mean"].value for one in rush]
    np.testing.assert_allclose(ends, waited)
    assert [text.get_text() for text in panel.texts] == [f" {with_unit(one, 's')}" for one in waited]


def test_a_slice_by_itself_is_drawn_until_it_ends() -> None:
    table = pd.DataFrame(
        {"design": "one", "time_s": [0.0, 10.0, 20.0, 30.0], "p99_s": [np.nan, 1.0, np.nan, 2.0]}
    )
    line = held(table, ["design"], ["p99_s"], "time_s", 40.0).dropna()
    assert list(zip(line["time_s"], line["p99_s"], strict=True)) == [(10, 1), (20, 1), (30, 2), (40, 2)]
    (panel, *_) = drawn("percentiles").axes
    assert max(panel.get_lines()[0].get_xdata()) == small().scenario.run.for_ / 1e9


def test_thirty_five_designs_can_be_told_apart() -> None:
    looks = {(design_colour(place), design_dash(place)) for place in range(35)}
    assert len(looks) == 35
    assert len({design_colour(place) for place in range(len(DESIGNS))}) == len(DESIGNS)


@pytest.mark.parametrize("name", PICTURES)
def test_a_design_without_a_single_answer_has_pictures_too(name: str) -> None:
    made = draw(hopeless(), name)
    assert made is None or made.png()
