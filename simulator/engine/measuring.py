"""Reading the stations of an engine: counters for services, limits for the architect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from typing import TYPE_CHECKING

from simulator.engine.causes import Causes
from simulator.engine.program import Bounding
from simulator.engine.server_limits import first_at_s, of_servers
from simulator.engine.storage import values_of
from simulator.engine.visits import BUCKET, QUOTA
from simulator.measure.measured import PROVISIONED_REQUESTS
from simulator.measure.readings import durations
from simulator.measure.result import Limit
from simulator.measure.sketch import Sketch
from simulator.stations.environment_pool import ConcurrencyQuota, EnvironmentPool, alive, charge, hold
from simulator.stations.mailbox import Mailbox, tally_mail
from simulator.stations.server_pool import ServerPool, tally, want
from simulator.stations.station import Station
from simulator.stations.token_bucket import BILLION, TokenBucket, is_limit

if TYPE_CHECKING:
    from simulator.engine.program import Name, Program
    from simulator.engine.world import World

_SINCE_START = (
    "acknowledged", "ahead_starts", "asked", "batches", "busy_ns", "cold_starts", "dropped", "ended",
    "entered", "expired", "failing_ns", "held_ns", "in_second", "largest_batch", "lost_in_second",
    "lost_peak", "marks", "peak", "provisioned_starts", "put", "put_back", "put_bytes", "received",
    "received_again", "receivers_ns", "refusals", "refused", "repeated", "replaced", "requested_ns",
    "reset_starts", "reused_ns", "spillovers", "stopped_starts", "thrown_away", "tightest", "told",
    "waiting_ns",
    "warm_starts",
)  # fmt: skip
"""Fields that count from the beginning; no rule decides by them."""
_OF_MAIL = (
    "acknowledged", "batches", "expired", "failing_ns", "held", "marks", "most_together", "most_waiting",
    "put", "put_back", "put_bytes", "received", "received_again", "receivers", "receivers_ns", "repeated",
    "thrown_away", "told", "waiting", "waiting_ns",
)  # fmt: skip
"""What can be added up over the shards or lanes of a stream; the peaks are then bounds."""
_PERCENTILES = (50, 90, 95, 99)
_OF_A_METER = ("count", "ns", "rounded_ns")
_OF_THE_BUSIEST = {"largest_batch": "largest_batch", "busiest_ns": "receivers_ns"}
SHARD_LIMITS = ("shard records", "shard bytes")
LANES = "lanes of "
"""How the mailboxes of a stream's consumer are called."""
_HALVES = tuple(f"{what} capacity{of}" for what in ("read", "write") for of in ("", " of an item"))
"""Two tokens are one unit: an eventually consistent read takes half of one."""
_KIB = ("throughput", "write throughput", "burst credits")
"""A token is a KiB, of which 1,024 are one unit."""
_UNITS = {
    **dict(zip(SHARD_LIMITS, ("records/s", "bytes/s"), strict=True)),
    **dict.fromkeys(("scaling rate", "provisioning rate"), "environments/s"),
    **dict.fromkeys(_KIB, "MB/s"),
    **dict.fromkeys(("launch rate", "Fargate launch rate"), "tasks/s"),
    "new connections": "connections/s",
    "state transitions": "transitions/s",
    **{name: f"{name.split()[0]} units/s" for name in _HALVES},
}
"""What buckets hold that do not hold requests."""
_INNER = (
    "base", "bottom", "due", "eldest", "kept", "mask",
    "fullest", "fullest_busy", "fullest_cold", "fullest_provisioned", "fullest_waiting",
)  # fmt: skip
"""Where a pool keeps its idle environments, or which one is inside, an engine's own affair; and what is of
one bin of a series."""


def _keep_windows(world: World) -> None:
    """What was put since a tumbling window began is still told from nothing, though counting begins anew."""
    for mailbox in world.mailboxes:
        mailbox.marked -= mailbox.put


def restart(world: World, now: int) -> None:
    """Count from now on: totals become 0, peaks the present level. What decides anything stays."""
    bring_up(world, now)
    _keep_windows(world)
    limited = *world.quotas, *world.servers, *world.buckets
    for station in (*world.pools, *limited, *world.insides, *world.mailboxes):
        for field in _SINCE_START:
            if hasattr(station, field):
                setattr(station, field, 0)
        if hasattr(station, "first_refused"):
            station.first_refused = -1
    for pool in world.pools:
        pool.environment_ns = -alive(pool) * now
        pool.most = pool.busy + pool.provisioned_busy
    for quota in world.quotas:
        quota.most = quota.in_use + quota.provisioned
    for servers in world.servers:
        servers.most_busy, servers.most_waiting = servers.busy, servers.waiting
        servers.demand = 0
        want(servers, servers.busy)
    for mailbox in world.mailboxes:
        mailbox.most_waiting, mailbox.most_together = mailbox.waiting, mailbox.together
        mailbox.handed = now
    for counter, count in enumerate(world.counters):
        world.forgotten[counter] += int(count)
    _clear(world.counters)
    _clear(world.meters)


def _clear(counts: MutableSequence[int]) -> None:
    for place in range(len(counts)):
        counts[place] = 0


def bring_up(world: World, now: int) -> None:
    """Integrals and idle environments up to now."""
    world.tidy(now)
    for servers in world.servers:
        tally(servers, now)
    for quota in world.quotas:
        hold(quota, now)
    for pool in world.pools:
        charge(pool, 0, now)
    for mailbox in world.mailboxes:
        tally_mail(mailbox, now)


def measured(world: World, program: Program, now: int) -> dict[str, dict[str, float]]:
    """By service: every field of its stations, its counters and meters (see `Measured`)."""
    bring_up(world, now)
    found: dict[str, dict[str, float]] = {}

    def note(service: str, key: str, value: float) -> None:
        found.setdefault(service, {})[key] = float(value)

    for (service, name), fields in _fields(world, program):
        for field, value in fields.items():
            note(service, f"{name}.{field}", value)
    for (service, name), pool in zip(program.pools, world.pools, strict=True):
        note(service, f"{name}.alive_ns", pool.environment_ns + alive(pool) * now)
    for (service, name), count in zip(program.counters, world.counters, strict=True):
        note(service, name, count)
    for (service, name), sketch in zip(program.durations, durations(world.books), strict=True):
        note(service, f"{name}.count", sketch.count)
        for what, took_s in _statistics(sketch):
            note(service, f"{name}.{what}_s", took_s)
    for place, (service, name) in enumerate(program.meters):
        for part, what in enumerate(_OF_A_METER):
            note(service, f"{name}.{what}", world.meters[3 * place + part])
    return found


def _statistics(sketch: Sketch) -> Iterator[tuple[str, float]]:
    if sketch.count:
        yield from (("mean", sketch.mean), ("max", sketch.max))
        yield from ((f"p{part}", sketch.quantile(part / 100)) for part in _PERCENTILES)


def measurable(program: Program) -> dict[str, set[str]]:
    """By service, every name that `measured` may give a number of it, whatever happens in a run."""
    found: dict[str, set[str]] = {}
    parts: tuple[tuple[Iterable[Name], Iterable[str]], ...] = (
        (program.pools, (*EnvironmentPool.fields(), "alive_ns")),
        (program.quotas, ConcurrencyQuota.fields()),
        (program.servers, ServerPool.fields()),
        (program.buckets, TokenBucket.fields()),
        (program.mailboxes, (*_OF_MAIL, "copies", *_OF_THE_BUSIEST)),
        (program.durations, ("count", "mean_s", "max_s", *(f"p{part}_s" for part in _PERCENTILES))),
        (program.meters, _OF_A_METER),
    )
    for names, fields in parts:
        for service, name in names:
            found.setdefault(service, set()).update(f"{name}.{field}" for field in fields)
    for service, name in program.counters:
        found.setdefault(service, set()).add(name)
    return found


def limits(world: World, program: Program) -> Iterator[Limit]:
    """Every limit of the design: the most that was asked of it and what it allows.

    For concurrency the demand beyond the limit is, by Little's law, the refusals of the worst second
    times the mean time an execution holds its place; for connections those refusals themselves. Where
    each client has its own bucket, it is the demand of the client that asked for most.
    """
    causes = Causes(world, program)
    place = 0
    for (service, name), buckets in _buckets(world, program):
        if is_limit(buckets[0]):
            waits_for, in_turn = causes.of(BUCKET, place), place in program.in_turn
            yield _of_buckets(service, name, buckets)._replace(waits_for=waits_for, in_turn=in_turn)
        place += len(buckets)
    for place, (((service, name), planned), quota) in enumerate(
        zip(program.quotas.items(), world.quotas, strict=True)
    ):
        mean_s = quota.held_ns / 1e9 / quota.entered if quota.entered else 0.0
        beyond = planned.limit + quota.lost_peak * mean_s if quota.refused else 0.0
        demand, allowed = max(float(quota.most), beyond), float(planned.limit)
        first, waits_for = first_at_s(quota), causes.of(QUOTA, place)
        yield Limit(service, name, "executions", demand, allowed, quota.refused, first, waits_for=waits_for)
    for (service, _), pool in zip(program.pools, world.pools, strict=True):
        if pool.asked or pool.provisioned:
            yield _of_provisioned(service, pool)
    yield from of_servers(world, program, causes)
    for (service, name), mailboxes in zip(program.mailboxes, _of_kind(program, world.mailboxes), strict=True):
        if name.startswith(LANES):
            used = float(mailboxes[0].most_together)
            yield Limit(service, name, "lanes", used, float(len(mailboxes)), 0, None)
    for control in program.controls:
        if isinstance(control, Bounding) and (bound := control.bound(world)):
            limit_of, unit, most, allowed = bound
            yield Limit(*limit_of, unit, float(most), float(allowed), 0, None)


def _buckets(world: World, program: Program) -> Iterator[tuple[Name, Sequence[TokenBucket]]]:
    """The bucket of each limit, or those that each client has of it."""
    place = 0
    for name, plan in program.buckets.items():
        yield name, world.buckets[place : place + plan.clients]
        place += plan.clients


def _of_kind(program: Program, mailboxes: Sequence[Mailbox]) -> Iterator[Sequence[Mailbox]]:
    """The mailboxes of each name of the program."""
    first = 0
    for plan in program.mailboxes.values():
        yield mailboxes[first : first + plan.copies]
        first += plan.copies


def _fields(world: World, program: Program) -> Iterator[tuple[Name, dict[str, int]]]:
    """The fields of every station; of the buckets that several clients have, those that can be added up."""
    kinds: tuple[tuple[type[Station], Iterable[Name], Sequence[Station]], ...] = (
        (EnvironmentPool, program.pools, world.pools),
        (ConcurrencyQuota, program.quotas, world.quotas),
        (ServerPool, program.servers, world.servers),
    )
    for kind, names, stations in kinds:
        for full, station in zip(names, stations, strict=True):
            yield full, {field: getattr(station, field) for field in kind.fields() if field not in _INNER}
    for full, mailboxes in zip(program.mailboxes, _of_kind(program, world.mailboxes), strict=True):
        yield full, {field: sum(values_of(mailboxes, field)) for field in _OF_MAIL}
        yield full, {"copies": len(mailboxes)}
        for field, of in _OF_THE_BUSIEST.items():
            yield full, {field: max(values_of(mailboxes, of))}
    for full, buckets in _buckets(world, program):
        fields = TokenBucket.fields() if len(buckets) == 1 else ("asked", "refused", "level")
        yield full, {field: sum(values_of(buckets, field)) for field in fields}


def unit_of_bucket(name: str, bucket: TokenBucket, clients: int) -> str:
    """What is asked of a bucket, or of the one that each client has."""
    unit = _UNITS.get(name, "requests/s") if bucket.rate else "requests"
    if clients == 1 or name.endswith("of an item"):  # whose limit's name says so
        return unit
    return f"{unit} a {'shard' if name in SHARD_LIMITS else 'client'}"


def tokens_of_unit(name: str) -> int:
    """Tokens of a bucket that are one of its unit."""
    return 2 if name in _HALVES else 1024 if name in _KIB else 1


def _of_provisioned(service: str, pool: EnvironmentPool) -> Limit:
    """The rate of provisioned environments; what it refuses spills over, though one is free."""
    each = pool.allowance_rate * 1e9 / pool.allowance_per
    allowed = each * (pool.peak_provisioned if pool.peak else pool.provisioned)
    then = each * pool.first_provisioned
    return Limit(
        service,
        PROVISIONED_REQUESTS,
        "requests/s",
        float(pool.peak),
        allowed,
        pool.refused,
        first_at_s(pool),
        burst=allowed * pool.allowance_window / 1e9,
        allowed_at_first=then if pool.refused and then < allowed else None,
    )


def _of_buckets(service: str, name: str, buckets: Sequence[TokenBucket]) -> Limit:
    refused, tokens = [bucket for bucket in buckets if bucket.refused], tokens_of_unit(name)
    each = min(refused, key=lambda bucket: bucket.first_refused, default=buckets[0])
    unit = unit_of_bucket(name, each, len(buckets))
    if each.rate:
        demand, allowed = max(values_of(buckets, "peak")), each.told or each.rate * 1e9 / each.per
    else:  # nothing trickles in: the quota of a period
        demand, allowed = max(values_of(buckets, "asked")), each.burst / each.per
    return Limit(
        service,
        name,
        unit,
        demand / tokens,
        allowed / tokens,
        -(-sum(bucket.refused for bucket in refused) // tokens),
        min((bucket.first_refused / 1e9 for bucket in refused), default=None),
        allowed * each.burst / each.rate / 1e9 / tokens if each.rate else 0.0,
        tightest=max(values_of(buckets, "tightest")) / BILLION,
    )
