"""The comparison on a terminal: golden at two widths, readable everywhere.

`python -m tests.report.test_terminal` writes the golden files anew.
"""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import pytest

from simulator.measure.recovery import Recovery
from simulator.measure.result import Cause
from simulator.measure.sketch import resolution
from simulator.measure.statistics import Estimate, estimate
from simulator.measure.summary import Judged, Summary
from simulator.report import comparison, grid, words
from simulator.report.page import limits
from simulator.report.terminal import render
from tests.report.sale import CHANGES, sale

GOLDEN = Path(__file__).parent / "golden"
CASES = {"80": (80, 10), "160": (160, 10), "full": (120, 10), "one_replication": (100, 1)}


def text_of(case: str) -> str:
    width, runs = CASES[case]
    return render(sale(runs), CHANGES, width, full=case == "full")


@pytest.mark.parametrize("case", CASES)
def test_the_golden_comparison_is_printed_as_stored(case: str) -> None:
    assert text_of(case) == (GOLDEN / f"{case}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width: int, full: bool) -> None:
    assert max(map(len, render(sale(), CHANGES, width, full=full).splitlines())) <= width


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("width", [40, 60, 80, 160])
def test_no_number_is_broken_or_cut_however_narrow_the_terminal(width: int, full: bool) -> None:
    shown = render(sale(), CHANGES, width, full=full).split()
    wide = render(sale(), CHANGES, 1000, full=full).split()
    assert {word for word in wide if word.strip("±<*~$,.").isdigit()} <= set(shown)


def test_long_names_leave_the_numbers_whole() -> None:
    summary = sale()
    named = {f"provisioned-and-proxied-{name}": design for name, design in summary.designs.items()}
    text = render(dataclasses.replace(summary, designs=named), {}, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "−3.88 s ±0.37" in text


def block(title: str) -> list[list[str]]:
    """The cells of a wide terminal's block, line by line."""
    lines = render(sale(), CHANGES, 160).splitlines()
    start = lines.index(title)
    return [re.split(r"\s{2,}", line.strip()) for line in lines[start : lines.index("", start)]]


def test_other_designs_show_their_paired_difference_from_the_first_or_that_there_is_none() -> None:
    _, _, first, second, *_ = block("buyers.order, 1,500 requests")
    assert first == ["on-demand", "431 ms ±14", "4.27 s^ ±0.36", "34.13 ±0.76", "4.27 s^ ±0.36"]
    assert second == [
        "quota-raised", "424.5 ms (−6.0 ms ±5.9)", "4.41 s", "~", "0.57 (−33.57 ±0.14)", "4.41 s", "~",
    ]  # fmt: skip


@pytest.mark.parametrize(("steps", "note"), [(0, "~"), (1, "~"), (2, "(+")])
def test_percentiles_a_bin_of_the_histogram_apart_show_no_difference(steps: int, note: str) -> None:
    first = estimate([0.4] * 10)
    second = estimate([0.4 + steps * resolution(0.4)] * 10)
    metric = comparison.Metric("p50 latency", [first, second], "s")
    assert comparison._note(metric, 1, words.Glyphs()).startswith(note)


def test_a_percentile_of_those_that_did_not_fail_is_marked_where_more_failed_than_are_beyond_it() -> None:
    text = render(sale(), {}, 160)
    assert "4.27 s^ ±0.36" in text, "a third of the requests fail"
    assert "4.41 s  ~" in text, "0.567 % fail"
    kinds = "failed; of completion: failed, lost or dead-lettered"
    said = f"number^ more requests are missing ({kinds}) than took longer than this"
    assert said in " ".join(text.split())
    well = dataclasses.replace(sale(), designs={"it": sale().designs["proxy"]})
    assert "number^" not in render(well, {}, 160)


def test_what_a_mark_means_is_said_wherever_it_stands() -> None:
    """Of quota-raised 0.567 % fail: its p99 is as good as any, its p99.9 is not."""
    summary = sale()
    some = dataclasses.replace(summary.designs["quota-raised"], objectives={})
    order = dataclasses.replace(some.traffic["buyers.order"], windows={})
    alone = dataclasses.replace(some, traffic={"buyers": order, "buyers.order": order})
    run = dataclasses.replace(summary, designs={"it": alone})
    assert "^" not in render(run, {}, 160)
    assert "number^" in render(run, {}, 160, full=True)
    asked = summary.designs["quota-raised"].objectives["buyers.order.latency@surge"]
    flattered = asked._replace(key="buyers.order.latency", survivors=True)
    judged = dataclasses.replace(alone, objectives={flattered.key: flattered})
    assert "number^" in render(dataclasses.replace(summary, designs={"it": judged}), {}, 160)


def test_an_objective_on_what_is_infinite_has_no_mark() -> None:
    asked = sale().designs["on-demand"].objectives["buyers.order.latency@surge"]
    ill = asked._replace(few=True, survivors=True)
    assert grid.mark(ill) == "*^"
    assert grid.mark(ill._replace(value=Estimate(math.inf))) == ""


def test_designs_that_have_the_same_to_show_share_a_row() -> None:
    summary = sale()
    first, other = (summary.designs[name] for name in ("on-demand", "proxy"))
    alike = dataclasses.replace(summary, designs={"first": first, "a": other, "b": other})
    text = render(alike, {}, 160)
    assert text.count("the others") == 4, "in every block but the verdicts"
    two = render(dataclasses.replace(summary, designs={"first": first, "a": other}), {}, 160)
    assert "the others" not in two


def test_the_worst_ten_seconds_say_when() -> None:
    found = block("worst 10 s")
    assert ["on-demand", "4.07 s* 10m–10m10s", "85.3 10m6s–10m16s, 506 a run"] in found
    assert ["proxy", "366 ms* 10m–10m10s", "0"] in found


def test_a_run_without_warm_up_whose_beginning_is_its_worst_says_so() -> None:
    def title(warm_up_s: float, from_s: float) -> str:
        summary = sale()
        design = summary.designs["on-demand"]
        worst = design.worst["buyers.order"]
        assert worst.p99 is not None
        moved = {"buyers.order": worst._replace(p99=worst.p99._replace(from_s=from_s))}
        first = {"it": dataclasses.replace(design, worst=moved)}
        text = render(dataclasses.replace(summary, designs=first, warm_up_s=warm_up_s), {}, 160)
        return next(line for line in text.splitlines() if line.startswith("worst 10 s"))

    assert title(0.0, 0.0) == "worst 10 s; a run without run.warm_up counts its first cold starts"
    assert title(0.0, 20.0) == title(300.0, 300.0) == "worst 10 s"


def test_how_long_a_surge_disturbs_is_told_as_until_when() -> None:
    summary = sale()
    gone, never, always = (Recovery(300.0, 330.0, end) for end in (485.0, 300.0, None))
    ill = Recovery(300.0, 330.0, 485.0, failed_before=0.931)
    designs = {
        name: dataclasses.replace(design, recovery={"buyers.order": found} if found else {})
        for (name, design), found in zip(summary.designs.items(), (gone, never, always, ill), strict=True)
    }
    lines = render(dataclasses.replace(summary, designs=designs), {}, 160).splitlines()
    title = "worst 10 s, and until when a surge (from half of its peak on) disturbed what was usual before"
    start = lines.index(title)
    cells = [re.split(r"\s{2,}", line.strip()) for line in lines[start + 1 : start + 7]]
    assert [line[-1] for line in cells] == [
        "buyers.order", "disturbed until", "8m5s (3 min 5 s after the surge began)", "- not disturbed",
        "40m the end of the run", "- never healthy: 93 % failed before the surge",
    ]  # fmt: skip


def test_concurrency_is_the_accounts_where_all_functions_share_it_else_of_the_busiest() -> None:
    title = "capacity and cost; a month: 4 such runs, the rest of 730 h at baseline"
    _, head, first, second, *_ = block(title)
    assert (head[1], first[2], second[2]) == ("account concurrency", "950", "700")
    summary = sale()
    reserved = dataclasses.replace(summary.designs["proxy"], account_concurrency=math.nan)
    text = render(dataclasses.replace(summary, designs={**summary.designs, "proxy": reserved}), {}, 160)
    assert "concurrency of busiest" in text
    assert "account concurrency  " not in text


def test_plain_output_is_ascii_without_escapes() -> None:
    text = render(sale(), CHANGES, 80, unicode=False)
    assert text.isascii()
    assert "\x1b" not in text
    assert "ok 366 ms*" in text


def test_colour_adds_escapes_and_changes_no_word() -> None:
    coloured = render(sale(), CHANGES, 120, colour=True)
    assert "\x1b[" in coloured
    plain = "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()) + "\n"
    assert plain == render(sale(), CHANGES, 120)


def test_markup_in_names_is_only_text() -> None:
    summary = sale()
    named = {"[bold]x[/bold]": next(iter(summary.designs.values()))}
    assert "[bold]x[/bold]" in render(dataclasses.replace(summary, designs=named), {}, 100)


def with_verdicts(summary: Summary, verdict: str) -> Summary:
    designs = {
        name: dataclasses.replace(
            design,
            objectives={key: one._replace(verdict=verdict) for key, one in design.objectives.items()},
        )
        for name, design in summary.designs.items()
    }
    return dataclasses.replace(summary, designs=designs)


def test_the_verdict_names_the_cheapest_design_that_passes() -> None:
    summary = sale()
    decided = {name: one for name, one in summary.designs.items() if name != "quota-raised"}
    said = words.verdict(dataclasses.replace(summary, designs=decided))
    assert said == "Cheapest design that passes: proxy, $715.05 a month."


def test_the_verdict_says_that_a_cheaper_design_is_undecided() -> None:
    assert words.verdict(sale()) == (
        "Cheapest design that passes: proxy, $715.05 a month (quota-raised, $701.55, is undecided)."
    )


@pytest.mark.parametrize(
    ("kind", "proxy_calls", "said"),
    [
        ("external", (), "; it never calls bank, which on-demand and scheduled do"),
        ("external", ("bank",), ""),
        ("lambda", (), ""),
    ],
)
def test_the_verdict_says_what_the_advised_design_never_calls(
    kind: str, proxy_calls: tuple[str, ...], said: str
) -> None:
    """A function may stand in for another one; nothing does for an external service."""
    called = {"on-demand": ("bank",), "scheduled": ("bank",), "proxy": proxy_calls}
    designs = {
        name: dataclasses.replace(
            sale().designs[name], passes={"buyers": ("checkout", *passed)}, kinds={"bank": kind}
        )
        for name, passed in called.items()
    }
    found = words.verdict(dataclasses.replace(sale(), designs=designs))
    assert found == f"Cheapest design that passes: proxy, $715.05 a month{said}."


def test_the_design_that_is_advised_says_which_limit_it_reaches_or_comes_close_to() -> None:
    summary = sale()
    proxy = summary.designs["proxy"]
    limit = summary.designs["on-demand"].limits[0]._replace(demand=900.0, first_at_s=None, runs=0)

    def said(**changes: object) -> str:
        changed = dataclasses.replace(proxy, limits=(limit._replace(**changes),))
        return words.caution(dataclasses.replace(summary, designs={**summary.designs, "proxy": changed}))

    assert said() == "proxy comes close to checkout, account concurrency (demand 900 of 950 executions)."
    assert said(first_at_s=700.0, runs=2) == (
        "proxy reaches checkout, account concurrency in 2 of 10 runs (demand 900 of 950 executions on"
        " average)."
    )
    assert said(demand=950.0) == (
        "proxy is at the limit of checkout, account concurrency (demand 950 of 950 executions)."
    )
    bucket = {"burst": 9000.0, "unit": "requests/s", "demand": 950.0}
    assert said(**bucket, tightest=0.934) == (
        "proxy comes close to checkout, account concurrency (demand 950 of 950 +9,000 requests/s, 93.4 % of"
        " the burst and what came in its tightest span)."
    )
    assert said(**bucket, tightest=0.89) == ""
    assert said(demand=800.0) == ""
    assert said(demand=950.0, unit="vcpus") == "", "two queries that meet use all for a moment"
    assert words.caution(with_verdicts(summary, "fail")) == ""


def test_the_verdict_says_when_none_passes() -> None:
    assert words.verdict(with_verdicts(sale(), "fail")) == "No design passes."


def test_the_verdict_says_when_nothing_is_certain() -> None:
    assert words.verdict(with_verdicts(sale(), "inconclusive")).startswith(
        "No design passes for certain; undecided"
    )


def test_without_objectives_the_cheapest_design_is_named() -> None:
    bare = {name: dataclasses.replace(one, objectives={}) for name, one in sale().designs.items()}
    said = words.verdict(dataclasses.replace(sale(), designs=bare))
    assert said == "No objectives to pass; the cheapest design is on-demand, $668.55 a month."


def test_what_waited_is_no_refusal_and_one_run_of_several_is_said() -> None:
    refused = sale().designs["on-demand"].limits[0]
    late = refused._replace(first_at_s=None, runs=0, refused=0.0, requests_lost=0.0)
    assert words.waited(late)
    assert not words.waited(refused)
    assert not words.waited(late._replace(demand=0.0, allowed=0.0)), "nobody asked"
    design = dataclasses.replace(sale().designs["on-demand"], limits=(late, refused._replace(runs=1)))
    _, every = limits.limits(dataclasses.replace(sale(), designs={"on-demand": design}))
    (_, _, red, partly, _), (_, _, share, since, _) = (row.cells for row in every.rows)
    assert (share.note, share.verdict, share.bar, since.text) == ("waited", "", None, "never")
    assert (red.verdict, partly.note) == ("fail", f"in 1 of {design.replications} runs")


def test_a_share_of_a_limit_near_all_of_it_has_a_fourth_digit() -> None:
    assert [words.of_allowed(ratio) for ratio in (0.995, 1.0, 616 / 614, 1.96)] == [
        "99.5 %", "100 %", "100.3 %", "196 %",
    ]  # fmt: skip


def test_completion_of_the_few_that_are_complete_says_how_many_are_not() -> None:
    summary = sale()
    design = summary.designs["proxy"]
    order = design.traffic["buyers.order"]
    left = dataclasses.replace(order, undone={**order.undone, "unfinished": Estimate(0.84)})
    changed = dataclasses.replace(design, traffic={**design.traffic, "buyers.order": left})
    text = render(dataclasses.replace(summary, designs={**summary.designs, "proxy": changed}), {}, 160)
    assert "587 ms 84 % unfinished" in " ".join(text.split())


def test_an_interval_with_a_far_end_is_told_by_its_ends() -> None:
    value = Estimate(1.2, 0.9, 2.7)
    far = Judged("buyers.order.latency@surge", "p99 < 2 s", 2.0, "s", "inconclusive", value, False, None)
    design = dataclasses.replace(sale().designs["proxy"], objectives={far.key: far})
    text = render(dataclasses.replace(sale(), designs={"it": design}), {}, 160)
    assert "0.90…2.7 s" in text


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (Cause("throttled", "checkout", "account_concurrency"), "throttled by checkout: account concurrency"),
        (Cause("timeout", "stock", "connections"), "timed out at stock: connections"),
        (Cause("error", "payment", ""), "error from payment"),
        (Cause("timeout", "", "patience"), "timed out at the client: patience"),
    ],
)
def test_causes_read_as_words(cause: Cause, text: str) -> None:
    assert words.cause(cause) == text


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in CASES:
        (GOLDEN / f"{name}.txt").write_text(text_of(name), encoding="utf-8")
