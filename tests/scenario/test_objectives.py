"""The grammar of objectives, and what they may speak of."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.scenario.objectives import Names, Objective, parse_objective
from tests.scenario.writing import SMALL, mistakes, scenario

NAMES = Names(
    traffic={"buyers": ("browse", "order"), "chat": ()},
    services=("checkout", "stock"),
    windows=("surge",),
    month=True,
)


@pytest.mark.parametrize(
    ("key", "value", "parsed"),
    [
        (
            "buyers.order.latency@surge",
            "p99 < 2 s",
            ("buyers.order", "latency", "surge", "p99", "<", 2.0, "s"),
        ),
        ("buyers.completion", "mean<=1500 ms", ("buyers", "completion", None, "mean", "<=", 1.5, "s")),
        ("chat.latency", "p99.9 < 1 min", ("chat", "latency", None, "p99.9", "<", 60.0, "s")),
        ("chat.latency", "max < 1 s", ("chat", "latency", None, "max", "<", 1.0, "s")),
        (
            "buyers.order.failed@surge",
            "< 0.1%",
            ("buyers.order", "failed", "surge", None, "<", 0.001, "share"),
        ),
        ("buyers.ok", ">= 99.9%", ("buyers", "ok", None, None, ">=", 0.999, "share")),
        ("cost.month", "< $900", ("cost", "month", None, None, "<", 900.0, "usd")),
        ("cost.run", "<$0.5", ("cost", "run", None, None, "<", 0.5, "usd")),
        ("checkout.cold_starts", "< 500", ("checkout", "cold_starts", None, None, "<", 500.0, "")),
        ("checkout.iterator_age", "max < 10 s", ("checkout", "iterator_age", None, "max", "<", 10.0, "s")),
        ("stock.utilization", "< 80%", ("stock", "utilization", None, None, "<", 0.8, "share")),
    ],
)
def test_an_objective_is_a_metric_a_statistic_and_a_limit(
    key: str, value: str, parsed: tuple[object, ...]
) -> None:
    found = parse_objective(key, value, NAMES)
    assert (found.subject, found.metric, found.window, found.statistic) == parsed[:4]
    assert (found.comparison, found.limit, found.unit) == parsed[4:]


def test_an_objective_keeps_how_it_was_written() -> None:
    found = parse_objective("chat.latency", "  p99  <  2 s ", NAMES)
    assert (found.key, found.text) == ("chat.latency", "p99 < 2 s")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("buyer.latency", "p99 < 2 s", "nothing named 'buyer'; did you mean 'buyers'?"),
        ("buyers.odrer.latency", "p99 < 2 s", "nothing named 'buyers.odrer'; did you mean 'buyers.order'?"),
        ("buyers.latncy", "p99 < 2 s", "no metric 'latncy' of buyers; did you mean 'latency'?"),
        ("buyers.latency@sruge", "p99 < 2 s", "no window named 'sruge'; did you mean 'surge'?"),
        ("cost.year", "< $900", "no metric 'year' of cost; write one of: month, run"),
        ("latency", "p99 < 2 s", "no metric: 'latency'; write for example 'cost.run' or 'SOURCE.latency'"),
        (
            "checkout.throttles@surge",
            "< 5",
            "a window of checkout.throttles; remove '@surge', only traffic has windows",
        ),
        ("chat.latency", "< 2 s", "latency without a statistic: '< 2 s'; write for example 'p99 < 2 s'"),
        ("chat.latency", "p99 2 s", "not an objective: 'p99 2 s'; write for example 'p99 < 2 s'"),
        ("chat.latency", "p100 < 2 s", "not an objective: 'p100 < 2 s'; write for example 'p99 < 2 s'"),
        ("chat.latency", ["p99 < 2 s"], "not an objective: a list; write for example 'p99 < 2 s'"),
        ("chat.latency", "p99 < 2", "a number without its unit: 2; write '2 s' or '2 ms'"),
        (
            "chat.failed",
            "< 0.01",
            "a number without its unit: 0.01; write '1%' or '0.01%', whichever is meant",
        ),
        ("chat.failed", "p99 < 1%", "a statistic of a single number: 'p99 < 1%'; write for example '< 0.1%'"),
        ("cost.run", "< 900", "a number without its unit: 900; write '$900'"),
        # what is left out, or in its place
        ("cost", "< $50/month", "no metric: 'cost'; write cost.month: < $50"),
        ("cost", "< $50 per month", "no metric: 'cost'; write cost.month: < $50"),
        ("cost", "< $50", "no metric: 'cost'; write cost.run: < $50, or cost.month: < $50"),
        ("cost", "< 50", "no metric: 'cost'; write cost.run: < $50, or cost.month: < $50"),
        ("cost", "< 50/month", "no metric: 'cost'; write cost.month: < $50"),
        ("chat", "p99 < 500 ms", "no metric: 'chat'; write chat.latency: p99 < 500 ms"),
        ("chat@surge", "< 1%", "no metric: 'chat@surge'; write chat.failed@surge: < 1%"),
        ("chat", ">= 99%", "no metric: 'chat'; write chat.ok: >= 99%"),
        ("chat.p99", "< 500 ms", "no metric 'p99' of chat; write chat.latency: p99 < 500 ms"),
        (
            "buyers.order",
            "max < 1 s",
            "no metric 'order' of buyers; write buyers.order.latency: max < 1 s",
        ),
        ("checkout", "< 500", "no metric: 'checkout'; write for example 'cost.run' or 'SOURCE.latency'"),
        (
            "chat.latency",
            "p99 < 30 s and max < 2 min",
            (
                "several conditions: 'p99 < 30 s and max < 2 min';"
                " write one condition for each objective, such as 'p99 < 30 s'"
            ),
        ),
        (
            "chat.failed",
            "< 1%, > 0%",
            "several conditions: '< 1%, > 0%'; write one condition for each objective, such as '< 1%'",
        ),
        ("checkout.cold_starts", "< many", "not a duration: 'many'; write for example '100 ms'"),
    ],
)
def test_an_objective_that_means_nothing_is_refused(key: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=";") as caught:
        parse_objective(key, value, NAMES)
    assert str(caught.value) == message


def test_a_cost_per_month_needs_a_month(tmp_path: Path) -> None:
    text = SMALL + "objectives: {cost.month: < $9}\n"
    assert mistakes(tmp_path, text) == [
        (
            "scenario.yaml:9:14: objectives.cost.month: a cost per month of which nothing is said;"
            " write bill: {month: {runs: 4, otherwise: baseline}}"
        )
    ]
    assert mistakes(tmp_path, text + "bill: {month: {runs: 4, otherwise: baseline}}\n") == []


def test_a_month_at_the_baseline_is_suggested_only_where_every_source_has_one(tmp_path: Path) -> None:
    staff = "  staff: {to: api, shape: users, count: 5, think: 1 s}\narchitecture:"
    text = SMALL.replace("architecture:", staff) + "objectives: {cost.month: < $9}\n"
    (message,) = mistakes(tmp_path, text)
    assert message.endswith("write bill: {month: {runs: 4, otherwise: idle}}")
    assert mistakes(tmp_path, text + "bill: {month: {runs: 4, otherwise: idle}}\n") == []


def test_a_service_of_one_design_may_have_an_objective(tmp_path: Path) -> None:
    extra = "designs: {a: {}, b: {extra: {service: cloudfront, to: shop, hits: 10%}}}\n"
    text = f"{SMALL}{extra}objectives: {{extra.requests: < 5}}\n"
    (objective,) = scenario(tmp_path, text).objectives
    assert objective == Objective(
        "extra.requests", "< 5", "extra", "requests", None, None, "<", 5.0, ""
    )  # fmt: skip
