"""What an execution of a state machine does: state after state, as steps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.engine.steps import (
    ERROR,
    FAILED,
    FULL,
    NO_ANSWER,
    NONE,
    OK,
    TIMEOUT,
    Again,
    Answer,
    Append,
    Begin,
    Choose,
    Count,
    Deadline,
    EndDeadline,
    Free,
    IfAlone,
    IfOutcome,
    IfStatus,
    Join,
    Jump,
    Label,
    Mark,
    Measure,
    Piece,
    Pledge,
    Retrace,
    Return,
    Seize,
    TakeInTurn,
)
from simulator.values.spec import Spec
from simulator.workflows.counting import AROUND, ENTERED, EXITED, ITERATION, attempt, visit
from simulator.workflows.failing import HEARTBEAT_MISSED, HISTORY_FULL, ITEMS_FAILED, statuses_of_each
from simulator.workflows.machine import (
    CALLBACK,
    SEND,
    Choice,
    Fail,
    Guarded,
    Machine,
    Map,
    Parallel,
    Retrier,
    State,
    Succeed,
    Task,
    Tolerated,
    Wait,
)

if TYPE_CHECKING:
    from simulator.engine.build import Build

MOST_ROUNDS = 100_000
"""After so many an Express execution, whose history has no limit, is taken for one that never ends; that of a
Standard one is full before."""


class Rules(NamedTuple):
    """What differs between the kinds of machine."""

    transitions: int | None
    """The bucket that every transition takes a token of; None: there is no limit."""
    history: int
    """Events that an execution may have; 0: any number."""
    inline: int
    """Items of a Map at a time, within one execution."""
    task_delay: Spec
    nested: Callable[[Build, str, bool], Iterator[Piece]]
    """Steps that start an execution of a machine, and wait for its end or not."""
    child: Callable[[Build, Map], Iterator[Piece]]
    """Steps of one execution of a distributed Map."""
    runs: Callable[[Build], int]
    """The places that open runs of distributed Maps have."""
    spread: int
    """How many of them there may be at a time."""


class _Level(NamedTuple):
    """A machine that is being said, and where it leads."""

    labels: Mapping[str, Label]
    loops: Collection[tuple[str, str]]
    """Ways that lead back."""
    succeeded: Label
    full: Label
    """Where an execution goes on whose history is full."""
    ended: Label
    branch: bool


class MachineSteps:
    """Says the steps of one machine, with those of its branches and items."""

    def __init__(self, build: Build, rules: Rules) -> None:
        self.build = build
        self.rules = rules
        self.record = build.stream("record")
        """Which one is retraced: the same in all of an execution."""

    def run(self, machine: Machine, branch: bool = False) -> Iterator[Piece]:
        """From its first state to its end; the answer says how it went."""
        names = reachable(machine)
        succeeded, full, ended = self.build.labels(3)
        labels = dict(zip(names, self.build.labels(len(names)), strict=True))
        level = _Level(labels, machine.loops(), succeeded, full, ended, branch)
        for name in names:
            yield labels[name]
            if branch:
                yield IfAlone(ended)
            yield from self.state(machine.states[name], level)
        yield full
        yield Answer(ERROR, HISTORY_FULL, self.build.cause("history events"))
        yield Jump(ended)
        yield succeeded
        yield Answer(OK)
        yield ended

    def events(self, number: int, full: Label) -> Iterator[Piece]:
        """So many events more in the execution's history."""
        counter = self.build.counter("history_events")
        if self.rules.history:
            # two events at its ends are not appended
            yield Append(counter, number, self.rules.history - AROUND, full)
        else:
            yield Count(counter, number)

    # ------------------------------------------------------------------ states

    def state(self, state: State, level: _Level) -> Iterator[Piece]:
        build = self.build
        yield Count(build.counter(f"state.{state.name}.entered"))
        if isinstance(state, Guarded):
            yield from self.events(ENTERED, level.full)
            yield from self.guarded(state, level)
            return
        yield from self.events(visit(state), level.full)
        yield Begin(survives=False)
        yield Mark()
        yield from self.transition(state)
        if isinstance(state, Wait) and state.time is not None:
            yield build.delay(state.time, f"{state.name}: wait")
        yield Measure(build.durations(f"state.{state.name}"))
        yield Return()
        if isinstance(state, Fail):
            yield Answer(ERROR, 500, build.cause(state.error or state.name))
            yield Jump(level.ended)
        elif isinstance(state, Choice):
            ways = build.labels(len(state.targets))
            if state.records:
                yield Retrace(state.records, ways, self.record)
            else:
                yield Choose(state.shares, ways, build.stream(f"{state.name}: choice"))
            for target, way in zip(state.targets, ways, strict=True):
                yield way
                yield from self.lead(state, target, level)
        else:
            yield from self.lead(state, None if isinstance(state, Succeed) else state.next, level)

    def lead(self, state: State, target: str | None, level: _Level) -> Iterator[Piece]:
        """On to another state; a way back is walked with new luck."""
        if target is None:
            yield Jump(level.succeeded)
            return
        if (state.name, target) not in level.loops:
            yield Jump(level.labels[target])
            return
        luck = self.build.stream(f"{state.name}: back to {target}")
        yield Again(level.labels[target], MOST_ROUNDS, 0, 0, NONE, luck)
        yield Answer(ERROR, 500, self.build.cause("endless loop"))
        yield Jump(level.ended)

    def transition(self, state: State) -> Iterator[Piece]:
        """A token of the account's transitions, waited for."""
        if self.rules.transitions is None:
            return
        build = self.build
        waited, go_on = build.labels(2)
        yield Count(build.counter("state_transitions"))
        yield TakeInTurn(self.rules.transitions, waited)
        yield Jump(go_on)
        yield waited
        yield Count(build.counter("throttled_events"))
        yield Count(build.counter(f"state.{state.name}.throttled"))
        yield go_on

    # ------------------------------------------------------------------ what can fail

    def guarded(self, state: Guarded, level: _Level) -> Iterator[Piece]:
        """Attempts, and what is done when they have failed."""
        build = self.build
        failed = build.labels(1)[0]
        yield Begin(survives=False)
        yield Mark()
        fits = statuses_of_each([retrier.errors for retrier in state.retry])
        yield from self.attempts(state, list(zip(state.retry, fits, strict=True)))
        yield Measure(build.durations(f"state.{state.name}"))
        yield Return()
        yield IfOutcome(FAILED, failed)
        yield from self.events(EXITED, level.full)
        yield from self.lead(state, state.next, level)
        yield failed
        yield Count(build.counter(f"state.{state.name}.failed"))
        caught = build.labels(len(state.catch))
        handled = statuses_of_each([catcher.errors for catcher in state.catch])
        for label, fitting in zip(caught, handled, strict=True):
            yield IfStatus(fitting, label)
        yield Jump(level.ended)
        for label, catcher in zip(caught, state.catch, strict=True):
            yield label
            yield from self.events(EXITED, level.full)
            yield from self.lead(state, catcher.next, level)

    def attempts(self, state: Guarded, retry: Sequence[tuple[Retrier, tuple[int, ...]]]) -> Iterator[Piece]:
        """An attempt, and more of them as the retriers say: each counts its own, the first the innermost."""
        build = self.build
        if not retry:
            yield from self.attempt(state)
            return
        retrier, fitting = retry[-1]
        again, retried, out = build.labels(3)
        yield Begin(survives=False)
        yield again
        yield from self.attempts(state, retry[:-1])
        yield IfStatus(fitting, retried)
        yield Jump(out)
        yield retried
        yield Again(
            again, retrier.attempts, retrier.interval, retrier.cap,
            FULL if retrier.full_jitter else NONE, build.stream(f"{state.name}: back-off"), retrier.rate,
        )  # fmt: skip
        yield out
        yield Return()

    def attempt(self, state: Guarded) -> Iterator[Piece]:
        """One attempt, which is a transition."""
        build = self.build
        full, done = build.labels(2)
        yield Count(build.counter(f"state.{state.name}.attempts"))
        yield from self.events(attempt(state), full)
        yield from self.transition(state)
        if isinstance(state, Task):
            yield from self.task(state)
        elif isinstance(state, Parallel):
            for number, branch in enumerate(state.branches):
                yield from build.fork(
                    self.run(branch, branch=True), f"{state.name}: branch {number}", waited=True
                )
            yield from self.join()
        elif isinstance(state, Map):
            yield from self.map(state)
        yield Jump(done)
        yield full
        yield Answer(ERROR, HISTORY_FULL, build.cause("history events"))
        yield done

    def join(self, tolerated: Tolerated | None = None, name: str = "") -> Iterator[Piece]:
        """Wait for children: for all, or for the first failure that is not tolerated."""
        failed, done = self.build.labels(2)
        number, share = tolerated or Tolerated()
        yield Join(failed, True, number, share)
        yield Answer(OK)
        yield Jump(done)
        yield failed
        if tolerated:
            yield Answer(ERROR, ITEMS_FAILED, self.build.cause(f"{name}: tolerated failures"))
        yield done

    def task(self, state: Task) -> Iterator[Piece]:
        """The delay of the service itself, the service it uses, and the callback if there is one."""
        build = self.build
        gave_up, done = build.labels(2)
        if state.timeout is not None:
            yield Deadline(state.timeout, gave_up)
        yield build.delay(self.rules.task_delay, f"{state.name}: task")
        target = str(state.target)
        if build.services[target].kind == "step_functions":
            yield from self.rules.nested(build, target, state.pattern != SEND)
        elif state.pattern == SEND:
            yield from build.send(target)
            yield Answer(OK)
        else:
            yield from build.call(target)
        if state.pattern == CALLBACK and state.callback is not None:
            yield IfOutcome(FAILED, done)
            yield from self.callback(state, state.callback)
        if state.timeout is None:
            yield done
            return
        yield done
        yield EndDeadline()
        over = build.labels(1)[0]
        yield Jump(over)
        yield gave_up
        yield Answer(TIMEOUT, NO_ANSWER, build.cause(f"{state.name}: TimeoutSeconds"))
        yield over

    def callback(self, state: Task, time: Spec) -> Iterator[Piece]:
        """The token comes back, unless its worker sends no heartbeats and takes longer than allowed."""
        build = self.build
        missed, back, beats, done = build.labels(4)
        if state.heartbeat is not None:
            yield Choose((state.heartbeats,), (beats,), build.stream(f"{state.name}: heartbeats"))
            yield Begin(survives=False)
            yield Deadline(state.heartbeat, missed)
            yield build.delay(time, f"{state.name}: callback")
            yield EndDeadline()
            yield Jump(back)
            yield missed
            yield Answer(TIMEOUT, HEARTBEAT_MISSED, build.cause(f"{state.name}: HeartbeatSeconds"))
            yield back
            yield Return()
            yield Jump(done)
        yield beats
        yield build.delay(time, f"{state.name}: callback")
        yield done

    def map(self, state: Map) -> Iterator[Piece]:
        """One child for each item: within this execution, or in executions of their own."""
        build = self.build

        def inline() -> Iterator[Piece]:
            full, over = build.labels(2)
            yield from self.events(ITERATION, full)
            yield from self.run(state.body, branch=True)
            yield Jump(over)
            yield full
            yield Answer(ERROR, HISTORY_FULL, build.cause("history events"))
            yield over

        most = self.rules.spread if state.distributed else self.rules.inline
        at_once = min(state.at_once, most) if state.at_once else most
        pieces = self.rules.child(build, state) if state.distributed else inline()
        assert state.items is not None  # noqa: S101
        children = build.fork(pieces, f"{state.name}: item", waited=True, count=state.items, at_once=at_once)
        if not state.distributed:
            yield from children
            yield from self.join()
            return
        runs, open_ = self.rules.runs(build), build.labels(1)[0]
        yield Seize(runs, open_)
        yield open_
        yield Pledge(runs)
        yield from children
        yield from self.join(state.tolerated, state.name)
        yield Pledge(None)
        yield Free(runs)


def reachable(machine: Machine) -> tuple[str, ...]:
    """States that an execution can come to, the first first, the others as they are written."""
    seen = {machine.start}
    todo = [machine.start]
    while todo:
        for name in machine.states[todo.pop()].exits:
            if name not in seen:
                seen.add(name)
                todo.append(name)
    return (machine.start, *(name for name in machine.states if name in seen and name != machine.start))
