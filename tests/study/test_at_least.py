"""What an estimate without refusals can only tell the least of, and what is sent again."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.measure.need import Capacity, Need
from simulator.report.capacity import render
from simulator.scenario.model import Scenario
from simulator.scenario.read import read
from simulator.study.capacity import capacity
from simulator.study.study import run

DESIGNS = """\
name: Least
traffic: {shops: {to: app, shape: poisson, rate: 100/s}}
architecture:
  app: {service: client, to: api}
  api:
    service: lambda
    runtime: nodejs22
    memory: 1769 MB
    timeout: 30 s
    handler: [{work: 100 ms}, {call: {to: table, retries: {attempts: 5, backoff: 500 ms}}}]
  table: {service: dynamodb, writes: 1, item: 1 KB, provisioned: {read: 10, write: 10}}
designs:
  retried: {}
  once: {api: {handler: [{work: 100 ms}, {call: table}]}}
  by-client: {extends: once, app: {retries: {attempts: 2, on: [5xx]}}}
  waited: {table: {service: rds, extends: null}}
  enough: {table: {provisioned: {write: 300}}}
run: {for: 2 min, replications: 2}
"""
WAITED = """{api: {handler: [{work: 100 ms}, {call: database}]}, table: null,
    database: {service: rds, engine: mysql, instance: db.t3.small, vcpus: of_class, query: 40 ms}}"""
VAIN = """\
name: Vain
traffic:
  shops: {to: api, shape: stages, start: 10/s, stages: {rise: {target: 200/s, for: 3 min}}}
architecture:
  api:
    service: lambda
    runtime: nodejs22
    memory: 1769 MB
    timeout: 30 s
    init: {work: 3 s, connects: [stock]}
    handler: [{work: 1 s}, {call: stock}]
  stock: {service: rds, engine: mysql, instance: db.t3.small, query: 1 ms}
run: {for: 3 min, replications: 2}
"""
POLLED = """\
name: Polled
traffic: {shops: {to: orders, shape: poisson, rate: 100/s}}
architecture:
  orders: {service: sqs, visibility_timeout: 2 min}
  ship: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 100 ms, reserved_concurrency: 2,
         events: {orders: {from: orders, batch_size: 1, maximum_concurrency: 40}}}
run: {for: 3 min, warm_up: 1 min, replications: 1}
"""
REFUSED = """\
name: Refused
traffic: {shops: {to: app, shape: poisson, rate: 100/s}}
architecture:
  account: {lambda_concurrency: 100, used_elsewhere: 70}
  app: {service: client, to: api, retries: {attempts: 3, on: [5xx, 429], backoff: 200 ms}}
  api: {service: lambda, runtime: nodejs22, memory: 1769 MB, duration: 1 s}
designs:
  again: {}
  once: {app: {retries: {attempts: 0}}}
run: {for: 2 min, warm_up: 20 s, replications: 2}
"""
FUNCTIONS = ("account", "concurrency")


def written(tmp_path: Path) -> Path:
    path = tmp_path / "least.yaml"
    path.write_text(DESIGNS.replace("{table: {service: rds, extends: null}}", WAITED), encoding="utf-8")
    return path


def said(found: Capacity) -> str:
    return " ".join(render("Least", {"one": found}, 100).split())


def check_against_a_run(scenario: Scenario, design: str, limit: str, need: Need) -> None:
    """Where only the least is told much more is asked for, and else about as much."""
    limits = run(scenario, [design], workers=1).summary.designs[design].limits
    (ran,) = (one for one in limits if one.limit == limit)
    if need.at_least:
        assert ran.demand > 1.5 * need.demand
    else:
        assert ran.demand == pytest.approx(need.demand, rel=0.25)


@pytest.mark.parametrize(
    ("design", "because"),
    [
        ("retried", ("table: write capacity",)),
        ("once", ()),
        ("waited", ("database: vcpus",)),
        ("enough", ()),
    ],
)
def test_executions_are_a_lower_bound_where_requests_wait_or_are_sent_again_meanwhile(
    tmp_path: Path, design: str, because: tuple[str, ...]
) -> None:
    least = read(written(tmp_path))
    (need,) = (one for one in capacity(least, design).needs if (one.service, one.limit) == FUNCTIONS)
    assert need.at_least == because
    check_against_a_run(least, design, "concurrency", need)


def test_what_is_sent_again_is_told_of_before_retries(tmp_path: Path) -> None:
    least = read(written(tmp_path))
    line = (
        "What table: write capacity refuses is sent again, up to 6 times in all: it is told of before"
        " retries. Meanwhile each has an execution of api in hand."
    )
    for design in ("retried", "once", "enough"):
        assert (line in said(capacity(least, design))) is (design == "retried")
    retried = capacity(least, "retried")
    assert "≥: at the least, since a limit is exceeded" in said(retried)
    assert render("Least", {"one": retried}, 100, unicode=False).isascii()
    polled = retried._replace(needs=tuple(one._replace(attempts=None) for one in retried.needs))
    assert "write capacity refuses is sent again, until it is taken or given up: it is told of" in said(
        polled
    )
    needs = {(one.service, one.limit): one for one in capacity(least, "by-client").needs}
    write = needs["table", "write capacity"]
    assert (write.attempts, write.retrying) == (3, ()), "the handler fails, and the client sends again"
    assert needs[FUNCTIONS].at_least == (), "what fails early may hold an execution for less long"
    assert write.at_least == (write.name,)
    limits = run(least, ["by-client"], workers=1).summary.designs["by-client"].limits
    (ran,) = (limit for limit in limits if limit.limit == "write capacity")
    assert 1.5 * write.demand < ran.demand < write.attempts * write.demand


@pytest.mark.parametrize(
    ("design", "because"), [("by-client", ("table: write capacity",)), ("retried", ()), ("once", ())]
)
def test_rates_are_a_lower_bound_on_the_way_of_what_is_sent_again(
    tmp_path: Path, design: str, because: tuple[str, ...]
) -> None:
    """Who tries a call again does not come again by itself; a client does."""
    least = read(written(tmp_path))
    (need,) = (one for one in capacity(least, design).needs if one.name == "account: requests per second")
    assert need.at_least == because
    check_against_a_run(least, design, "requests per second", need)


def test_rates_are_no_lower_bound_where_pollers_send_again(tmp_path: Path) -> None:
    """They take nothing else while they back off, up to 10 s, and ask less often than if none is refused."""
    path = tmp_path / "polled.yaml"
    path.write_text(POLLED, encoding="utf-8")
    polled = read(path)
    needs = {need.name: need for need in capacity(polled, "architecture").needs}
    limits = run(polled, workers=1).summary.designs["architecture"].limits
    ran = {f"{limit.service}: {limit.limit}": limit.demand for limit in limits}
    concurrency = needs["ship: reserved concurrency"]
    assert concurrency.ratio > 1
    assert (concurrency.attempts, concurrency.upstream) == (None, ())
    for name in ("account: requests per second", "ship: requests per second"):
        assert needs[name].at_least == ()
        assert ran[name] < 0.7 * needs[name].steady


def test_environments_that_find_no_connection_start_in_vain(tmp_path: Path) -> None:
    path = tmp_path / "vain.yaml"
    path.write_text(VAIN, encoding="utf-8")
    vain = read(path)
    found = capacity(vain, "architecture")
    needs = {(one.service, one.limit): one for one in found.needs}
    assert needs["stock", "max_connections"].owners == ("api",)
    assert needs[FUNCTIONS].at_least == ("stock: max_connections",)
    assert "New environments of api that find no connections left start in vain" in said(found)
    limits = run(vain, workers=1).summary.designs["architecture"].limits
    (ran,) = (limit for limit in limits if limit.limit == "concurrency")
    assert ran.demand > 1.1 * needs[FUNCTIONS].demand


def test_of_executions_that_the_account_refuses_only_the_least_is_told_where_they_are_sent_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "refused.yaml"
    path.write_text(REFUSED, "utf-8")
    scenario = read(path)
    again, once = (
        next(need for need in capacity(scenario, design).needs if (need.service, need.limit) == FUNCTIONS)
        for design in ("again", "once")
    )
    assert (again.attempts, again.at_least) == (4, ("account: concurrency",))
    assert (once.attempts, once.at_least) == (1, ())
    check_against_a_run(scenario, "again", "concurrency", again)
    check_against_a_run(scenario, "once", "concurrency", once)
