"""What a consumer that falls behind leaves unfinished misses an objective that what it finishes meets."""

from __future__ import annotations

from pathlib import Path

import simulator
from simulator.report.reasons import reasons

BEHIND = """\
name: Behind
traffic: {shops: {to: orders, shape: constant, rate: 10/s}}
architecture:
  orders: {service: sqs}
  ship: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 1 s,
         events: {orders: {from: orders, batch_size: 1, maximum_concurrency: 2}}}
designs: {behind: {}, faster: {ship: {events: {orders: {maximum_concurrency: 20}}}}}
objectives: {shops.completion: p90 < 60 s}
run: {for: 60 s, replications: 1, engine: simpy}
"""


def test_a_queue_that_is_never_emptied_misses_a_percentile_that_no_message_taken_from_it_misses(
    tmp_path: Path,
) -> None:
    """Ten a second come, two are worked at for a second: of 600 at most 120 are complete, none after 60 s."""
    file = tmp_path / "behind.yaml"
    file.write_text(BEHIND, "utf-8")
    summary = simulator.read(file).run(workers=1).summary
    shops = summary.designs["behind"].traffic["shops"]
    assert 480 <= shops.undone["unfinished"].value * shops.requests.value < 500
    verdicts = [design.verdict for design in summary.designs.values()]
    assert verdicts == ["fail", "pass"]
    ((name, said),) = reasons(summary)
    assert name == "behind"
    assert said.startswith("fails shops.completion (infinite, not p90 < 60 s): 4")
    assert "% of all, are unfinished at its end and count as infinite" in said
