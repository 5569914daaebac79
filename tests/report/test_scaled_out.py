"""Why a fleet that follows its load is short of servers: its alarm waits for data points, then it boots."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import simulator
from simulator.measure.limits import LimitSummary
from simulator.measure.scaled_out import ScaledOut
from simulator.report.reasons import reasons
from simulator.report.scaled_out import scaled_too_late
from tests.report.sale import sale

SCENARIO = """\
name: Fleet
era: aws-2026
traffic: {buyers: {to: shop, shape: flash_sale, baseline: 2/s, peak: 40/s, starts: 1 min, ramp: 5 s,
  hold: HOLD, half_life: 10 s}}
architecture:
  shop: {service: ec2, instance: m5.large, min_capacity: 1, max_capacity: 20, boot: 40 s, init: {work: 20 s},
    target_tracking: {target: 60%}, concurrency: 20, backlog: 20, handler: [{work: 200 ms}]}
designs:
  basic: {}
  detailed: {shop: {detailed_monitoring: true}}
  fixed: {shop: {min_capacity: 5}}
objectives: {buyers.failed: < 1%, buyers.latency: p99 < 1 s}
run: {for: RUN, warm_up: 10 s, replications: 2}
"""


def said(tmp_path: Path, hold: str, run: str) -> dict[str, str]:
    path = tmp_path / "fleet.yaml"
    path.write_text(SCENARIO.replace("HOLD", hold).replace("RUN", run), encoding="utf-8")
    return dict(reasons(simulator.read(path).run(workers=1).summary))


def test_one_that_never_scales_out_is_told_with_what_it_waits_for_and_what_helps(tmp_path: Path) -> None:
    """40 a second of 200 ms each need 8 of 2 CPUs a server, of which nine tenths are to be busy: 5 servers.
    The alarm of detailed monitoring rings after the points of 2, 3 and 4 min; a server is there at 5 min."""
    found = said(tmp_path, "5 min", "7 min")
    assert list(found) == ["basic", "detailed"]
    assert found["basic"].endswith(
        "; shop has 1 of at most 20 servers and never scales out: its alarm needs 3 data points of 5 min"
        " beyond the goal, and a new server 1 min more; enough is min_capacity: 5, all the time or by"
        " scheduled_actions ahead of the peak; detailed_monitoring makes it sooner"
    )
    assert "; shop has 1 of at most 20 servers, and more first at 4m" in found["detailed"]
    assert found["detailed"].endswith(
        ": its alarm needs 3 data points of 1 min beyond the goal, and a new server 1 min more; enough is"
        " min_capacity: 5, all the time or by scheduled_actions ahead of the peak"
    )
    assert found["basic"].count("never scales out") == 1, "told once for both objectives"


def test_one_that_has_what_the_peak_needs_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    text = SCENARIO.replace("HOLD", "1 min").replace("RUN", "2 min").replace("< 1 s", "< 210 ms")
    path.write_text(text, encoding="utf-8")
    found = dict(reasons(simulator.read(path).run(["fixed"], workers=1).summary))
    assert "scales out" not in found.get("fixed", "")


@pytest.mark.parametrize(
    ("first_s", "by_s", "scheduled", "told"),
    [
        (
            240.0,
            244.0,
            False,
            "and more first between 4m and 4m4s, by run, 7 at the most: its alarm needs 3 data",
        ),
        (240.0, 240.2, False, "and more first at 4m, 7 at the most: its alarm needs 3 data points of 5 min"),
        (240.0, 240.0, True, "and more first at 4m, 7 at the most: a new server needs 1 min; enough is"),
    ],
    ids=["runs differ", "runs agree", "by a schedule"],
)
def test_when_there_were_more_is_told_as_it_was_in_the_runs(
    first_s: float, by_s: float, scheduled: bool, told: str
) -> None:
    cpus = LimitSummary("shop", "vcpus", "vcpus", 2.0, 2.0, 9.0, 60.0, 2, 9.0, unrefused=15.0)
    fleet = ScaledOut("shop", 1.0, 7.0, 20, first_s, by_s, 3, 300.0, 60.0, {"vcpus": 2}, scheduled, False)
    design = replace(sale().designs["on-demand"], limits=(cpus,), scaled_out=(fleet,))
    (found,) = scaled_too_late(list(design.objectives.values()), design)
    assert told in found
