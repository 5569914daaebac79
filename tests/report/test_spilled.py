"""Why requests start cold although concurrency is provisioned: its rate of requests, or all of it in use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import simulator
from simulator.report.reasons import reasons
from simulator.study.capacity import capacity

SCENARIO = """\
name: Kept ready
era: aws-2026
traffic: {buyers: {to: shop, shape: constant, rate: 120/s}}
architecture:
  shop: {service: lambda, runtime: java21, memory: 1769 MB, init: {work: 2 s}, duration: DURATION,
    provisioned_concurrency: 10}
objectives: {buyers.latency: p99 < 30 ms}
run: {for: 60 s, warm_up: 1 s, replications: 2}
"""


def read(tmp_path: Path, duration: str, *sets: str) -> simulator.Experiment:
    path = tmp_path / "ready.yaml"
    path.write_text(SCENARIO.replace("DURATION", duration), encoding="utf-8")
    return simulator.read(path, sets)


def said(tmp_path: Path, duration: str) -> str:
    summary = read(tmp_path, duration).run(workers=1).summary
    return dict(reasons(summary))["architecture"]


def test_beyond_their_rate_it_is_told_how_many_would_do(tmp_path: Path) -> None:
    """120 a second, and what chance adds in one, of 10 x 10 and a burst of 10."""
    found = said(tmp_path, "20 ms")
    assert "goes to shop's cold start; " in found
    assert "% of its requests in the whole run spilled over from provisioned environments at shop," in found
    assert "provisioned requests per second (demand 1" in found
    assert " of 100 requests/s, the burst of 10.0 used up" in found
    assert ": 10 of them take 10 a second each, some 14 would do" in found
    assert "also reached" not in found


def test_where_all_are_in_use_that_is_told_and_how_many_do(tmp_path: Path) -> None:
    found = said(tmp_path, "150 ms")
    assert "spilled over from provisioned environments, all of which were in use (up to " in found
    (would,) = re.findall(r"executions at a time\); some (\d+) would do", found)
    with_them = read(tmp_path, "150 ms", f"shop.provisioned_concurrency={would}").run(workers=1)
    shop = with_them.summary.designs["architecture"].services["shop"]
    assert shop["provisioned_spillover_invocations"] < 0.001 * shop["invocations"]


@pytest.mark.parametrize(("duration", "exceeded"), [("20 ms", True), ("150 ms", False)])
def test_before_a_run_it_is_exceeded_where_environments_are_quicker_than_their_rate(
    tmp_path: Path, duration: str, exceeded: bool
) -> None:
    needs = capacity(read(tmp_path, duration).scenario, "architecture").needs
    (need,) = (one for one in needs if one.limit == "provisioned requests per second")
    assert (need.ratio > 1) is exceeded
    assert (need.allowed, need.burst) == pytest.approx((100, 10))
