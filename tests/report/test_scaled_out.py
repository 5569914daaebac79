"""Why a fleet that follows its load is short of servers: its alarm waits for data points, then it boots."""

from __future__ import annotations

from pathlib import Path

import simulator
from simulator.report.reasons import reasons

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
        " beyond the goal, and a new server 1 min more; what helps is detailed_monitoring, scheduled_actions"
        " or min_capacity: 5"
    )
    assert "; shop has 1 of at most 20 servers, and more first at 4m" in found["detailed"]
    assert found["detailed"].endswith(
        ": its alarm needs 3 data points of 1 min beyond the goal, and a new server 1 min more; what helps is"
        " scheduled_actions or min_capacity: 5"
    )
    assert found["basic"].count("never scales out") == 1, "told once for both objectives"


def test_one_that_has_what_the_peak_needs_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    text = SCENARIO.replace("HOLD", "1 min").replace("RUN", "2 min").replace("< 1 s", "< 210 ms")
    path.write_text(text, encoding="utf-8")
    found = dict(reasons(simulator.read(path).run(["fixed"], workers=1).summary))
    assert "scales out" not in found.get("fixed", "")
