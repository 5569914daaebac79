"""How the services of a design hang together: every name leads somewhere, and no call comes back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial

from simulator.eras.era import Era
from simulator.errors import PriceError, Problem
from simulator.measure.measured import Measured
from simulator.prices.book import PriceBook
from simulator.scenario import lookup
from simulator.scenario.legible import Legible
from simulator.scenario.tree import Node, instead_of
from simulator.scenario.unpriced import unpriced
from simulator.services.account import Account
from simulator.services.service import Mistake, Reference, Service, kinds


def check_wiring(
    entries: Mapping[str, Node],
    services: Mapping[str, Service],
    parts: Iterable[Legible],
    era: Era | None,
    account: Account | None,
) -> list[Problem]:
    """Dangling and circular references of a design, and what its services themselves find wrong.

    `entries` are all services as written, `services` those that could be read, `parts` what is legible of
    all; era and account are None if they could not.
    """
    kinds_of = {name: entry.text("service") or "" for name, entry in entries.items()}
    named = [(part.entry, reference) for part in parts for reference in part.references()]
    callers = [(str(entry.path[-1]), reference.name) for entry, reference in named]
    wrong = (
        _dangling(_named(entry, reference), reference, kinds_of, partial(_before, entry, callers))
        for entry, reference in named
    )
    dangling = [problem for problem in wrong if problem]
    if dangling or len(services) < len(entries):
        return [*dangling, *(_unpriced(entries, services, era) if era else ())]
    found = {name: list(_mistakes(service, services, era, account)) for name, service in services.items()}
    mistakes = [
        _at(entries[name], mistake.path).problem(mistake.what, mistake.instead)
        for name, own in found.items()
        for mistake in own
    ]
    # what the era does not have at all has no price either, which would be said twice
    sound = {name: service for name, service in services.items() if not found[name]}
    return [*mistakes, *_circles(entries, services), *(_unpriced(entries, sound, era) if era else ())]


def _mistakes(
    service: Service, services: Mapping[str, Service], era: Era | None, account: Account | None
) -> Iterator[Mistake]:
    if era:
        yield from service.check(services, era)
    if era and account:
        yield from service.check_quotas(services, era, account)


def _unpriced(entries: Mapping[str, Node], services: Mapping[str, Service], era: Era) -> Iterator[Problem]:
    """Services with something on the bill that has no price: better said now than after the runs."""
    try:
        book = PriceBook.load(era.name, era.region)
    except PriceError:
        book = PriceBook.load(era.name)  # of the Region it is said elsewhere
    for name, service in services.items():
        for usage in service.usage(Measured(name, 1, {})):
            if usage.item not in book.prices:
                yield unpriced(entries[name], service, usage.item, book)


def check_target(node: Node, entries: Mapping[str, Node]) -> Problem | None:
    """Whether a text names a service that takes requests."""
    kinds_of = {name: entry.text("service") or "" for name, entry in entries.items()}
    return _dangling(node, Reference((), str(node.value)), kinds_of)


def _at(node: Node, path: tuple[str | int, ...]) -> Node:
    return lookup.follow(path, node, {})[0]


def _named(node: Node, reference: Reference) -> Node:
    """The very text that names a service, within the place that the reference tells."""
    place = _at(node, reference.path)
    return next((inner for inner in place.walk() if inner.value == reference.name), place)


def _before(entry: Node, callers: Collection[tuple[str, str]]) -> list[str]:
    """A service and those that lead to it: if it named one of them, calls would go in a circle."""
    found = [str(entry.path[-1])]
    for name in found:
        found += {caller for caller, to in callers if to == name} - set(found)
    return found


def _dangling(
    node: Node,
    reference: Reference,
    kinds_of: Mapping[str, str],
    before: Callable[[], Collection[str]] = tuple,
) -> Problem | None:
    """What is wrong with a reference to a service, given the kinds of all; `before` finds what leads to it,
    which takes time and is asked only for what is wrong."""
    name, must_be = reference.name, reference.must_be

    def fits(kind: str) -> bool:
        """Of a kind that is not simulated, or misspelt, which is said of itself, nobody knows."""
        return kind not in kinds() or (kind in must_be if must_be else kinds()[kind].callable)

    if name in kinds_of and fits(kinds_of[name]):
        return None
    leads_here = set(before())
    fitting = [other for other, kind in kinds_of.items() if kind and fits(kind) and other not in leads_here]
    if name not in kinds_of:
        return node.problem(
            f"no service named '{name}'", instead_of(name, fitting, "add it to the architecture")
        )
    due = " or ".join(must_be) if must_be else "a service that takes requests"
    return node.problem(f"'{name}' is {kinds_of[name]}, not {due}", instead_of("", fitting, "add one"))


def _circles(entries: Mapping[str, Node], services: Mapping[str, Service]) -> Iterator[Problem]:
    """Services that call each other in a circle: such a request would never end."""
    done: set[str] = set()
    for start in services:
        way = {start: services[start].references()} if start not in done else {}
        while way:
            name = next(reversed(way))
            reference = next(way[name], None)
            if reference is None:
                done.add(name)
                del way[name]
            elif reference.name in way:
                names = list(way)
                circle = " → ".join([*names[names.index(reference.name) :], reference.name])
                yield _named(entries[name], reference).problem(f"a circle of calls: {circle}", "break it")
            elif reference.name not in done:
                way[reference.name] = services[reference.name].references()
