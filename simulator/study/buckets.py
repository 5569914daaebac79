"""What is needed of the limits that are rates with a burst: requests, records, bytes, environments begun."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from simulator.engine.measuring import SHARD_LIMITS, tokens_of_unit, unit_of_bucket
from simulator.engine.visits import BUCKET
from simulator.measure.need import ACCOUNT, Need, Span
from simulator.services.growing import RequestGrowth
from simulator.services.lambda_quotas import REQUESTS
from simulator.stations.token_bucket import is_limit
from simulator.study.fluid import Floats, with_chance
from simulator.study.load import Load
from simulator.study.needed import need_of, tried_again, waited_for
from simulator.study.tightest import tightest

if TYPE_CHECKING:
    from simulator.engine.program import BucketPlan
    from simulator.eras.era import Era


def buckets(load: Load, era: Era) -> Iterator[Need]:
    """Of every bucket that requests, or environments as they begin, take from, unless it has no end."""
    taken = {place: rate for (_, place), rate in load.over_time("tokens").items()}
    grow = {each.bucket: each for each in load.quiet.program.controls if isinstance(each, RequestGrowth)}
    started = _started(load)
    place = 0
    for (service, name), plan in load.quiet.program.buckets.items():
        if (place in taken or place in started) and is_limit(plan.bucket):
            requests, new = (rates.get(place, load.nothing) for rates in (taken, started))
            if name in SHARD_LIMITS and plan.clients > 1:
                requests = requests * load.hottest_shard(place, plan.clients).more
            at_once = load.at_once("tokens", (BUCKET, place))
            if place in grow:
                need = _growing(load, service, name, grow[place], requests, at_once)
                yield tried_again(load, BUCKET, place, need)
            else:
                need = _bucket(load, service, name, plan, requests, new, at_once)
                if (service, name) == (ACCOUNT, REQUESTS):
                    each = era["lambda.requests_per_concurrency"].per_second
                    need = need._replace(each=each)
                need = tried_again(load, BUCKET, place, need)
                yield waited_for(load, BUCKET, place, need)
        place += plan.clients


def _growing(
    load: Load, service: str, name: str, growth: RequestGrowth, requests: Floats, at_once: float
) -> Need:
    """A rate that follows what is served."""
    provisioned = load.quiet.provisioned(service, load.time_s)
    most = with_chance(requests, at_once)
    allowed = growth.allowed(most, provisioned, load.step_s)
    return need_of(load, service, name, "requests/s", requests, most, allowed)


def _started(load: Load) -> dict[int, Floats]:
    """Environments begun per second, by the bucket that they come out of, and what they take from others
    as they begin, as those do too that are initialised ahead of requests."""
    pools = list(load.quiet.program.pools.values())
    services = [service for service, _ in load.quiet.program.pools]
    total: dict[int, Floats] = {}
    most: dict[tuple[int, int], float] = {}
    for place, found in load.functions.items():
        scaling = pools[place].scaling
        total[scaling] = total.get(scaling, load.nothing) + found.started_per_s
        for flow in load.flows:
            for bucket, tokens in flow.starting_tokens.get(place, {}).items():
                most[place, bucket] = max(most.get((place, bucket), 0.0), tokens)
    for (place, bucket), tokens in most.items():
        ahead = load.quiet.gained_per_s(services[place], load.time_s)
        new = load.functions[place].started_per_s + ahead
        total[bucket] = total.get(bucket, load.nothing) + tokens * new
    return total


def _bucket(
    load: Load, service: str, name: str, plan: BucketPlan, requests: Floats, new: Floats, at_once: float
) -> Need:
    """In the span in which most of the burst and the tokens that come is used up.

    Tokens go to requests, of which chance brings more, and to new environments.
    """
    bucket = plan.bucket
    per_s, tokens = bucket.rate * 1e9 / bucket.per, bucket.level / bucket.per
    upto = [np.concatenate([[0.0], np.cumsum(rate)]) * load.step_s for rate in (requests, new)]

    def asked(length: int) -> tuple[Floats, Floats]:
        """In spans that end when requests are counted; what the warm-up takes is missing then, too."""
        counted = load.counted[length - 1 :]
        requests, new = (np.where(counted, total[length:] - total[:-length], 0.0) for total in upto)
        return requests + new, with_chance(requests, at_once) + new

    steps = len(load.time_s)
    worst = tightest(lambda length: asked(length)[1], tokens, per_s * load.step_s, steps)
    binds = None if worst.exceeded is None else float(load.time_s[worst.exceeded])
    second = min(max(1, round(1 / load.step_s)), steps) if per_s else steps
    each = tokens_of_unit(name)
    in_second = each * second * load.step_s if per_s else each
    steady, demand = (float(one.max()) / in_second for one in asked(second))
    ratio, begins, length, _ = worst
    allowed, burst = (per_s or tokens) / each, tokens / each if per_s else 0.0
    at_s = float(load.time_s[begins + length - 1])  # the end of the span, when least is left
    found = Need(
        service, name, unit_of_bucket(name, bucket, plan.clients), steady if requests.any() else 0.0,
        demand, allowed, ratio, at_s, binds, burst,
    )  # fmt: skip
    if not burst:
        return found
    span_s = length * load.step_s
    steady, demand = (float(one[begins]) / each for one in asked(length))
    span = Span(span_s, steady if requests.any() else 0.0, demand, burst + allowed * span_s)
    return found._replace(span=span)
