"""AWS WAF: a web ACL whose rate-based rules block addresses that ask too often."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import THROTTLED, Answer, Count, Jump, Label, Piece, Take
from simulator.measure.usage import Usage
from simulator.services.service import Mistake, Reference, Service
from simulator.values.population import Members
from simulator.values.units import MINUTE, PositiveDuration, format_duration

if TYPE_CHECKING:
    import simpy

    from simulator.engine.build import Build
    from simulator.engine.world import World
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

HOURS_A_MONTH = 730
WINDOWS = tuple(minutes * MINUTE for minutes in (1, 2, 5, 10))
PROTECTED = ("cloudfront", "rest_api", "alb")


class RateRule(BaseModel):
    """Blocks an address while it has sent more than `limit` requests in the last `evaluation_window`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(ge=10, le=2_000_000_000, examples=[2000])
    evaluation_window: PositiveDuration = 5 * MINUTE


class Waf(Service, kind="waf"):
    """A web ACL before `to`. Every so often (`waf.check_every`) each rule counts what an address sent in the
    window that has just passed, blocked or not, and blocks it (403) until a later count is within the limit:
    a surge of a few seconds is over before it is seen.

    `clients` says over how many addresses the requests of a source are spread; a source that is not named
    comes from so many that none is blocked. A client's address is the same at every attempt.
    Left out: other rules (`rules` are billed and let all through), counting by anything but the address,
    the moment that a check takes, which AWS does not state, challenges.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        "rate_rules.*.aggregate": "rate-based rules by headers, cookies or paths",
        "rate_rules.*.action": "actions other than block",
        "bot_control": "intelligent threat mitigation",
    }

    to: str = Field(examples=["cdn"])
    clients: Mapping[str, Members] = Field(default={}, examples=[{"bots": 5}])
    rate_rules: Mapping[str, RateRule] = {}
    rules: int = Field(default=0, ge=0)
    """Others, for the bill."""

    def references(self) -> Iterator[Reference]:
        yield Reference(("to",), self.to, PROTECTED)

    def sources(self) -> Iterator[Reference]:
        for source in self.clients:
            yield Reference(("clients", source), source)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        least, chosen = era["waf.limit_minimum"], era["waf.window_is_chosen"]
        windows = WINDOWS if chosen else (era["waf.window"],)
        for name, rule in self.rate_rules.items():
            if rule.limit < least:
                what = f"a limit of {rule.limit} is below the {least} of era {era.name}"
                yield Mistake(("rate_rules", name, "limit"), what, f"write at least {least}")
            if rule.evaluation_window not in windows:
                what = f"no window of {format_duration(rule.evaluation_window)} in era {era.name}"
                instead = "write " + ", ".join(format_duration(window) for window in windows)
                yield Mistake(("rate_rules", name, "evaluation_window"), what, instead)
        if self.clients and not self.rate_rules:
            yield Mistake(("clients",), "addresses, and no rule that counts them", "write 'rate_rules'")

    # ------------------------------------------------------------------ what a request meets

    def steps(self, build: Build) -> Iterator[Piece]:
        (done,) = build.labels(1)
        blocked = build.labels(len(self.rate_rules))
        yield Count(build.counter("requests"))
        if build.source in self.clients:
            yield from self._checks(build, build.source, blocked)
        yield from build.call(self.to)
        yield Jump(done)
        for name, label in zip(self.rate_rules, blocked, strict=True):
            yield label
            yield Count(build.counter("blocked_requests"))
            yield Answer(THROTTLED, 403, build.cause(f"rate rule {name}"))
            yield Jump(done)
        yield done

    def _checks(self, build: Build, source: str, blocked: Sequence[Label]) -> Iterator[Piece]:
        """Count the request for its address; go to the label of a rule that blocks it."""
        addresses, key = self.clients[source], build.key(self.clients[source], f"address of {source}")
        (counted,) = build.labels(1)
        asked = build.gates(f"requests of an address, {source}", addresses.count)
        yield Take(asked, counted, key=key)
        yield counted
        gates = []
        for (name, rule), label in zip(self.rate_rules.items(), blocked, strict=True):
            first = build.gates(f"rate rule {name}, {source}", addresses.count)
            gates.append(Gate(first, rule.limit, rule.evaluation_window))
            yield Take(first, label, key=key)
        every = build.era["waf.check_every"]
        build.control(f"rates of {source}", Rates(asked, addresses.count, every, tuple(gates)))

    # ------------------------------------------------------------------ what is reported and billed

    def usage(self, measured: Measured) -> Iterator[Usage]:
        months = measured.hours / HOURS_A_MONTH
        yield Usage(measured.name, "waf.web_acl", months)
        yield Usage(measured.name, "waf.rule", (len(self.rate_rules) + self.rules) * months)
        yield Usage(measured.name, "waf.requests", measured["requests"])

    def counters(self, measured: Measured) -> Mapping[str, float]:
        blocked = measured["blocked_requests"]
        return {"allowed_requests": measured["requests"] - blocked, "blocked_requests": blocked}


class Gate(NamedTuple):
    """What lets the requests of each address through, or none of them."""

    first: int
    """The first address's bucket: full or empty."""
    limit: int
    window: int
    """ns."""


@dataclass(frozen=True)
class Rates:
    """Opens and closes the gates of a source's addresses, by what each has sent."""

    asked: int
    """The first of the buckets that are only emptied: one token a request."""
    addresses: int
    every: int
    gates: tuple[Gate, ...]

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        checks = max((gate.window for gate in self.gates), default=0) // self.every
        kept: deque[list[int]] = deque([[0] * self.addresses], maxlen=checks + 1)
        buckets = world.buckets[self.asked : self.asked + self.addresses]
        closed = [[False] * self.addresses for _ in self.gates]
        while True:
            yield env.timeout(self.every)
            now = [(bucket.burst - bucket.level) // bucket.per for bucket in buckets]
            kept.append(now)
            for gate, shut in zip(self.gates, closed, strict=True):
                before = kept[max(len(kept) - 1 - gate.window // self.every, 0)]
                for address, (count, then) in enumerate(zip(now, before, strict=True)):
                    if (count - then > gate.limit) != shut[address]:
                        shut[address] = not shut[address]
                        bucket = world.buckets[gate.first + address]
                        bucket.level = 0 if shut[address] else bucket.burst
