"""One replication: a pure function of the scenario, the design and the replication's number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator import __version__
from simulator.engine.build import Build, Demand
from simulator.engine.causes import inside
from simulator.engine.choice import choose
from simulator.engine.compiled_engine import CompiledEngine
from simulator.engine.controls import Halt, Sampler, WarmUp
from simulator.engine.demand import demands_of
from simulator.engine.kernel import INTERPRETED, kernel, numba_version
from simulator.engine.log import Log
from simulator.engine.measuring import limits, measured
from simulator.engine.program import Control, Program
from simulator.engine.simpy_engine import SimpyEngine
from simulator.engine.tracing import Mode
from simulator.measure.books import Books, Layout, bin_width
from simulator.measure.measured import Measured
from simulator.measure.parquet import RowsFile
from simulator.measure.readings import counted, grids, timelines, where_by_type
from simulator.measure.result import OUTCOMES, Counted, Replication
from simulator.measure.rows import Legend, Rows
from simulator.traffic.arrivals import Block, merge
from simulator.traffic.poisson import Poisson
from simulator.traffic.shape import ArrivalStream, Shape
from simulator.traffic.users import Users
from simulator.values.units import MINUTE

if TYPE_CHECKING:
    from simulator.scenario.model import Design, Scenario

BASELINE_WARM_UP, BASELINE = 10 * MINUTE, 20 * MINUTE
"""Of the rest of a month in each replication: three of them run an hour of it."""
_SAMPLED = {"waiting": "sampled_waiting", "age": "sampled_age_ns", "held up": "sampled_held_up"}
"""The most of these levels of mailboxes, as services ask for it."""


def program_of(design: Design, demands: tuple[Demand, ...], start: datetime, trace: Mode = "") -> Program:
    """The design's services as steps and stations; the run begins at `start`."""
    return Build(design.services, design.account, design.era, start, trace).program(demands)


def demands(scenario: Scenario) -> tuple[Demand, ...]:
    """The sources of a scenario as a program needs them."""
    return demands_of(scenario.traffic)


def run_replication(
    scenario: Scenario,
    design: str,
    number: int,
    engine: str | None = None,
    baseline: bool = False,
    rows: bool | Path = False,
    halted: Callable[[], bool] | None = None,
    where: bool = False,
) -> Replication:
    """Run a design once.

    `number` counts from 0 and is, with the seed, all that its luck depends on. `engine` is a name as
    `choose` takes it, and changes nothing but the time it takes. `baseline` runs twenty
    minutes of the rest of the month instead: sources at their baseline rates (`bill.month.otherwise`: or
    none), without scheduled provisioning. `rows` keeps one row per answered request, or streams them to a
    Parquet file in this folder. `where` books the time of requests by part, which takes some time and
    changes nothing else. `halted` is asked now and then whether to give up, which raises
    `KeyboardInterrupt`.
    """
    chosen, shapes = scenario.designs[design], _shapes(scenario)
    length, warm_up = scenario.run.for_, scenario.run.warm_up
    if baseline:
        chosen, shapes = _ordinary(chosen), _baseline(scenario)
        warm_up, length = BASELINE_WARM_UP, BASELINE_WARM_UP + BASELINE
    windows = {} if baseline else {name: (w.from_, w.from_ + w.for_) for name, w in scenario.windows.items()}
    program = program_of(
        chosen, demands_of(scenario.traffic, shapes), scenario.run.start, "where" if where else ""
    )
    spans = [(warm_up, length), *((max(start, warm_up), until) for start, until in windows.values())]
    layout = Layout(
        program.types, program.causes, tuple(windows), spans, length, program.width, program.durations
    )
    sampler = Sampler(program, bin_width(length))
    # a study has decided already, and has said that it compiles
    decided = engine if engine == "compiled" and numba_version() else choose(scenario, engine)
    controls: list[Control] = [
        sampler,
        *([WarmUp(warm_up, sampler)] if warm_up else []),
        *([Halt(halted, -(-length // 100))] if halted else []),
    ]
    legend = Legend(design, number, program.types, program.causes, warm_up)
    with ExitStack() as stack:
        kept = Rows(legend) if rows is True else None
        file = stack.enter_context(RowsFile(rows, legend)) if isinstance(rows, Path) else None
        sink = kept or file
        log = Log(sink.take) if sink else None
        runner = _engine(decided, program, layout.books(), scenario.run.seed, number, log)
        runner.run(_arrivals(scenario, shapes, number, length), length, controls)
        traffic = counted(runner.books, layout)
        if log is not None:
            log.empty()
        if file is not None:
            file.note(_notes(scenario, legend, traffic))

    values = measured(runner, program, length)
    for what, of in _SAMPLED.items():
        for (service, mailbox), most in sampler.most(what, warm_up).items():
            values[service][f"{mailbox}.{of}"] = most
    readings = {
        name: (service, Measured(name, length - warm_up, values.get(name, {})))
        for name, service in chosen.services.items()
    }
    return Replication(
        design=design,
        number=number,
        seed=scenario.run.seed,
        engine=runner.name,
        counted_s=(length - warm_up) / 1e9,
        events=runner.events,
        traffic=traffic,
        services={name: dict(service.counters(seen)) for name, (service, seen) in readings.items()},
        limits=tuple(limits(runner, program)),
        usage=tuple(usage for service, seen in readings.values() for usage in service.usage(seen)),
        series=sampler.series() | _series(runner.books, program),
        timelines=timelines(runner.books, layout),
        rows=kept,
        inside=inside(program),
        where=where_by_type(runner.books, layout, program.parts) if program.width else {},
    )


def _engine(
    name: str, program: Program, books: NDArray[np.int64], seed: int, number: int, log: Log | None
) -> SimpyEngine | CompiledEngine:
    if name == "simpy":
        engine = SimpyEngine(program, books, seed, number)
        engine.log = log
        return engine
    return CompiledEngine(
        program, books, seed, number, log, INTERPRETED if name == "interpreted" else kernel()
    )


def _notes(scenario: Scenario, legend: Legend, traffic: Mapping[str, Counted]) -> dict[str, object]:
    """What a file of rows says of itself; `in_flight` are the requests that have no row."""
    return {
        "version": __version__,
        "scenario": scenario.name,
        "scenario_sha256": scenario.hash,
        "seed": scenario.run.seed,
        "design": legend.design,
        "replication": legend.replication,
        "in_flight": {kind: traffic[kind].outcomes["in_flight"] for kind in legend.types},
    }


def _shapes(scenario: Scenario) -> dict[str, Shape]:
    return {name: source.shape for name, source in scenario.traffic.items()}


def _baseline(scenario: Scenario) -> dict[str, Shape]:
    """The sources in the rest of the month."""
    month = scenario.bill.month
    rates = {name: source.shape.baseline_rate() for name, source in scenario.traffic.items()}
    if month is None or month.otherwise == "idle":
        return {}
    return {name: Poisson(rate=rate) for name, rate in rates.items() if rate is not None}


def _ordinary(design: Design) -> Design:
    """The design on a day without the event."""
    return replace(design, services={name: service.ordinary() for name, service in design.services.items()})


def _arrivals(scenario: Scenario, shapes: dict[str, Shape], number: int, horizon: int) -> Iterator[Block]:
    """All open sources as one stream, in the order of time, source and number."""
    streams = []
    for name in scenario.traffic:
        stream = ArrivalStream(scenario.run.seed, number, name, scenario.run.start)
        shape = shapes.get(name)
        streams.append(
            iter(()) if shape is None or isinstance(shape, Users) else shape.blocks(stream, horizon)
        )
    return merge(streams)


def _series(books: Books, program: Program) -> dict[str, np.ndarray]:
    """Requests and outcomes per time bin."""
    series = grids(books).series.astype(float)
    return {
        f"{kind}.{column}": series[:, place, part]
        for place, kind in enumerate(program.types)
        for part, column in enumerate(("requests", *OUTCOMES))
        if column in ("requests", "ok") or series[:, place, part].any()
    }
