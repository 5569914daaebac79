"""What a consumer that falls behind leaves unfinished misses an objective that what it finishes meets."""

from __future__ import annotations

from pathlib import Path

import pytest

import simulator
from simulator.measure.need import first_to_bind
from simulator.report.capacity import render
from simulator.report.numbers import elapsed
from simulator.report.reasons import reasons
from simulator.scenario.read import read
from simulator.study.capacity import capacity

BEHIND = """\
name: Behind
traffic: {shops: {to: orders, shape: constant, rate: 10/s}}
architecture:
  orders: {service: sqs}
  ship: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 1 s,
         events: {orders: {from: orders, batch_size: 1, maximum_concurrency: 2}}}
designs: {behind: {}, faster: {ship: {events: {orders: {maximum_concurrency: 20}}}}}
objectives: {shops.completion: p90 < 60 s}
run: {for: 60 s, replications: 1, engine: simpy}
"""


def test_a_queue_that_is_never_emptied_misses_a_percentile_that_no_message_taken_from_it_misses(
    tmp_path: Path,
) -> None:
    """Ten a second come, two are worked at for a second: of 600 at most 120 are complete, none after 60 s."""
    file = tmp_path / "behind.yaml"
    file.write_text(BEHIND, "utf-8")
    summary = simulator.read(file).run(workers=1).summary
    shops = summary.designs["behind"].traffic["shops"]
    assert 480 <= shops.undone["unfinished"].value * shops.requests.value < 500
    verdicts = [design.verdict for design in summary.designs.values()]
    assert verdicts == ["fail", "pass"]
    ((name, said),) = reasons(summary)
    assert name == "behind"
    assert said.startswith("fails shops.completion (infinite, not p90 < 60 s): 4")
    assert "% of all, are unfinished at its end and count as infinite" in said
    assert said.endswith(
        "ship falls behind orders from 0s, by up to 48 s: all of its 2 pollers (batches at a time) are at"
        " work, about 11 would keep up from 0s to 59s"
    )
    limits = {name: {one.limit: one for one in design.limits} for name, design in summary.designs.items()}
    pollers = [limits[name]["pollers of orders"] for name in ("behind", "faster")]
    behind = summary.designs["behind"]
    done = shops.requests.value * (1 - shops.undone["unfinished"].value)
    assert behind.cost_thousand.value == pytest.approx(1000 * behind.cost_run.value / done), "not of all 600"
    assert [(one.service, one.unit, one.allowed, one.first_at_s) for one in pollers] == [
        ("ship", "pollers", 2, None), ("ship", "pollers", 20, None)
    ]  # fmt: skip
    assert pollers[0].demand == 2
    assert 10 <= pollers[1].demand < 20


def test_a_consumer_falls_behind_by_as_much_as_in_the_run_where_most(tmp_path: Path) -> None:
    file = tmp_path / "behind.yaml"
    text = BEHIND.replace("shape: constant", "shape: poisson").replace("replications: 1", "replications: 3")
    file.write_text(text, "utf-8")
    study = simulator.read(file).run(workers=1)
    name = "age_of_oldest_message_max_s"
    most = [run.services["orders"][name] for run in study.replications["behind"]]
    assert len(set(most)) > 1
    assert study.summary.designs["behind"].services["orders"][name] == max(most)
    assert f", by up to {elapsed(max(most))}: all of its 2 pollers" in dict(reasons(study.summary))["behind"]
    seen = study.messages().set_index(["design", "service"])
    assert seen.loc[("behind", "orders"), "oldest_max_s"] == max(most)


def conclusions(tmp_path: Path, *changes: tuple[str, str]) -> dict[str, str]:
    text = BEHIND
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "changed.yaml"
    file.write_text(text, "utf-8")
    return dict(reasons(simulator.read(file).run(workers=1).summary))


def test_what_would_keep_up_counts_the_time_in_which_a_poller_receives_the_next_batch(tmp_path: Path) -> None:
    """Two pollers work for 20 ms on each message, and spend about as long on receiving and deleting."""
    said = conclusions(tmp_path, ("rate: 10/s", "rate: 200/s"), ("duration: 1 s", "duration: 20 ms"))[
        "behind"
    ]
    keep_up = int(said.partition("about ")[2].split()[0])
    file = tmp_path / "changed.yaml"
    needed = {need.limit: need.demand for need in capacity(read(file), "behind").needs}["pollers of orders"]
    assert keep_up == pytest.approx(needed, rel=0.15)


def test_pollers_that_are_added_too_slowly_are_said_to_be(tmp_path: Path) -> None:
    unlimited = (", maximum_concurrency: 2", "")
    said = conclusions(tmp_path, ("10/s", "600/s"), unlimited, ("p90 < 60 s", "p90 < 5 s"))["behind"]
    most, _, rest = said.partition("at most ")[2].partition(
        " of its 1,250 pollers (batches at a time) are at work, about "
    )
    assert 280 <= int(most) <= 305
    assert " would keep up from 0s to 59s, and Lambda adds them slowly" in rest


def test_a_limit_that_throttles_a_consumer_is_named_instead_of_its_pollers(tmp_path: Path) -> None:
    """Two executions at a time; and no more than 20 requests a second, which those throttled count to."""
    reserved = (
        ("duration: 1 s,", "duration: 1 s, reserved_concurrency: 2,"),
        (", maximum_concurrency: 2", ""),
    )
    said = conclusions(tmp_path, ("maximum_concurrency: 20", "batch_size: 2"), *reserved)["behind"]
    _, _, why = said.partition("ship falls behind orders from 0s, by up to ")
    assert " % of its invocations are throttled, by ship, reserved concurrency (demand " in why
    assert " of 2.00 executions with what is sent again)" in why
    assert "pollers" not in why
    assert "also reached" not in said


def test_fewer_pollers_are_used_while_batches_fail(tmp_path: Path) -> None:
    """Without that 20 pollers keep up with ten a second, of which each takes one."""
    failing = ("duration: 1 s", "handler: [{work: 1 s}, {fail: 6%}]"), ("p90 < 60 s", "p50 < 2 s")
    _, _, said = conclusions(tmp_path, *failing)["faster"].partition(" of its 20 pollers ")
    begins = "(batches at a time) are at work, Lambda uses fewer while batches fail ("
    assert said.startswith(begins)
    assert float(said.removeprefix(begins).removesuffix(" % do)")) == pytest.approx(6, abs=3)
    unlowered = ("faster: {ship", "faster: {era: {sqs.failures_halve: 0%}, ship")
    assert "faster" not in conclusions(tmp_path, *failing, unlowered)


def test_groups_that_hold_up_their_messages_are_named_instead_of_pollers(tmp_path: Path) -> None:
    """Of four a second three are of one group, of which one a second is done."""
    said = conclusions(
        tmp_path,
        ("rate: 10/s", "rate: 4/s, key: {keys: 100, hot: {share: 75%}}"),
        ("{service: sqs}", "{service: sqs, fifo: true}"),
        (", maximum_concurrency: 2", ""),
    )["behind"]
    assert "ship falls behind orders from " in said
    start, _, rest = said.partition(" messages wait for the batch before them in their group, while at most ")
    assert int(start.rpartition(": up to ")[2]) == pytest.approx(60 * (4 * 0.75 - 1), rel=0.15)
    assert rest.endswith(" of its 1,250 pollers (batches at a time) are at work")


FLEET = """\
name: Behind
traffic: {shops: {to: orders, shape: constant, rate: 20/s}}
architecture:
  orders: {service: sqs}
  bank: {service: external, latency: 1 s}
  ship: {service: ecs, min_capacity: 4, max_capacity: 4, handler: [{call: bank}],
         receives: {from: orders, batch_size: 1, receivers: 2}}
objectives: {shops.unfinished: < 1%}
run: {for: 60 s, replications: 1, engine: simpy}
"""


def test_receivers_of_a_fleet_are_a_limit_like_pollers(tmp_path: Path) -> None:
    """Twenty a second, each for a second and the calls of SQS around it, and eight receivers."""
    file = tmp_path / "fleet.yaml"
    file.write_text(FLEET, "utf-8")
    first = first_to_bind(capacity(read(file), "architecture").needs)
    assert first is not None
    assert first[:3] == ("ship", "receivers of orders", "batches at a time")
    assert (first.demand, first.allowed, first.binds_at_s) == pytest.approx((20.8, 8, 0), abs=0.3)
    ((_, said),) = reasons(simulator.read(file).run(workers=1).summary)
    assert "ship falls behind orders from 0s, by up to " in said
    assert ": all of its 8 receivers (batches at a time) are at work, about 2" in said
    assert " would keep up from " in said


def test_a_design_that_passes_and_finishes_little_is_said_to_leave_it(tmp_path: Path) -> None:
    said = conclusions(tmp_path, ("completion: p90 < 60 s", "latency: p90 < 60 s"))
    assert list(said) == ["behind"], "the faster one finishes what comes"
    start, _, cause = said["behind"].partition(" unfinished, and no objective asks for it: ")
    assert start.startswith("passes, but leaves 8")
    assert start.endswith(" % of shops")
    assert cause.startswith("ship falls behind orders")
    assert conclusions(tmp_path, ("completion: p90 < 60 s", "unfinished: < 99%")) == {}
    nothing = conclusions(tmp_path, ("objectives: {shops.completion: p90 < 60 s}\n", ""))
    assert nothing["behind"].startswith("leaves 8")


def test_how_many_pollers_keep_up_is_told_before_a_run(tmp_path: Path) -> None:
    """Ten a second, each for a second and the calls of SQS around it."""
    file = tmp_path / "behind.yaml"
    file.write_text(BEHIND, "utf-8")
    scenario = read(file)
    told = {
        name: {need.limit: need for need in capacity(scenario, name).needs}["pollers of orders"]
        for name in scenario.designs
    }
    assert [(need.service, need.allowed) for need in told.values()] == [("ship", 2), ("ship", 20)]
    assert [need.demand for need in told.values()] == pytest.approx([10.3, 10.3], abs=0.3)
    first = first_to_bind(capacity(scenario, "behind").needs)
    assert first is not None
    assert (first.limit, first.binds_at_s) == ("pollers of orders", pytest.approx(0, abs=0.1))
    assert first_to_bind(capacity(scenario, "faster").needs) is None


def test_pollers_that_would_do_and_are_added_too_slowly_are_told_before_a_run(tmp_path: Path) -> None:
    """A hundred a second, each for about a second: from 5 pollers on there are five more a second."""
    file = tmp_path / "behind.yaml"
    file.write_text(BEHIND.replace("10/s", "100/s").replace(", maximum_concurrency: 2", ""), "utf-8")
    found = capacity(read(file), "behind")
    told = {need.limit: need for need in found.needs}
    slow, most = told["growth of pollers of orders"], told["pollers of orders"]
    assert first_to_bind(found.needs) == slow
    assert (slow.demand, most.demand) == pytest.approx((103, 103), abs=3)
    assert (slow.allowed, slow.a_minute, most.allowed) == (pytest.approx(5, abs=0.3), 300, 1250)
    assert (slow.binds_at_s, most.binds_at_s) == (pytest.approx(0, abs=0.1), None)
    said = " ".join(render("It", {"behind": found}, 120).split())
    assert "No more than 300 pollers of orders can begin a minute" in said
    assert "behind: messages wait for more pollers of orders, from 0s; no other limit is exceeded" in said
    assert "! ship: growth of pollers of orders" in said
    tight = most._replace(binds_at_s=50.0)
    assert first_to_bind([slow, tight]) == tight, "which stays too small"
    later = BEHIND.replace("for: 60 s", "for: 60 s, warm_up: 30 s").replace(", maximum_concurrency: 2", "")
    file.write_text(later.replace("10/s", "100/s"), "utf-8")
    needs = capacity(read(file), "behind").needs
    assert "growth of pollers of orders" not in [need.limit for need in needs], (
        "of which there are enough by then"
    )
    assert "no limit is exceeded, which says nothing of objectives; the nearest is" in render(
        "It", {"behind": found._replace(needs=needs)}, 120
    )


def test_what_catches_up_in_the_warm_up_is_not_told(tmp_path: Path) -> None:
    file = tmp_path / "behind.yaml"
    later = BEHIND.replace("for: 60 s", "for: 15 min, warm_up: 10 min").replace("10/s", "400/s")
    file.write_text(later.replace(", maximum_concurrency: 2", ""), "utf-8")
    needs = capacity(read(file), "behind").needs
    assert all(need.steady <= need.demand for need in needs)


def test_a_quota_is_enough_where_pollers_only_grow_slowly(tmp_path: Path) -> None:
    file = tmp_path / "behind.yaml"
    text = BEHIND.replace("10/s", "100/s").replace(", maximum_concurrency: 2", "")
    file.write_text(text.replace("  ship:", "  account: {used_elsewhere: 950}\n  ship:"), "utf-8")
    said = " ".join(render("It", {"behind": capacity(read(file), "behind")}, 120).split())
    assert "Ask AWS for 1,1" in said
    assert "That alone is not enough" not in said


def test_a_limit_that_is_exceeded_in_the_warm_up_is_exceeded_from_then_on(tmp_path: Path) -> None:
    file = tmp_path / "behind.yaml"
    file.write_text(BEHIND.replace("for: 60 s", "for: 60 s, warm_up: 20 s"), "utf-8")
    first = first_to_bind(capacity(read(file), "behind").needs)
    assert first is not None
    assert first.binds_at_s == pytest.approx(0, abs=0.1)


POISONED = """\
name: Poisoned
traffic: {shops: {to: orders, shape: constant, rate: 6/s}}
architecture:
  orders: {service: sqs, visibility_timeout: 30 s, dead_letter: {to: dead, max_receives: 3}}
  dead: {service: sqs}
  ship: {service: lambda, runtime: nodejs22, duration: 100 ms, poison: 9%,
         events: {orders: {from: orders, batch_size: 1}}}
run: {for: 10 min, replications: 1}
"""


def test_messages_that_are_on_their_way_to_the_dead_letters_do_not_fall_behind(tmp_path: Path) -> None:
    """Nine in a hundred are worked at three times, 30 s apart: so long they are unfinished, and then over."""
    file = tmp_path / "poisoned.yaml"
    file.write_text(POISONED, "utf-8")
    found = simulator.read(file).run(workers=1).replications["architecture"][0].traffic["shops"]
    assert found.completion.count + found.dead_lettered + found.unfinished == found.requests
    assert found.given_up_ns / found.dead_lettered == pytest.approx(90e9, rel=0.01)
    assert found.unfinished == pytest.approx(6 * 0.09 * 90, rel=0.3), "by Little's law"
    assert found.endless == 0
