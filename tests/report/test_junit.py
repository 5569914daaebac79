"""Objectives as test cases: what CI systems accept, and what each verdict becomes."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple
from xml.etree import ElementTree as ET

from simulator.measure.result import Cause
from simulator.measure.summary import Failure, Summary
from simulator.report.junit import junit
from tests.report.sale import sale


class Rule(NamedTuple):
    """What the schema of Jenkins' xUnit plugin says of an element.

    Read word by word from `junit-10.xsd` (jenkinsci/xunit-plugin at 031e285, MIT), reruns left out.
    """

    required: frozenset[str]
    allowed: frozenset[str]
    children: frozenset[str]


def rule(required: str, allowed: str = "", children: str = "") -> Rule:
    return Rule(*(frozenset(words.split()) for words in (required, f"{required} {allowed}", children)))


SCHEMA = {
    "testsuites": rule("", "name time tests failures errors", "testsuite"),
    "testsuite": rule(
        "name tests failures errors",
        "group time skipped timestamp hostname id package file log url",
        "testsuite properties testcase system-out system-err",
    ),
    "properties": rule("", "", "property"),
    "property": rule("name value"),
    "testcase": rule("name", "time classname group", "skipped error failure system-out system-err"),
    "failure": rule("", "type message"),
    "error": rule("", "type message"),
    "skipped": rule("", "type message"),
    "system-out": rule(""),
}


def broken(element: ET.Element) -> list[str]:
    """What an element and those inside it have that the schema does not allow."""
    found = SCHEMA[element.tag]
    said = [f"{element.tag} lacks {name}" for name in found.required - set(element.attrib)]
    said += [f"{element.tag} has {name}" for name in set(element.attrib) - found.allowed]
    said += [f"{element.tag} holds {child.tag}" for child in element if child.tag not in found.children]
    if len(element) and (element.text or "").strip():
        said.append(f"{element.tag} mixes text and elements")
    return said + [problem for child in element if child.tag in SCHEMA for problem in broken(child)]


def cases(summary: Summary) -> dict[str, ET.Element]:
    root = ET.fromstring(junit(summary))  # noqa: S314 (written a line above)
    return {f"{case.get('classname')} {case.get('name')}": case for case in root.iter("testcase")}


def test_the_document_is_what_the_schema_of_ci_systems_allows() -> None:
    root = ET.fromstring(junit(sale()))  # noqa: S314
    assert broken(root) == []
    assert root.tag == "testsuites"


def test_counts_are_those_of_the_cases() -> None:
    root = ET.fromstring(junit(sale()))  # noqa: S314
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("12", "3", "0")
    for suite in root:
        found = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(found))
        assert suite.get("failures") == str(sum(case.find("failure") is not None for case in found))
        assert suite.get("skipped") == str(sum(case.find("skipped") is not None for case in found))


def test_a_failure_has_no_cause_of_an_objective_whose_name_only_ends_like_its_own() -> None:
    summary = sale()
    design = summary.designs["on-demand"]
    failed, order = design.objectives["buyers.order.failed@surge"], design.traffic["buyers.order"]
    late = Failure(Cause("timeout", "app", "timeout"), 9.0, 1.0)
    surge = dataclasses.replace(order.windows["surge"], failures=(late,))
    vip = dataclasses.replace(order, windows={"surge": surge})
    every = (failed, failed._replace(key=f"vip_{failed.key}"))
    changed = dataclasses.replace(
        design,
        traffic={**design.traffic, "vip_buyers.order": vip},
        objectives={one.key: one for one in every},
    )
    found = cases(dataclasses.replace(summary, designs={"on-demand": changed})).values()
    said = [case.findtext("failure") or "" for case in found]
    assert ["timed out" in one for one in said] == [False, True]
    assert ["first to bind is checkout" in one for one in said] == [True, False]


def test_each_verdict_says_its_value_and_a_failure_its_cause() -> None:
    found = cases(sale())
    slow = found["Flash sale.on-demand buyers.order.latency@surge: p99 < 2 s"].find("failure")
    assert slow is not None
    assert slow.get("message") == "4.1 s ±1.6, asked p99 < 2 s"
    assert (slow.text or "").startswith("buyers.order.latency@surge (4.1 s, not p99 < 2 s): reached is")
    failed = found["Flash sale.on-demand buyers.order.failed@surge: < 0.1 %"].find("failure")
    assert failed is not None
    assert "): first to bind is checkout, account concurrency" in (failed.text or "")
    assert "latency" not in (failed.text or ""), "of which another case speaks"
    undecided = found["Flash sale.quota-raised buyers.order.failed@surge: < 0.1 %"].find("skipped")
    assert undecided is not None
    assert (undecided.get("message") or "").startswith("undecided: 1.42 %")
    passed = found["Flash sale.proxy cost.month: < $900"]
    assert [child.tag for child in passed] == ["system-out"]


def test_names_that_no_xml_may_hold_are_written_all_the_same() -> None:
    summary = sale()
    named = {"a\x00<b>&\x1b": next(iter(summary.designs.values()))}
    text = junit(dataclasses.replace(summary, designs=named))
    assert broken(ET.fromstring(text)) == []  # noqa: S314
    assert "a\ufffd&lt;b&gt;&amp;\ufffd" in text


def test_a_design_without_objectives_is_an_empty_suite() -> None:
    bare = {name: dataclasses.replace(one, objectives={}) for name, one in sale().designs.items()}
    root = ET.fromstring(junit(dataclasses.replace(sale(), designs=bare)))  # noqa: S314
    assert [suite.get("tests") for suite in root] == ["0"] * 4
