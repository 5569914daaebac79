"""Of a limit that refused, what the peak asks for if nothing is refused: without what clients send again."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.scenario.read import read
from simulator.study.crew import Crew
from simulator.study.study import Study, conduct

TEXT = """\
name: Sent again
traffic: {buyers: {to: app, shape: poisson, rate: 20/s}}
architecture:
  app: {service: client, to: shop, timeout: 5 s, retries: {attempts: 4, backoff: 100 ms}}
  shop: {service: server, servers: 1, vcpus: 1, price_per_month: $73, concurrency: 10, backlog: 0,
         handler: [work: 100 ms]}
designs:
  short: {}
  enough: {shop: {vcpus: 4}}
  bucket: {shop: {handler: [{call: bank}]}, bank: {service: external, latency: 0 s, capacity: 10/s}}
objectives: {buyers.failed: < 10%}
run: {for: 60 s, warm_up: 10 s, replications: 2, engine: simpy}
"""


def demands(study: Study, design: str) -> dict[str, tuple[float, float | None]]:
    limits = study.summary.designs[design].limits
    return {limit.limit: (limit.demand, limit.unrefused) for limit in limits if limit.service == "shop"}


@pytest.mark.parametrize("where", [True, False])
def test_what_is_needed_is_told_beside_what_was_asked_for(tmp_path: Path, where: bool) -> None:
    """20 requests/s of 100 ms need two CPUs; who asks for no reasons is told none."""
    path = tmp_path / "again.yaml"
    path.write_text(TEXT, encoding="utf-8")
    study = conduct(read(path), Crew(workers=1), where=where)
    asked, needed = demands(study, "short")["vcpus"]
    assert asked > 4
    assert needed == (pytest.approx(2.0) if where else None)
    assert all(needed is None for _, needed in demands(study, "enough").values())
    (bank,) = (one for one in study.summary.designs["bucket"].limits if one.service == "bank")
    assert bank.burst > 0
    assert bank.unrefused == (pytest.approx(20.0, rel=0.25) if where else None)
