"""The report as one HTML file: readable offline, on paper and by a screen reader; nothing is fetched.

Scripts stand in the page and are named by their hashes in its Content-Security-Policy, so that the
browser runs these and no others; the scenario's words are only ever text.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from simulator.report import words
from simulator.report.changes import differences
from simulator.report.numbers import elapsed, whole
from simulator.report.page import content, data
from simulator.report.page.charted import Charted
from simulator.report.page.metrics import headline, metrics
from simulator.report.page.vega import style
from simulator.report.palette import DASHES
from simulator.scenario.config import config

if TYPE_CHECKING:
    from simulator.study.study import Study

VENDORED = ("vendor/vega.min.js", "vendor/vega-lite.min.js", "vendor/vega-embed.min.js")
SCRIPTS = (*VENDORED, "charts.js", "page.js")


def page(study: Study) -> str:
    """The whole page."""
    summary, scenario = study.summary, study.scenario
    names, found = list(summary.designs), metrics(study.summary)
    first, charted = headline(found, scenario.objectives), Charted(study, found)
    near, every = content.limits(summary)
    scripts = [file(name) for name in SCRIPTS]
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["breakable"] = breakable
    return environment.from_string(file("page.html")).render(
        scenario=scenario,
        summary=summary,
        subtitle=_subtitle(study),
        verdict=words.verdict(summary),
        reasons=list(words.reasons(summary)),
        changes=differences(scenario, names),
        names=names,
        dashes=[" ".join(map(str, DASHES[place % len(DASHES)])) for place in range(len(names))],
        metrics=found,
        first=first,
        words=charted.document["metrics"],
        answer=content.answer(summary, found),
        near=near,
        every=every,
        failures=content.failures(summary),
        worst=content.worst(summary),
        headroom=list(words.headroom(summary)),
        latencies=list(content.latencies(summary, found)),
        bill=content.bill(summary),
        bill_month=content.bill(summary, month=True),
        executions=content.executions(study),
        where=content.where(summary),
        messages=content.messages(summary),
        machines=content.machines(summary),
        provenance=content.provenance(study),
        charted=charted,
        ranges=_ranges(study),
        warm_up=elapsed(scenario.run.warm_up / 1e9) if scenario.run.warm_up else "",
        merged=config(scenario),
        licences=file("vendor/LICENSES.txt"),
        style=Markup(style() + file("page.css")),  # noqa: S704 (the project's own)
        scripts=[Markup(script) for script in scripts],  # noqa: S704 (the project's own, and vendored)
        data=Markup(data.as_json(charted.document)),  # noqa: S704 (escaped there)
        policy=policy(scripts),
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
    return f"{designs}, {runs} of {elapsed(summary.counted_s)} each, {whole(requests)} requests a run"


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


def breakable(text: str) -> Markup:
    """A long name may be broken after its dots and before its window."""
    return Markup(escape(text).replace(".", Markup(".<wbr>")).replace("@", Markup("<wbr>@")))  # noqa: S704


def policy(scripts: list[str]) -> str:
    """Only these scripts, nothing from anywhere."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    rest = "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {rest}"


def file(name: str) -> str:
    """A part of the page, as it stands in this package."""
    return (files(__package__) / name).read_text("utf-8")
