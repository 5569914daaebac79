"""The pictures by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from matplotlib import rc_context

from simulator.measure.workflows import workflows
from simulator.report.pictures.bill import bill
from simulator.report.pictures.completion import completion
from simulator.report.pictures.concurrency import concurrency
from simulator.report.pictures.distribution import distribution
from simulator.report.pictures.limits import limits
from simulator.report.pictures.machine import machine
from simulator.report.pictures.percentiles import percentiles
from simulator.report.pictures.requests import requests
from simulator.report.pictures.servers import servers
from simulator.report.pictures.style import LOOK, Picture
from simulator.report.pictures.waiting import waiting
from simulator.report.pictures.where import where

if TYPE_CHECKING:
    from simulator.study.study import Study

PICTURES: Mapping[str, Callable[[Study], Picture | None]] = {
    "requests": requests,
    "percentiles": percentiles,
    "distribution": distribution,
    "where": where,
    "completion": completion,
    "concurrency": concurrency,
    "servers": servers,
    "waiting": waiting,
    "limits": limits,
    "bill": bill,
}


def draw(study: Study, name: str) -> Picture | None:
    """One picture of a study; None if there is nothing to show."""
    with rc_context(LOOK):
        return PICTURES[name](study)


def machines(study: Study) -> Iterator[tuple[str, str, Picture]]:
    """A picture of each state machine of each design: the design, the machine, and what is drawn."""
    with rc_context(LOOK):
        for one in workflows(study.summary):
            yield one.design, one.service, machine(study, one.design, one.service)
