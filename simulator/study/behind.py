"""What the batches of queues and streams meet behind the function that takes them, and how many at a time it
bears: more pollers or lanes than these do not help."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simulator.engine.causes import limit_of_servers
from simulator.engine.measuring import LANES, tokens_of_unit, unit_of_bucket
from simulator.engine.visits import SERVERS, Flow
from simulator.measure.need import ACCOUNT, Behind, Setting
from simulator.services.events import LEAST_CONCURRENCY, MOST_CONCURRENCY
from simulator.services.growing import Growing
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.queue_pollers import POLLERS
from simulator.stations.token_bucket import is_limit
from simulator.study.raising import Look, refused, with_values

if TYPE_CHECKING:
    from simulator.measure.summary import DesignSummary
    from simulator.scenario.model import Scenario
    from simulator.study.capacity import Limits
    from simulator.study.load import Load

TRIES: Final = 6
"""Fewer pollers are tried so often: what chance adds is not in the mean that they begin with."""


def behind(load: Load) -> tuple[Behind, ...]:
    """That which bears fewest batches at a time first; not what is the account's, or the function's own."""
    full = [(one.name, one.batch) for one in load.pollers]
    full += [((one.function, f"{LANES}{one.event}"), one.batch) for one in load.lanes if one.event]
    every = (one for each in full for one in (*_rates(load, *each), *_others(load, *each)))
    return tuple(sorted(every, key=lambda one: one.bears))


def with_behind(design: DesignSummary, look: Callable[[], Limits]) -> DesignSummary:
    """With `DesignSummary.behind`, where a design fails, or invocations do while something refuses."""
    errors = any(counters.get("errors") for counters in design.services.values())
    if design.verdict != "fail" and not (errors and any(limit.refused for limit in design.limits)):
        return design
    return replace(design, behind=behind(look().load))


def capped(scenario: Scenario, design: str, each: Behind, most: float, look: Look) -> Setting | None:
    """`maximum_concurrency` with which a limit behind pollers is not exceeded, of which there are `most` now;
    about the most that do, each value being tried."""
    known = scenario.designs[design]
    function, _, queue = each.receivers.partition(f": {POLLERS}")
    settings = known.services.get(function)
    if not queue or not isinstance(settings, LambdaSettings) or not math.isfinite(each.bears):
        return None
    event = next(name for name, source in settings.events.items() if source.from_ == queue)
    path, value = ("events", event), min(math.floor(each.bears), math.ceil(most) - 1, MOST_CONCURRENCY)
    for _ in range(TRIES):
        with_it = with_values(scenario, design, function, path, {"maximum_concurrency": value})
        if value < LEAST_CONCURRENCY or refused(with_it.designs[design], function):
            return None
        ratio = look(with_it, design).ratio((each.service, each.limit))
        if ratio <= 1:
            key = known.set(function, *path, "maximum_concurrency")
            return Setting(each.service, each.limit, key, math.ceil(most), value)
        value = min(math.floor(value / ratio), value - 1)
    return None


def _rates(load: Load, receivers: tuple[str, str], batch: Flow) -> Iterator[Behind]:
    grow = {each.bucket for each in load.quiet.program.controls if isinstance(each, Growing)}
    asked: dict[int, float] = {}
    for visit, tokens in batch.tokens.items():
        asked[visit.place] = asked.get(visit.place, 0.0) + tokens
    first = 0
    for (service, name), plan in load.quiet.program.buckets.items():
        bucket, tokens = plan.bucket, asked.get(first, 0.0)
        if tokens and is_limit(bucket) and service not in (ACCOUNT, receivers[0]):
            per_s, steady = bucket.rate * 1e9 / bucket.per, plan.clients == 1 and first not in grow
            unit, allowed = unit_of_bucket(name, bucket, plan.clients), per_s / tokens_of_unit(name)
            bears = per_s / tokens * batch.seconds if steady and per_s else math.inf
            yield Behind(": ".join(receivers), service, name, unit, allowed, bears)
        first += plan.clients


def _others(load: Load, receivers: tuple[str, str], batch: Flow) -> Iterator[Behind]:
    """What is held and not used up: servers, and the concurrency of functions that it calls."""
    program = load.quiet.program
    seized = {visit.place for visit in batch.seized if visit.kind == SERVERS}
    entered = {visit.place for visit in batch.entered}
    places = [
        (service, limit_of_servers(name), name)
        for number, (service, name) in enumerate(program.servers)
        if number in seized
    ]
    quotas = list(program.quotas)
    places += [
        (*quotas[plan.quota], "executions")
        for number, plan in enumerate(program.pools.values())
        if number in entered
    ]
    for service, limit, unit in places:
        if service not in (ACCOUNT, receivers[0]):
            yield Behind(": ".join(receivers), service, limit, unit, math.inf, math.inf)
