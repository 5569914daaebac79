"""Whether queues and streams that requests come to are read, and those that are read are filled.

A queue that nobody reads is done with a request as soon as it has it: the design whose consumer was forgotten
would be the fastest and the cheapest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulator.errors import Problem
from simulator.scenario.tree import Node
from simulator.services.consumers import consumers
from simulator.services.service import Service
from simulator.services.sqs import Queue
from simulator.services.stream import Stream


def check_mail(
    entries: Mapping[str, Node], services: Mapping[str, Service], traffic: Mapping[str, Node]
) -> Iterator[Problem]:
    """Queues and streams without a consumer or without a sender; nothing while a name on the way is wrong,
    since what is wrong here may follow from that."""
    targets = {source: node.text("to") or "" for source, node in traffic.items()}
    named = {reference.name for service in services.values() for reference in service.references()}
    if not targets or len(services) < len(entries) or not services.keys() >= {*named, *targets.values()}:
        return
    senders = _senders(services, targets)
    sent_to = {*targets.values()} | {
        reference.name
        for service in services.values()
        for reference in service.references()
        if reference.role != "reads"
    }
    for name, service in services.items():
        if not isinstance(service, Queue | Stream):
            continue
        entry, reader = entries[name], next(consumers(services, name), None)
        if service.consumer and reader:
            what = f"{reader.function} reads from it"
            yield (entry.get("consumer") or entry).problem(what, "remove 'consumer'")
        if reader and name not in sent_to and not getattr(service, "backlog", None):
            what = f"{reader.function} reads from it and nothing is sent to it"
            instead = f"write 'to: {name}' or 'send: {name}' where requests come from, or remove it"
            yield entry.problem(what, instead, key=True)
        if not (reader or service.read_elsewhere) and (sender := senders.get(name)):
            what = f"nobody reads what {sender} sends to it"
            instead = f"write 'events: {{{name}: {{from: {name}}}}}' in a function that reads it,"
            instead += " or 'consumer: none' here if nobody in this scenario is to"
            yield entry.problem(what, instead, key=True)


def _senders(services: Mapping[str, Service], targets: Mapping[str, str]) -> Mapping[str, str]:
    """The services that requests come to, each with who sends them there. What goes to a destination of
    failures is no request any more; a record of a success is none where a queue or stream keeps it."""
    found = {target: source for source, target in targets.items()}
    new = list(found)
    while new:
        name = new.pop()
        following = [
            reference.name
            for reference in services[name].references()
            if reference.role == "requests"
            or (reference.role == "successes" and not isinstance(services[reference.name], Queue | Stream))
        ]
        following += [reader.function for reader in consumers(services, name)]
        for other in following:
            if other not in found:
                found[other] = name
                new.append(other)
    return found
