"""Objectives as test cases, in the XML that CI systems read: one suite per design, one case per objective.

The elements and attributes are those of the JUnit schema that Jenkins' xUnit plugin checks (junit-10.xsd),
which GitLab, Azure Pipelines and GitHub's report actions read too. An objective that fails is a failure, one
that is undecided is skipped: it is not known yet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from simulator.measure.summary import DesignSummary, Judged, Summary
from simulator.report.grid import beside
from simulator.report.numbers import estimated
from simulator.report.reasons import Obstacle, obstacles
from simulator.report.survivors import without
from simulator.report.words import ASCII, Glyphs

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold."""


def junit(summary: Summary) -> str:
    """The whole document."""
    why = {name: parts for name, does, parts in obstacles(summary) if does == "fails"}
    root = ET.Element("testsuites", name=_clean(summary.scenario))
    for name, design in summary.designs.items():
        root.append(_suite(summary, name, design, why.get(name, [])))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(summary: Summary, name: str, design: DesignSummary, parts: Sequence[Obstacle]) -> ET.Element:
    verdicts = [judged.verdict for judged in design.objectives.values()]
    suite = ET.Element(
        "testsuite",
        name=_clean(f"{summary.scenario}: {name}"),
        tests=str(len(verdicts)),
        failures=str(verdicts.count("fail")),
        errors="0",
        skipped=str(verdicts.count("inconclusive")),
    )
    properties = ET.SubElement(suite, "properties")
    for key, value in (
        ("replications", str(design.replications)),
        ("cost_run_usd", f"{design.cost_run.value:.6g}"),
        *((("cost_month_usd", f"{design.cost_month.value:.6g}"),) if design.cost_month else ()),
        *((key, str(summary.provenance[key])) for key in ("version", "seed") if key in summary.provenance),
    ):
        ET.SubElement(properties, "property", name=key, value=_clean(value))
    for judged in design.objectives.values():
        of_it = [part.said for part in parts if judged.key in part.keys or not part.keys]
        suite.append(_case(summary, name, judged, "; ".join(of_it)))
    return suite


def _case(summary: Summary, design: str, judged: Judged, reason: str) -> ET.Element:
    title = f"{judged.key}: {judged.text}"
    case = ET.Element("testcase", name=_clean(title), classname=_clean(f"{summary.scenario}.{design}"))
    said = _clean(", ".join(filter(None, (_value(judged), f"asked {judged.text}", without(judged)))))
    if judged.verdict == "fail":
        ET.SubElement(case, "failure", type="objective", message=said).text = _clean(reason) or said
    elif judged.verdict == "inconclusive":
        more = judged.settled_by - summary.replications if judged.settled_by else None
        how = f"; about {more} more replication{'s' * (more > 1)} would settle it" if more else ""
        ET.SubElement(case, "skipped", type="undecided", message=f"undecided: {said}{how}")
    else:
        ET.SubElement(case, "system-out").text = said
    return case


def _value(judged: Judged) -> str:
    """`1.05 s ±0.02`."""
    if math.isnan(judged.value.value):
        return "no value"
    glyphs: Glyphs = ASCII._replace(plus_minus="±")
    half = beside(judged.value, judged.unit, glyphs)
    return f"{estimated(judged.value, judged.unit)} {half}".rstrip()


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
