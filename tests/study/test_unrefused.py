"""Of a limit that refused, what the peak asks for if nothing is refused: without what clients send again."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from simulator.report import words
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


BUCKETS = {
    "table, read capacity": """\
  table: {service: dynamodb, item: 1 KB, reads: 1, writes: 0, mode: provisioned, consistent: true,
          provisioned: {read: N, write: 1}}
""",
    "table, capacity": "  table: {service: external, latency: 10 ms, capacity: N/s}\n",
    "table, throttle of route default": """\
  table: {service: http_api, routes: {default: {to: bank, throttle: {rate: N/s, burst: N}}}}
  bank: {service: external, latency: 10 ms}
""",
}
BOUGHT = """\
name: Enough
traffic:
  buyers:
    {to: app, shape: flash_sale, baseline: 5/s, peak: 60/s, starts: 40 s, ramp: 2 s, hold: 1 min,
     half_life: 10 s}
  others: {to: app, shape: poisson, rate: 20/s}
architecture:
  app: {service: client, to: table, timeout: 5 s}
"""
REST = """\
designs: {only: {}}
objectives: {buyers.failed: < 0.05%}
run: {for: 2 min, warm_up: 20 s, replications: 10, engine: simpy}
"""


@pytest.mark.parametrize("limit", BUCKETS)
def test_what_is_said_to_do_of_a_bucket_does_and_15_percent_less_does_not(tmp_path: Path, limit: str) -> None:
    """80 a second for a minute, and 20 to 25 before, half of it before anything is counted."""

    def run(rate: int, replications: int) -> Study:
        path = tmp_path / "bought.yaml"
        text = BOUGHT + BUCKETS[limit].replace("N", str(rate)) + REST.replace("10,", f"{replications},")
        path.write_text(text, encoding="utf-8")
        return conduct(read(path), Crew(workers=1))

    (short,) = (one for one in run(12, 2).summary.designs["only"].limits if words.place(one) == limit)
    found = re.search(
        r", the burst of [\d,.]+ used up, some ([\d.]+)(?: with a burst of ([\d.]+))? would do$",
        words.asked(short),
    )
    assert found, words.asked(short)
    told = math.ceil(float(found[1]))
    assert found[2] == (found[1] if "throttle" in limit else None), "its burst is a setting of its own"

    def lost(rate: int, replications: int) -> float:
        return run(rate, replications).summary.designs["only"].traffic["buyers"].failed_share.value

    assert lost(told, 10) < 0.0005
    assert lost(round(0.85 * told), 2) > 0.0005
