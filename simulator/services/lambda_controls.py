"""What keeps a function's environments ready: provisioned concurrency and warm-up pings, in the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from simulator.engine.steps import THROTTLED, Begin, Count, End, IfOutcome, Mark, Meter, Piece, Return
from simulator.services.handler import HandlerStep
from simulator.services.lambda_cold_start import initialise
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.pings import Pinger, Pings
from simulator.services.provisioner import Provisioner
from simulator.services.service import Mistake
from simulator.values.distributions import distribution
from simulator.values.units import format_duration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.services.account import Account


def keep_ready(function: LambdaSettings, build: Build, pool: int, scaling: int) -> None:
    """Add the controls of the function that is speaking."""
    if function.provisioned_concurrency:
        init = build.walk("provisioned init", lambda: _initialise(function, build))
        lifetime = round(1e9 * (function.lifetime or build.era["lambda.lifetime"]).mean())
        asked = function.provisioned_concurrency
        provisioner = Provisioner.of(asked, build, pool, scaling, init, lifetime)
        build.control("provisioned concurrency", provisioner)
    if function.pings:
        pings = function.pings
        walk = build.walk("ping", lambda: _ping(function, build, pings))
        build.control("pings", Pinger(walk, build.identity("pings"), pings.every, pings.at_once))


def _initialise(function: LambdaSettings, build: Build) -> Iterator[Piece]:
    """A provisioned environment initialises before anybody needs it."""
    meter = build.meter("provisioned_init", build.era["lambda.billing_granularity"])
    yield Mark()
    yield from initialise(function, build)
    if build.era["lambda.provisioned.init_billed"]:
        yield Meter(meter, meter)
    yield End()


def _ping(function: LambdaSettings, build: Build, pings: Pings) -> Iterator[Piece]:
    """The same function, doing next to nothing."""
    sleep = HandlerStep(work=distribution(format_duration(pings.sleep)))
    pinged = function.model_copy(update={"duration": None, "handler": (sleep,), "pings": None})
    pinged._is_ping = True
    (throttled,) = build.labels(1)
    yield Begin()
    yield from pinged.steps(build)
    yield Return()
    yield IfOutcome((THROTTLED,), throttled)
    yield Count(build.counter("pings"))
    yield throttled
    yield End()


def check_quotas(
    function: LambdaSettings, functions: Iterable[LambdaSettings], era: Era, account: Account
) -> Iterator[Mistake]:
    """What Lambda refuses: to leave less than the minimum unreserved, to provision more than is reserved."""
    reservable, claimed = account.reservable(era), sum(_claim(each) for each in functions)
    reserved, asked = function.reserved_concurrency, function.provisioned_concurrency
    if _claim(function) and claimed > reservable:
        setting = "provisioned_concurrency" if reserved is None else "reserved_concurrency"
        kept = account.concurrency(era) - reservable
        what = f"{claimed} reserved or provisioned in all leave less than {kept} of the account's concurrency"
        instead = f"write at most {reservable} together, or a higher account.lambda_concurrency"
        yield Mistake((setting,), what, instead)
    if asked and reserved is not None and asked.peak > reserved:
        what = f"{asked.peak} provisioned of {reserved} reserved"
        yield Mistake(("provisioned_concurrency",), what, f"write at most {reserved}")


def _claim(function: LambdaSettings) -> int:
    """What a function takes of the account's concurrency for itself, at the most."""
    if function.reserved_concurrency is not None:
        return function.reserved_concurrency
    return function.provisioned_concurrency.peak if function.provisioned_concurrency else 0
