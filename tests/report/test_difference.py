"""Two results compared: what moved for certain, which verdicts turned, and Markdown that shows it."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from simulator.measure.document import document
from simulator.measure.statistics import apart, estimate, shown
from simulator.report.changes import Change
from simulator.report.difference import Difference, Moved, compare, markdown
from tests.report.sale import sale

Json = dict[str, Any]


def base(runs: int = 10) -> Json:
    """A document as it is read from a file."""
    made: Json = json.loads(json.dumps(document(sale(runs))))
    return made


def changed(**factors: float) -> Json:
    """The same, p99 latency and costs of one design multiplied, replication by replication."""
    head = base()
    proxy = head["designs"]["proxy"]
    order = proxy["traffic"]["buyers.order"]
    order["latency_s"]["p99"] *= factors.get("p99", 1.0)
    order["latency_runs_s"]["p99"] = [one * factors.get("p99", 1.0) for one in order["latency_runs_s"]["p99"]]
    proxy["cost_run_usd"] *= factors.get("cost", 1.0)
    proxy["cost_run_runs_usd"] = [one * factors.get("cost", 1.0) for one in proxy["cost_run_runs_usd"]]
    return head


def moved(found: Difference, design: str = "proxy") -> dict[str, Moved]:
    (one,) = [one for one in found.designs if one.name == design]
    return {number.name: number for number in one.numbers if number.direction}


def test_the_same_results_show_no_change() -> None:
    found = compare(base(), base())
    assert (found.verdict, found.worse) == ("pass", False)
    assert all(not moved(found, design.name) for design in found.designs)
    assert "## Flash sale: no change shown" in markdown(found)


def test_a_change_in_every_replication_is_shown_however_wide_the_intervals_are() -> None:
    found = compare(base(), changed(p99=1.02, cost=0.98))
    numbers = moved(found)
    assert {name: one.direction for name, one in numbers.items()} == {
        "buyers.order p99": "worse",
        "cost of a run": "better",
    }
    p99 = numbers["buyers.order p99"]
    assert p99.base.low < p99.head.value < p99.base.high, "unpaired, nothing would be shown"
    assert found.worse
    assert found.verdict == "pass", "no objective is worse off"


def test_an_objective_that_turns_decides() -> None:
    head = base()
    objectives = head["designs"]["proxy"]["objectives"]
    objectives["cost.month"]["verdict"] = "inconclusive"
    assert compare(base(), head).verdict == "inconclusive"
    objectives["buyers.order.failed@surge"]["verdict"] = "fail"
    found = compare(base(), head)
    assert found.verdict == "fail"
    text = markdown(found)
    assert "## Flash sale: 1 objective that did not fail before" in text
    assert "- **buyers.order.failed@surge** \\< 0.1 %: ✓ pass → **✗ fail** (0 %)" in text
    mended = compare(head, base())
    assert (mended.verdict, "2 verdicts better, none worse" in markdown(mended)) == ("pass", True)


def test_an_objective_that_newly_fails_is_told_with_its_cause_under_the_table() -> None:
    before = base()
    before["designs"]["on-demand"]["objectives"]["buyers.order.failed@surge"]["verdict"] = "pass"
    text = markdown(compare(before, base(), measured=sale()), ("a", "b_c"))
    why = "b\\_c fails buyers.order.failed@surge (85.33 %, not \\< 0.1 %): first to bind is checkout, account"
    assert f"|\n\n{why}" in text, "of what failed before nothing is said"
    assert text.count(" fails ") == 1
    assert "first to bind" not in markdown(compare(before, base())), "a document that was only read"


def outside(text: str) -> str:
    """What is not folded away."""
    return re.sub("<details>.*?</details>", "", text, flags=re.DOTALL)


def test_a_number_whose_verdict_turned_is_not_folded_away_with_those_that_show_no_change() -> None:
    before, head = base(), base()
    objectives = head["designs"]["proxy"]["objectives"]
    objectives["buyers.order.failed@surge"]["verdict"] = "fail"
    objectives["cost.month"] |= {"verdict": "inconclusive", "value": 901.0}
    text = markdown(compare(before, head))
    assert "- **cost.month** \\< $900: ✓ pass → **? inconclusive** ($715.05 → $901.00)" in text
    assert "| buyers.order failed @surge | 0 % | 0 % | ~ | ✓ → ✗ |" in outside(text)
    assert "| cost of a month | $715.05 | $715.05 | ~ | ✓ → ? |" in outside(text)
    assert text.count("| cost of a month | $715") == 1
    assert "<summary>9 other numbers: no change shown" in text


def test_an_objective_on_a_number_that_is_not_among_the_usual_ones_has_its_own_row() -> None:
    before, head = base(), base()
    for side, verdict, by in ((before, "pass", 0.0), (head, "fail", 0.1)):
        one = side["designs"]["proxy"]["objectives"]["buyers.order.latency@surge"]
        runs = [value + by + (0.2 * by if n else 0) for n, value in enumerate(one["runs"])]
        one |= {"objective": "p95 < 2 s", "verdict": verdict, "value": 1.9 + 2 * by, "runs": runs}
    text = outside(markdown(compare(before, head)))
    (row,) = [line for line in text.splitlines() if line.startswith("| buyers.order p95 @surge |")]
    assert row.startswith("| buyers.order p95 @surge | 1.900 s | 2.100 s | +200 ms ±")
    assert row.endswith(" | worse, ✓ → ✗ |")


def test_an_objective_on_what_is_dead_lettered_is_about_the_number_of_that_name() -> None:
    before, head = base(), base()
    for side, verdict, share in ((before, "pass", 0.0), (head, "fail", 0.5)):
        one = side["designs"]["proxy"]
        one["traffic"]["buyers.order"] |= {
            "dead_lettered_share": share,
            "dead_lettered_share_ci95": [share, share],
            "dead_lettered_share_runs": [share] * 10,
        }
        one["objectives"]["buyers.order.dead_lettered"] = {
            **one["objectives"]["buyers.order.failed@surge"],
            "objective": "< 1%",
            "verdict": verdict,
            "value": share,
            "ci95": [share, share],
        }
    text = markdown(compare(before, head))
    (row,) = re.findall(r"^\| buyers\.order dead[^@\n]*\|$", text.replace("\\", ""), re.MULTILINE)
    assert row.startswith("| buyers.order dead-lettered | 0")
    assert row.endswith(" | worse, ✓ → ✗ |")


def stated(document: Json, key: str, text: str, limit: float, unit: str, **others: object) -> Json:
    """The objective of `proxy` on `key`, as this side states it."""
    objectives = document["designs"]["proxy"]["objectives"]
    objectives[key] = {
        "verdict": "pass",
        "value": None,
        "ci95": None,
        "runs": [],
        "few": False,
        **objectives.get(key, {}),
        "objective": text,
        "limit": limit,
        "unit": unit,
        **others,
    }
    return document


def restated(found: Difference) -> str:
    """The one line on an objective that is not stated alike."""
    (line,) = [line for line in markdown(found).splitlines() if line.startswith("- **objective ")]
    return line.replace("\\", "")


def test_a_relaxed_limit_is_no_better_verdict_and_fails_as_it_was() -> None:
    before = stated(base(), "cost.month", "< $50", 50.0, "usd", verdict="fail")
    found = compare(before, base())
    assert found.verdict == "fail"
    assert "## Flash sale: 1 objective changed that would fail as it was\n" in markdown(found)
    told = "cost.month < $50 → < $900 (the old one would fail: $715.05; the new one passes: $715.05)"
    assert restated(found) == f"- **objective changed**: {told}"
    assert "better, none worse" not in markdown(found)


def test_a_changed_limit_that_head_meets_either_way_decides_nothing() -> None:
    found = compare(stated(base(), "cost.month", "< $800", 800.0, "usd"), base())
    assert (found.verdict, found.worse) == ("pass", False)
    assert "## Flash sale: no change shown; objectives: 1 changed\n" in markdown(found)


def test_a_limit_that_head_misses_only_as_it_is_now_fails_as_any_other_objective() -> None:
    head = stated(base(), "cost.month", "< $100", 100.0, "usd", verdict="fail")
    found = compare(base(), head)
    assert found.verdict == "fail"
    assert "## Flash sale: 1 objective that did not fail before\n" in markdown(found)
    assert restated(found).endswith("(the old one would pass: $715.05; the new one fails: $715.05)")


@pytest.mark.parametrize(("was", "verdict"), [("pass", "inconclusive"), ("inconclusive", "pass")])
def test_a_limit_inside_the_interval_is_undecided_and_worse_only_than_a_pass(was: str, verdict: str) -> None:
    # the months cost $714.6 to $715.5 in steps of $0.1: $715.05 ± 0.22
    before = stated(base(), "cost.month", "< $715.1", 715.1, "usd", verdict=was)
    found = compare(before, base())
    assert found.verdict == verdict
    assert "(the old one is undecided: $715.05; the new one passes: $715.05)" in restated(found)


def test_the_same_limit_in_other_words_is_the_same_objective() -> None:
    key = "buyers.order.latency@surge"
    found = compare(base(), stated(base(), key, "p99 < 2000 ms", 2.0, "s"))
    assert not any(design.restated for design in found.designs)
    assert any(d.restated for d in compare(base(), stated(base(), key, "p99 <= 2 s", 2.0, "s")).designs)


@pytest.mark.parametrize(
    ("key", "text", "limit", "unit", "said", "verdict"),
    [
        # the median of draws around 35.1 ms × (1.01 to 1.10), and completion 0.2 s after the answer
        ("buyers.order.latency", "p50 < 10 ms", 0.01, "s", "would fail: 37.27 ms", "fail"),
        ("buyers.order.completion", "p50 < 300 ms", 0.3, "s", "would pass: 237.3 ms", "pass"),
        ("buyers.order.ok", "> 99.9 %", 0.999, "share", "would pass: 100 %", "pass"),
        ("buyers.order.throttled@surge", "< 1 %", 0.01, "share", "would pass: 0 %", "pass"),
        ("cost.run", "< $5", 5.0, "usd", "would fail: $7.150", "fail"),
        ("checkout.cold_starts", "<= 4", 4.0, "", "would fail: 4.10", "fail"),
        ("checkout.concurrency", "p50 < 1000", 1000.0, "", "undecided: there is no number", "inconclusive"),
        ("buyers.order.latency", "p97 < 1 h", 3600.0, "s", "undecided: there is no number", "inconclusive"),
        ("buyers.order.ok@sale", "> 1 %", 0.01, "share", "undecided: there is no number", "inconclusive"),
        ("sellers.latency", "p50 < 1 h", 3600.0, "s", "undecided: there is no number", "inconclusive"),
    ],
)
def test_a_removed_objective_is_judged_by_what_the_document_of_head_holds(
    key: str, text: str, limit: float, unit: str, said: str, verdict: str
) -> None:
    found = compare(stated(base(), key, text, limit, unit, verdict="inconclusive"), base())
    assert restated(found) == f"- **objective removed**: {key} {text} ({said})"
    assert found.verdict == verdict


def test_what_has_no_end_fails_a_limit_and_what_is_unknown_is_undecided() -> None:
    before, head = stated(base(), "buyers.order.completion", "p99 < 1 min", 60.0, "s"), base()
    order = head["designs"]["proxy"]["traffic"]["buyers.order"]
    order["completion_s"]["p99"], order["completion_ci95_s"]["p99"] = None, [70.0, None]
    assert restated(compare(before, head)).endswith("(would fail: infinite)")
    order["completion_ci95_s"]["p99"] = None
    assert compare(before, head).verdict == "inconclusive"


def test_an_objective_that_is_new_is_told_and_decides_nothing() -> None:
    head = stated(base(), "cost.run", "< $5", 5.0, "usd", verdict="fail", value=7.15)
    found = compare(base(), head)
    assert restated(found) == "- **objective new**: cost.run < $5 (fails: $7.15)"
    assert found.verdict == "pass"
    assert "## Flash sale: no change shown; objectives: 1 new\n" in markdown(found)


def test_designs_on_one_side_only_are_named_and_not_compared() -> None:
    head = base()
    head["designs"]["queue"] = head["designs"].pop("scheduled")
    found = compare(base(), head)
    assert (found.added, found.removed) == (["queue"], ["scheduled"])
    text = markdown(found, ("main", "branch"))
    assert "Only in branch: queue." in text
    assert "**No longer in branch**: scheduled, which passed buyers.order.latency@surge, buyers" in text


def test_a_design_that_passed_and_is_gone_leaves_its_objectives_unproven() -> None:
    head = base()
    for name, verdict, headline in (
        ("proxy", "inconclusive", "3 objectives no longer proven to pass"),
        ("on-demand", "inconclusive", "4 objectives no longer proven to pass"),
    ):
        del head["designs"][name]
        found = compare(base(), head)
        assert (found.verdict, headline in markdown(found)) == (verdict, True)
    before = base()
    for design in before["designs"].values():
        for one in design["objectives"].values():
            one["verdict"] = "fail"
    found = compare(before, head)
    assert found.verdict == "pass"
    assert "**No longer in head**: proxy, which passed no objective." in markdown(found)


def test_an_objective_on_a_window_that_moved_is_changed_and_its_number_unknown() -> None:
    before, head = base(), base()
    before["windows"] = {"surge": {"from_s": 600.0, "until_s": 720.0}}
    head["windows"] = {"surge": {"from_s": 300.0, "until_s": 360.0}, "new": {"from_s": 0.0, "until_s": 1.0}}
    found = compare(before, head)
    proxy = next(design for design in found.designs if design.name == "proxy")
    assert proxy.restated[0].said.startswith(
        "buyers.order.latency@surge p99 < 2 s, 10 min to 12 min → p99 < 2 s, 5 min to 6 min "
        "(the old one is undecided: there is no number; the new one passes: "
    )
    assert [one.key for one in proxy.restated] == ["buyers.order.latency@surge", "buyers.order.failed@surge"]
    assert found.verdict == "inconclusive"
    assert "- `windows.surge`: `10 min to 12 min` → `5 min to 6 min`\n\n" in markdown(found)
    judged = {"buyers.order.latency@surge": {"verdict": "fail", "value": 3.0, "unit": "s"}}
    assert compare(before, head, again={"proxy": judged}).verdict == "fail"


def test_a_warm_up_that_changed_changes_what_counts_the_whole_run_and_one_that_is_found_does_not() -> None:
    before, head = (stated(base(), "buyers.order.ok", "> 99 %", 0.99, "share") for _ in range(2))
    head |= {"warm_up_s": 900.0, "counted_s": 1500.0}
    found = compare(before, head)
    assert "ok > 99 %, 5 min to 40 min → > 99 %, 15 min to 40 min (" in restated(found)
    assert "- `run.warm_up`: `5 min` → `15 min`\n\n" in markdown(found)
    for side in (before, head):
        side["provenance"]["warm_up"] = {"found_s": side["warm_up_s"]}
    assert not compare(before, head).conditions
    assert not any(design.restated for design in compare(before, head).designs)


def test_another_month_changes_what_a_month_costs() -> None:
    head = {**base(), "month": {"runs": 1, "otherwise": "idle"}}
    (line,) = {
        line
        for line in markdown(compare(base(), head)).splitlines()
        if "cost.month" in line and "900, a month: 4" in line and "one such run" in line and "$715" in line
    }
    assert line.startswith("- **objective changed**")


@pytest.mark.parametrize(
    ("key", "other", "paired"),
    [("seed", 2, False), ("traffic", {"a": {"rate": "2/s"}}, False), ("region", "eu-central-1", True)],
)
def test_only_what_meets_the_same_requests_with_the_same_luck_is_paired(
    key: str, other: object, paired: bool
) -> None:
    before, head = base(), changed(p99=1.02)
    before["provenance"] |= {"traffic": {"a": {"rate": "1/s"}}, "region": "us-east-1"}
    head["provenance"] |= {**before["provenance"], key: other}
    found = compare(before, head)
    assert ("buyers.order p99" in moved(found)) is paired, "2 % in every pair, and less than the intervals"
    assert ("paired by replication" in markdown(found)) is paired
    assert ("unpaired, of independent replications" in markdown(found)) is not paired
    assert "**Not measured alike**: what follows" in markdown(found)


def test_traffic_in_other_words_is_the_same_traffic_and_paired() -> None:
    before, head = base(), changed(p99=1.02)
    before["provenance"]["traffic"] = {"a": {"shape": "poisson", "rate": "60/min", "think": "1 min"}}
    head["provenance"]["traffic"] = {"a": {"think": "60 s", "shape": "poisson", "rate": "1/s"}}
    found = compare(before, head)
    assert "buyers.order p99" in moved(found), "2 % in every pair"
    assert (found.paired, found.conditions) == (True, ())


def test_one_replication_proves_nothing_but_its_verdicts_count() -> None:
    found = compare(base(1), base(1))
    assert not any(number.direction for design in found.designs for number in design.numbers)
    assert found.verdict == "pass"


def test_the_table_says_by_how_much_with_its_own_unit() -> None:
    lines = markdown(compare(base(), changed(p99=2.0, cost=0.5)), ("main", "branch")).splitlines()
    assert "| | main | branch | change | |" in lines
    (p99,) = [line for line in lines if line.startswith("| buyers.order p99 |")][2:3]
    assert p99 == "| buyers.order p99 | 388 ms | 775 ms | +388 ms ±26 (+100 %) | worse |"
    (cost,) = [line for line in lines if "−$3.5" in line]
    assert cost == "| cost of a run | $7.150 | $3.575 | −$3.575 ±0.0011 (−50 %) | better |"
    assert "<details><summary>" in "\n".join(lines), "what shows no change is folded away"


def test_what_a_month_is_is_said_where_both_sides_mean_the_same() -> None:
    said = "A month: 4 such runs, the rest of 730 h at baseline."
    assert said in markdown(compare(base(), base()))
    other = {**base(), "month": {"runs": 5, "otherwise": "baseline"}}
    assert "A month" not in markdown(compare(base(), other))
    of_before = {key: value for key, value in base().items() if key != "month"}
    assert "A month" not in markdown(compare(of_before, base()))


def test_what_the_scenario_says_differently_stands_first_and_other_traffic_a_warning() -> None:
    written = {"proxy": [Change("stock.instance", "db.t3.medium", "db.`m5`.large"), Change("x", None, "1")]}
    before, head = base(), base()
    for side, rate in ((before, "2/s"), (head, "1/s")):
        side["provenance"]["traffic"] = {"buyers": {"shape": "poisson", "rate": rate}}
    text = markdown(compare(before, head, written))
    assert "- `stock.instance`: `db.t3.medium` → `db.'m5'.large`" in text
    assert "- `x`: not set → `1`" in text
    assert "- `traffic.buyers.rate`: `2/s` → `1/s`" in text


def test_names_are_only_text() -> None:
    head, evil = base(), "<b>|*x*\n"
    head["designs"] = {evil: head["designs"]["proxy"]}
    text = markdown(compare(copy.deepcopy(head), head))
    assert "### \\<b\\>\\|\\*x\\* " in text
    assert "<b>" not in text


@pytest.mark.parametrize("counts", [(3, 3), (3, 5)])
def test_changes_are_paired_where_both_have_as_many_replications(counts: tuple[int, int]) -> None:
    first = estimate([float(n) for n in range(counts[0])])
    second = estimate([n + 0.5 for n in range(counts[1])])
    change = apart(first, second)
    assert shown(change) == (counts == (3, 3)), "0.5 in every pair, or lost among 0 to 4"
    if counts == (3, 5):
        # Welch by hand: squared errors 1/3 and 2.5/5, 5.88 degrees of freedom, t = 2.459
        assert (change.value, change.half_width) == (
            pytest.approx(1.5),
            pytest.approx(2.459 * (5 / 6) ** 0.5, abs=1e-3),
        )
