"""The study's findings as sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from simulator.measure.backlog import OF_QUEUES, OF_STREAMS
from simulator.measure.limits import LimitSummary
from simulator.measure.measured import CPUS
from simulator.measure.need import Behind, Late, Need
from simulator.measure.result import Cause
from simulator.measure.summary import DesignSummary, Summary, Sureness
from simulator.measure.worst import Span
from simulator.report.numbers import (
    clock,
    elapsed,
    estimated,
    significant,
    whole,
    with_burst,
    with_unit,
)
from simulator.report.raised import raised
from simulator.report.survivors import survivors
from simulator.report.uncalled import uncalled

if TYPE_CHECKING:
    from simulator.study.batched import Batched
    from simulator.study.late import Never
    from simulator.study.unscaled import Unscaled

COLOURS = {"pass": "green", "fail": "red", "inconclusive": "yellow", "none": ""}
ENDINGS = {
    "throttled": "throttled by",
    "timeout": "timed out at",
    "error": "error from",
    "expired": "expired in",
    "dropped": "dropped by",
}


ONE_KEY = "no more lanes or shards help, but a larger batch_size, a faster function, or splitting the key"
"""Where the records of one key are more than a lane can do."""
GIVE_UP = "maximum_retry_attempts gives up its batch, bisect_batch_on_function_error besides it alone"
"""Where an event source mapping tries records again for ever; `on_failure` is told of them."""
ALIKE = 0.1
"""Of demand: if it is no more than so much above what is needed, that one is not told as well."""


class Glyphs(NamedTuple):
    """Signs that not every terminal can print."""

    passed: str = "✓"
    failed: str = "✗"
    plus_minus: str = "±"
    arrow: str = "→"
    minus: str = "−"
    upto: str = "…"
    until: str = "–"
    at_least: str = "≥"

    def of(self, verdict: str) -> str:
        """The sign of a verdict."""
        return {"pass": self.passed, "fail": self.failed, "inconclusive": "?"}.get(verdict, " ")


ASCII = Glyphs("ok", "X", "+-", "->", "-", "...", "-", ">=")


def cause(found: Cause) -> str:
    """`throttled by checkout: account concurrency`, `timed out at app`."""
    ending = ENDINGS.get(found.outcome, f"{found.outcome} at")
    what = f": {_spaced(found.limit)}" if found.limit not in ("", found.outcome) else ""
    return f"{ending} {found.service or 'the client'}{what}"


def limit(service: str, name: str) -> str:
    """`checkout: scaling rate`."""
    return f"{service}: {_spaced(name)}"


def of_allowed(ratio: float) -> str:
    """Demand as a share of what a limit allows; a fourth digit tells what is nearly all of it from all."""
    if not math.isfinite(ratio):
        return "none is allowed"
    said = significant(100 * ratio)
    return f"{significant(100 * ratio, 4) if said == '100' and ratio != 1 else said} %"


def waited(limit: LimitSummary) -> bool:
    """Whether more was asked for at once than there was, and none of it refused: what provisioned concurrency
    or a fleet asks of a bucket waits for it."""
    return limit.ratio > 1 and limit.demand > 0 and limit.first_at_s is None


def in_runs(limit: LimitSummary, replications: int) -> str:
    """`in 1 of 2 runs`; empty if it refused in all of them, or in none."""
    return f"in {limit.runs} of {replications} runs" if 0 < limit.runs < replications else ""


def stopped(summary: Summary, glyphs: Glyphs) -> str:
    """Why the study stopped where it did; empty if it was not asked to go on until a number is sure."""
    found = summary.sureness
    if found is None:
        return ""
    asked = found.text.replace("±", glyphs.plus_minus)
    half = f"{glyphs.plus_minus} {_reach(found)}"
    runs = f"{found.replications} replications"
    if found.reached:
        where = f"in every design; least sure is {found.design}" if len(summary.designs) > 1 else "reached"
        return f"Stopped after {runs}: {asked} {where}, {half}."
    more = "more replications may not do"
    if found.excess < math.inf:
        needed = min(math.ceil(found.replications * found.excess**2), 1_000_000)
        more = f"about {needed:,} replications would do"
    if found.replications < found.at_most:
        return f"{asked} is not reached yet: {found.design}, {half}; {more}."
    said = f"Stopped at the most, {runs}: {asked} is not reached in {found.design}, {half}"
    return f"{said}; {more}, with --at-most."


def _reach(found: Sureness) -> str:
    if not math.isfinite(found.reach):
        return "nothing known"
    if found.relative and found.value:
        return f"{significant(100 * found.reach / abs(found.value), 2)} %"
    return with_unit(found.reach, found.unit, 2)


def warm_up(summary: Summary) -> str:
    """The warm-up that was found, and why it is so long; empty if it was given."""
    found = summary.provenance.get("warm_up")
    if not isinstance(found, dict):
        return ""
    if not found["level"]:
        return "Warm-up: none; the beginnings of pilot runs are like the rest (MSER-5)."
    said = f"{elapsed(found['found_s'])}, found by MSER-5 on pilot runs"
    return f"Warm-up: {said}; last to come to rest: {found['level']} of {found['design']}."


def verdict(summary: Summary) -> str:
    """The one sentence an architect came for."""
    designs = summary.designs
    best = summary.cheapest
    if best is not None:
        cheaper = [
            f"{name}, {_money(one)}, is undecided"
            for name, one in designs.items()
            if one.verdict == "inconclusive" and one.cost < designs[best].cost
        ]
        but = f" ({'; '.join(cheaper)})" if cheaper else ""
        never = f"; {less}" if (less := uncalled(summary)) else ""
        return f"Cheapest design that passes: {best}, {_price(designs[best])}{but}{never}."
    if all(design.verdict == "none" for design in designs.values()):
        cheapest = min(designs, key=lambda name: designs[name].cost)
        return f"No objectives to pass; the cheapest design is {cheapest}, {_price(designs[cheapest])}."
    undecided = [name for name, design in designs.items() if design.verdict == "inconclusive"]
    if undecided:
        return f"No design passes for certain; undecided: {', '.join(undecided)}."
    return "No design passes."


RECEIVERS = (OF_STREAMS, *OF_QUEUES)
"""Units of limits that refuse nothing: what is received waits."""
PROVISIONING_RATE = "provisioning rate"
STARTS = (PROVISIONING_RATE, "launch rate", "Fargate launch rate")
"""Limits at which environments and servers are started that nobody waits for by name."""
CLOSE = 0.9
"""Of what a limit allows: a design that needs more of it has little room."""


def caution(summary: Summary) -> str:
    """The limit that the cheapest design that passes reached, or comes close to; empty if there is none."""
    if summary.cheapest is None:
        return ""
    design = summary.designs[summary.cheapest]
    # all CPUs are in use whenever a few requests meet; where they are short, time goes there
    # and what starts ahead of requests may take all of the rate at which it does
    own = (*RECEIVERS, CPUS)
    near = [
        one for one in design.limits if one.unit not in own and one.limit not in STARTS and not waited(one)
    ]
    close = max(near, key=lambda one: (one.first_at_s is not None, one.ratio), default=None)
    if close is None or (close.first_at_s is None and not close.ratio > CLOSE):
        return ""
    full = not close.burst and significant(close.demand) == significant(close.allowed)
    does = "reaches" if close.first_at_s is not None else "is at the limit of" if full else "comes close to"
    often = in_runs(close, design.replications) if close.first_at_s is not None else ""
    said = f"{asked(close)} on average" if often else asked(close)
    return f"{summary.cheapest} {does} {' '.join(filter(None, (place(close), often)))} ({said})."


def cautions(summary: Summary) -> Iterator[str]:
    """What to know of the cheapest design that passes."""
    yield from filter(None, [caution(summary), *survivors(summary)])


def too_late(found: Late) -> str:
    """`provisioned concurrency of checkout is 500 only from 5m12s, the surge of buyers begins at 5m: …`."""
    by = math.ceil(found.ready_s - found.surge_s)
    instead = f"schedule it {elapsed(by)} earlier" if by <= found.asked_s else f"keep amount: {found.amount}"
    return (
        f"provisioned concurrency of {found.service} is {found.amount:,} only from {clock(found.ready_s)},"
        f" the surge of {found.source} begins at {clock(found.surge_s)}: {instead}"
    )


def after_the_run(service: str, span: str, ready_ns: int) -> str:
    """`schedule push of checkout's provisioned concurrency is ready only at 31m30s, …`."""
    return (
        f"schedule {span} of {service}'s provisioned concurrency is ready only at {clock(ready_ns / 1e9)},"
        " when the run is over: ask for it earlier, or write a longer run.for"
    )


def no_action(found: Never) -> str:
    """`scheduled_actions open and close of web never happen in this run (… to …): write run.start: …`."""
    one = len(found.actions) == 1
    which = f"scheduled_actions {' and '.join(found.actions)} of {found.service} never happen{'s' * one}"
    start = f"run.start: {_minute(found.start)}" if found.start else "an earlier run.start"
    return f"{which} in this run ({_minute(found.begins)} to {_minute(found.ends)}): write {start}"


def _minute(at: datetime) -> str:
    """As `run.start` is written."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def once_a_batch(found: Batched) -> str:
    """`worker calls table once for each batch of stream, however many records it has: …`."""
    many = f", or how many items under {found.called}.writes" if found.is_table else ""
    return (
        f"{found.consumer} calls {found.called} once for each batch of {found.source}, however many records"
        f" it has: if it does for each of them, write batch_size: 1{many}"
    )


def unreached(service: str) -> str:
    """`no request reaches checkout, which is billed all the same: …`."""
    return (
        f"no request reaches {service}, which is billed all the same:"
        f" leave it out (in a design by {service}: null), or send requests to it"
    )


def one_sided(found: Unscaled) -> str:
    """`worker: its duration is taken to be the same at every memory, so that less memory …`."""
    if found.key == "vcpus":
        return (
            f"{found.service}: its vcpus are turned and its instance, which is what is paid for, is not, so"
            " that more of them cost nothing; turn instance, with vcpus: of_class"
        )
    if found.by_record:
        instead = "measure it at each memory, and write a design for each"
    else:
        key = {"duration": "duration", "handler": "work"}[found.key]
        instead = f"write {key}: {{measured: X, at: 1024 MB}} if X was measured at 1024 MB"
    what = {"duration": "duration", "handler": "handler's work"}[found.key]
    return (
        f"{found.service}: its {what} is taken to be the same at every memory, so that less memory only"
        f" costs less; {instead}"
    )


def place(limit: LimitSummary | Need | Behind) -> str:
    """`stock, max connections`."""
    return f"{limit.service}, {_spaced(limit.limit)}"


def asked(limit: LimitSummary, again: str = "") -> str:
    """`demand 630 of 614 connections`; a bucket that refused had nothing left of its burst, of one that did
    not its tightest span is told, a fleet had fewer servers; `again` says how often requests are sent. What
    is asked for if nothing is refused stands behind that if it is more, and before it if it is less, since
    much of demand is sent again then: `needs some 140 of 40.0 executions, demand 429`; not at all if it is
    about as much, or no more than there is, or if the limit is full of what waits for another one."""
    gone = bool(limit.burst) and limit.first_at_s is not None
    allowed = significant(limit.allowed) if gone else with_burst(limit.allowed, limit.burst)
    burst = f", the burst of {significant(limit.burst)} used up" if gone else ""
    if limit.burst and not gone and limit.tightest == limit.ratio:
        burst = f", {of_allowed(limit.ratio)} of the burst and what came in its tightest span"
    there, demand = f"{allowed} {limit.unit}".rstrip() + burst + fewer(limit), significant(limit.demand)
    needed = 0.0 if limit.waits_for else limit.unrefused or 0.0
    if needed <= limit.allowed or 0 <= limit.demand - needed <= ALIKE * needed:
        return f"demand {demand} of {there}{again}"
    some = f"some {significant(needed, 2)}"
    if limit.burst:  # demand is that of the worst second, and what a bucket must refill in a second is less
        return f"demand {demand} of {there}{again}, {raised(limit, needed)}"
    if limit.demand < needed:
        return f"demand {demand} of {there}{again}, {some} if nothing is refused"
    return f"needs {some} of {there}, demand {demand}{again}"


def fewer(limit: LimitSummary) -> str:
    """`, 400 when it first refused`; what only makes wait is short when something else refuses."""
    then = limit.allowed_at_first
    when = "when requests were first refused" if limit.first_at_s is None else "when it first refused"
    return "" if then is None else f", {significant(then)} {when}"


def full_of(limit: LimitSummary) -> str:
    """`full of what waits for db, vcpus`, or only `vcpus` if they are its own; empty if it is the cause."""
    service, name = limit.cause
    of = "" if service == limit.service else f"{service}, "
    return f"full of what waits for {of}{_spaced(name)}" if limit.waits_for else ""


def _price(design: DesignSummary) -> str:
    return f"{_money(design)} a {'run' if design.cost_month is None else 'month'}"


def _money(design: DesignSummary) -> str:
    return estimated(design.price, "usd")


def stretch(seconds: float) -> str:
    """How long the worst stretch is: `10 s`."""
    return elapsed(seconds) if seconds >= 10 else f"{seconds:.3g} s"


def worst(found: Span, glyphs: Glyphs) -> str:
    """When a worst stretch was, and of one of failures how many came in it: `9m58s–10m8s, 512 a run`."""
    when = f"{clock(found.from_s)}{glyphs.until}{clock(found.from_s + found.length_s)}"
    if math.isnan(found.failed):
        return when
    return f"{when}, {whole(found.failed) if found.failed >= 10 else significant(found.failed, 2)} a run"


def _spaced(name: str) -> str:
    return name.replace("_", " ")
