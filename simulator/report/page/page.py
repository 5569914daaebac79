"""The report as one HTML file: readable offline, on paper and by a screen reader."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.report import words
from simulator.report.changes import differences
from simulator.report.headroom import headroom
from simulator.report.inferred import HOW
from simulator.report.marks import marks
from simulator.report.messages import LEGEND
from simulator.report.numbers import elapsed, whole
from simulator.report.page import content, limits
from simulator.report.page.charted import Charted
from simulator.report.page.metrics import headline, metrics
from simulator.report.page.provenance import inferred, provenance
from simulator.report.page.sheet import sheet
from simulator.report.pictures.gallery import machines
from simulator.report.reasons import obstacles
from simulator.report.windows import begins_cold, counted
from simulator.scenario.config import config

if TYPE_CHECKING:
    from simulator.study.study import Study


def page(study: Study, drawn: Sequence[tuple[str, str, bytes]] | None = None) -> str:
    """The whole page; `drawn` are the pictures of its state machines, if somebody has drawn them already:
    design, machine, PNG."""
    if drawn is None:
        drawn = [(design, service, made.png()) for design, service, made in machines(study)]
    summary, scenario = study.summary, study.scenario
    names, found = list(summary.designs), metrics(study.summary)
    first, charted = headline(found, scenario.objectives), Charted(study, found)
    near, every = limits.limits(summary)
    return sheet(
        "page.html",
        "page.js",
        charted.document,
        scenario=scenario,
        summary=summary,
        subtitle=_subtitle(study),
        verdict=words.verdict(summary),
        obstacles=list(obstacles(summary)),
        cautions=list(words.cautions(summary)),
        changes=differences(scenario, names),
        names=names,
        metrics=found,
        first=first,
        words=charted.document["metrics"],
        marks="; ".join(filter(None, [*marks(summary, full=True), begins_cold(summary)])),
        answer=content.answer(summary, found),
        near=near,
        every=every,
        failures=limits.failures(summary),
        worst=content.worst(summary),
        headroom=list(headroom(summary)),
        latencies=list(content.latencies(summary, found)),
        bill=content.bill(summary),
        bill_month=content.bill(summary, month=True),
        executions=content.executions(study),
        where=content.where(summary),
        messages=content.messages(summary),
        messages_legend=LEGEND,
        machines=content.machines(summary),
        drawn=[(design, service, base64.b64encode(png).decode()) for design, service, png in drawn],
        provenance=provenance(summary, scenario),
        inferred=inferred(summary),
        how=HOW,
        charted=charted,
        ranges=_ranges(study),
        warm_up=elapsed(scenario.run.warm_up / 1e9) if scenario.run.warm_up else "",
        merged=config(scenario),
    )


def _subtitle(study: Study) -> str:
    summary = study.summary
    requests = sum(
        next(iter(summary.designs.values())).traffic[key].requests.value for key in summary.sources
    )
    runs = f"{summary.replications} run{'s' * (summary.replications > 1)}"
    designs = (
        f"{len(summary.designs)} designs on the same traffic" if len(summary.designs) > 1 else "1 design"
    )
    return f"{designs}, {runs} of {counted(summary)}, {whole(requests)} requests a run"


def _ranges(study: Study) -> list[tuple[str, float, float]]:
    """What the charts over time can show: the whole run, and each window with a little around it."""
    close = [
        (
            f"@{name}",
            max(window.from_ - window.for_ / 4, 0) / 60e9,
            min(window.from_ + window.for_ * 1.25, study.scenario.run.for_) / 60e9,
        )
        for name, window in study.scenario.windows.items()
    ]
    return [("the whole run", 0.0, study.scenario.run.for_ / 60e9), *close]
