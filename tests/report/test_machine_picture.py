"""The picture of a state machine: every state in a place of its own, branches below what they belong to."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from simulator.report.page.page import page
from simulator.report.pictures.machine import _layout, machine
from simulator.scenario.read import read
from simulator.study.study import Study, run

MEASURED = Path(__file__).parent.parent.parent / "scenarios" / "measured_app8.yaml"


@pytest.fixture(scope="module")
def study() -> Study:
    return run(read(MEASURED, ["run.for=1 h", "run.replications=1"]), designs=["express"])


def test_each_state_has_a_place_of_its_own_and_says_what_it_took(study: Study) -> None:
    definition = study.scenario.designs["express"].services["measured_app8"]._machine  # type: ignore[attr-defined]
    places, arrows = _layout(definition)
    assert len(set(places.values())) == len(places) == 14
    assert all(places[end][1] > places[start][1] for start, end, inside in arrows if inside)
    assert ("Choice State 3", "f7", False) in arrows
    made = machine(study, "express", "measured_app8")
    said = [text.get_text() for text in made.axes[0].texts]
    assert "f7" in said
    assert any("p99" in text for text in said)


def test_the_page_holds_the_picture_of_each_machine_of_each_design(study: Study) -> None:
    text = page(study)
    (picture,) = re.findall(
        r'<img src="data:image/png;base64,([^"]+)" alt="The states of measured_app8 in express', text
    )
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert "img-src data:" in text


def test_pictures_that_are_drawn_already_are_not_drawn_again(study: Study) -> None:
    assert 'src="data:image/png;base64,AAEC"' in page(study, [("express", "measured_app8", bytes(range(3)))])
