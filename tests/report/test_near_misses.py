"""What a design comes close to is told, of buckets as of servers; what is always so many is none of it."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import simulator
from simulator.report import words
from simulator.report.pictures.gallery import draw
from simulator.report.pictures.style import WALL, Picture

SCENARIO = """\
name: Near misses
traffic: {buyers: {to: app, shape: poisson, rate: 28/s}}
architecture:
  app: {service: client, to: shop, timeout: 5 s}
  shop: {SERVERS, concurrency: 40, backlog: 0, handler: [{call: table}, {call: bank}]}
  table: {service: dynamodb, item: 1 KB, reads: 1, writes: 0, mode: provisioned, consistent: true,
          provisioned: {read: READ, write: 1}}
  bank: {service: external, latency: 0.3 s, capacity: 9000/s}
objectives: {buyers.failed: < 10%, buyers.latency: p99 < 302 ms}
run: {for: 60 s, warm_up: 5 s, replications: 2, engine: simpy}
"""
FIXED = "service: server, servers: 4, vcpus: 4, price_per_month: $73"
GROUP = "service: ec2, instance: m5.xlarge, desired_capacity: 4, max_capacity: 4"


@cache
def study(servers: str = FIXED, read: int = 5) -> simulator.Comparison:
    """28 reads a second for a minute: 1,680."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "near.yaml"
        text = SCENARIO.replace("SERVERS", servers).replace("READ", str(read))
        path.write_text(
            text.replace("call: table, call: bank", "{call: table}, {call: bank}"), encoding="utf-8"
        )
        return simulator.read(path).run(workers=1)


def drawn(name: str) -> Picture:
    made = draw(study(), name)
    assert made is not None
    made.draw_without_rendering()
    return made


def shares(found: simulator.Comparison) -> dict[str, float]:
    (design,) = found.summary.designs.values()
    return {f"{limit.service}: {limit.limit}".replace("_", " "): limit.ratio for limit in design.limits}


def test_a_number_of_servers_that_is_fixed_is_no_limit_and_one_that_may_change_is() -> None:
    assert "shop: servers" not in shares(study())
    assert shares(study(GROUP))["shop: servers"] == 1
    assert "shop: servers" not in shares(study(f"{GROUP}, min_capacity: 4"))


def test_a_bucket_that_came_near_to_empty_is_told_though_no_second_asked_for_much() -> None:
    """1,680 of 1,500 and 300 that come meanwhile."""
    ((name, design),) = study().summary.designs.items()
    (table,) = (limit for limit in design.limits if limit.service == "table")
    assert table.first_at_s is None
    assert table.demand / (table.allowed + table.burst) < 0.1
    assert table.ratio == pytest.approx(1680 / 1800, rel=0.05)
    met = {key: one._replace(verdict="pass") for key, one in design.objectives.items()}
    cheapest = dataclasses.replace(design, objectives=met)
    said = words.caution(dataclasses.replace(study().summary, designs={name: cheapest}))
    assert said.startswith(f"{name} comes close to table, read capacity (demand ")
    share = f"{100 * table.ratio:.1f} % of the burst and what came in its tightest span"
    assert said.endswith(f" of 5.00 +1,500 read units/s, {share}).")


def test_limits_that_nothing_comes_near_are_counted_and_not_drawn() -> None:
    (panel,) = drawn("limits").axes
    rows = {text.get_text() for text in panel.get_yticklabels()}
    hidden = {name for name, share in shares(study()).items() if 0 < share < 0.1}
    assert "bank: capacity" in hidden
    assert rows == {name for name, share in shares(study()).items() if share >= 0.1}
    many = f"{len(hidden)} limit{'s' * (len(hidden) > 1)}"
    assert panel.get_xlabel().endswith(f"\nnot shown: {many} of which no design comes to 10 %")


def test_the_words_of_an_objective_stand_where_no_line_is() -> None:
    """Latency is 300 ms and little more, just beyond the wall of 302 ms."""
    (panel,) = drawn("distribution").axes
    (text,) = panel.texts
    words_at = text.get_window_extent()
    lines = [line for line in panel.lines if line.get_color() != WALL]
    assert lines
    for line in lines:
        assert not line.get_path().transformed(line.get_transform()).intersects_bbox(words_at, filled=False)
    assert panel.get_window_extent().x0 <= words_at.x0 < words_at.x1 <= panel.get_window_extent().x1
