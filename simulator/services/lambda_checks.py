"""What is wrong with a function among the other services of its design, or in its era."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.eras.cold_starts import plain_name, snap_start_runtimes
from simulator.eras.document import instead
from simulator.services import handler as handlers
from simulator.services.efs import Efs
from simulator.services.lambda_cold_start import is_measured, profile
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.outward import unreachable
from simulator.services.provisioning import zone_mistakes
from simulator.services.service import Mistake, Service
from simulator.values.units import format_duration, format_memory, format_size

if TYPE_CHECKING:
    from simulator.eras.era import Era


def mistakes(function: LambdaSettings, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
    """All of them."""
    for place, name in enumerate(function.init.connects):
        if name in services and not services[name].connectable:
            what = f"{name!r} ({services[name].kind}) takes no connections"
            yield Mistake(("init", "connects", place), what, "name a database")
        elif function.snap_start and isinstance(services.get(name), Efs):
            write = "remove 'snap_start', or the file system"
            yield Mistake(("init", "connects", place), "SnapStart does not support EFS", write)
    yield from _sizes(function, era)
    yield from handlers.mistakes(function.handler, ("handler",), services)
    for event, source in function.events.items():
        yield from source.checked(("events", event), function.timeout, services, era)
    if function.provisioned_concurrency:
        yield from _init_ahead(function, era)
        path = ("provisioned_concurrency", "scheduled_actions")
        yield from zone_mistakes(function.provisioned_concurrency.scheduled_actions, path, era)
    yield from unreachable(function.internet, function.vpc)
    unstartable = list(_start(function, era))
    yield from unstartable
    if not unstartable and is_measured(function):
        try:
            profile(function, era)
        except ValueError as error:
            what, _, write = str(error).partition("; ")
            yield Mistake(("runtime",), what, write)


def _sizes(function: LambdaSettings, era: Era) -> Iterator[Mistake]:
    """Memory, storage and time beyond what the era allows."""
    most, step = era["lambda.memory_maximum"], era["lambda.memory_step"]
    if function.memory > most or function.memory % step:
        what = f"{format_memory(function.memory)} is no memory size of era {era.name}"
        steps = f" in steps of {format_memory(step)}" if step > 1 else ""
        yield Mistake(("memory",), what, f"write at most '{format_memory(most)}'{steps}")
    if function.ephemeral_storage > (storage := era["lambda.ephemeral_storage_maximum"]):
        what = f"no more than {format_memory(storage)} in era {era.name}"
        yield Mistake(("ephemeral_storage",), what, f"write at most '{format_memory(storage)}'")
    if function.timeout > era["lambda.timeout_maximum"]:
        longest = format_duration(era["lambda.timeout_maximum"])
        yield Mistake(("timeout",), f"longer than Lambda's {longest}", f"write at most '{longest}'")


def _init_ahead(function: LambdaSettings, era: Era) -> Iterator[Mistake]:
    """An init before any request, of provisioned environments or for a snapshot, that would be given up."""
    most = max(era["lambda.init_limit_ahead"], function.timeout)
    if function.init.work is not None and function.init.work.mean() * 1e9 > most:
        what = f"provisioned environments and snapshots have {format_duration(most)} for their init"
        yield Mistake(("init", "work"), what, "write a shorter one, or a longer timeout of the function")


def _start(function: LambdaSettings, era: Era) -> Iterator[Mistake]:
    """Ways to start that the era does not have, or not together."""
    package = function.package
    largest = era[f"lambda.{package.type}_maximum"]
    if not largest:
        yield Mistake(("package", "type"), f"no container images in era {era.name}", "write 'type: zip'")
    elif package.size > largest:
        what = f"{format_size(package.size)} is too large for a package of type {package.type}"
        yield Mistake(("package", "size"), what, f"write at most '{format_size(largest)}'")
    if function.architecture == "arm64" and not era["lambda.arm64"]:
        yield Mistake(("architecture",), f"no arm64 on Lambda in era {era.name}", "write 'x86_64'")
    if not function.snap_start:
        return
    yield from _init_ahead(function, era)
    allowed = snap_start_runtimes(era.name)
    if not allowed:
        yield Mistake(("snap_start",), f"no SnapStart in era {era.name}", "remove it")
    elif plain_name(function.runtime) not in allowed:
        what = f"SnapStart does not support {function.runtime!r}"
        yield Mistake(("runtime",), what, instead(function.runtime, allowed))
    if package.type == "image":
        yield Mistake(("package", "type"), "SnapStart does not support container images", "write 'type: zip'")
    if function.ephemeral_storage > 512:
        yield Mistake(("ephemeral_storage",), "SnapStart supports no more than 512 MB", "write '512 MB'")
    if function.provisioned_concurrency:
        what = "provisioned concurrency and SnapStart exclude each other"
        yield Mistake(("provisioned_concurrency",), what, "remove one of them")
