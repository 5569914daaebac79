"""What the page charts: the choices its controls offer, and the document that its script reads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simulator.measure.document import document
from simulator.report.bill_lines import bill_lines
from simulator.report.page import alike, charts, data, times
from simulator.report.page.metrics import Metric, headline
from simulator.report.palette import AT_WORK, OUTCOMES, STARTS
from simulator.report.parts import BANDS, parts
from simulator.report.waited import waited
from simulator.study.over_time import PERCENTILES, busiest
from simulator.study.servers import crowded

if TYPE_CHECKING:
    from simulator.study.study import Study


class Charted:
    """Choices and charts of one study."""

    def __init__(self, study: Study, metrics: Sequence[Metric]) -> None:
        self.study = study
        self.metrics = metrics
        self.first = headline(metrics, study.scenario.objectives)
        self.traffic = study.summary.leaves
        self.spans = [
            data.span_of(key, window, clock)
            for key in self.traffic
            for clock in study.summary.clocks(key)
            for window in ("", *study.scenario.windows)
        ]
        self.completes = any(len(study.summary.clocks(key)) > 1 for key in self.traffic)
        table = study.concurrency()
        self.services = [] if table.empty else busiest(table)
        self.starts = [] if table.empty else [kind for kind in STARTS if table[kind].any()]
        at = study.servers()
        self.stations = crowded(at)
        self.at_work = [kind for kind in AT_WORK if at[kind].any()]
        found = waited(study)
        self.waits = [one.title for one in found]
        self.ages = [one.title for one in found if one.measure.unit == "s"]
        traced = parts(document(study.summary))
        self.parts = list(dict.fromkeys(traced["part"]))
        self.traced = [span for span in self.spans if span in set(traced["span"])]
        self.bands = list(BANDS.values())
        bills = bill_lines(study)
        self.bills = [f"a {span}" for span in reversed(bills)]
        self.bill = list(dict.fromkeys(str(line) for lines in bills.values() for line in lines))

    @property
    def span(self) -> str:
        """The requests to begin with, and the clock: those of the first metric."""
        clock = ", completion" * self.first.label.endswith(" completion")
        wanted = f"{self.first.group}{clock}"
        return wanted if wanted in self.spans else self.spans[0]

    @cached_property
    def statistic(self) -> str:
        """The highest percentile that some slice of time has requests enough for."""
        table = self.study.timeline()
        seen = [
            column for column in PERCENTILES if table.loc[table["traffic"] == self.key, column].notna().any()
        ]
        return (seen or list(PERCENTILES))[-1].removesuffix("_s")

    @property
    def where(self) -> str:
        """The requests to begin with where the time goes."""
        return self.span if self.span in self.traced else self.traced[0]

    @property
    def key(self) -> str:
        """The traffic to begin with."""
        return self.span.removesuffix(", completion").split(" @")[0]

    @cached_property
    def document(self) -> dict[str, Any]:
        """Charts, their data, and the texts of the comparison."""
        names = list(self.study.replications)
        return {
            "specs": self._specs(names),
            "tables": data.tables(self.study, self.metrics),
            "metrics": data.words(names, self.metrics),
        }

    def _specs(self, names: list[str]) -> dict[str, Any]:
        length = self.study.scenario.run.for_ / 60e9
        rates = self.study.rates()
        kinds = [kind for kind in OUTCOMES if rates.loc[rates["what"] == kind, "per_s"].any()]
        specs = {
            "compare": charts.compare(names, self.first.name, self.first.unit),
            "distribution": charts.distribution(names, self.span, alike.distribution(self.study)),
            "percentiles": times.percentiles(
                names, self.key, self.statistic, length, alike.percentiles(self.study)
            ),
            "outcomes": times.outcomes(names, kinds, length),
        }
        if self.traced:
            specs["where"] = charts.where(self.parts, names, self.where)
        if self.services:
            specs["concurrency"] = times.concurrency(names, self.services[0], self.starts, length)
        if self.stations:
            specs["servers"] = times.servers(names, self.stations[0], self.at_work, length)
        if self.waits:
            specs["waiting"] = times.waiting(names, self.waits, self.ages, length, alike.waiting(self.study))
        if self.bill:
            specs["bill"] = charts.bill(self.bill, names, self.bills[0])
        return specs
