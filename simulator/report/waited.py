"""Which queues and streams had something waiting, what is shown of each over time, and what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from simulator.scenario.objectives import Objective
    from simulator.study.study import Study


class Measure(NamedTuple):
    """A column of `Study.waiting`: what it is called, whether it counts items or seconds, how the counters
    begin that are of it and of the same statistic, and up to which value it tells nothing."""

    title: str
    column: str
    unit: str
    counters: tuple[str, ...]
    trivial: float = 0.0


MEASURES = (
    Measure("backlog", "waiting", "items", ("messages_visible_max", "records_waiting_max")),
    Measure(
        "age of the oldest that waits",
        "age_s",
        "s",
        ("age_of_oldest_message_max", "oldest_record_age_max", "message_age_max"),
    ),
    Measure("IteratorAge, average", "iterator_age_s", "s", ("iterator_age_mean",)),
    Measure("IteratorAge, max", "iterator_age_max_s", "s", ("iterator_age_max",)),
    Measure("batch size, mean", "batch_size", "items", ("batch_size_",), 1.0),
)


class Waited(NamedTuple):
    """One measure of a queue, or of a consumer of a stream; `table` has a row for each design and time."""

    title: str
    table: pd.DataFrame
    measure: Measure
    objectives: list[Objective]
    """On counters of it."""


def waited(study: Study) -> list[Waited]:
    """All there is to show of the queues and streams in which something waited, the longest first.

    Batches of one in every design tell nothing and are left out.
    """
    table = study.waiting()
    oldest = table.groupby(["service", "messages"], sort=False)["age_s"].max()
    found: list[Waited] = []
    for service, of in oldest[oldest > 0].sort_values(ascending=False, kind="stable").index:
        own = table[(table["service"] == service) & (table["messages"] == of)]
        found += [
            Waited(f"{service}: {of}, {measure.title}", own, measure, _asked(study, str(service), measure))
            for measure in MEASURES
            if own[measure.column].max() > measure.trivial
        ]
    return found


def _asked(study: Study, service: str, measure: Measure) -> list[Objective]:
    """The objectives on counters of the service that are of this measure."""
    return [
        one
        for one in study.scenario.objectives
        if one.subject == service and "_".join([one.metric, one.statistic or ""]).startswith(measure.counters)
    ]
