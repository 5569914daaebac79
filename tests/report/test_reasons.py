"""Why a design fails or is undecided, said for each objective."""

from __future__ import annotations

import dataclasses

import pytest

from simulator.measure.limits import LimitSummary
from simulator.measure.result import Cause
from simulator.measure.statistics import Estimate
from simulator.measure.summary import Charge, Failure, Judged, TrafficSummary
from simulator.measure.where import Part, Spent, Where
from simulator.report.page import limits
from simulator.report.reasons import reasons
from simulator.report.words import asked
from tests.report.sale import sale
from tests.report.test_terminal import with_verdicts


def test_a_failing_design_names_the_limit_that_bound_first_when_and_what_it_lost() -> None:
    assert dict(reasons(sale()))["on-demand"] == (
        "fails buyers.order.failed@surge (85.33 %, not < 0.1 %): first to bind is checkout, account"
        " concurrency (demand 1,640 of 950 executions, from 10m3s; 506 requests failed by it in surge);"
        " buyers.order.latency@surge (4.1 s, not p99 < 2 s): reached is checkout, account concurrency"
    )


def test_a_buckets_burst_stands_beside_what_comes_in() -> None:
    bucket = MET[0]._replace(limit="scaling rate", unit="environments/s", allowed=100.0, burst=1000.0)
    said = failing(FAILED, limits=(bucket,), traffic=failed_by(bucket, 501))
    assert (
        "checkout, scaling rate (demand 1,640 of 100 environments/s, the burst of 1,000 used up, from 10m3s"
        in said
    )
    design = dataclasses.replace(sale().designs["on-demand"], limits=(bucket._replace(first_at_s=None),))
    _, every = limits.limits(dataclasses.replace(sale(), designs={"on-demand": design}))
    assert every.head[-1] == ("failed by it, of all requests", ""), (
        "not only of those that an objective is on"
    )
    (_, asked, share, *_) = every.rows[0].cells
    assert (asked.text, share.text) == ("1,640 of 100 +1,000", "149 %")


def test_what_refuses_as_soon_as_it_counts_has_refused_before() -> None:
    early = MET[0]._replace(first_at_s=60.4)
    one = dataclasses.replace(sale().designs["on-demand"], objectives={FAILED.key: FAILED}, limits=(early,))

    def said(warm_up_s: float) -> str:
        return dict(reasons(dataclasses.replace(sale(), designs={"it": one}, warm_up_s=warm_up_s)))["it"]

    assert "executions, from before the end of the warm-up on; 506 requests failed by it" in said(60.0)
    assert "executions, from 1m;" in said(30.0)
    assert "executions, from 1m;" in said(0.0)


def test_of_a_fleet_that_grew_the_capacity_is_told_when_it_first_refused() -> None:
    grown = MET[0]._replace(allowed_at_first=400.0)
    said = failing(FAILED, limits=(grown,))
    assert "(demand 1,640 of 950 executions, 400 when it first refused, from 10m3s; 506 requests" in said


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ({"report": 400.0, "order": 40.0}, "1,640 of 950 executions, while report holds 400, from 10m3s"),
        ({"report": 150.0, "order": 150.0, "stock": 140.0}, "1,640 of 950 executions, from 10m3s"),
        ({"report": 400.0}, "1,640 of 950 executions, from 10m3s"),
    ],
    ids=["one of several has most", "none has most", "the only one"],
)
def test_of_the_account_the_function_is_told_that_has_most_of_it(held: dict[str, float], told: str) -> None:
    full = MET[0]._replace(service="account", limit="concurrency")
    said = failing(FAILED, limits=(full,), traffic=failed_by(full, 9000), account_held=held)
    assert f"account, concurrency (demand {told}" in said


def test_a_later_limit_that_lost_more_is_named_too() -> None:
    summary = sale()
    design = summary.designs["on-demand"]
    later = design.limits[0]._replace(service="stock", first_at_s=700.0, requests_lost=9000.0, runs=4)
    traffic = failed_by(later, 9000)
    changed = dataclasses.replace(design, limits=(*design.limits, later), traffic=traffic)
    said = dict(reasons(dataclasses.replace(summary, designs={"on-demand": changed})))["on-demand"]
    assert (
        "506 requests failed by it in surge); most failed by stock, account concurrency (demand 1,640 of 950"
        " executions, from 11m40s; 9,000 requests failed by it in surge); buyers.order.latency@surge" in said
    )


def failed_by(limit: LimitSummary, requests: float) -> dict[str, TrafficSummary]:
    """Traffic of which so many requests fail by this limit in the surge, and others as before."""
    order = sale().designs["on-demand"].traffic["buyers.order"]
    surge = order.windows["surge"]
    failure = Failure(Cause("throttled", *limit[:2]), requests, 0.5)
    failures = tuple(sorted((*surge.failures, failure), key=lambda one: -one.requests))
    windows = {"surge": dataclasses.replace(surge, failures=failures)}
    return {"buyers.order": dataclasses.replace(order, windows=windows)}


def charge(service: str, usd: float) -> Charge:
    """A line of a bill."""
    return Charge(service, "item", 1.0, "", usd, usd)


def failing(objective: Judged, **changes: object) -> str:
    """What is said of a design that misses this objective only."""
    one = {objective.key: objective}
    design = dataclasses.replace(sale().designs["on-demand"], objectives=one, **changes)
    return dict(reasons(dataclasses.replace(sale(), designs={"it": design})))["it"]


LATENCY = Judged("buyers.order.latency@surge", "p99 < 2 s", 2.0, "s", "fail", Estimate(4.0), False, None)
FAILED = sale().designs["on-demand"].objectives["buyers.order.failed@surge"]
UNFINISHED = Judged("buyers.unfinished", "< 0.1%", 0.001, "share", "fail", Estimate(0.84), False, None)
MET = sale().designs["on-demand"].limits


def test_a_slow_design_says_where_the_time_of_its_slowest_answers_goes() -> None:
    cold = {Part("checkout", "cold start", phase): 38.0 for phase in ("init", "runtime")}
    tail = Spent(10, {Part("payment", "latency"): 24.0, **cold})
    where = {"buyers.order": {"surge": Where(tail, tail, Spent(0, {}), Spent(0, {}))}}
    calm = {"buyers.order": sale().designs["scheduled"].traffic["buyers.order"]}
    assert failing(LATENCY, where=where, limits=(MET[0]._replace(requests_lost=0.0),), traffic=calm) == (
        "fails buyers.order.latency@surge (4.00 s, not p99 < 2 s): 76 % of the slowest hundredth's time goes"
        " to checkout's cold start; also reached is checkout, account concurrency"
        " (demand 1,640 of 950 executions; refused 9 times, no request failed by it, in the whole run)"
    )


def spent_on(service: str, cause: str) -> dict[str, dict[str, Where]]:
    """All time of orders in the surge."""
    spent = Spent(10, {Part(service, cause): 50.0})
    return {"buyers.order": {"surge": Where(spent, spent, Spent(0, {}), Spent(0, {}))}}


def test_attempts_that_were_made_again_name_the_limit_that_refused_most() -> None:
    first = MET[0]._replace(refused=3.5, requests_lost=0.0)
    most = MET[1]._replace(refused=310.0, first_at_s=610.0, runs=10)
    where = spent_on("app", "earlier attempts")
    calm = {"buyers.order": sale().designs["scheduled"].traffic["buyers.order"]}
    assert failing(LATENCY, where=where, limits=(first, most), traffic=calm) == (
        "fails buyers.order.latency@surge (4.00 s, not p99 < 2 s): 100 % of the slowest hundredth's time goes"
        " to app's earlier attempts; what refused most is stock, max connections (demand 590 of 614"
        " connections; refused 310 times, no request failed by it, in the whole run)"
    )
    assert failing(LATENCY, where=where, limits=(first,), traffic=calm).endswith(
        "(demand 1,640 of 950 executions; refused 3.5 times a run, no request failed by it, in the whole run)"
    )
    assert "refused" not in failing(LATENCY, where=where, limits=(MET[1],)), "none did"


def test_demand_is_told_with_the_attempts_of_clients_that_try_again() -> None:
    order = sale().designs["on-demand"].traffic["buyers.order"]
    told = {2.94: "executions at 2.9 attempts a request, from 10m3s", 1.04: "executions, from 10m3s"}
    for attempts, said in told.items():
        surge = dataclasses.replace(order.windows["surge"], attempts=Estimate(attempts))
        traffic = {"buyers.order": dataclasses.replace(order, windows={"surge": surge})}
        assert f"(demand 1,640 of 950 {said}" in failing(FAILED, traffic=traffic)


DEMAND = "demand 1,640 of 950 executions"


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (1200.0, "needs some 1,200 of 950 executions, demand 1,640"),
        (1600.0, DEMAND),
        (1700.0, f"{DEMAND}, some 1,700 if nothing is refused"),
        (940.0, DEMAND),
        (None, DEMAND),
    ],
    ids=["much less", "about as many", "more", "no more than there is", "not asked"],
)
def test_demand_is_told_as_it_is_if_nothing_is_refused(needed: float | None, said: str) -> None:
    limits = (MET[0]._replace(unrefused=needed),)
    assert f"({said}, from 10m3s" in failing(FAILED, limits=limits)
    # of a bucket it is what must come in a second, the worst of which its burst covers
    said = failing(FAILED, limits=(limits[0]._replace(burst=300.0),))
    assert ("used up, some 1,200 would do, from 10m3s" in said) == (needed == 1200.0)


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("scaling rate", "which AWS raises for nobody (provision concurrency before the surge)"),
        ("shard records", "which AWS raises for nobody (more shards, or keys that spread better, share it)"),
        ("read capacity of an item", "which AWS raises for nobody (spread its key over several)"),
        ("throttle of route order", "some 221 with a burst of 111 would do"),
        ("capacity", "some 221 would do"),
    ],
)
def test_nobody_is_told_to_raise_what_cannot_be_and_a_burst_of_its_own_is_told(limit: str, said: str) -> None:
    bucket = MET[0]._replace(service="shop", limit=limit, allowed=100.0, burst=50.0, unrefused=221.0)
    assert asked(bucket).endswith(f"the burst of 50.0 used up, {said}")
    assert asked(bucket._replace(unrefused=99.0)).endswith("used up")


def test_a_limit_that_turned_many_away_to_where_they_failed_binds_first() -> None:
    """Of 506 requests that fail at the second limit 60 or more were refused by the first."""
    pushing = MET[1]._replace(first_at_s=320.0, runs=10, refused=60.0)
    said = failing(FAILED, limits=(pushing, MET[0]))
    assert (
        ": first to bind is stock, max connections (demand 590 of 614 connections, from 5m20s; refused 60"
        in said
    )
    assert said.endswith("most failed by checkout, account concurrency (demand 1,640 of 950 executions, from"
                         " 10m3s; 506 requests failed by it in surge)")  # fmt: skip


def test_a_dear_design_names_the_service_that_makes_it_dearer_than_the_first() -> None:
    first, dear = sale().designs["on-demand"], sale().designs["scheduled"]
    summary = dataclasses.replace(
        sale(),
        designs={
            "first": dataclasses.replace(
                first, bill_month=(charge("checkout", 400.0), charge("stock", 25.0))
            ),
            "dear": dataclasses.replace(dear, bill_month=(charge("checkout", 401.0), charge("stock", 125.0))),
        },
    )
    missed = "fails cost.month ($1,763.55, not < $900): $101.00 more than first"
    assert dict(reasons(summary))["dear"] == f"{missed} (which fails), $100.00 of it for stock"
    sound = dataclasses.replace(summary.designs["first"], objectives={})
    summary = dataclasses.replace(summary, designs={**summary.designs, "first": sound})
    assert dict(reasons(summary))["dear"] == f"{missed}, $100.00 of it for stock"


def test_late_work_is_put_down_to_the_function_that_fails() -> None:
    passes = {"buyers": ("checkout",)}
    for errors, expected in ((90.0, True), (9.0, False)):
        services = {"checkout": {"errors": errors, "invocations": 100.0}}
        said = failing(UNFINISHED, services=services, passes=passes, limits=())
        assert ("90 % of checkout's invocations end in an error" in said) == expected


def test_a_limit_that_failed_nothing_is_not_the_first_to_bind_of_failures() -> None:
    retried = MET[1]._replace(first_at_s=300.0, runs=10, refused=40.0)
    said = failing(FAILED, limits=(retried, MET[0]))
    assert "first to bind is checkout, account concurrency" in said
    assert "stock" not in said


def test_failures_that_are_no_limits_are_told_by_their_commonest_cause() -> None:
    summary = sale()
    order = summary.designs["on-demand"].traffic["buyers.order"]
    (limit, *_) = order.windows["surge"].failures
    failures = (Failure(Cause("timeout", "payment", ""), 3 * limit.requests, 0.5), limit)
    surge = dataclasses.replace(order.windows["surge"], failures=failures)
    traffic = {"buyers.order": dataclasses.replace(order, windows={"surge": surge})}
    said = failing(FAILED, traffic=traffic, limits=(MET[0]._replace(service="stock"),))
    assert said.startswith(
        "fails buyers.order.failed@surge (85.33 %, not < 0.1 %): mostly (75 %) timed out at payment; also"
        " reached is stock, account concurrency (demand 1,640 of 950 executions; refused 9 times, 501"
        " requests failed by it, in the whole run)"
    )
    throttled = FAILED._replace(key="buyers.order.throttled@surge")
    assert "first to bind is checkout" in failing(throttled, traffic=traffic), "of those it asks for"


def test_no_limit_is_blamed_that_other_requests_meet() -> None:
    near = MET[1]._replace(demand=652.0)
    there, elsewhere = {"buyers": ("stock",)}, {"buyers": ("checkout",), "viewers": ("stock",)}
    said = "fails buyers.unfinished (84.0 %, not < 0.1%)"
    assert failing(UNFINISHED, limits=(near,), passes=elsewhere) == said
    assert failing(UNFINISHED, limits=(near,), passes=there) == (
        f"{said} without reaching a limit; the nearest is stock, max connections (demand 652 of 614"
        " connections; the rest waited)"
    )


def test_a_consumer_that_does_not_keep_up_is_named() -> None:
    late, other = {"iterator_age_max_s": 412.0}, {"iterator_age_max_s": 900.0}
    passes = {"buyers": ("moderate",), "viewers": ("other",)}
    said = failing(UNFINISHED, limits=(), passes=passes, services={"moderate": late, "other": other})
    assert said == (
        "fails buyers.unfinished (84.0 %, not < 0.1%): moderate falls behind its stream, by up to 6 min 52 s"
    )


def test_a_design_that_is_only_too_expensive_blames_no_limit() -> None:
    assert dict(reasons(sale()))["scheduled"] == "fails cost.month ($1,763.55, not < $900)"


def test_an_undecided_design_says_how_many_replications_it_wants() -> None:
    summary = with_verdicts(sale(), "inconclusive")
    proxy = summary.designs["proxy"]
    one = {"k": proxy.objectives["cost.month"]._replace(key="k", settled_by=23)}
    changed = dataclasses.replace(proxy, objectives=one)
    said = dict(reasons(dataclasses.replace(summary, designs={"proxy": changed})))["proxy"]
    assert said == "is undecided: k; about 13 more replications would settle it"
