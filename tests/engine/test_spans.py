"""Single requests as spans, from the notes that every engine takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given

from simulator.engine.build import Build
from simulator.engine.message_spans import span_of
from simulator.engine.spans import Legend
from simulator.engine.steps import Answer, Join, Piece
from simulator.measure.rows import BORN, NOTED
from simulator.measure.spans import Span
from simulator.values.distributions import distribution
from simulator.values.units import SECOND
from tests.engine.test_conservation import ARRIVALS, ERA, designs
from tests.harness import Line, Load, Logged, Ran, Run, Script, examples, function

BANK = {"service": "external", "latency": "250 ms"}


def spans(ran: Ran) -> list[Span]:
    """Of every request that was answered, in the order of their arrival."""
    notes: dict[int, list[tuple[int, ...]]] = {}
    for row in ran.log:
        if row.type == NOTED:
            notes.setdefault(row[BORN], []).append(row)
    legend = Legend(ran.program.notes, ran.program.causes, ran.horizon)
    return [span_of(notes[row.identity], "load", legend) for row in answers(ran)]


def answers(ran: Ran) -> list[Logged]:
    """In the order of arrival."""
    found = [row for row in ran.log if row.type != NOTED]
    return sorted(found, key=lambda row: (row.arrived, row.identity))


def said(span: Span) -> list[str]:
    """One line for each span: indented name, from when to when in seconds, and what became of it."""
    lines = []
    for depth, one in span.walk():
        words = [f"{'  ' * depth}{one.name} {one.start / SECOND:g}-{one.end / SECOND:g}"]
        words += [one.outcome] if one.outcome not in ("", "ok") else []
        words += [f"attempt {one.attempt + 1}"] if one.attempt else []
        words += [f"given up at {one.given_up / SECOND:g}"] if one.given_up is not None else []
        words += ["sent"] if one.sent else []
        words += ["running"] if one.running else []
        lines.append(", ".join(words))
    return lines


def test_calls_waits_and_the_phases_of_a_cold_start(run: Run) -> None:
    services = {
        "f": function(
            cold_start="1 s", init={"work": "500 ms"}, handler=[{"work": "250 ms"}, {"call": "line"}]
        ),
        "line": Line(work=distribution("500 ms")),
    }
    load = Load("f", [0, 0])
    first, second = spans(run(services, load, trace="spans"))
    assert said(first) == [
        "load 0-2.25",
        "  f 0-2.25",
        "    cold start, init 0-1",
        "    cold start, init work 1-1.5",
        "    work 1.5-1.75",
        "    line 1.75-2.25",
        "      work 1.75-2.25",
    ]
    assert said(second)[-2:] == ["      waiting, servers 1.75-2.25", "      work 2.25-2.75"]


def test_attempts_and_pauses_and_what_runs_on_after_the_client_gave_up(run: Run) -> None:
    retries = {"attempts": 1, "on": ["timeout"], "backoff": "1 s", "jitter": "none"}
    services = {
        "app": {"service": "client", "to": "f", "timeout": "2 s", "retries": retries},
        "f": function(handler=[{"work": "1500 ms"}, {"call": "bank"}, {"work": "500 ms"}], timeout="9 s"),
        "bank": {**BANK, "latency": "1 s"},
    }
    ran = run(services, Load("app", [1]), until=5, trace="spans", rows=True)
    assert not ran.log or all(row.type == NOTED for row in ran.log), "the second attempt is given up at 6 s"
    (found,) = spans(run(services, Load("app", [1]), until=20, trace="spans"))
    assert said(found) == [
        "load 1-6, timeout",
        "  app 1-6, timeout",
        "    f 1-4, given up at 3",
        "      work 1-2.5",
        "      bank 2.5-3.5",
        "        latency 2.5-3.5",
        "      work 3.5-4",
        "    back-off 3-4",
        "    f 4-7, attempt 2, given up at 6",
        "      work 4-5.5",
        "      bank 5.5-6.5",
        "        latency 5.5-6.5",
        "      work 6.5-7",
    ]


def test_own_code_ends_with_its_function_and_what_it_called_runs_on(run: Run) -> None:
    call = {"to": "bank", "timeout": "9 s", "retries": {"attempts": 1}}
    services = {
        "f": function(handler=[{"call": call}], timeout="1 s"),
        "bank": {**BANK, "latency": "3 s"},
    }
    (found,) = spans(run(services, Load("f", [0]), until=2, trace="spans"))
    assert said(found) == [
        "load 0-1, timeout",
        "  f 0-1, timeout",
        "    bank 0-2, given up at 1, running",
        "      latency 0-2",
    ]


def test_branches_go_on_beside_their_caller(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        (failed,) = build.labels(1)
        yield from build.fork(build.call("quick"), "quick", waited=True)
        yield from build.fork(build.call("slow"), "slow", waited=True)
        yield Join(failed)
        yield failed
        yield from build.send("slow")
        yield Answer(0)

    services = {
        "s": Script(say=say),
        "quick": {**BANK, "latency": "1 s"},
        "slow": {**BANK, "latency": "2 s"},
    }
    (found,) = spans(run(services, Load("s", [0]), trace="spans"))
    assert said(found) == [
        "load 0-2",
        "  s 0-2",
        "    join 0-2",
        "    branch 0-1, sent",
        "      quick 0-1",
        "        latency 0-1",
        "    branch 0-2, sent",
        "      slow 0-2",
        "        latency 0-2",
        "    send 2-4, sent",
        "      slow 2-4",
        "        latency 2-4",
    ]


def waited(span: Span, until: int) -> int:
    """Time in parts, while whoever called still waited."""
    until = until if span.given_up is None else min(until, span.given_up)
    own = max(min(span.end, until) - span.start, 0) if span.kind == "part" else 0
    return own + sum(waited(child, until) for child in span.children if not child.sent)


@examples(12)
@given(services=designs(), at=ARRIVALS)
def test_whatever_the_design_a_request_is_in_one_part_until_it_is_answered(
    run: Run, services: dict[str, Any], at: list[float]
) -> None:
    ran = run(services, Load("app", at), until=40, era=ERA, trace="spans")
    for row, span in zip(answers(ran), spans(ran), strict=True):
        assert (span.start, span.end) == (row.arrived, row.answered)
        assert waited(span, row.answered) == row.answered - row.arrived
        assert all(one.start <= one.end for _, one in span.walk())
        for parent, one in pairs(span):
            assert parent.start <= one.start
            assert one.end <= parent.end or one.sent or one.given_up is not None


def pairs(span: Span) -> Iterator[tuple[Span, Span]]:
    for child in span.children:
        yield span, child
        yield from pairs(child)
