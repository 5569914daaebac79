"""The shards of streams, and how fast their consumers read them, under a load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from simulator.engine.measuring import LANES, SHARD_LIMITS
from simulator.engine.visits import BUCKET, Keyed
from simulator.measure.need import Need, Reading, Setting, Shard

if TYPE_CHECKING:
    from simulator.study.load import Load

SHARD_RECORDS: Final = SHARD_LIMITS[0]


def shards(load: Load) -> Iterator[Shard]:
    """The hottest shard of each stream with more than one."""
    found = {}
    place = 0
    for (service, name), plan in load.quiet.program.buckets.items():
        if name == SHARD_RECORDS and any(visit.place == place for visit in _written(load)):
            found[service] = load.hottest_shard(place, plan.clients)
        place += plan.clients
    found |= {one.source: one.shard for one in load.lanes if one.event and one.source not in found}
    for stream, hot in found.items():
        if hot.of > 1:
            yield Shard(stream, hot.of, hot.number, hot.share)


def _written(load: Load) -> Iterator[Keyed]:
    for flow in load.flows:
        yield from (keyed for keyed in flow.keyed if keyed.kind == BUCKET)


def reading(load: Load) -> Iterator[Reading]:
    """What each consumer of a stream can read."""
    for one in load.lanes:
        if one.event:
            capacity, traffic = one.capacity_per_s, float(one.items[load.counted].max(initial=0.0))
            yield Reading(
                one.source, one.function, one.event, one.shards, one.factor, one.batch_size, one.batch_s,
                capacity, traffic, one.lane.number // one.factor, capacity / one.many,
                traffic * one.lane.share, one.key, one.poison, one.stalled_s, one.blocks,
            )  # fmt: skip


def with_parts(found: Setting, needs: Sequence[Need]) -> Setting:
    """What holds the lanes of a stream holds the hottest of them, and the hottest key, too."""
    if not found.limit.startswith(LANES):
        return found
    parts = [f"hottest {part} of {found.limit.removeprefix(LANES)}" for part in ("lane", "key")]
    exceeded = (need for need in needs if need.service == found.service and need.ratio > 1)
    new = [one for one in exceeded if one.limit in parts and one.name not in found.holds]
    return found._replace(also=(*found.also, *(one.name for one in new)))
