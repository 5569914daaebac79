"""What a partner behind a queue or stream bears: more pollers or lanes than that only make it refuse."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from simulator.measure.summary import DesignSummary, Summary
from simulator.report.capacity import render, to_json
from simulator.report.reasons import reasons
from simulator.scenario.read import read
from simulator.study.capacity import capacity
from simulator.study.study import run

HOOKS = """\
name: Hooks
traffic:
  devices: {to: gate, shape: flash_sale, baseline: 20/s, peak: 300/s, starts: 3 min, ramp: 10 s, hold: 30 s,
            half_life: 20 s}
architecture:
  gate: {service: http_api, routes: {default: {to: inbox, request: 4 KB}}}
  inbox: {service: sqs, visibility_timeout: 60 s, dead_letter: {to: dead, max_receives: 3}}
  dead: {service: sqs}
  worker: {service: lambda, runtime: python3.13, memory: 512 MB, timeout: 10 s,
           events: {inbox: {from: inbox, batch_size: 1}}, handler: [{work: 5 ms}, {call: partner}]}
  partner: {service: external, latency: {lognormal: {median: 120 ms, p99: 600 ms}}, capacity: 50/s}
designs:
  as-is: {}
  capped: {worker: {events: {inbox: {maximum_concurrency: 5}}}}
  stream:
    gate: {routes: {default: {to: log}}}
    inbox: null
    log: {service: kinesis, shards: 2}
    worker: {events: {inbox: null, log: {from: log, batch_size: 1, parallelization_factor: 4,
                                         maximum_retry_attempts: 5, on_failure: dead}}}
objectives: {devices.completion: p99 < 4 min, devices.dead_lettered: < 0.1%}
run: {for: 10 min, warm_up: 1 min, replications: 1}
"""
CAPPED = "designs.capped.worker.events.inbox.maximum_concurrency"
REFUSED = r"partner, capacity refused [\d,]+ times from 3m\d+s"
AGAIN = r"the burst of 50\.0 used up with what is sent again, some \d+ would do"
DO = rf"\(demand [\d,]+ of 50\.0 requests/s, {AGAIN}\)"
NOW = r"partner, capacity \(50\.0 requests/s now,"


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hooks") / "hooks.yaml"
    path.write_text(HOOKS, "utf-8")
    return path


@pytest.fixture(scope="module")
def summary(hooks: Path) -> Summary:
    return run(read(hooks), workers=1).summary


def having(hooks: Path, design: str, *sets: str) -> DesignSummary:
    return run(read(hooks, sets), [design], workers=1).summary.designs[design]


def refused_by_partner(design: DesignSummary) -> float:
    (partner,) = (one for one in design.limits if one.service == "partner")
    return partner.refused


def explained(hooks: Path, design: str) -> str:
    return " ".join(render("Hooks", {design: capacity(read(hooks), design)}, 120).split())


def test_a_partner_that_refuses_first_and_most_is_the_cause_and_throttles_come_later(
    summary: Summary,
) -> None:
    said = dict(reasons(summary))["as-is"]
    assert re.search(
        rf"% of worker's invocations end in an error, and their work is tried again: {REFUSED} {DO}; worker"
        r" falls behind inbox from 3m\d+s, by up to [^;:]+; from 7m\d+s on also \d+ % of its invocations are"
        r" throttled, by account, requests per second \(",
        said,
    ), said
    assert re.search(
        rf"failed too often: \d+ % of worker's invocations end in an error: {REFUSED}(;|$)", said
    )


def test_throttles_that_began_first_stay_the_cause(summary: Summary) -> None:
    """The same run, had the account throttled before the partner refused."""
    design = summary.designs["as-is"]
    early = tuple(one._replace(first_at_s=182.0) if one.service == "account" and one.refused else one
                  for one in design.limits)  # fmt: skip
    changed = dataclasses.replace(design, limits=early)
    said = dict(reasons(dataclasses.replace(summary, designs={"as-is": changed})))["as-is"]
    assert " on also" not in said
    assert re.search(
        r"worker falls behind inbox from 3m\d+s, by up to [^;:]+: \d+ % of its invocations", said
    )


def test_settings_with_which_the_partner_would_be_exceeded_are_told_with_that(
    summary: Summary, hooks: Path
) -> None:
    said = dict(reasons(summary))["stream"]
    found = re.search(
        rf"enough is batch_size: (\d+), or shards: (\d+) if {NOW} some (\d+) needed\) is raised, too",
        said,
    )
    assert found, said
    batch, shards, needed = found.groups()
    assert having(hooks, "stream", f"designs.stream.worker.events.log.batch_size={batch}").verdict == "pass"
    few = having(hooks, "stream", f"designs.stream.log.shards={shards}")
    assert few.verdict == "fail"
    assert refused_by_partner(few) > 10_000
    both = having(hooks, "stream", f"designs.stream.log.shards={shards}", f"partner.capacity={needed}/s")
    assert both.verdict == "pass"


def test_a_run_with_what_it_gives_up_alone_tells_all_of_the_limit_behind(hooks: Path) -> None:
    one = run(read(hooks, ["designs.stream.log.shards=17"]), ["stream"], workers=1).summary
    assert re.search(
        rf"failed too often: \d+ % of worker's invocations end in an error: {REFUSED} {DO}$",
        dict(reasons(one))["stream"],
    )


def test_pollers_that_would_keep_up_are_told_with_what_bears_fewer(summary: Summary, hooks: Path) -> None:
    said = dict(reasons(summary))["capped"]
    found = re.search(
        rf"about (\d+) would keep up from 3m\d+s to 9m59s if {NOW} which bears about (\d+)\) is raised, too",
        said,
    )
    assert found, said
    more, borne = map(int, found.groups())
    assert borne == 10, "50 a second x 0.21 s"
    worse, better = (having(hooks, "capped", f"{CAPPED}={many}") for many in (more, borne - 1))
    unfinished = [one.traffic["devices"].undone["unfinished"].value for one in (worse, better)]
    assert unfinished[0] > unfinished[1]


def test_explain_says_how_many_pollers_help_and_how_many_the_partner_bears(hooks: Path) -> None:
    said = explained(hooks, "capped")
    assert (
        "No more than about 10 of worker: pollers of inbox help: partner: capacity bears so many batches at a"
        f" time, and would be exceeded instead. If that is raised, write {CAPPED}: 63 or more, 5 now."
    ) in said
    assert "all the same" not in said
    found = re.search(
        r"With worker\.events\.inbox\.maximum_concurrency: (\d+) or less partner: capacity is not exceeded:"
        r" it bears about 10 batches at a time, and messages wait in inbox instead\.",
        explained(hooks, "as-is"),
    )
    assert found
    assert refused_by_partner(having(hooks, "capped", f"{CAPPED}={found[1]}")) == 0
    assert refused_by_partner(having(hooks, "capped", f"{CAPPED}={int(found[1]) * 3 // 2}")) > 0


def test_json_has_what_is_behind(hooks: Path) -> None:
    document = json.loads(to_json("Hooks", {"as-is": capacity(read(hooks), "as-is")}))
    (behind,) = document["designs"]["as-is"]["behind"]
    assert (behind["receivers"], behind["service"], behind["limit"]) == (
        "worker: pollers of inbox", "partner", "capacity"
    )  # fmt: skip
    assert behind["bears"] == pytest.approx(10.4, abs=0.2)
    assert (behind["allowed"], behind["capped"]["value"]) == (50.0, 9)


def test_a_design_that_passes_says_what_its_partner_makes_late(hooks: Path) -> None:
    """All is done in time but what the partner refused, which comes back after the visibility timeout."""
    sets = ["objectives={devices.completion: p99 < 5 min}", "traffic.devices.peak=70/s"]
    few = run(read(hooks, sets), ["as-is", "capped"], workers=1).summary
    assert {name: one.verdict for name, one in few.designs.items()} == {"as-is": "pass", "capped": "pass"}
    (said,) = reasons(few)
    assert said[0] == "as-is"
    assert re.fullmatch(
        r"passes, but works in vain: [\d.]+ % of worker's invocations end in an error, and their work is"
        rf" tried again: {REFUSED} \(demand [^()]+\); (\d+) messages a run come back when the visibility"
        r" timeout of inbox is over, up to [^,]+ old",
        said[1],
    ), said


def test_what_bears_more_than_there_are_is_not_told(hooks: Path) -> None:
    wide = read(hooks, ["partner.capacity=5000/s"])
    found = {name: capacity(wide, name) for name in ("capped", "as-is")}
    said = render("Hooks", found, 120)
    assert "No more than about" not in said
    assert "is not exceeded: it" not in said
    assert f"Write {CAPPED}: 63 or more, 5 now, to hold worker:" in said
