"""What `diff` calls better or worse, and what it does not."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from simulator.measure.document import document
from simulator.measure.sketch import resolution
from simulator.measure.statistics import apart, estimate, settled_by
from simulator.report.difference import compare, markdown
from simulator.report.moved import Moved, moved, read
from tests.report.sale import sale

Json = dict[str, Any]


def base(runs: int = 10) -> Json:
    """A document as it is read from a file."""
    made: Json = json.loads(json.dumps(document(sale(runs))))
    return made


def order(document: Json) -> Json:
    found: Json = document["designs"]["proxy"]["traffic"]["buyers.order"]
    return found


def numbers(before: Json, after: Json) -> dict[str, Moved]:
    return {one.name: one for one in moved(before["designs"]["proxy"], after["designs"]["proxy"], same=True)}


def cheaper(document: Json, factor: float) -> Json:
    """The same at a part of the cost, in every replication."""
    proxy = document["designs"]["proxy"]
    for name in ("run", "thousand", "month"):
        proxy[f"cost_{name}_usd"] *= factor
        proxy[f"cost_{name}_runs_usd"] = [one * factor for one in proxy[f"cost_{name}_runs_usd"]]
    return document


def test_a_smaller_bill_for_the_same_work_is_better() -> None:
    found = numbers(base(), cheaper(base(), 0.64))
    assert {found[f"cost of {what}"].direction for what in ("a run", "1,000 ok", "a month")} == {"better"}


def test_a_smaller_bill_of_who_fails_more_is_not_called_and_1000_ok_decides() -> None:
    head = cheaper(base(), 0.64)
    of, proxy = order(head), head["designs"]["proxy"]
    of |= {"failed_share": 0.5, "failed_share_runs": [0.5] * 10, "outcomes": {"ok": 750.0, "timeout": 750.0}}
    for name in ("usd", "runs_usd"):
        proxy[f"cost_thousand_{name}"] = base()["designs"]["proxy"][f"cost_thousand_{name}"]
    proxy["cost_thousand_usd"] *= 1.28
    proxy["cost_thousand_runs_usd"] = [one * 1.28 for one in proxy["cost_thousand_runs_usd"]]
    found = numbers(base(), head)
    assert found["cost of a run"].direction == found["cost of a month"].direction == ""
    # $7.15 for 1,500 requests, $4.58 for 750 of them
    assert found["cost of a run"].but == "not called: 50 % fewer requests done, 1,000 of them $4.77 → $6.10"
    assert found["cost of 1,000 ok"].direction == "worse"


@pytest.mark.parametrize("certain", [True, False])
def test_no_cost_is_better_where_more_is_left_in_queues(certain: bool) -> None:
    head = cheaper(base(), 0.64)
    of = order(head)
    of["unfinished_share"] = 0.95
    of["unfinished_share_runs"] = [0.95 if certain or n % 2 else 0.0 for n in range(10)]
    found = numbers(base(), head)
    assert "95 % fewer requests done" in found["cost of 1,000 ok"].but
    assert found["buyers.order unfinished"].head.value == 0.95
    assert "| not called: 95 % fewer" in markdown(compare(base(), head))


def test_what_becomes_infinite_is_worse_and_never_folded_away() -> None:
    head = base()
    of = order(head)
    of["completion_s"]["p99"], of["completion_ci95_s"]["p99"] = None, [None, None]
    of["completion_runs_s"]["p99"] = [None] * 10
    found = numbers(base(), head)["buyers.order completion p99"]
    assert (found.head.value, found.direction) == (math.inf, "worse")
    shown = markdown(compare(base(), head)).split("<details>")
    assert any("infinite | now infinite | worse |" in part.split("</details>")[-1] for part in shown)
    assert numbers(head, base())["buyers.order completion p99"].direction == "better"
    assert numbers(head, head)["buyers.order completion p99"].said == "", "no change between two without end"


def test_infinite_in_one_replication_is_shown_though_nothing_is_proven() -> None:
    head = base(1)
    order(head)["completion_s"]["p99"] = None
    order(head)["completion_infinite"] = {"p99": True}
    found = numbers(base(1), head)["buyers.order completion p99"]
    assert (found.head.value, found.said) == (math.inf, "cannot tell from one replication")


def test_the_document_names_what_is_infinite() -> None:
    assert order(base())["completion_infinite"] == {}
    assert read(None, None).value != math.inf
    assert read(None, None, endless=True).value == read(None, [70.0, None]).value == math.inf


def change(before: list[float], after: list[float]) -> Moved:
    first, second = estimate(before), estimate(after)
    return Moved("buyers p99", "s", first, second, apart(first, second))


def test_two_runs_that_disagree_cannot_tell_and_say_how_many_more_would() -> None:
    # differences of 2.06 and 3.06: a deviation of 0.71; t of 3 runs 4.30 / √3 * 0.71 = 1.76 < 2.56
    found = change([1.06, 1.06], [3.12, 4.12])
    assert (found.direction, found.untold) == ("", "cannot tell; 1 more replication would")
    # a deviation of 0.5, and a tenth: 1.984 / √99 = 0.1994
    assert change([1.0] * 3, [0.5, 1.5, 1.0]).untold == "cannot tell; 96 more replications would"


def test_where_a_change_of_a_tenth_is_ruled_out_there_is_no_change_shown() -> None:
    assert change([1.0] * 4, [1.01, 0.99, 1.02, 0.98]).said == ""


def test_a_change_that_thousands_of_replications_would_not_settle_says_so() -> None:
    assert change([1.0] * 4, [9.0, -7.0, 8.0, -6.0]).untold == "cannot tell, nor would 1,000 replications"


def test_one_replication_cannot_tell() -> None:
    assert change([1.0], [2.0]).untold == "cannot tell from one replication"
    assert change([1.0], [1.0]).untold == ""


def test_replications_that_would_settle_it_are_reckoned_with_their_own_t() -> None:
    # a deviation of 1 with 4 runs: 3.182 / 2; 0.99 is what 2.447 / √7 = 0.925 reaches and 2.571 / √6 does not
    assert settled_by(1.5912, 0.99, 4) == 7
    assert settled_by(1.0, 2.0, 4) is None, "it is settled"


@pytest.mark.parametrize("at", [0.0328, 0.4, 60.0])
def test_a_percentile_that_moved_by_one_bin_has_not_moved(at: float) -> None:
    step = resolution(at)
    assert at / 2048 < step < at / 1023
    for steps, direction in ((-1, ""), (1, ""), (2, "worse")):
        assert change([at] * 3, [at + steps * step] * 3).direction == direction
    before, after = estimate([at] * 3), estimate([at + step] * 3)
    cost = Moved("cost of a run", "usd", before, after, apart(before, after))
    assert cost.direction == "worse", "money is counted exactly"


SURGE = "buyers.order.latency@surge"


def surge(document: Json) -> Json:
    found: Json = order(document)["windows"]["surge"]
    return found


def with_missing(document: Json, by: float = 1.0, **shares: float) -> Json:
    """The same with so many requests of the surge missing in every replication, and its durations longer."""
    of = surge(document)
    for name, share in shares.items():
        of |= {f"{name}_share": share, f"{name}_share_runs": [share] * len(of[f"{name}_share_runs"])}
    for clock in ("latency", "completion"):
        for statistic in ("p50", "p99"):
            of[f"{clock}_s"][statistic] *= by
            of[f"{clock}_runs_s"][statistic] = [one * by for one in of[f"{clock}_runs_s"][statistic]]
    return document


def test_a_latency_that_falls_since_more_fail_is_not_better_nor_worse_where_it_rises_since_fewer_do() -> None:
    few, many = with_missing(base(), failed=0.05), with_missing(base(), 0.5, failed=0.92)
    found = numbers(few, many)
    for row in ("p50 @surge", "p99 @surge"):
        assert found[f"buyers.order {row}"].said == "not called: 5.0 % → 92 % of requests missing (failed)"
    assert found["buyers.order failed @surge"].direction == "worse"
    back = numbers(many, few)
    assert back["buyers.order p99 @surge"].said == "not called: 92 % → 5.0 % of requests missing (failed)"
    assert back["buyers.order failed @surge"].direction == "better"
    assert (compare(few, many).worse, compare(many, few).worse) == (True, False)
    assert "| not called: 5.0 % → 92 % of requests missing (failed) |" in markdown(compare(few, many))


def test_a_latency_that_moves_though_it_is_of_other_requests_is_called() -> None:
    few, slow = with_missing(base(), failed=0.05), with_missing(base(), 2.0, failed=0.92)
    assert numbers(few, slow)["buyers.order p99 @surge"].direction == "worse", "those left are slower"
    assert numbers(slow, few)["buyers.order p99 @surge"].direction == "better", "and more are left"


def test_as_many_missing_as_before_but_for_a_tenth_of_what_is_beyond_take_nothing_from_a_fall() -> None:
    before = with_missing(base(), failed=0.05)
    # a tenth of 1 % is 0.1 %, of 50 % 5 %
    assert numbers(before, with_missing(base(), 0.5, failed=0.0509))["buyers.order p99 @surge"].direction
    found = numbers(before, with_missing(base(), 0.5, failed=0.0511))
    assert not found["buyers.order p99 @surge"].direction
    assert found["buyers.order p50 @surge"].direction == "better"


def test_more_that_are_missing_by_chance_take_nothing_from_a_fall() -> None:
    head = with_missing(base(), 0.5, failed=0.1)
    surge(head)["failed_share_runs"] = [1.0] + [0.0] * 9
    assert numbers(base(), head)["buyers.order p99 @surge"].direction == "better"


@pytest.mark.parametrize("kind", ["lost", "dead_lettered"])
def test_what_is_given_up_is_missing_from_completion_alone(kind: str) -> None:
    found = numbers(base(), with_missing(base(), 0.5, **{kind: 0.3}))
    said = "not called: 0 % → 30 % of requests missing (failed, lost or dead-lettered)"
    assert found["buyers.order completion p99 @surge"].said == said
    assert found["buyers.order p99 @surge"].direction == "better"


def test_a_verdict_that_turns_on_what_is_left_of_the_requests_says_so() -> None:
    few, many = with_missing(base(), failed=0.05), with_missing(base(), 0.5, failed=0.92)
    for side, verdict, value in ((few, "fail", 4.0), (many, "pass", 1.0)):
        judged = side["designs"]["proxy"]["objectives"][SURGE]
        by_survivors = {"survivors": True, "missing_share": 0.92 if verdict == "pass" else 0.05}
        runs = [value + number / 100 for number in range(10)]
        judged |= {"objective": "p95 < 2 s", "verdict": verdict, "value": value, "runs": runs, **by_survivors}
    found = compare(few, many)
    assert found.verdict == "pass", "no objective is worse off"
    text = markdown(found)
    assert "1 verdict better, none worse; 1 of them on fewer requests" in text
    assert "✗ fail → **✓ pass** (4.000 s → 1.000 s, 92 % of requests missing)" in text
    (row,) = [one for one in text.splitlines() if "order p95 @surge" in one]
    assert row.endswith("| not called: 5.0 % → 92 % of requests missing (failed), ✗ → ✓ |")
    back = compare(many, few)
    assert (back.verdict, back.worse) == ("fail", False), "the objective fails all the same"
