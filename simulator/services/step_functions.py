"""AWS Step Functions: state machines, Standard and Express."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.engine.steps import (
    FAILED,
    OK,
    THROTTLED,
    TIMEOUT,
    Answer,
    Begin,
    Choose,
    Count,
    Deadline,
    EndDeadline,
    Free,
    IfOutcome,
    IfStatus,
    Jump,
    Lose,
    Measure,
    Meter,
    Piece,
    Return,
    Seize,
    Take,
    TakeInTurn,
)
from simulator.measure.usage import Usage
from simulator.services import step_functions_books as books
from simulator.services import step_functions_checks as checks
from simulator.services.service import Mistake, Service
from simulator.services.step_functions_settings import StateMachineSettings
from simulator.services.step_functions_steps import MachineSteps, Rules
from simulator.workflows.counting import AROUND
from simulator.workflows.failing import OWN
from simulator.workflows.machine import Map

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured


class StateMachine(StateMachineSettings, kind="step_functions"):
    """A state machine. A request starts an execution and has its answer as soon as that is started, or at its
    end, where `start: synchronous`. What exceeds the account's start rate, or finds as many Standard
    executions open as it may have, is refused (429; AWS answers the second with a 400 of its own name).

    Standard: every state entered, and every retry, is a transition that takes a token of the account's
    bucket, shared by all Standard machines; there it waits, first come, first served. An execution may last a
    year, and fails when its history comes to 25,000 events, those of branches and items too. It runs once.
    A distributed Map waits in line while as many Map runs of the account are open as may be.
    Express: no limit of transitions, five minutes; started asynchronously it may run twice (`duplicates`).

    The data is not simulated: shares, times and numbers stand beside the definition. Retriers of a state
    count attempts each for itself; one begins anew when a later one has tried again. Left out: activities,
    executions stopped or redriven from outside, idempotent names, versions and aliases, HTTP tasks, batches
    of items. Whether the executions of a distributed Map count as open is not known: here they do not.
    """

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        return checks.mistakes(self, services, era)

    # ------------------------------------------------------------------ starting

    def steps(self, build: Build) -> Iterator[Piece]:
        if self.type == "standard" or self.start == "asynchronous":
            yield from self.started(build, waits=False)
        else:
            yield from self.started(build, waits=True)

    def started(self, build: Build, waits: bool) -> Iterator[Piece]:
        """Start an execution, and wait for its end or not."""
        refused, full, done, twice = build.labels(4)
        yield build.delay(build.era["step_functions.start_latency"], "start")
        place, limits = None, []
        if self.type == "standard" or not waits:
            yield Take(build.account.starts(build, self.type), refused)
            limits.append((refused, f"{self.type} starts"))
        if self.type == "standard":
            place = build.account.open_executions(build)
            yield Seize(place, full)
            limits.append((full, "open executions"))
        yield Count(build.counter("executions_started"))
        if waits:
            yield from self.execution(build)
        else:
            yield from build.fork(self.on_its_own(build), "execution", handed=place)
            if self.type == "express" and self.duplicates:
                again = build.labels(1)[0]
                yield Choose((self.duplicates,), (twice,), build.stream("duplicates"))
                yield Jump(again)
                yield twice
                yield Count(build.counter("duplicates"))
                yield from build.fork(self.on_its_own(build), "duplicate")
                yield again
            yield Answer(OK)
        yield Jump(done)
        for label, limit in limits:
            yield label
            yield Answer(THROTTLED, 429, build.cause(limit, owner="account"))
            yield Count(build.counter("executions_throttled"))
            yield Jump(done)
        yield done

    def on_its_own(self, build: Build) -> Iterator[Piece]:
        """An execution that nobody waits for: if it fails, an effect of the request is lost."""
        failed, done = build.labels(2)
        yield from self.execution(build)
        yield IfOutcome(FAILED, failed)
        yield Jump(done)
        yield failed
        yield Lose()
        yield done

    # ------------------------------------------------------------------ an execution

    def execution(self, build: Build) -> Iterator[Piece]:
        """From its start to its end, in a frame of its own."""
        machine = self.machine(build.services)
        walk = MachineSteps(build, self.rules(build))
        yield from self.timed(build, lambda: walk.run(machine), self.type, machine.timeout)

    def timed(
        self,
        build: Build,
        run: Callable[[], Iterator[Piece]],
        kind: str,
        timeout: int | None,
        item: bool = False,
    ) -> Iterator[Piece]:
        """An execution of a kind, or of a Map's item, which ends with the Map: its time limit, its books."""
        expired, failed, outwards, finish = build.labels(4)
        longest = build.era[f"step_functions.{kind}.maximum"]
        rounding = build.era["step_functions.express.rounding"]
        billed = build.meter(f"{kind}_execution", rounding)
        yield Begin(survives=not item, history=True)
        yield Deadline(min(timeout or longest, longest), expired, mark=True)
        yield Count(build.counter("history_events"), AROUND)
        yield from run()
        yield EndDeadline()
        yield IfOutcome(FAILED, failed)
        yield Count(build.counter("executions_succeeded"))
        yield Jump(finish)
        yield expired
        yield Answer(TIMEOUT, 504, build.cause("timeout"))
        yield Count(build.counter("executions_timed_out"))
        yield Jump(finish)
        yield failed
        yield Count(build.counter("executions_failed"))
        yield IfStatus(OWN, outwards)
        yield Jump(finish)
        yield outwards
        yield Answer(-1, 500)
        yield finish
        if kind == "standard" and not item:
            yield Free(build.account.open_executions(build))
        yield Measure(build.durations("item" if item else "execution"))
        yield Meter(billed, billed)
        yield Return()

    def rules(self, build: Build, kind: str = "") -> Rules:
        """What differs between Standard and Express."""
        standard = (kind or self.type) == "standard"
        return Rules(
            transitions=build.account.transitions(build) if standard else None,
            history=build.era["step_functions.standard.history_events"] if standard else 0,
            inline=build.era["step_functions.map.inline_concurrency"],
            task_delay=self.task_delay or build.era["step_functions.task_delay"],
            nested=_nested,
            child=self.child,
            runs=build.account.open_map_runs,
            spread=build.era["step_functions.map.distributed_concurrency"],
        )

    def child(self, build: Build, state: Map) -> Iterator[Piece]:
        """One execution of a distributed Map; they are dispatched at a rate of their own."""
        kind = state.distributed
        rate = build.era[f"step_functions.map.{kind}_dispatch"]
        waited = build.labels(1)[0]
        yield TakeInTurn(build.bucket(f"{kind} dispatch", rate, max(round(rate.per_second), 1)), waited)
        yield waited
        yield Count(build.counter(f"items_{kind}"))
        walk = MachineSteps(build, self.rules(build, kind))
        yield from self.timed(
            build, lambda: walk.run(state.body, branch=True), kind, state.body.timeout, item=True
        )

    def usage(self, measured: Measured) -> Iterator[Usage]:
        return books.usage(self, measured)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return books.counters(self, measured)


def _nested(build: Build, name: str, waits: bool) -> Iterator[Piece]:
    """A task that starts an execution of another machine."""
    machine = build.services[name]
    assert isinstance(machine, StateMachine)  # noqa: S101
    yield from build.call(name, lambda: machine.started(build, waits))
