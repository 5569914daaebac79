"""What CloudFormation, SAM, Terraform and the Serverless Framework call settings with other names here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from simulator.scenario import lookup
from simulator.scenario.lookup import Schema
from simulator.scenario.tree import Node, instead_of, nearest, squashed
from simulator.values.units import shown

_KEYS: Final[Mapping[str, str]] = {
    # the file
    "architecture": "services resources system",
    "objectives": "slo slos sla slas goals assertions thresholds",
    "designs": "variants alternatives scenarios",
    "traffic": "workload load demand arrivals",
    "run": "simulation",
    "extends": "include import inherits",
    "for": "duration length",
    "replications": "reps runs repetitions iterations",
    # traffic, APIs and whatever leads on
    "rate": "rps tps qps requestspersecond ratelimit throttlingratelimit",
    "burst": "burstlimit throttlingburstlimit",
    "capacity": "rate rps tps qps requestspersecond ratelimit throttle",
    "throttle": "throttling throttlesettings defaultroutesettings",
    "to": "target targets integration destination endpoint function deadlettertargetarn targetarn",
    "timeout": "timeoutseconds timeoutinseconds timeoutinmillis timeoutmilliseconds",
    # Lambda and what it reads
    "memory": "memorysize memorysizemb",
    "reserved_concurrency": "reservedconcurrentexecutions",
    "provisioned_concurrency": "provisionedconcurrencyconfig provisionedconcurrentexecutions",
    "amount": "provisionedconcurrentexecutions",
    "vpc": "vpcconfig subnetids securitygroupids",
    "events": "eventsourcemapping eventsourcemappings eventsources triggers",
    "event_invoke_config": "destinations deadletterconfig deadletterqueue dlq onerror",
    "on_failure": "destinationconfig destinations deadletterqueue dlq",
    "from": "queue stream queuearn streamarn eventsourcearn arn source",
    "batch_window": "maximumbatchingwindowinseconds maximumbatchingwindow",
    "maximum_concurrency": "scalingconfig maxconcurrency",
    "report_batch_item_failures": "functionresponsetypes functionresponsetype",
    "provisioned_pollers": "provisionedpollerconfig",
    "filter": "filtercriteria filters filterpatterns",
    "maximum_event_age": "maximumeventageinseconds",
    "maximum_record_age": "maximumrecordageinseconds",
    "tumbling_window": "tumblingwindowinseconds",
    "lambda_concurrency": "concurrentexecutions",
    # queues, streams and tables
    "dead_letter": "redrivepolicy deadletterconfig deadletterqueue dlq",
    "max_receives": "maxreceivecount",
    "retention": "messageretentionperiod messageretentionseconds retentionperiod retentionperiodhours",
    "visibility_timeout": "visibilitytimeoutseconds",
    "fifo": "fifoqueue fifotopic",
    "delay": "delayseconds",
    "shards": "shardcount",
    "mode": "streammode streammodedetails billingmode",
    "provisioned": "provisionedthroughput readcapacity writecapacity readcapacityunits writecapacityunits",
    "read": "readcapacity readcapacityunits rcu",
    "write": "writecapacity writecapacityunits wcu",
    "indexes": "globalsecondaryindexes localsecondaryindexes globalsecondaryindex localsecondaryindex",
    "stream": "streamspecification streamenabled",
    "point_in_time_recovery": "pointintimerecoveryspecification pitr",
    # databases, caches and fleets
    "instance": "dbinstanceclass instanceclass instancetype",
    "storage": "allocatedstorage",
    "node": "cachenodetype nodetype",
    "nodes": "numcachenodes numcacheclusters numnodegroups",
    "min_capacity": "minsize",
    "max_capacity": "maxsize",
    "desired_capacity": "desiredcount",
    "target": "targetvalue",
    # handlers, retries and distributions
    "work": "sleep compute",
    "call": "invoke",
    "fail": "error errorrate failurerate",
    "attempts": "maxattempts maxretries maximumretryattempts",
    "backoff": "basedelay initialdelay initialbackoff",
    "cap": "maxdelay maxbackoff",
    "mean": "avg average",
    "median": "p50",
    # metrics
    "failed": "errors errorrate failures failurerate",
    "ok": "availability success successrate",
    "latency": "responsetime duration",
    "throttled": "throttles throttling",
}
"""The key here, and its names elsewhere without capitals and underscores."""

_REMARKS: Final[Mapping[str, str]] = {
    "properties": "write its settings here, without 'Properties:'",
    "account": "write it under 'architecture:'",
    **dict.fromkeys(
        ["type", "role", "policies", "environment", "codeuri", "code", "tags", "description", "tracing",
         "functionname", "queuename", "tablename", "streamname", "dependson", "deletionpolicy", "metadata",
         "receivemessagewaittimeseconds", "receivewaittimeseconds", "keyschema", "attributedefinitions",
         "hashkey", "rangekey", "attribute", "protocol", "awstemplateformatversion", "transform",
         "parameters", "outputs", "globals"],
        "remove it: it is not part of the simulation",
    ),
}  # fmt: skip
"""What to do with settings that are nowhere here."""

_VALUES: Final[Mapping[str, str]] = {
    "payperrequest": "on_demand",
    "aarch64": "arm64",
    "graviton": "arm64",
    "amd64": "x86_64",
    "intel": "x86_64",
}
"""The choice here, by its name elsewhere."""

_NOTHING: Final[Schema] = {}
_UNITS: Final = {"memory": "MB", "rate": "/s", "duration": "s"}
_TIMES: Final = {"millis": "ms", "milliseconds": "ms", "minutes": "min", "hours": "h", "days": "d"}


def key_here(name: str, known: Iterable[str]) -> str | None:
    """The known key that has this name elsewhere."""
    plain = squashed(name)
    by = {squashed(key): key for key in known}
    meant = (key for key, elsewhere in _KEYS.items() if plain in elsewhere.split() and squashed(key) in by)
    return by.get(plain) or next(meant, None)


def instead_of_key(
    name: str, known: Iterable[str], node: Node, schemas: Sequence[Schema] = (), root: Schema = _NOTHING
) -> str:
    """What to write instead of an unknown key; with its value, if that lacks a unit or has another name, or
    with its shape, if that is a map. Of a key that belongs further in, where that is."""
    names = sorted(known)
    plain = squashed(name)
    here = key_here(name, names)
    if here is None and plain in _REMARKS:
        return _REMARKS[plain]
    if here is None and (inner := lookup.below(name, schemas, root)):
        return f"write it below {' or '.join(inner)}"
    elsewhere = here is not None and squashed(here) != plain
    if here := here or nearest(name, names):
        inside = lookup.property_of(here, schemas, root)
        value = _value_here(plain, node, inside, root) or (lookup.shape(inside, root) if elsewhere else None)
        return f"did you mean '{here}: {value}'?" if value else f"did you mean '{here}'?"
    return instead_of(name, names, "remove it")


def choice_here(value: str, choices: Iterable[str]) -> str | None:
    """The choice that has this name elsewhere."""
    meant = _VALUES.get(squashed(value))
    return meant if meant is not None and meant in choices else None


def _value_here(name: str, node: Node, schemas: Sequence[Schema], root: Schema) -> str | None:
    """A number with the unit that AWS's setting has without saying so, or a choice as it is called here."""
    value, unit = node.value, lookup.unit(schemas, root)
    if isinstance(value, str):
        choices = lookup.choices(schemas, root)
        return choice_here(value, choices) or next(
            (choice for choice in choices if squashed(choice) == squashed(value) and choice != value), None
        )
    if unit not in _UNITS or type(value) not in (int, float) or name in _KEYS["for"].split():
        return None
    written = next((short for end, short in _TIMES.items() if name.endswith(end)), _UNITS[unit])
    return f"{shown(value)}{'' if written.startswith('/') else ' '}{written}"
