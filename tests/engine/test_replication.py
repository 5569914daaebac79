"""A replication is a function of scenario, design and number: the same bytes in any process and any order."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.engine.compiled_engine import CompiledEngine
from simulator.engine.run import run_replication
from simulator.scenario.read import read
from tests.engine.fingerprint import fingerprint
from tests.harness import ENGINES

SCENARIO = """
name: A bit of everything
era: {use: aws-2026, lambda.provisioned.start_delay: 3 s}
traffic:
  buyers: {to: app, shape: flash_sale, baseline: 5/s, peak: 60/s, starts: 10 s, ramp: 2 s, hold: 10 s,
           half_life: 5 s, mix: {browse: 80%, order: 20%}}
  staff: {to: api, shape: users, count: 3, think: {exponential: {mean: 1 s}}, ramp: 3 s}
architecture:
  account: {lambda_concurrency: 140, used_elsewhere: 105}
  app: {service: client, to: api, timeout: 400 ms, spread: 500 ms, retries: {attempts: 2, backoff: 100 ms}}
  api:
    service: http_api
    routes:
      order: {to: checkout, throttle: {rate: 20/s, burst: 5}}
      default: {to: catalogue, response: 12 KB}
  catalogue: {service: lambda, runtime: nodejs22, duration: {lognormal: {median: 20 ms, p99: 200 ms}}}
  checkout:
    service: lambda
    runtime: java21
    timeout: 3 s
    keep_alive: 5 s
    init: {connects: [stock]}
    handler:
      - work: {gamma: {mean: 30 ms, cv: 0.5}}
      - call: stock
      - call: {to: bank, retries: {attempts: 1}}
    provisioned_concurrency: {schedule: {sale: {at: 0 s, for: 100 s, amount: 2}}}
  stock: {service: rds, instance: db.t3.micro, query: 3 ms, max_connections: 6}
  bank: {service: external, latency: {exponential: {mean: 200 ms}}, capacity: 10/s, fails: 2%}
designs:
  busy: {}
  quiet: {bank: {capacity: 100/s}}
windows: {surge: {from: 10 s, for: 5 s}}
run: {for: 40 s, warm_up: 5 s, seed: 7, replications: 3}
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("scenario") / "everything.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return str(file)


def elsewhere(path: str, engine: str, numbers: list[int], hash_seed: int) -> dict[int, str]:
    """Fingerprints from another process that hashes its texts otherwise."""
    command = [sys.executable, "-m", "tests.engine.fingerprint", path, engine, *map(str, numbers)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
        env={"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    return {int(number): digest for number, digest in (line.split() for line in done.stdout.splitlines())}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_bytes_come_out_in_any_process_and_any_order(path: str, engine: str) -> None:
    here = {number: fingerprint(path, "busy", number, engine) for number in (1, 0, 2)}
    assert len(set(here.values())) == 3
    assert elsewhere(path, engine, [2, 0, 1], hash_seed=1) == here


def test_every_engine_gives_the_same_bytes(path: str) -> None:
    for design in ("busy", "quiet"):
        assert len({fingerprint(path, design, 0, engine) for engine in ENGINES}) == 1


def test_the_scenario_of_these_tests_holds_a_bit_of_everything(path: str) -> None:
    done = run_replication(read(path), "busy", 0, "simpy")
    buyers, checkout = done.traffic["buyers"], done.services["checkout"]
    assert (
        min(buyers.outcomes[outcome] for outcome in ("ok", "throttled", "error", "timeout", "in_flight")) > 0
    )
    assert buyers.attempts > buyers.requests > buyers.windows["surge"].requests > 0
    assert buyers.completion.max > buyers.latency.max
    assert min(checkout[name] for name in ("cold_starts", "provisioned_invocations", "errors")) > 0
    assert done.services["stock"]["connections_refused"] > 0
    assert done.traffic["staff"].requests > 30


def engines() -> list[CompiledEngine]:
    return [one for one in gc.get_objects() if isinstance(one, CompiledEngine)]


def test_a_run_that_is_over_holds_nothing_that_only_the_collector_would_find(path: str) -> None:
    """What is counted of a day takes a hundred megabytes."""
    scenario = read(path)
    gc.collect()
    gc.disable()
    try:
        before = set(map(id, engines()))  # which other tests keep
        run_replication(scenario, "busy", 0, "compiled")
        assert not [one for one in engines() if id(one) not in before]
    finally:
        gc.enable()
