"""Why a design fails several objectives: what they have in common is told once."""

from __future__ import annotations

import dataclasses

from simulator.measure.limits import LimitSummary
from simulator.measure.statistics import Estimate
from simulator.measure.summary import Judged
from simulator.report.reasons import reasons
from tests.report.sale import sale
from tests.report.test_reasons import FAILED, LATENCY, MET, charge, failed_by, spent_on


def failing_all(*missed: Judged, **changes: object) -> str:
    """What is said of a design that misses these objectives."""
    objectives = {one.key: one for one in missed}
    design = dataclasses.replace(sale().designs["on-demand"], objectives=objectives, **changes)
    return dict(reasons(dataclasses.replace(sale(), designs={"it": design})))["it"]


def test_an_objective_without_a_cause_is_not_told_before_the_cause_of_others() -> None:
    dear = Judged("cost.month", "< $600", 600.0, "usd", "fail", Estimate(669.0), False, None)
    said = failing_all(LATENCY, FAILED, dear, limits=(MET[1],), where={}, bill_month=())
    assert said == (
        "fails buyers.order.failed@surge (85.33 %, not < 0.1 %): mostly (99 %) throttled by checkout: account"
        " concurrency; buyers.order.latency@surge (4.00 s, not p99 < 2 s) and cost.month ($669.00, not <"
        " $600) without reaching a limit; the nearest is stock, max connections (demand 590 of 614"
        " connections)"
    )


def test_environments_that_a_database_ends_in_their_init_come_before_the_limits_that_they_reach() -> None:
    """The scaling rate refuses before the database does, and fails requests that it would not else."""
    scaling = MET[0]._replace(limit="scaling rate", unit="environments/s", first_at_s=604.6)
    stock = MET[1]._replace(demand=689.0, refused=18374.0, first_at_s=605.1, runs=10)
    traffic = failed_by(scaling, 501)

    def said(ended: float) -> str:
        services = {"checkout": {"cold_starts": 500.0, "failed_inits.stock": ended}}
        return failing_all(FAILED, limits=(scaling, stock), services=services, traffic=traffic)

    assert said(490.0) == (
        "fails buyers.order.failed@surge (85.33 %, not < 0.1 %): 98 % of the environments that checkout began"
        " ended in their init, refused by stock, max connections (demand 689 of 614 connections, from 10m5s;"
        " refused 18,374 times in the whole run, no request failed by it in surge); most failed by checkout,"
        " scaling rate (demand 1,640 of 950 environments/s, from 10m5s; 501 requests failed by it in surge);"
        " 506 more throttled by checkout: account concurrency"
    )
    assert "first to bind is checkout, scaling rate (" in said(240.0), "less than half"
    cpus = LimitSummary("stock", "vcpus", "vcpus", 7.3, 2.0, 0.0, None, 0, 0.0)
    services = {"checkout": {"cold_starts": 500.0, "failed_inits.stock": 490.0}}
    limits = (scaling, stock._replace(waits_for="stock.vcpus"), cpus)
    full = failing_all(FAILED, limits=limits, services=services, traffic=traffic)
    assert full == (
        "fails buyers.order.failed@surge (85.33 %, not < 0.1 %): first to bind is stock, vcpus (demand 7.30"
        " of 2.00 vcpus, from 10m5s): what waits for it fills stock, max connections (refused 18,374 times in"
        " the whole run, no request failed by it in surge); most failed by checkout, scaling rate (demand"
        " 1,640 of 950 environments/s, from 10m5s; 501 requests failed by it in surge); 98 % of the"
        " environments that checkout began ended in their init, refused by stock; 506 more throttled by"
        " checkout: account concurrency"
    )


def test_what_only_makes_environments_wait_is_not_said_to_refuse_them() -> None:
    """A file system's throughput, for which they wait until the INIT limit; what it refuses are mounts."""
    scaling = MET[0]._replace(limit="scaling rate", unit="environments/s", first_at_s=604.6)
    pipe = LimitSummary(
        "files", "throughput", "MB/s", 415.0, 100.0, 39700.0, 601.0, 10, 0.0, burst=2.0, in_turn=True
    )
    mounts = MET[1]._replace(service="files", limit="new connections", refused=490.0, first_at_s=620.0)
    services = {"checkout": {"cold_starts": 500.0, "failed_inits.files": 450.0, "init_timeouts": 300.0}}
    traffic = failed_by(scaling, 501)
    said = failing_all(FAILED, limits=(pipe, scaling, mounts), services=services, traffic=traffic)
    assert (
        "first to bind is files, throughput (demand 415 of 100 MB/s, the burst of 2.00 used up, from 10m1s;"
        " made 39,700 MB wait in the whole run, no request failed by it in surge), for which 60 % of the"
        " environments that checkout began waited until the INIT limit; most failed by checkout, scaling"
    ) in said
    assert (
        "; 90 % of the environments that checkout began ended in their init, refused by files, new"
        " connections"
    ) in said
    assert "refused by files, throughput" not in said


def test_limits_that_fill_with_what_waits_for_one_server_pool_are_told_with_that() -> None:
    """The database's CPUs, that refuse nobody; nor is it said again that more executions would wait there."""
    rate = MET[0]._replace(
        limit="scaling rate",
        unit="environments/s",
        waits_for="stock.vcpus",
        first_at_s=602.0,
        refused=2870.0,
    )
    executions = MET[0]._replace(waits_for="stock.vcpus")
    cpus = LimitSummary("stock", "vcpus", "vcpus", 7.3, 2.0, 0.0, None, 0, 0.0)
    said = failing_all(FAILED, limits=(rate, executions, cpus), where=spent_on("stock", "waiting"))
    assert said == (
        "fails buyers.order.failed@surge (85.33 %, not < 0.1 %): first to bind is stock, vcpus (demand 7.30"
        " of 2.00 vcpus, from 10m2s): what waits for it fills checkout, scaling rate (refused 2,870 times in"
        " the whole run, no request failed by it in surge) and checkout, account concurrency (506 requests"
        " failed by it in surge)"
    )


def test_a_limit_that_fails_requests_of_several_objectives_is_told_once_with_all_of_them() -> None:
    """In the surge 506 requests fail by it, and 700 in the whole run."""
    order = sale().designs["on-demand"].traffic["buyers.order"]
    (failure, *_) = order.windows["surge"].failures
    more = failure._replace(requests=700.0)
    traffic = {"buyers.order": dataclasses.replace(order, failures=(more,))}
    whole = FAILED._replace(key="buyers.order.failed")
    where = spent_on("app", "earlier attempts")
    said = failing_all(LATENCY, FAILED, whole, traffic=traffic, where=where)
    assert said == (
        "fails buyers.order.latency@surge (4.00 s, not p99 < 2 s): 100 % of the slowest hundredth's time goes"
        " to app's earlier attempts; what refused most is checkout, account concurrency;"
        " buyers.order.failed@surge (85.33 %, not < 0.1 %) and buyers.order.failed (85.33 %, not < 0.1 %):"
        " first to bind is checkout, account concurrency (demand 1,640 of 950 executions, from 10m3s; 700"
        " requests failed by it in the whole run, 506 in surge)"
    )
    carts = FAILED._replace(key="buyers.cart.failed")
    both = traffic | {"buyers.cart": dataclasses.replace(order, failures=(failure,))}
    said = failing_all(FAILED, whole, carts, traffic=both)
    assert (
        "; 700 requests of buyers.order failed by it in the whole run, 506 of buyers.order in surge," in said
    )
    assert "in surge, 506 of buyers.cart in the whole run)" in said


def test_each_failed_objective_has_its_own_cause_and_those_with_the_same_share_it() -> None:
    design = sale().designs["on-demand"]
    where = spent_on("checkout", "cold start")
    whole = FAILED._replace(key="buyers.order.failed")
    dear = Judged("cost.month", "< $600", 600.0, "usd", "fail", Estimate(669.0), False, None)
    bill = (charge("checkout", 1.0), charge("stock", 5.0), charge("checkout", 5.0), charge("orders", 1.0))
    changed = dataclasses.replace(
        design,
        objectives={one.key: one for one in (FAILED, LATENCY, whole, dear)},
        where=where,
        bill_month=bill,
    )
    said = dict(reasons(dataclasses.replace(sale(), designs={"it": changed})))["it"]
    assert said == (
        "fails buyers.order.failed@surge (85.33 %, not < 0.1 %) and buyers.order.failed (85.33 %, not < 0.1"
        " %): first to bind is checkout, account concurrency (demand 1,640 of 950 executions, from 10m3s; 506"
        " requests failed by it in surge); buyers.order.latency@surge (4.00 s, not p99 < 2 s): 100 % of the"
        " slowest hundredth's time goes to checkout's cold start; cost.month ($669.00, not < $600): 50 % of"
        " it is for checkout"
    )
