"""Where the time goes, on a terminal."""

from __future__ import annotations

import dataclasses
import re
import textwrap

import pytest

from simulator.measure.statistics import Estimate
from simulator.measure.summary import Summary
from simulator.measure.where import Part, Spent, Where
from simulator.report.terminal import render
from tests.report.sale import CHANGES, sale
from tests.report.small import small

SECOND = 1e9
NOTHING = Spent(0, {})
INIT, PLATFORM = Part("checkout", "cold start", "init work"), Part("checkout", "cold start", "platform")
WORK, EARLIER = Part("payment", "latency"), Part("app", "earlier attempts")
KINDS = {"app": "client", "checkout": "lambda", "payment": "external", "stock": "rds"}
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
            design, where={"buyers.order": {"": FAST, "surge": SLOW if name == slow else FAST}}, kinds=KINDS
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
    found = lines[start + 1 : lines.index("", start)]  # the first two of them say how to read it
    said = textwrap.wrap("ran on: time in a run for which work went on after its caller had given up", width)
    assert set(said) <= set(found)
    return [line for line in found if line not in said]


def columns() -> dict[str, list[str]]:
    """The section's columns of a wide terminal: the words of the heading lines, and the cells."""
    title, *table = section()[2:]
    assert title == "buyers.order @surge"
    table = [line.ljust(160) for line in table]
    head = next(row for row, line in enumerate(table) if line.startswith("on-demand"))
    starts = [0, *(place + 2 for place in range(158) if _begins(table, head, place))]
    cut = [[line[a:b].strip() for line in table] for a, b in zip(starts, [*starts[1:], None], strict=True)]
    return {" ".join(" ".join(cells[:head]).split()): cells[head:] for cells in cut}


def _begins(lines: list[str], heading: int, place: int) -> bool:
    """Whether two spaces in all lines part columns here."""
    head = "".join(line[place + 2] for line in lines[:heading])
    return bool(head.strip()) and all(line[place : place + 2] == "  " for line in lines)


def test_the_window_that_an_objective_asks_for_is_shown_with_cold_starts_as_one_part() -> None:
    found = columns()
    assert found["latency mean tail"][:2] == ["400 ms 4.00 s", "200 ms 1.00 s"]
    assert found["checkout cold start mean tail"][:2] == ["25   85", "0    0"]
    assert found["payment latency mean tail"][:2] == ["75   15", "100  100"]


def test_each_number_of_a_pair_stands_under_what_it_is_of() -> None:
    lines = section()
    heading = next(line for line in lines if " mean tail" in line)
    row = next(line for line in lines if line.startswith("on-demand"))
    ends = [found.end() for found in re.finditer("mean|tail", heading)]
    assert [re.split(r"\s", row[:end])[-1] for end in ends] == ["ms", "s", "75", "15", "25", "85"]


def test_a_cause_of_several_words_is_broken_before_it_makes_its_column_wider() -> None:
    assert [line.split() for line in section()[3:6]] == [
        ["checkout"], ["payment", "cold"], ["latency", "latency", "start", "attempts", "ran", "on,"],
    ]  # fmt: skip


def test_what_kind_of_service_the_names_are_is_said_once() -> None:
    assert section()[1] == "services: payment (external), checkout (lambda)"
    assert section(full=True)[1].startswith("services: payment (external), checkout (lambda), app (client)")
    summary = traced()
    slow = next(iter(summary.designs))
    other = dataclasses.replace(summary.designs[slow], kinds={"payment": "alb", "checkout": "lambda"})
    text = render(dataclasses.replace(summary, designs={**summary.designs, slow: other}), CHANGES, 160)
    assert "services: payment (alb or external), checkout (lambda)\n" in text, "designs may differ in it"


def test_the_kinds_are_those_that_the_scenario_says() -> None:
    kinds = {"app": "client", "api": "http_api", "pages": "lambda", "orders": "lambda"}
    assert small().summary.designs["kept"].kinds == kinds
    assert "services: pages (lambda), api (http_api), orders (lambda)\n" in str(small())


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
    assert not any("earlier" in line for line in section())
    assert not any(title.startswith("the rest") for title in columns())


def test_full_shows_every_window_and_the_phases_of_cold_starts() -> None:
    text = "\n".join(section(full=True))
    assert text.index("buyers.order\n") < text.index("buyers.order @surge")
    phases = [line for line in text.splitlines() if "init work" in line and "platform" in line]
    assert len(phases) == 1
    assert re.search(r"earlier\n.* attempts", text)


@pytest.mark.parametrize(("width", "tables"), [(50, 2), (80, 1)])
def test_parts_stand_side_by_side_as_far_as_they_fit(width: int, tables: int) -> None:
    lines = section(width)
    assert max(map(len, lines)) <= width
    assert sum(line.startswith("on-demand") for line in lines) == tables


def test_a_study_that_was_not_traced_has_no_such_section() -> None:
    assert "Where the time goes" not in render(sale(), CHANGES, 160)
