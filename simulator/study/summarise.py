"""From replications to the summary: traffic, limits, bills and verdicts of each design."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator import __version__
from simulator.engine.controls import RECEIVERS
from simulator.measure.backlog import OF_QUEUES, OF_STREAMS, Backlog
from simulator.measure.limits import limits
from simulator.measure.need import ACCOUNT, CONCURRENCY
from simulator.measure.recovery import Recovery, recovery
from simulator.measure.result import Replication
from simulator.measure.statistics import of_counter
from simulator.measure.summary import DesignSummary, Month, Summary, Sureness, traffic
from simulator.measure.where import Where
from simulator.measure.worst import Worst, worst
from simulator.prices.book import PriceBook
from simulator.study import cost
from simulator.study.judge import applies, judge
from simulator.study.late import late
from simulator.study.passes import passed
from simulator.study.scaled_out import scaled_out
from simulator.study.steady import Found

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario

ACCOUNTS = (ACCOUNT, CONCURRENCY)
_EXECUTIONS = ".concurrency"


def summarise(
    scenario: Scenario,
    replications: Mapping[str, Sequence[Replication]],
    baselines: Mapping[str, Sequence[Replication]] | None = None,
    sureness: Sureness | None = None,
    warm_up: Found | None = None,
) -> Summary:
    """The designs of a scenario in numbers; `baselines` holds some of the rest of the month for
    each of the replications, by design."""
    books = {name: PriceBook.load(scenario.designs[name].era.name, scenario.region) for name in replications}
    first = next(iter(replications.values()))
    month = scenario.bill.month
    return Summary(
        scenario=scenario.name,
        counted_s=first[0].counted_s,
        warm_up_s=scenario.run.warm_up / 1e9,
        replications=len(first),
        provenance={
            "version": __version__,
            "scenario_sha256": scenario.hash,
            "seed": scenario.run.seed,
            "start": scenario.run.start.isoformat(),
            "region": scenario.region,
            "eras": {name: book.era for name, book in books.items()},
            "prices": {
                book.era: dict(zip(("oldest", "newest"), book.dates, strict=True)) for book in books.values()
            },
            **({"warm_up": _found(warm_up)} if warm_up else {}),
            **scenario.demand,
        },
        designs={
            name: _design(scenario, runs, (baselines or {}).get(name, ()), books[name])
            for name, runs in replications.items()
        },
        sureness=sureness,
        month=Month(month.runs, month.otherwise) if month and baselines else None,
        windows={
            name: (max(window.from_, scenario.run.warm_up) / 1e9, (window.from_ + window.for_) / 1e9)
            for name, window in scenario.windows.items()
        },
    )


def _found(warm_up: Found) -> dict[str, object]:
    """What was found of the beginning of a steady run."""
    return {
        "found_s": warm_up.warm_up / 1e9,
        "method": "MSER-5",
        "level": warm_up.level,
        "design": warm_up.design,
    }


def _design(
    scenario: Scenario, runs: Sequence[Replication], baselines: Sequence[Replication], book: PriceBook
) -> DesignSummary:
    services = scenario.designs[runs[0].design].services
    charges, cost_run = cost.per_run(runs, book)
    month = scenario.bill.month
    of_month = cost.per_month(runs, month.runs, baselines, book) if month and baselines else None
    by_month, cost_month = of_month or ((), None)
    done = [sum(run.traffic[source].done for source in scenario.traffic) for run in runs]
    return DesignSummary(
        replications=len(runs),
        traffic={key: traffic([run.traffic[key] for run in runs]) for key in runs[0].traffic},
        services={name: _counters([run.services[name] for run in runs]) for name in runs[0].services},
        limits=limits([run.limits for run in runs], _lost(scenario, runs)),
        bill=charges,
        bill_month=by_month,
        cost_run=cost_run,
        cost_month=cost_month,
        objectives={
            objective.key: judge(objective, runs, cost_run, cost_month)
            for objective in scenario.objectives
            if applies(objective, runs)
        },
        cost_thousand=cost.per_thousand(cost_run, done),
        account_concurrency=account_concurrency(runs),
        account_held=account_held(runs),
        worst=_worst(scenario, runs),
        where={
            key: {window: Where.merge([run.where[key][window] for run in runs]) for window in by_window}
            for key, by_window in runs[0].where.items()
        },
        recovery=_recoveries(scenario, runs),
        passes={name: passed(services, source.to) for name, source in scenario.traffic.items()},
        kinds={name: service.kind for name, service in services.items()},
        late=late(scenario, runs[0].design),
        scaled_out=scaled_out(scenario, runs),
        backlogs=dict(_backlogs(scenario, runs)),
    )


def _counters(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """A service's counters, each over the runs that have it."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: of_counter(name, [run.get(name, math.nan) for run in runs]).value for name in names}


def account_concurrency(runs: Sequence[Replication]) -> float:
    """The most that all functions held together: what was asked for, but for what was refused."""
    limits = [limit for run in runs for limit in run.limits]
    held = [min(one.demand, one.allowed) for one in limits if (one.service, one.limit) == ACCOUNTS]
    reserved = any(limit.limit == "reserved concurrency" for limit in limits)
    return math.nan if reserved or not held else sum(held) / len(runs)


def account_held(runs: Sequence[Replication]) -> dict[str, float]:
    """Executions of each function that has not reserved its own, in the slice of time in which they have most
    together: means of the runs, the most first."""
    held: dict[str, float] = {}
    for run in runs:
        reserved = {limit.service for limit in run.limits if limit.limit == "reserved concurrency"}
        names = [column.removesuffix(_EXECUTIONS) for column in run.series if column.endswith(_EXECUTIONS)]
        found = {name: run.series[name + _EXECUTIONS] for name in names if name not in reserved}
        fullest = int(np.argmax(sum(found.values()))) if found else 0
        for name, executions in found.items():
            held[name] = held.get(name, 0.0) + float(executions[fullest]) / len(runs)
    most_first = sorted(held.items(), key=lambda item: (-item[1], item[0]))
    return {name: executions for name, executions in most_first if executions}


def _worst(scenario: Scenario, runs: Sequence[Replication]) -> dict[str, Worst]:
    """Of each kind of traffic by itself."""
    warm_up_s = scenario.run.warm_up / 1e9
    return {key: worst([run.timelines[key].opened() for run in runs], warm_up_s) for key in _kinds(runs)}


def _recoveries(scenario: Scenario, runs: Sequence[Replication]) -> dict[str, Recovery]:
    """Of each kind of traffic by itself that has a surge."""
    warm_up_s = scenario.run.warm_up / 1e9
    found = {key: recovery([run.timelines[key].opened() for run in runs], warm_up_s) for key in _kinds(runs)}
    return {key: one for key, one in found.items() if one is not None}


def _kinds(runs: Sequence[Replication]) -> list[str]:
    """The kinds of traffic that are not made of others."""
    return [key for key in runs[0].timelines if f"{key}.requests" in runs[0].series]


def _backlogs(scenario: Scenario, runs: Sequence[Replication]) -> Iterator[tuple[tuple[str, str], Backlog]]:
    """Of what waits for receivers: of a stream, what is unread and what a lane has."""
    series, warm_up_s = [run.series for run in runs], scenario.run.warm_up / 1e9
    for service, name, unit, *_ in runs[0].limits:
        _, _, of = name.partition(" of ")
        if unit == OF_STREAMS:
            read = f"unread by {service}.{of} waiting"
            unread = [column.removesuffix(" waiting") for column in series[0] if column.endswith(f".{read}")]
            places = [*unread, f"{service}.{name}"]
        elif unit in OF_QUEUES:
            places = [f"{of}.messages"]
        else:
            continue
        seconds, inside = f"{places[-1]} {RECEIVERS}", runs[0].inside[places[-1]]
        executions = f"{service}.concurrency"
        yield (service, name), Backlog.of(series, places, seconds, warm_up_s, executions, inside)


def _lost(scenario: Scenario, runs: Sequence[Replication]) -> dict[tuple[str, str], float]:
    """Failed requests per run by the service and limit that the client saw last."""
    lost: dict[tuple[str, str], float] = {}
    for run in runs:
        for source in scenario.traffic:
            for cause, count in run.traffic[source].causes.items():
                place = (cause.service, cause.limit)
                lost[place] = lost.get(place, 0.0) + count / len(runs)
    return lost
