"""Work on a machine that several requests share: they compete for its CPUs and its connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from simulator.engine.steps import Delay, Free, Piece, Seize
from simulator.services.work import Measured, PerRecord
from simulator.values.scaled import Scaled
from simulator.values.spec import Spec

if TYPE_CHECKING:
    from simulator.engine.build import Build


class Machine(NamedTuple):
    """What the requests of a fleet share."""

    cpus: int
    """The server pool of its CPUs, each of which one request computes on at a time."""
    speed: float
    """Of one of them, where 1 is a whole vCPU."""
    memory_per_vcpu: int
    """Memory at which a Lambda function has one vCPU: what work measured there refers to, MB."""
    connections: Mapping[str, int]
    """By service, the server pool of the connections that the fleet keeps to it."""


def work(build: Build, time: Spec | Measured | PerRecord, machine: Machine) -> Iterator[Piece]:
    """It computes on one CPU, waiting for a free one; what work `measured` waits for needs none."""
    (done,) = build.labels(1)
    each = round(time.per_record / machine.speed) if isinstance(time, PerRecord) else 0
    computes, waits = parts(time.per_batch if isinstance(time, PerRecord) else time, machine)
    stream = build.stream("work")
    yield Seize(machine.cpus, done)
    yield Delay(computes, stream, each)
    yield Free(machine.cpus)
    if waits is not None:
        yield Delay(waits, stream)  # by the same luck, so that the two are parts of one time
    yield done


def parts(time: Spec | Measured, machine: Machine) -> tuple[Spec, Spec | None]:
    """How long work computes on one of the machine's CPUs, and how long it waits besides."""
    if not isinstance(time, Measured):
        return (time if machine.speed == 1 else Scaled(of=time, factor=1 / machine.speed)), None
    then = min(time.at / machine.memory_per_vcpu, time.vcpus)
    computes = Scaled(of=time.measured, factor=time.cpu * then / machine.speed)
    return computes, Scaled(of=time.measured, factor=1 - time.cpu) if time.cpu < 1 else None


def connected(call: Iterable[Piece], to: str, build: Build, machine: Machine | None) -> Iterator[Piece]:
    """A call, with one of the kept connections taken for as long as it lasts."""
    if machine is None or to not in machine.connections:
        yield from call
        return
    (done,) = build.labels(1)
    yield Seize(machine.connections[to], done)
    yield from call
    yield Free(machine.connections[to])
    yield done
