"""What every service is: frozen settings, and the steps that a request takes through it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.engine.steps import Label, Piece
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured
    from simulator.measure.usage import Usage
    from simulator.services.account import Account

Path = tuple[str | int, ...]
Loading = Literal["init", "first_run"]
"""When what an environment reads once is read."""


Role = Literal["requests", "failures", "successes", "reads"]
"""What a service names another one for: to send requests on; to send what could not be done, which is kept
there, or a record of what was; to read what was sent to it."""


class Reference(NamedTuple):
    """A service named by another one."""

    path: Path
    """Where the name stands inside the service's own settings."""
    name: str
    must_be: tuple[str, ...] = ()
    """Kinds of service that may stand there; empty: any that can be called."""
    role: Role = "requests"


class Mistake(NamedTuple):
    """Something that is wrong only when services are seen together."""

    path: Path
    what: str
    instead: str


MOST_BUSY: Final = 0.9
"""Of the time at the peak: where CPUs, or lanes of a stream, are busier lines last as long as the peak.
Our choice."""


class Raising(NamedTuple):
    """A setting by which a design raises a limit of its own: what it allows grows as the setting does."""

    path: tuple[str, ...]
    """Where it stands inside a service's settings."""
    now: int
    most: int | None = None
    """That it may be; None: the checks know."""
    service: str = ""
    """Whose setting it is; empty: of the service whose limit it is."""
    classes: Mapping[str, int] = {}
    """Where AWS sells it by class, how much each class has."""
    class_path: tuple[str, ...] = ()
    """And where the class stands."""
    busy: float = 1.0
    """How much of the time all of it may be in use on average: less where what comes waits for it in line."""
    ahead: str = ""
    """The setting by which there is more for a while only, ahead of the peak; empty: none."""


class Service(BaseModel):
    """One AWS service, or a fleet of servers, as the scenario describes it.

    A subclass names itself (`class Queue(Service, kind="sqs")`), declares its settings as
    fields with units, and says in `steps` what happens to a request.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: ClassVar[str] = ""
    callable: ClassVar[bool] = True
    """Whether `call:`, `to:` and routes may name it."""
    connectable: ClassVar[bool] = False
    """Whether `init.connects` may name it."""
    throttles_with: ClassVar[int] = 429
    """The status of what it refuses because it is too much."""
    mounted: ClassVar[bool] = False
    """Whether it is connected to before init code runs, which reads of it: a file system."""
    phases: ClassVar[Mapping[str, str]] = {}
    """What takes time together: the purpose of a delay → the cause whose detail it is."""
    implied: ClassVar[tuple[str, ...]] = ()
    """Settings whose default goes by what else is written; `simulate config` shows what they came to."""
    reserved: ClassVar[Mapping[str, str]] = {}
    """What AWS has and this service does not model yet: path (`routes.*.respond`) → what it will be."""

    def __init_subclass__(cls, kind: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if kind:
            cls.kind = kind
            _registered[kind] = cls

    def references(self) -> Iterator[Reference]:
        """The services that this one names."""
        return iter(())

    def sources(self) -> Iterator[Reference]:
        """The sources of traffic that this one names."""
        return iter(())

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        """Mistakes that show only among the other services of the design, or under its era's limits."""
        return iter(())

    def check_quotas(self, services: Mapping[str, Service], era: Era, account: Account) -> Iterator[Mistake]:
        """Settings that the account's quotas would refuse."""
        return iter(())

    def raising(self, limit: str, services: Mapping[str, Service]) -> Iterator[Raising]:
        """The settings that raise a limit of this service, the first to be tried first."""
        return iter(())

    def steps(self, build: Build) -> Iterator[Piece]:
        """What happens to a request that is handed to this service, until it has an answer."""
        raise NotImplementedError(f"{type(self).__name__} must say its steps")

    def sent(self, build: Build) -> Iterator[Piece]:
        """What happens to what is sent to this service, until it has taken it over, or refused it: a sender
        learns no more. What the service does with it later is its own affair."""
        return self.steps(build)

    def connecting(self, build: Build, refused: Label) -> Iterator[Piece]:
        """What opening a connection takes that an environment then owns; `refused` if there is none."""
        raise NotImplementedError(f"{type(self).__name__} has no connections")

    def loading(self, build: Build, when: Loading) -> Iterator[Piece]:
        """What one that has connected reads, while it initialises or when its handler first runs."""
        return iter(())

    def standing(self, build: Build) -> None:
        """Makes the stations and controls of what runs, and is billed, whether or not a request comes."""

    def ordinary(self) -> Service:
        """The service on a day without the event that the scenario is about: nothing is scheduled."""
        return self

    def with_defaults(self, era: Era) -> Self:
        """The service with what settings that nobody wrote come to under an era, as far as it can say."""
        return self

    def connections(self, build: Build) -> int:
        """The server pool of its connections."""
        raise NotImplementedError(f"{type(self).__name__} has no connections")

    def usage(self, measured: Measured) -> Iterator[Usage]:
        """What the run is billed for, as quantities of the price book's items."""
        return iter(())

    def counters(self, measured: Measured) -> Mapping[str, float]:
        """The service's own numbers in AWS's words. Which there are may depend on settings, on what can be
        measured at all and on whether anything was: objectives are refused that name others (see
        `simulator.scenario.counters`)."""
        return {}


_registered: dict[str, type[Service]] = {}


@cache
def kinds() -> Mapping[str, type[Service]]:
    """Every kind of service by its name: this package's files, then installed plug-ins.

    Plug-ins are modules named by entry points of the group `simulator.services`.
    """
    import simulator.services as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    for plugin in entry_points(group="simulator.services"):
        plugin.load()
    return dict(sorted(_registered.items()))
