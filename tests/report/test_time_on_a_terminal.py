"""Where the time goes, on a terminal."""

from __future__ import annotations

import dataclasses

import pytest

from simulator.measure.statistics import Estimate
from simulator.measure.summary import Summary
from simulator.measure.where import Part, Spent, Where
from simulator.report.terminal import render
from tests.report.sale import CHANGES, sale

SECOND = 1e9
NOTHING = Spent(0, {})
INIT, PLATFORM = Part("checkout", "cold start", "init work"), Part("checkout", "cold start", "platform")
WORK, EARLIER = Part("payment", "latency"), Part("app", "earlier attempts")
SLOW = Where(
    mean=Spent.of(
        1000, {WORK: 300 * SECOND, INIT: 80 * SECOND, PLATFORM: 19.9 * SECOND, EARLIER: 0.1 * SECOND}
    ),
    tail=Spent.of(10, {INIT: 30 * SECOND, PLATFORM: 4 * SECOND, WORK: 6 * SECOND}),
    failed=NOTHING,
    left=Spent.of(20, {WORK: 50 * SECOND}),
)
FAST = Where(Spent.of(1000, {WORK: 200 * SECOND}), Spent.of(10, {WORK: 10 * SECOND}), NOTHING, NOTHING)


def traced() -> Summary:
    """The sale, with what its designs spend their time on."""
    summary = sale()
    slow = next(iter(summary.designs))
    designs = {
        name: dataclasses.replace(
            design, where={"buyers.order": {"": FAST, "surge": SLOW if name == slow else FAST}}
        )
        for name, design in summary.designs.items()
    }
    order = designs[slow].traffic["buyers.order"]
    surge = dataclasses.replace(order.windows["surge"], attempts=Estimate(1.25))
    more = {"buyers.order": dataclasses.replace(order, windows={"surge": surge})}
    designs[slow] = dataclasses.replace(designs[slow], traffic={**designs[slow].traffic, **more})
    return dataclasses.replace(summary, designs=designs)


def section(width: int = 160, full: bool = False) -> list[str]:
    """Its lines, without the heading."""
    lines = render(traced(), CHANGES, width, full=full).splitlines()
    start = lines.index("Where the time goes")
    return lines[start + 1 : lines.index("", start)]  # the first of them says how to read it


def columns() -> dict[str, list[str]]:
    """The section's columns of a wide terminal: the words of the two heading lines, and the cells."""
    title, *table = section()[1:]
    assert title == "buyers.order @surge"
    starts = [0, *(place + 2 for place in range(len(table[1])) if _begins(table, place))]
    cut = [[line[a:b].strip() for line in table] for a, b in zip(starts, [*starts[1:], None], strict=True)]
    return {" ".join(cells[:2]).strip(): cells[2:] for cells in cut}


def _begins(lines: list[str], place: int) -> bool:
    """Whether two spaces in all lines part columns here."""
    head = "".join(line.ljust(200)[place + 2] for line in lines[:2])
    return bool(head.strip()) and all(line[place : place + 2] == "  " for line in lines)


def test_the_window_that_an_objective_asks_for_is_shown_with_cold_starts_as_one_part() -> None:
    found = columns()
    assert found["latency"][:2] == ["400 ms  4.00 s", "200 ms  1.00 s"]
    assert found["checkout cold start"][:2] == ["25  85", "0   0"]
    assert found["payment latency"][:2] == ["75   15", "100  100"]


def test_a_tail_of_fewer_than_ten_requests_is_marked() -> None:
    summary = traced()
    few = dataclasses.replace(FAST, tail=Spent.of(9, {WORK: 9 * SECOND}))
    designs = {
        name: dataclasses.replace(design, where={"buyers.order": {"": few, "surge": few}})
        for name, design in summary.designs.items()
    }
    assert " 1.00 s*" in render(dataclasses.replace(summary, designs=designs), CHANGES, 160)
    assert " 1.00 s*" not in render(summary, CHANGES, 160)


def test_what_is_wasted_is_said_where_there_is_waste() -> None:
    found = columns()
    assert found["attempts a request"][0] == "1.25"
    assert found["ran on, given up"][0] == "5.00 s", "of ten runs together, 50 s"


def test_a_part_too_small_for_a_column_is_among_the_rest() -> None:
    assert not any("earlier attempts" in line for line in section())
    assert "the rest" not in columns()


def test_full_shows_every_window_and_the_phases_of_cold_starts() -> None:
    text = "\n".join(section(full=True))
    assert text.index("buyers.order\n") < text.index("buyers.order @surge")
    assert "cold start, init work" in text
    assert "cold start, platform" in text
    assert "earlier attempts" in text


@pytest.mark.parametrize(("width", "tables"), [(50, 2), (80, 1)])
def test_parts_stand_side_by_side_as_far_as_they_fit(width: int, tables: int) -> None:
    lines = section(width)
    assert max(map(len, lines)) <= width
    assert sum(line.startswith("on-demand") for line in lines) == tables


def test_a_study_that_was_not_traced_has_no_such_section() -> None:
    assert "Where the time goes" not in render(sale(), CHANGES, 160)
