"""Records that always fail are told as the reason for what is dead-lettered or lost, however few they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

import simulator
from simulator.report.given_up import given_up, mostly_poison
from simulator.report.numbers import count, significant
from simulator.report.reasons import reasons

SCENARIO = """\
name: Poison
era: aws-2026
traffic: {shops: {to: orders, shape: poisson, rate: 20/s}, chat: {to: lines, shape: poisson, rate: 20/s}}
architecture:
  orders: {service: sqs, dead_letter: {to: rejected, max_receives: 2}, visibility_timeout: 5 s}
  rejected: {service: sqs}
  lines: {service: kinesis, shards: 2}
  ship: {service: lambda, runtime: nodejs22, memory: 512 MB, timeout: 5 s, duration: 10 ms, poison: 0.5%,
         events: {orders: {from: orders, batch_size: 1}}}
  read: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 10 ms, poison: 0.5%,
         events: {lines: {from: lines, maximum_retry_attempts: 1, bisect_batch_on_function_error: true}}}
designs:
  plain: {}
  reported: {ship: {events: {orders: {report_batch_item_failures: true}}}}
  slow: {ship: {duration: 6 s, poison: 0%}}
objectives: {shops.dead_lettered: < 0.01%, chat.lost: < 0.01%}
run: {for: 60 s, replications: 1, engine: simpy}
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> simulator.Comparison:
    path = tmp_path_factory.mktemp("poison") / "poison.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return simulator.read(path).run(workers=1)


@pytest.mark.parametrize("design", ["plain", "reported"])
def test_poison_is_told_with_how_many_failed_by_it(found: simulator.Comparison, design: str) -> None:
    services, said = found.summary.designs[design].services, dict(reasons(found.summary))[design]
    dead, lost = services["orders"]["messages_dead_lettered"], services["read"]["records_discarded"]
    assert 0 < dead < 20
    assert 0 < lost < 20
    for what, many, source, name in (
        ("message", dead, "orders", "ship"),
        ("record", lost, "read's stream", "read"),
    ):
        met = services[name]["poisoned_invocations"]
        share = significant(100 * met / services[name]["invocations"], 2)
        assert met >= 2 * many - 1, "each is tried twice"
        failed = f"{count(many, what)} from {source} failed too often"
        assert f"{failed}: {share} % of {name}'s invocations meet poison, which always fails" in said
    errors = services["ship"]["errors"]
    assert errors == (services["ship"]["poisoned_invocations"] if design == "plain" else 0)


def test_where_nothing_is_poison_errors_are_told(found: simulator.Comparison) -> None:
    said, ship = dict(reasons(found.summary))["slow"], found.summary.designs["slow"].services["ship"]
    share = significant(100 * ship["errors"] / ship["invocations"], 2)
    assert f"failed too often: {share} % of ship's invocations end in an error" in said
    assert "poisoned_invocations" not in ship


def test_poison_is_not_the_reason_where_most_invocations_fail_by_something_else(
    found: simulator.Comparison,
) -> None:
    plain = found.summary.designs["plain"]
    ship = plain.services["ship"]
    assert mostly_poison(ship)
    throttled = {**ship, "errors": ship["invocations"] / 2}
    assert not mostly_poison(throttled)
    (said,) = given_up({"ship"}, replace(plain, services={**plain.services, "ship": throttled}))
    assert said.endswith("failed too often: 50 % of ship's invocations end in an error")
