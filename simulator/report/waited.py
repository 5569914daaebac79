"""Which queues and streams had something waiting, and what is shown of each over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from simulator.study.study import Study


class Measure(NamedTuple):
    """A column of `Study.waiting`: what it is called, whether it counts items or seconds, and up to which
    value it tells nothing."""

    title: str
    column: str
    unit: str
    trivial: float = 0.0


MEASURES = (
    Measure("backlog", "waiting", "items"),
    Measure("age of the oldest that waits", "age_s", "s"),
    Measure("IteratorAge, average", "iterator_age_s", "s"),
    Measure("batch size, mean", "batch_size", "items", 1.0),
)


class Waited(NamedTuple):
    """One measure of a queue, or of a consumer of a stream; `table` has a row for each design and time."""

    title: str
    table: pd.DataFrame
    measure: Measure


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
            Waited(f"{service}: {of}, {measure.title}", own, measure)
            for measure in MEASURES
            if own[measure.column].max() > measure.trivial
        ]
    return found
