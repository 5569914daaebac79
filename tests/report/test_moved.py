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
