"""`p99 ± 5%`: how sure a study shall be, in the words of objectives."""

from __future__ import annotations

import pytest

from simulator.scenario.objectives import Names, parse_objective
from simulator.scenario.precision import parse_precision

NAMES = Names({"buyers": ("order",)}, ("checkout",), ("surge",), month=True)
OBJECTIVES = [
    parse_objective("cost.month", "< $5", NAMES),
    parse_objective("buyers.order.latency@surge", "p95 < 2 s", NAMES),
]


@pytest.mark.parametrize(
    ("text", "full", "amount", "relative"),
    [
        ("p99 ± 5%", "buyers.order.latency@surge p99 ± 5%", 0.05, True),
        ("± 5 %", "buyers.order.latency@surge p95 ± 5 %", 0.05, True),
        ("buyers.latency p90 +- 20 ms", "buyers.latency p90 ± 20 ms", 0.02, False),
        ("buyers.completion ± 1%", "buyers.completion p99 ± 1%", 0.01, True),
        ("buyers.failed@surge +/- 10%", "buyers.failed@surge ± 10%", 0.1, True),
        ("buyers.failed ± 0.1 points", "buyers.failed ± 0.1 points", 0.001, False),
        ("cost.month ± $5", "cost.month ± $5", 5.0, False),
        ("checkout.cold_starts ± 5", "checkout.cold_starts ± 5", 5.0, False),
    ],
)
def test_a_metric_is_named_as_in_objectives(text: str, full: str, amount: float, relative: bool) -> None:
    found = parse_precision(text, NAMES, OBJECTIVES)
    assert (found.text, found.amount, found.relative) == (full, pytest.approx(amount), relative)


def test_without_objectives_on_time_the_first_source_is_meant() -> None:
    assert parse_precision("± 5%", NAMES, OBJECTIVES[:1]).text == "buyers.latency p99 ± 5%"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sure", "not a precision: 'sure'; write for example 'p99 ± 5%'"),
        ("max ± 5%", "a maximum of a time, which has no interval; write for example 'p99 ± 5%'"),
        ("buyers.lat ± 5%", "no metric 'lat' of buyers; did you mean 'latency'?"),
        ("buyer.latency ± 5%", "nothing named 'buyer'; did you mean 'buyers'?"),
        ("p99 ± 0%", "a precision of nothing: '0%'; write for example 'p99 ± 5%'"),
        ("p99 ± 5 kg", "not a duration: '5 kg'; write for example '100 ms'"),
    ],
)
def test_a_mistake_says_what_to_write_instead(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_precision(text, NAMES, OBJECTIVES)
    assert str(caught.value) == said


def test_of_what_services_count_the_maximum_of_a_level_has_an_interval_and_that_of_a_time_has_none() -> None:
    counted = {"waiting_max", "age_max_s"}
    names = Names({"buyers": ()}, ("orders",), (), month=False, counters=lambda service: counted)
    assert parse_precision("orders.waiting max ± 5%", names, []).metric.statistic == "max"
    for text in ("orders.age max ± 5%", "orders.age_max_s ± 5%", "buyers.latency max ± 5%"):
        with pytest.raises(ValueError, match="a maximum of a time, which has no interval"):
            parse_precision(text, names, [])
