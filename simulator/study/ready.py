"""With how much provisioned concurrency a surge would start so few environments cold that limits hold which
it exceeds: what `explain` tries where the environments that start, and not those at work, are too many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.engine.visits import POOL
from simulator.errors import PriceError
from simulator.measure.measured import PROVISIONED_REQUESTS, SPILLOVERS, Measured
from simulator.measure.need import Need, Ready, exceeded
from simulator.prices.bill import bill
from simulator.prices.book import PriceBook
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.provisioning import ProvisionedConcurrency
from simulator.study.fluid import with_chance
from simulator.study.raising import refused, with_values
from simulator.values.units import HOUR

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.measure.summary import DesignSummary
    from simulator.scenario.model import Scenario
    from simulator.study.capacity import Limits

HALF: Final = 0.5
"""Of what is too much: a remedy takes away at least so much of it from one limit, or is not told."""
TRIES: Final = 3
KEEPING: Final = "lambda.provisioned_concurrency."
"""How the price of keeping environments ready is called, up to the architecture."""


def ready(
    scenario: Scenario, design: str, found: Limits, look: Callable[[Scenario, str], Limits]
) -> Ready | None:
    """Of as few functions as will do; those first that start most. None: nothing that helps, or is needed."""
    over = [need for need in found.needs if exceeded(need) and _by_starting(need)]
    amounts: dict[str, int] = {}
    best: Ready | None = None
    for name, amount in _candidates(found) if over else ():
        amounts[name] = amount
        changed, asked = _enough(scenario, design, amounts, look) or (scenario, None)
        besides = [need for need in asked.needs if exceeded(need)] if asked else []
        # of what each of them holds as it starts there may be too little for so many
        if asked is None or any(name in need.owners for need in besides):
            del amounts[name]
            continue
        then = {need.name: need for need in asked.needs}
        less = [then.get(need.name, need._replace(demand=0.0, ratio=0.0)) for need in over]
        if any(new.ratio < 1 + HALF * (old.ratio - 1) for old, new in zip(over, less, strict=True)):
            keys = {
                changed.designs[design].set(name, "provisioned_concurrency"): amounts[name]
                for name in amounts
            }
            names = {need.name for need in less}
            others = tuple(need.name for need in besides if need.name not in names)
            best = Ready(tuple(keys.items()), _usd_an_hour(changed, design, amounts), tuple(less), others)
        if not any(map(exceeded, less)):
            break
    return best


def with_ready(design: DesignSummary, look: Callable[[], Limits]) -> DesignSummary:
    """With `DesignSummary.ready`, where a design fails and requests spilled over."""
    spilled = [one for one, counters in design.services.items() if counters.get(SPILLOVERS)]
    if design.verdict != "fail" or not spilled:
        return design
    load, found = look().load, {}
    for place, ((service, _), plan) in enumerate(load.quiet.program.pools.items()):
        if service in spilled and (POOL, place) in load.held:
            rate = load.over_time("entered")[POOL, place]
            each = plan.pool.allowance_rate * 1e9 / plan.pool.allowance_per
            at_work = np.maximum(with_chance(load.held[POOL, place]), with_chance(rate) / each)
            found[service] = math.ceil(at_work[load.counted].max(initial=0.0))
    return replace(design, ready=found)


def _by_starting(need: Need) -> bool:
    """Whether environments that start are part of what is asked of it, and those at work would have room."""
    starts = need.unit in ("executions", "environments/s") or bool(need.owners)
    return starts and need.steady < need.allowed


def _candidates(found: Limits) -> Iterator[tuple[str, int]]:
    """Functions without provisioned concurrency, and how many environments are at work at the peak, with
    chance; those that start most first."""
    load, services = found.load, found.design.services
    pools = [service for service, _ in load.quiet.program.pools]
    at_work = {place: with_chance(load.held[POOL, place]) for place in load.functions}
    started = {
        place: float((one.alive - at_work[place])[load.counted].max(initial=0.0))
        for place, one in load.functions.items()
    }
    for place in sorted(started, key=lambda place: -started[place]):
        function = services[pools[place]]
        known = isinstance(function, LambdaSettings) and not function.provisioned_concurrency
        if known and started[place] >= 1:
            yield pools[place], math.ceil(at_work[place].max())


def _enough(
    scenario: Scenario, design: str, amounts: dict[str, int], look: Callable[[Scenario, str], Limits]
) -> tuple[Scenario, Limits] | None:
    """With so many of each, or as many more as its requests a second ask for; None: AWS would not take it."""
    for _ in range(TRIES):
        changed = scenario
        for name, amount in amounts.items():
            kept = {"provisioned_concurrency": ProvisionedConcurrency(amount=amount)}
            changed = with_values(changed, design, name, (), kept)
        if any(refused(changed.designs[design], name) for name in amounts):
            return None
        asked = look(changed, design)
        short = {name: asked.ratio((name, PROVISIONED_REQUESTS)) for name in amounts}
        if all(ratio <= 1 for ratio in short.values()):
            return changed, asked
        amounts.update({name: math.ceil(amounts[name] * ratio) for name, ratio in short.items() if ratio > 1})
    return None


def _usd_an_hour(scenario: Scenario, design: str, amounts: Mapping[str, int]) -> float | None:
    """What it costs to keep them ready; None: the region has no price of it."""
    known, total = scenario.designs[design], 0.0
    book = PriceBook.load(known.era.name, scenario.region)
    for name, amount in amounts.items():
        kept = Measured(name, HOUR, {"environments.requested_ns": float(amount * HOUR)})
        used = [one for one in known.services[name].usage(kept) if one.item.startswith(KEEPING)]
        try:
            total += sum(line.amount_usd for line in bill(used, book))
        except PriceError:
            return None
    return total
