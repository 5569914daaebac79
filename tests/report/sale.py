"""A made-up comparison of four designs, with everything a report can show."""

from __future__ import annotations

from functools import cache

import numpy as np

from simulator.measure.limits import limits
from simulator.measure.result import Cause, Limit
from simulator.measure.statistics import estimate
from simulator.measure.summary import Charge, DesignSummary, Judged, Month, Summary, traffic
from simulator.measure.worst import Span, Worst
from simulator.report.changes import Change, Changed
from simulator.study.cost import per_thousand
from tests.fabricate import THROTTLED, counted

PAYMENT = Cause("error", "payment", "faults")
SLOW = Cause("timeout", "stock", "connections")

CHANGES = {
    "quota-raised": Changed("on-demand", (Change("account.lambda_concurrency", "1000", "3000"),)),
    "proxy": Changed(
        "quota-raised",
        (Change("stock.proxy", None, "{max_connections_percent: 90, borrow_timeout: 2 s}"),),
    ),
    "scheduled": Changed(
        "on-demand",
        (
            Change(
                "checkout.provisioned_concurrency",
                None,
                "{schedule: {sale: {at: 5 min, for: 25 min, amount: 500}}}",
            ),
        ),
    ),
}


REQUESTS, IN_SURGE = 1500, 600


def latencies(median_s: float, number: int, count: int) -> list[float]:
    """Lognormal latencies, a little different in every replication."""
    draw = np.random.Generator(np.random.Philox(key=number))
    return list(median_s * (1 + number / 100) * np.exp(draw.normal(size=count)))


def design(
    median_s: float,
    lost: dict[Cause, int],
    verdicts: tuple[str, ...],
    month: float,
    runs: int,
    later: float = 0.0,
) -> DesignSummary:
    """One design: how fast, what it loses, how it is judged, what it costs."""
    numbers = range(1, runs + 1)
    whole = []
    for number in numbers:
        causes = {cause: count + number for cause, count in lost.items()}
        ok = latencies(median_s, number, REQUESTS - sum(causes.values()))
        done = [one + later for one in ok]
        in_surge = IN_SURGE - sum(causes.values())
        surge = counted(ok[:in_surge], causes, done[:in_surge])
        whole.append({"buyers.order": counted(ok, causes, done, windows={"surge": surge})})
    buyers = [{"buyers": run["buyers.order"], **run} for run in whole]
    summaries = {key: traffic([run[key] for run in buyers]) for key in buyers[0]}
    order = summaries["buyers.order"]
    p99, failed = order.windows["surge"].latency["p99"], order.windows["surge"].failed_share
    cost = estimate([month / 100 + number / 1000 for number in numbers])
    monthly = estimate([month + number / 10 for number in numbers])
    bound = THROTTLED in lost
    slowest = Span(600.0, 10.0, p99, True)
    failing = Span(606.0, 10.0, failed, failed=sum(lost.values()) + 5.5) if lost else None
    concurrency = Limit(
        "checkout",
        "account_concurrency",
        "executions",
        1640.0 if bound else 700.0,
        950.0,
        9,
        603.0 if bound else None,
    )
    connections = Limit("stock", "max_connections", "connections", 590.0, 614.0, 0, None)
    return DesignSummary(
        replications=runs,
        traffic=summaries,
        services={"checkout": {"invocations": 1000.0, "cold_starts": 4.1, "concurrency_max": 950.0}},
        limits=limits(
            [[concurrency, connections]] * runs,
            {("checkout", "account_concurrency"): float(sum(lost.values()))},
        ),
        bill=(Charge("checkout", "lambda_gb_s", 120.0, "GB-s", 0.0000166667, 0.002),),
        cost_run=cost,
        cost_month=monthly,
        objectives={
            judged.key: judged
            for judged in (
                Judged("buyers.order.latency@surge", "p99 < 2 s", 2.0, "s", verdicts[0], p99, True, 23),
                Judged(
                    "buyers.order.failed@surge", "< 0.1 %", 0.001, "share", verdicts[1], failed, False, 14
                ),
                Judged("cost.month", "< $900", 900.0, "usd", verdicts[2], monthly, False, None),
            )
        },
        cost_thousand=per_thousand(cost, [run["buyers.order"].outcomes["ok"] for run in whole]),
        account_concurrency=950.0 if bound else 700.0,
        worst={"buyers.order": Worst(slowest, failing)},
    )


@cache
def sale(runs: int = 10) -> Summary:
    """The whole comparison."""
    designs = {
        "on-demand": design(0.4, {THROTTLED: 500, PAYMENT: 1}, ("fail", "fail", "pass"), 668.0, runs),
        "quota-raised": design(0.4, {SLOW: 3}, ("pass", "inconclusive", "pass"), 701.0, runs),
        "proxy": design(0.0351, {}, ("pass", "pass", "pass"), 714.5, runs, later=0.2),
        "scheduled": design(0.03, {}, ("pass", "pass", "fail"), 1763.0, runs),
    }
    month = Month(4, "baseline")
    return Summary(
        "Flash sale", 2100.0, runs, {"version": "0.1.0", "seed": 1}, designs, warm_up_s=300.0, month=month
    )
