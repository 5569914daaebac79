"""Why requests are late or time out: where the time of their attempts goes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import simulator
from simulator.measure.limits import LimitSummary
from simulator.measure.result import Cause
from simulator.measure.summary import Failure, TrafficSummary
from simulator.measure.where import Part, Spent, Where
from simulator.report.reasons import reasons
from simulator.report.time_spent import held_by, in_timeouts
from simulator.report.words import cause
from tests.report.sale import sale
from tests.report.test_reasons import FAILED, LATENCY, MET, failing

COLD, WORK, EARLIER = (
    Part("checkout", "cold start", "init"),
    Part("checkout", "work"),
    Part("app", "earlier attempts"),
)
NOTHING = Spent(0, {})
TIMED_OUT, REFUSED = ("timeout", "app", "timeout"), ("error", "stock", "max_connections")
CLIENT = {"app": "client"}


def where(again: dict[tuple[str, str, str], Spent], failed: Spent = NOTHING) -> dict[str, dict[str, Where]]:
    """All time of orders in the surge that were answered goes to earlier attempts."""
    tail = Spent(10, {EARLIER: 50.0})
    return {"buyers.order": {"surge": Where(tail, tail, failed, NOTHING, again)}}


def calm() -> dict[str, TrafficSummary]:
    return {"buyers.order": sale().designs["scheduled"].traffic["buyers.order"]}


@pytest.mark.parametrize(
    ("refused_ns", "said"),
    [
        (200.0, "80 % went to those that timed out at app, 75 % of that to checkout's cold start"),
        (3200.0, "80 % went to those refused by stock, max connections (demand 590 of 614 connections;"),
    ],
)
def test_earlier_attempts_are_told_by_what_ended_those_that_took_most(refused_ns: float, said: str) -> None:
    """Though another limit refused most, in no time."""
    most = MET[0]._replace(refused=9000.0, requests_lost=0.0)
    stock = MET[1]._replace(limit="max_connections", refused=20.0, first_at_s=610.0, runs=10)
    again = {TIMED_OUT: Spent(3, {COLD: 600.0, WORK: 200.0}), REFUSED: Spent(400, {COLD: refused_ns})}
    found = failing(LATENCY, where=where(again), limits=(most, stock), traffic=calm(), kinds=CLIENT)
    assert f"app's earlier attempts; of the time of all attempts that were made again {said}" in found
    assert "what refused most" not in found


def test_earlier_attempts_of_code_are_told_by_the_limit_that_refused_most() -> None:
    stock = MET[1]._replace(refused=20.0, first_at_s=610.0, runs=10)
    again = {TIMED_OUT: Spent(3, {COLD: 600.0})}
    found = failing(LATENCY, where=where(again), limits=(stock,), traffic=calm(), kinds={"app": "lambda"})
    assert "app's earlier attempts; what refused most is stock, max connections (" in found


def test_what_timed_out_says_what_it_spent_its_time_on_in_all_attempts_that_did() -> None:
    order = sale().designs["on-demand"].traffic["buyers.order"]
    failures = (Failure(Cause(*TIMED_OUT), 9.0, 0.5),)
    surge = dataclasses.replace(order.windows["surge"], failures=failures)
    traffic = {"buyers.order": dataclasses.replace(order, windows={"surge": surge})}
    again = {TIMED_OUT: Spent(9, {COLD: 60.0}), REFUSED: Spent(9, {WORK: 900.0})}
    failed = Spent(9, {EARLIER: 960.0, COLD: 20.0, WORK: 20.0})
    found = failing(FAILED, where=where(again, failed), limits=(), traffic=traffic)
    assert found.endswith(
        "all timed out at app, with 80 % of failed requests' time spent on checkout's cold start"
    )
    assert "failed requests" not in failing(FAILED, where={}, limits=(), traffic=traffic)


def test_what_timed_out_while_it_waited_for_servers_names_these_and_how_many_are_needed() -> None:
    cpus = LimitSummary("db", "vcpus", "vcpus", 2.0, 2.0, 0.0, None, 0, 0.0)
    waiting = {Part("db", "waiting", "vcpus"): 71.0, Part("db", "waiting", "connections"): 9.0}
    failed = Spent.of(9, {**waiting, WORK: 20.0})
    found = Where(failed, failed, failed, failed)

    def said(limit: LimitSummary, of: str = "timeout") -> str:
        return in_timeouts(Cause(of, "book", "timeout"), found, [limit])

    begins = ", with 80 % of failed requests' time spent on"
    needed = "waiting for db, vcpus (of which there are 2.00, and the peak needs some 3.4)"
    assert said(cpus._replace(unrefused=3.43)) == f"{begins} {needed}"
    assert said(cpus) == f"{begins} waiting for db, vcpus (demand 2.00 of 2.00 vcpus)"
    assert said(cpus._replace(demand=1.0)) == f"{begins} db's waiting", "never were all in use"
    assert said(cpus, "error") == ""


def test_what_let_wait_until_requests_timed_out_is_told_with_what_the_peak_needs(tmp_path: Path) -> None:
    """Forty requests a second of 60 ms need 2.4 CPUs."""
    path = tmp_path / "slow.yaml"
    path.write_text(SLOW, encoding="utf-8")
    found = dict(reasons(simulator.read(path).run(workers=1).summary))
    assert list(found) == ["short"]
    assert (
        ": all timed out at book, with 86 % of failed requests' time spent on waiting for db"
        in found["short"]
    )
    assert "waiting for db, vcpus (of which there are 2.00, and the peak needs some 2.4)" in found["short"]


SLOW = """\
name: Slow
era: aws-2026
traffic: {buyers: {to: book, shape: constant, rate: 40/s}}
architecture:
  book:
    {service: lambda, runtime: python3.13, memory: 1 GB, timeout: 1 s, handler: [{call: db}],
     init: {connects: [db]}}
  db: {service: rds, engine: mysql, instance: db.m5.large, vcpus: 2, query: 60 ms}
designs:
  short: {}
  enough: {db: {vcpus: 3}}
objectives: {buyers.failed: < 1%}
run: {for: 30 s, warm_up: 5 s, replications: 1, engine: simpy}
"""


def test_a_timeout_is_not_said_twice() -> None:
    assert cause(Cause(*TIMED_OUT)) == "timed out at app"
    assert cause(Cause("timeout", "stock", "borrow_timeout")) == "timed out at stock: borrow timeout"


def test_executions_that_mostly_wait_for_what_they_call_are_said_to() -> None:
    limit = sale().designs["on-demand"].limits[0]._replace(unit="executions", service="account")

    def found(waiting: float) -> Where:
        ns = {
            Part("db", "waiting", "vcpus"): waiting,
            Part("buy", "work"): 30.0,
            Part("app", "back-off"): 200.0,
        }
        some = Spent.of(1, ns)
        return Where(some, some, some, some)

    assert held_by([limit], found(70.0)) == (
        "; 70 % of the time of ok answers is waiting for db's vcpus, for which more executions would wait too"
    )
    assert held_by([limit], found(20.0)) == ""
    assert held_by([limit._replace(unit="requests/s")], found(70.0)) == ""
    assert held_by([limit, limit._replace(service="db")], found(70.0)) == ""
