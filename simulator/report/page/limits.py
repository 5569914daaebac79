"""The page's tables of limits and of what failed by them."""

from __future__ import annotations

from typing import Final

from simulator.measure.limits import LimitSummary
from simulator.measure.summary import DesignSummary, Summary
from simulator.report import words
from simulator.report.given_up import meanwhile
from simulator.report.numbers import PERCENT, clock, significant, whole, with_burst
from simulator.report.page.content import Cell, Row, Table
from simulator.report.reached import FAILED, REFUSED, WAITED, busy, effect, in_time, note

NEAR = 0.5
"""Demand from this share of a limit on is worth a row."""
COLOURS: Final = {FAILED: "fail", REFUSED: "inconclusive"}


def limits(summary: Summary) -> tuple[Table, Table]:
    """Demand against limit: what is near or beyond a limit and the nearest of each design, then all; of each
    design what failed requests first, then what refused, the first to refuse first."""
    heads = (
        "design",
        "limit",
        "peak demand",
        "of what is allowed",
        "first refused",
        "failed by it, of all requests",
    )
    head = [(text, "") for text in heads]
    near, every = [], []
    for name, design in summary.designs.items():
        found = sorted(design.limits, key=lambda limit: _rank(limit, design))
        for place, limit in enumerate(found):
            row = Row(name, _limit(limit, design), name)
            every.append(row)
            shown = limit.ratio >= NEAR or limit.first_at_s is not None
            if place == 0 or (shown and not in_time(limit, design)):
                near.append(row)
    said = (
        "Limits of each design: first those by which requests failed (red), then those that refused and none"
        f" failed (yellow); below {100 * NEAR:g} % only the nearest"
    )
    return Table(said, head, near), Table("All limits", head, every)


def _rank(limit: LimitSummary, design: DesignSummary) -> tuple[bool, ...]:
    found = effect(limit, design)
    return found != FAILED, found != REFUSED, in_time(limit, design)


def failures(summary: Summary) -> Table:
    """Failed requests by the cause that the client saw last."""
    rows = [
        Row(
            name,
            [
                Cell(key),
                Cell(words.cause(failure.cause)),
                Cell(significant(failure.requests) if failure.requests < 10 else whole(failure.requests)),
                Cell(f"{significant(failure.share / PERCENT.size)} %"),
            ],
            name,
        )
        for key in summary.leaves
        for name, design in summary.designs.items()
        for failure in design.traffic[key].failures
    ]
    heads = ("design", "requests", "cause", "failed a run", "of all")
    return Table("Failures by cause, as the client saw them last", [(head, "") for head in heads], rows)


def _limit(limit: LimitSummary, design: DesignSummary) -> list[Cell]:
    found = effect(limit, design)
    beside = [words.full_of(limit), busy(limit, design), meanwhile(limit, design) * (found == REFUSED)]
    if found == WAITED or in_time(limit, design):
        beside = [note(limit, design)]
    return [
        Cell(words.limit(limit.service, limit.limit)),
        Cell(
            f"{significant(limit.demand)} of {with_burst(limit.allowed, limit.burst)}",
            limit.unit + words.fewer(limit),
        ),
        Cell(
            words.of_allowed(limit.ratio),
            ", ".join(filter(None, beside)),
            COLOURS.get(found, ""),
            None if words.waited(limit) else limit.ratio,
        ),
        Cell(
            clock(limit.first_at_s) if limit.first_at_s is not None else "never",
            words.in_runs(limit, design.replications),
        ),
        Cell(whole(limit.requests_lost)),
    ]
