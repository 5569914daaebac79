"""Functions that take batches and fail, so that their work is tried again, as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.measure.backlog import OF_QUEUES
from simulator.measure.summary import DesignSummary
from simulator.report.given_up import mostly_poison, poisoned
from simulator.report.numbers import count, elapsed, significant
from simulator.report.refusals import refused_by

MANY = 0.1
"""Of a function's invocations: if more fail, that explains what is late behind it."""
LATE = 0.01
"""Of them: if more fail, what is done late because of that is what a p99 is made of."""


def failing(service: str, design: DesignSummary) -> float:
    """The share of a function's invocations that fail."""
    counters = design.services.get(service, {})
    return counters.get("errors", 0.0) / max(counters.get("invocations", 0.0), 1.0)


def fails(service: str, design: DesignSummary, least: float = MANY) -> Iterator[str]:
    """How many of a function's invocations fail, if more than this share, and what refuses them."""
    share = failing(service, design)
    if share <= least:
        return
    met = poisoned(design.services[service])
    by = "" if mostly_poison(design.services[service]) else refused_by(service, design, brief=False)
    said = f"{significant(100 * share, 2)} % of {service}'s invocations end in an error"
    said += f"{f' ({met} meet poison)' if met else ''}, and their work is tried again"
    yield f"{said}{f': {by}' if by else ''}"


def refused_and_late(design: DesignSummary) -> Iterator[str]:
    """What is done late since limits behind functions refuse, in a design that fails nothing: of messages,
    how many come back to their queue, and how old they become."""
    for service in dict.fromkeys(one.receivers.partition(": ")[0] for one in design.behind):
        read = (limit for limit in design.limits if limit.service == service and limit.unit in OF_QUEUES)
        back = "".join(_back(limit.limit.partition(" of ")[2], design) for limit in read)
        if refused_by(service, design, brief=True):
            yield from (f"{said}{back}" for said in fails(service, design, LATE))


def _back(queue: str, design: DesignSummary) -> str:
    counters = design.services[queue]
    again, oldest = counters.get("messages_received_again", 0.0), counters.get("message_age_max_s", 0.0)
    many = f"{count(again, 'message')} a run come back"
    said = f"; {many} when the visibility timeout of {queue} is over, up to {elapsed(oldest)} old"
    return said if again else ""
