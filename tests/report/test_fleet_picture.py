"""What servers, functions and databases are at work on over time, where designs differ in which they have."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import altair as alt

import simulator
from simulator.report.page import content
from simulator.report.page.page import page
from simulator.report.pictures.gallery import draw
from simulator.study.servers import KINDS
from tests.report.test_report_page import data_of

SCENARIO = """\
name: Three ways
era: aws-2026
traffic: {buyers: {to: app, shape: burst, every: 60 s, requests: 40, length: 1 s, starts: 10 s}}
architecture:
  app: {service: client, to: work, timeout: 30 s}
  work: {service: lambda, runtime: python3.13, memory: 1769 MB, timeout: 20 s, duration: 1 s}
designs:
  function: {}
  servers:
    work: {service: server, servers: 2, vcpus: 2, price_per_month: $300, concurrency: 5, duration: 1 s}
  more: {extends: servers, work: {servers: 40}}
run: {for: 60 s, replications: 2, engine: simpy}
"""
DATABASE = """\
name: A database
era: aws-2026
traffic: {buyers: {to: app, shape: burst, every: 60 s, requests: 20, length: 1 s, starts: 10 s}}
architecture:
  app: {service: client, to: work, timeout: 30 s}
  work:
    {service: lambda, runtime: python3.13, memory: 1769 MB, duration: 1 s, init: {connects: [stock]}}
  stock: {service: rds, engine: mysql, instance: db.t3.medium, max_connections: 1000, query: 5 ms}
designs: {ample: {}}
run: {for: 60 s, replications: 1, engine: simpy}
"""


def study(text: str) -> simulator.Comparison:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ways.yaml"
        path.write_text(text, encoding="utf-8")
        return simulator.read(path).run(workers=1)


@cache
def ways() -> simulator.Comparison:
    """A function, two servers with a line before them, and more than are needed."""
    return study(SCENARIO)


def titles(picture: str) -> list[str]:
    made = draw(ways(), picture)
    assert made is not None
    return [axes.get_title(loc="left") for axes in made.axes]


def test_requests_at_servers_are_told_by_what_they_do() -> None:
    table = ways().servers()
    assert set(table["design"]) == {"servers", "more"}
    full = table[table["in line"] > 20]
    assert len(full) > 0
    assert set(full["computing"]) == {4.0}, "two servers of two CPUs"
    assert set(full["waiting for a CPU"]) == {6.0}, "the rest of two times five places"
    assert set(full["only held"]) == {0.0}
    assert set(full["places"]) == {10.0}
    more = table[table["design"] == "more"]
    assert more["waiting for a CPU"].max() == 0
    assert set(more["places"]) == {200.0}


def test_a_row_for_each_design_with_servers_and_places_that_nobody_needs_do_not_flatten_it() -> None:
    assert titles("servers") == ["work in servers", "work in more"]
    made = draw(ways(), "servers")
    assert made is not None
    few, many = made.axes
    most = ways().servers()[list(KINDS)].sum(axis=1).max()
    assert few.get_ylim() == many.get_ylim()
    assert most <= few.get_ylim()[1] < 1.2 * most
    assert set(few.get_lines()[0].get_ydata()) == {10.0}
    assert set(many.get_lines()[0].get_ydata()) == {200.0}
    said = [axes.get_ylabel().splitlines()[1:] for axes in (few, many)]
    assert said == [[], ["places: 200"]], "out of sight"
    assert not (*few.texts, *many.texts), "nothing lies on what is there"


def test_the_page_has_them_too_and_says_which_designs_have_none() -> None:
    found = data_of(page(ways()))
    alt.Chart.from_dict(found["specs"]["servers"])
    assert found["tables"]["elsewhere"]["design"]["texts"] == ["function"]
    assert found["tables"]["places"]["design"]["texts"] == ["servers"], "200 places would flatten 40 requests"
    shown = found["tables"]["servers"]
    assert set(shown["kind"]["texts"]) == {"computing", "waiting for a CPU", "in line"}
    assert max(shown["value"]) == ways().servers()[list(KINDS)].to_numpy().max()


def test_of_a_database_that_is_never_half_taken_there_is_nothing_to_tell() -> None:
    assert draw(study(DATABASE), "servers") is None
    tight = study(DATABASE.replace("ample: {}", "ample: {}, tight: {stock: {max_connections: 30}}"))
    table = tight.servers()
    assert list(dict.fromkeys(table["design"])) == ["ample", "tight"], "side by side where one is"
    assert {tuple(found) for found in table[["design", "places"]].drop_duplicates().to_numpy()} == {
        ("ample", 1000.0),
        ("tight", 30.0),
    }
    assert table["only held"].max() == 20


def test_of_a_design_with_servers_instead_no_executions_are_drawn_and_its_name_is_told() -> None:
    assert titles("concurrency") == ["work in function\nno such function used in servers, more"]
    assert set(ways().concurrency()["design"]) == {"function"}
    assert [row.design for row in content.executions(ways()).rows] == ["function"]


def test_a_function_whose_environments_end_in_their_init_says_how_many_did() -> None:
    """Each of the 20 requests needs an environment of its own, of which 5 get a connection."""
    found = study(DATABASE.replace("ample: {}", "ample: {}, tight: {stock: {max_connections: 5}}"))
    made = draw(found, "concurrency")
    assert made is not None
    assert [axes.get_title(loc="left") for axes in made.axes] == [
        "work in ample",
        "work in tight\n75 % of its cold starts ended in their init",
    ]
