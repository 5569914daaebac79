"""Executions over time: the limit that is near them, and how scales of panels are told."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.axes import Axes

import simulator
from simulator.report.pictures.gallery import draw
from simulator.report.pictures.style import WALL

SCENARIO = """\
name: Two functions
era: aws-2026
traffic:
  buyers: {to: buy, shape: burst, every: 60 s, requests: BUYERS, length: 1 s, starts: 10 s}
  readers: {to: read, shape: burst, every: 60 s, requests: 10, length: 1 s, starts: 10 s}
architecture:
  account: {lambda_concurrency: 150}
  buy: {service: lambda, runtime: python3.13, memory: 1 GB, duration: 2 s}
  read: {service: lambda, runtime: python3.13, memory: 1 GB, duration: 2 s}
designs:
  open: {}
  own: {buy: {reserved_concurrency: RESERVED}}
run: {for: 30 s, replications: 1, engine: simpy}
"""


@cache
def panels(buyers: int, reserved: int) -> tuple[str, dict[str, Axes]]:
    """The picture's title, and its panels of the whole run by theirs."""
    text = SCENARIO.replace("BUYERS", str(buyers)).replace("RESERVED", str(reserved))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "two.yaml"
        path.write_text(text, encoding="utf-8")
        made = draw(simulator.read(path).run(workers=1), "concurrency")
    assert made is not None
    return made.get_suptitle(), {axes.get_title(loc="left"): axes for axes in made.axes}


def limits(axes: Axes) -> list[tuple[float, str]]:
    """The lines of limits, and the words beside them."""
    lines = [float(line.get_ydata()[0]) for line in axes.get_lines() if line.get_color() == WALL]
    return list(zip(lines, [text.get_text() for text in axes.texts], strict=True))


def test_the_limit_that_is_near_is_drawn_and_a_functions_own_stands_in_for_the_accounts() -> None:
    _, found = panels(90, 6)
    assert limits(found["buy in open"]) == [(150, "account: concurrency of all functions, 150")]
    assert limits(found["buy in own"]) == [(6, "buy: reserved concurrency, 6")]
    assert limits(found["read in open, own"]) == [], "10 executions of 150"


def test_where_the_lowest_would_not_be_seen_each_row_has_its_scale_and_the_title_says_so() -> None:
    title, found = panels(90, 6)
    assert title.endswith("; scales differ")
    assert found["buy in open"].get_ylim()[1] > 150, "the limit is in sight"
    assert found["buy in own"].get_ylim()[1] < 10


def test_designs_that_can_be_compared_share_a_scale_also_where_services_do_not() -> None:
    title, found = panels(90, 50)
    assert title.endswith("; scales differ by service")
    assert found["buy in open"].get_ylim() == found["buy in own"].get_ylim()
    assert found["read in open, own"].get_ylim()[1] < 20


def test_panels_that_can_all_be_compared_share_one_scale_of_which_nothing_is_said() -> None:
    title, found = panels(20, 10)
    assert "scales" not in title
    assert len({axes.get_ylim() for axes in found.values()}) == 1
