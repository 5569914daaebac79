"""Provisioned concurrency that is asked for before a surge and is ready only after it has begun."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from simulator.engine.quiet import watch
from simulator.engine.run import demands, program_of
from simulator.measure.need import Late
from simulator.services.lambda_settings import LambdaSettings
from simulator.study.passes import passed

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World
    from simulator.scenario.model import Scenario
    from simulator.services.provisioning import ProvisionedConcurrency, ScheduledAction

SECOND = 1_000_000_000


def late(scenario: Scenario, design: str) -> tuple[Late, ...]:
    """Of each function on the way of a surge, by the era's start delay and rate; without the traffic."""
    return tuple(_late(scenario, design))


def unused(scenario: Scenario, design: str) -> Iterator[tuple[str, str, int]]:
    """Spans of provisioned concurrency that would be ready only when the run is over: function, span, and
    when it is ready, ns."""
    found = scenario.designs[design]
    delay: int = found.era["lambda.provisioned.start_delay"]
    for name, function in found.services.items():
        if isinstance(function, LambdaSettings) and (asked := function.provisioned_concurrency):
            for span, each in asked.schedule.items():
                if each.at + delay >= scenario.run.for_:
                    yield name, span, each.at + delay


def never(scenario: Scenario, design: str) -> Iterator[str]:
    """Services none of whose scheduled actions happens while the run lasts."""
    for name, service in scenario.designs[design].services.items():
        actions = getattr(service, "scheduled_actions", {})
        if isinstance(service, LambdaSettings) and service.provisioned_concurrency:
            actions = service.provisioned_concurrency.scheduled_actions
        if actions and next(_instants(actions.values(), scenario), None) is None:
            yield name


def _late(scenario: Scenario, design: str) -> Iterator[Late]:
    services, end = scenario.designs[design].services, scenario.run.for_
    for source in scenario.traffic.values():
        surge = source.shape.surge()
        for name in passed(services, source.to) if surge else ():
            function = services[name]
            if surge is None or not isinstance(function, LambdaSettings):
                continue
            asked = sorted(_asked(function.provisioned_concurrency, scenario))
            before = [at for at in asked if at <= surge.starts]
            if not before:
                continue
            until = min([end, *(at for at in asked if at > surge.starts)])
            levels = _provisioned(scenario, design, name, surge.starts, until)
            most = max((amount for _, amount in levels), default=0)
            ready = next((at for at, amount in levels if amount == most), surge.starts)
            if ready > surge.starts + SECOND:
                yield Late(name, most, ready / 1e9, source.name, surge.starts / 1e9, before[-1] / 1e9)


def _asked(settings: ProvisionedConcurrency | None, scenario: Scenario) -> Iterator[int]:
    """When more may be asked for."""
    if settings is None:
        return
    yield from (span.at for span in settings.schedule.values())
    yield from _instants(settings.scheduled_actions.values(), scenario)


def _instants(actions: Iterable[ScheduledAction], scenario: Scenario) -> Iterator[int]:
    """When they happen in the run, ns."""
    for action in actions:
        instants = action.schedule.after(scenario.run.start, ZoneInfo(action.timezone))
        yield from takewhile(lambda at: at < scenario.run.for_, instants)


def _provisioned(
    scenario: Scenario, design: str, service: str, since: int, until: int
) -> list[tuple[int, int]]:
    """Every second from the one time to the other, the environments of a function that are provisioned."""
    program = program_of(scenario.designs[design], demands(scenario), scenario.run.start)
    place = next(place for place, (owner, _) in enumerate(program.pools) if owner == service)
    seen = _Seen(place, since)
    watch(program, scenario.run.seed, until, [seen])
    return seen.levels


@dataclass
class _Seen:
    """Writes down what is provisioned."""

    pool: int
    since: int
    levels: list[tuple[int, int]] = field(default_factory=list)

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        yield env.timeout(self.since + 1)  # after what comes in that instant
        while True:
            self.levels.append((int(env.now), int(world.pools[self.pool].provisioned)))
            yield env.timeout(SECOND)
