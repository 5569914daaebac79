"""Replications condensed: counts are means per run, percentiles come from all requests together."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from simulator.measure.document import document, to_json
from simulator.measure.headroom import Headroom, Missed
from simulator.measure.limits import LimitSummary, limits
from simulator.measure.percentiles import Pool
from simulator.measure.result import UNDONE, Cause, Limit
from simulator.measure.statistics import Estimate
from simulator.measure.summary import DesignSummary, Judged, Summary, durations, traffic
from tests.fabricate import THROTTLED, counted, sketch
from tests.report.sale import sale


def test_a_percentile_is_that_of_all_requests_and_its_interval_that_of_the_runs() -> None:
    runs = [[0.1] * 99 + [1.0], [0.1] * 50 + [2.0] * 50]
    p90 = durations([sketch(run) for run in runs], 0)["p90"]
    assert p90.value == pytest.approx(np.quantile(runs[0] + runs[1], 0.9), rel=1e-3)
    assert p90.samples[0] < p90.value <= p90.samples[1]


def test_any_percentile_can_be_asked_for() -> None:
    value, few = Pool([sketch([i / 1000 for i in range(1, 1001)])]).statistic("p97.5")
    assert value.value == pytest.approx(0.975, rel=1e-3)
    assert not few


def test_percentiles_of_too_few_requests_are_named() -> None:
    assert durations([sketch([0.1] * 300)], 0).few == ("p99", "p99.9")


@pytest.mark.parametrize(
    ("failed", "named"),
    [
        (0, ()),
        (1, ("p99.9",)),
        (2, ("mean", "p99", "p99.9", "max")),
        (300, ("mean", "p50", "p90", "p95", "p99", "p99.9", "max")),
    ],
)  # fmt: skip
def test_a_percentile_beyond_which_fewer_answers_lie_than_requests_failed_is_of_survivors(
    failed: int, named: tuple[str, ...]
) -> None:
    """Of 100 ok answers and one failure 1.01 are beyond the p99: that one may be among them."""
    assert durations([sketch([0.1] * 100)], failed).survivors == named


def test_counts_are_means_per_run_and_shares_are_of_all_requests() -> None:
    found = traffic([counted([0.1] * 8, {THROTTLED: 2}), counted([0.1] * 24, {THROTTLED: 6}, in_flight=2)])
    assert found.requests.value == 21
    assert found.outcomes == {"in_flight": 1, "ok": 16, "throttled": 4}
    assert found.failed_share.value == pytest.approx(8 / 42), "in flight at the end is not failed"


def test_causes_are_listed_from_the_most_frequent() -> None:
    slow = Cause("timeout", "stock", "connections")
    found = traffic([counted([0.1], {slow: 1, THROTTLED: 3})])
    assert [(failure.cause, failure.share) for failure in found.failures] == [(THROTTLED, 0.6), (slow, 0.2)]


def test_windows_are_condensed_like_the_run() -> None:
    runs = [counted([0.1] * 4, windows={"surge": counted([0.2], {THROTTLED: n})}) for n in (1, 3)]
    assert traffic(runs).windows["surge"].failed_share.value == pytest.approx(4 / 6)


def test_a_design_in_which_nothing_succeeds_has_no_latency() -> None:
    found = traffic([counted([], {THROTTLED: 5})] * 2)
    assert math.isnan(found.latency["p99"].value)
    assert found.failed_share.value == 1


def test_limits_come_in_the_order_in_which_they_bound() -> None:
    def run(late: float | None) -> list[Limit]:
        return [
            Limit("stock", "connections", "", 610, 614, 0, None),
            Limit("api", "rate", "requests/s", 900, 1000, 0, None),
            Limit("checkout", "account_concurrency", "", 1640, 950, 10, 603.0),
            Limit("payment", "capacity", "", 1600, 1500, 4, late),
        ]

    found = limits([run(500.0), run(None)], {("payment", "capacity"): 7.0})
    assert [limit.service for limit in found] == ["payment", "checkout", "stock", "api"]
    assert found[0] == LimitSummary("payment", "capacity", "", 1600, 1500, 4, 500.0, 1, 7.0)
    assert found[1].ratio == pytest.approx(1640 / 950)


def test_a_buckets_share_counts_its_burst_and_one_that_refused_was_empty() -> None:
    calm = Limit("f", "scaling rate", "environments/s", 220.0, 100.0, 0, None, 1000.0)
    (found,) = limits([[calm], [calm]], {})
    assert (found.burst, found.ratio) == (1000.0, pytest.approx(0.2))
    (found,) = limits([[calm], [calm._replace(refused=3, first_at_s=7.0)]], {})
    assert found.ratio == 1.0
    (found,) = limits([[calm._replace(demand=3300.0, refused=2200, first_at_s=7.0)]], {})
    assert found.ratio == pytest.approx(3.0)
    (found,) = limits([[calm._replace(tightest=0.92)], [calm._replace(tightest=0.94)]], {})
    assert found.ratio == pytest.approx(0.93), "of its tightest span, whatever its busiest second"


def designs(*verdicts: tuple[str, ...], costs: tuple[float, ...]) -> Summary:
    """Designs a, b, c … with these verdicts and costs."""

    def judged(number: int, verdict: str) -> Judged:
        return Judged(str(number), "< 1", 1.0, "", verdict, Estimate(1.0), False, None)

    found = {
        name: DesignSummary(
            1,
            {},
            {},
            (),
            (),
            Estimate(cost),
            None,
            {str(number): judged(number, verdict) for number, verdict in enumerate(said)},
        )
        for name, said, cost in zip("abc", verdicts, costs, strict=False)
    }
    return Summary("x", 1.0, 1, {}, found)


def test_the_cheapest_passing_design_is_the_answer() -> None:
    summary = designs(("pass", "fail"), ("pass", "pass"), ("pass",), costs=(1.0, 3.0, 2.0))
    assert summary.cheapest == "c"


def test_an_undecided_design_is_not_the_answer() -> None:
    summary = designs(("pass", "inconclusive"), ("fail", "inconclusive"), costs=(1.0, 1.0))
    assert summary.cheapest is None
    assert [design.verdict for design in summary.designs.values()] == ["inconclusive", "fail"]


def test_cold_share_and_peak_are_over_all_functions() -> None:
    design = sale(2).designs["on-demand"]
    assert design.cold_share == pytest.approx(0.0041)
    assert design.concurrency_max == 950


def shape(value: object) -> object:
    """Keys and types of a JSON value."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


STATISTICS = ("mean", "p50", "p90", "p95", "p99", "p99.9", "max")
CLOCKS = {
    **{f"{clock}_s": dict.fromkeys(STATISTICS, "float") for clock in ("latency", "completion")},
    **{
        f"{clock}_ci95_s": {name: "NoneType" if name == "max" else ["float"] for name in STATISTICS}
        for clock in ("latency", "completion")
    },
    **{f"{clock}_runs_s": {n: ["float"] for n in STATISTICS} for clock in ("latency", "completion")},
}
SURVIVORS = dict.fromkeys(("mean", "p90", "p95", "p99", "p99.9", "max"), "bool")
TRAFFIC = {
    "requests": "float",
    "outcomes": {"error": "float", "ok": "float", "throttled": "float"},
    "failed_share": "float",
    "failed_share_ci95": ["float"],
    "failed_share_runs": ["float"],
    "failures": [{"outcome": "str", "service": "str", "limit": "str", "requests": "float", "share": "float"}],
    **{f"{name}_share": "float" for name in UNDONE},
    **{f"{name}_share_{what}": ["float"] for name in UNDONE for what in ("ci95", "runs")},
    **CLOCKS,
    "latency_few": {"p99.9": "bool"},
    "completion_few": {"p99.9": "bool"},
    "latency_survivors": SURVIVORS,
    "completion_survivors": SURVIVORS,
    "completion_infinite": {},
    "attempts_per_request": "float",
    "attempts_per_request_ci95": ["float"],
}
FEW = {"p99": "bool", "p99.9": "bool"}
ILL = SURVIVORS | {"p50": "bool"}
SURGE = TRAFFIC | {
    "latency_few": FEW, "completion_few": FEW, "latency_survivors": ILL, "completion_survivors": ILL,
    "windows": {},
}  # fmt: skip


def test_what_was_answered_and_is_not_complete_has_its_shares() -> None:
    runs = [replace(counted([1.0] * 8, completion=[1.0] * part), lost=1) for part in (2, 4)]
    found = traffic(runs).undone
    assert {name: part.value for name, part in found.items()} == {
        "lost": 2 / 16, "dead_lettered": 0.0, "unfinished": 8 / 16,
    }  # fmt: skip


def test_completion_is_infinite_where_more_are_unfinished_than_a_percentile_leaves_out() -> None:
    found = traffic([counted([1.0] * 1000, completion=[2.0] * part) for part in (980, 984)])
    values = {name: found.completion[name].value for name in ("p50", "p95", "p99", "mean")}
    assert values == {"p50": 2.0, "p95": 2.0, "p99": math.inf, "mean": math.inf}
    assert found.latency["p99"].value == 1.0


def test_infinity_is_null_in_the_document() -> None:
    design = sale().designs["proxy"]
    left = traffic([counted([1.0] * 100, completion=[2.0] * 90)] * 2)
    missed = Missed("buyers.completion", "p99 < 2 s", math.inf, "s")
    found = replace(
        sale(),
        designs={"it": replace(design, traffic={"buyers": left})},
        headroom={"it": Headroom(1.0, 1.1, (missed,), None, 1)},
    )
    told = json.loads(to_json(found), parse_constant=pytest.fail)["designs"]["it"]
    buyers = told["traffic"]["buyers"]
    assert (buyers["completion_s"]["p99"], buyers["completion_ci95_s"]["p99"]) == (None, [None, None])
    assert buyers["completion_s"]["p50"] == 2.0
    assert set(buyers["completion_infinite"]) == {"mean", "p95", "p99", "p99.9", "max"}
    assert told["headroom"]["missed"][0]["value"] is None


def test_the_document_has_the_promised_shape() -> None:
    found = json.loads(to_json(sale()))
    design = found["designs"]["on-demand"]
    assert list(found) == [
        "schema_version", "scenario", "provenance", "replications", "counted_s", "warm_up_s", "windows",
        "cheapest", "month", "sureness", "inferred", "designs",
    ]  # fmt: skip
    assert found["schema_version"] == 1
    assert shape(design["traffic"]["buyers.order"]) == {**TRAFFIC, "windows": {"surge": SURGE}}
    assert shape(design["limits"]) == [
        {
            **dict.fromkeys(("service", "limit", "unit"), "str"),
            **dict.fromkeys(("demand", "allowed", "refused", "first_at_s"), "float"),
            "runs": "int",
            "requests_lost": "float",
            "burst": "float",
            "allowed_at_first": "NoneType",
            "waits_for": "str",
            "in_turn": "bool",
            "unrefused": "NoneType",
            "tightest": "float",
            "ratio": "float",
        }
    ]
    assert shape(design["bill"]) == [
        {
            **dict.fromkeys(("service", "item"), "str"),
            "quantity": "float",
            "unit": "str",
            **dict.fromkeys(("unit_price_usd", "amount_usd"), "float"),
        }
    ]
    assert isinstance(design["cost_run_usd"], float)
    assert isinstance(design["cost_month_usd"], float)
    objective = design["objectives"]["buyers.order.failed@surge"]
    assert objective["verdict"] == "fail"
    assert objective["limit"] == 0.001
    assert objective["ci95"][0] < objective["value"] < objective["ci95"][1]
    assert design["versus_first"] is None
    versus = found["designs"]["proxy"]["versus_first"]["traffic"]["buyers.order"]["latency_s"]["p50"]
    assert versus["ci95"][0] < versus["value"] < versus["ci95"][1] < 0


def test_what_is_unknown_is_null_in_the_document() -> None:
    alone = json.loads(to_json(sale(1)), parse_constant=pytest.fail)
    order = alone["designs"]["proxy"]["traffic"]["buyers.order"]
    assert order["latency_ci95_s"]["p99"] is None
    assert alone["designs"]["proxy"]["objectives"]["cost.month"]["ci95"] is None


def test_the_same_summary_gives_the_same_bytes() -> None:
    assert to_json(sale()) == to_json(sale())
    assert list(document(sale())["designs"]) == ["on-demand", "quota-raised", "proxy", "scheduled"]  # type: ignore[call-overload]
