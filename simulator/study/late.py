"""Provisioned concurrency that is asked for before a surge and is ready only after it has begun."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple
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


class Never(NamedTuple):
    """Scheduled actions of a service that do not happen while the run lasts."""

    service: str
    actions: tuple[str, ...]
    begins: datetime
    ends: datetime
    """The run, and when it is over."""
    start: datetime | None
    """When to begin, to the minute, so that the first of them happens as counting begins or soon after; None:
    others do happen, or they all never do from the run on."""


def never(scenario: Scenario, design: str) -> Iterator[Never]:
    """The actions of each service of which none happens, or else those meant for once, before the run."""
    run = scenario.run
    ends = run.start + timedelta(microseconds=run.for_ // 1000)
    for name, service in scenario.designs[design].services.items():
        actions: Mapping[str, ScheduledAction] = getattr(service, "scheduled_actions", {})
        if isinstance(service, LambdaSettings) and service.provisioned_concurrency:
            actions = service.provisioned_concurrency.scheduled_actions
        missed = {
            key: one for key, one in actions.items() if not any(True for _ in _instants([one], scenario))
        }
        start = None
        if len(missed) == len(actions):
            first = min(filter(None, (_first(one, run.start) for one in missed.values())), default=None)
            warm_up = timedelta(microseconds=run.warm_up // 1000)
            start = first and (first - warm_up).replace(second=0, microsecond=0)
        else:
            missed = {key: one for key, one in missed.items() if (at := _once(one)) and at < run.start}
        if missed:
            yield Never(name, tuple(missed), run.start, ends, start)


def _once(action: ScheduledAction) -> datetime | None:
    """When an action happens that is meant for once."""
    at, zone = action.schedule.rule, ZoneInfo(action.timezone)
    return at.replace(tzinfo=zone).astimezone(UTC) if isinstance(at, datetime) else None


def _first(action: ScheduledAction, start: datetime) -> datetime | None:
    """When it happens first from then on; one that is meant for once, if it is over, too."""
    found = next(action.schedule.after(start, ZoneInfo(action.timezone)), None)
    return _once(action) if found is None else start + timedelta(microseconds=found // 1000)


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
