"""A replication played once more, for what is written down on the way; the same, to the last request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.engine.choice import choose
from simulator.engine.controls import Sampler, WarmUp
from simulator.engine.log import Log
from simulator.engine.program import Control, Program
from simulator.engine.run import _arrivals, _engine, _shapes, demands, program_of
from simulator.engine.tracing import Mode
from simulator.measure.books import Books, Layout, bin_width
from simulator.measure.rows import Take

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario


def program_for(scenario: Scenario, design: str, trace: Mode = "") -> Program:
    """The program that a replication of this design runs."""
    return program_of(scenario.designs[design], demands(scenario), scenario.run.start, trace)


def replay(
    scenario: Scenario,
    program: Program,
    number: int,
    take: Take,
    engine: str | None = None,
    span: tuple[int, int] = (0, 0),
    kept: int = 0,
) -> Books:
    """Run a program as replication `number` does, and hand every row of its log to `take`.

    The books that it returns have, of the requests that arrive within `span`, the `kept` slowest by
    completion."""
    length, warm_up = scenario.run.for_, scenario.run.warm_up
    layout = Layout(program.types, program.causes, (), [span], length, program.width, program.durations, kept)
    # what a replication does to its stations, though nobody reads the levels here
    controls: list[Control] = [Sampler(program, bin_width(length)), *([WarmUp(warm_up)] if warm_up else [])]
    log = Log(take)
    runner = _engine(choose(scenario, engine), program, layout.books(), scenario.run.seed, number, log)
    runner.run(_arrivals(scenario, _shapes(scenario), number, length), length, controls)
    log.empty()
    return runner.books
