"""A cold start: from the decision for a new environment to the first line of the handler."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.engine.steps import Jump, Label, Leave, Mark, Meter, Piece
from simulator.eras.cold_starts import cold_start as profile
from simulator.services.lambda_settings import LambdaSettings
from simulator.values.distributions import distribution

if TYPE_CHECKING:
    from simulator.engine.build import Build


def cold_start(function: LambdaSettings, build: Build, pool: int, crashed: Label) -> Iterator[Piece]:
    """From the decision for a new environment to the first line of the handler."""
    yield build.delay(build.era["lambda.platform_start"], "platform")
    yield Mark()
    init = function.cold_start or distribution(profile(function.runtime, function.architecture).init)
    yield build.delay(init, "init")
    if function.init.work is not None:
        yield build.delay(function.init.work, "init work")
    for owned, name in enumerate(function.init.connects):
        refused, connected = build.labels(2)
        yield from build.connect(name, refused)
        yield Jump(connected)
        yield refused
        yield Leave(pool, owned, keep=False)
        yield Jump(crashed)
        yield connected
    yield Meter(build.meter("init", 1), build.meter("init", 1))
