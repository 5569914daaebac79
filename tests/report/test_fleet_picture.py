"""What servers, functions and databases are at work on over time, where designs differ in which they have."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import simulator
from simulator.report.page import content
from simulator.report.pictures.gallery import draw

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


@cache
def ways() -> simulator.Comparison:
    """A function, two servers with a line before them, and more than are needed."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ways.yaml"
        path.write_text(SCENARIO, encoding="utf-8")
        return simulator.read(path).run(workers=1)


def titles(picture: str) -> list[str]:
    made = draw(ways(), picture)
    assert made is not None
    return [axes.get_title(loc="left") for axes in made.axes]


def test_of_a_design_with_servers_instead_no_executions_are_drawn_and_its_name_is_told() -> None:
    assert titles("concurrency") == ["work in function\nno such function used in servers, more"]
    assert set(ways().concurrency()["design"]) == {"function"}
    assert [row.design for row in content.executions(ways()).rows] == ["function"]
