"""The picture of a state machine: every state in a place of its own, branches below what they belong to."""

from __future__ import annotations

from pathlib import Path

from simulator.report.pictures.machine import _layout, machine
from simulator.scenario.read import read
from simulator.study.study import run

MEASURED = Path(__file__).parent.parent.parent / "scenarios" / "measured_app8.yaml"


def test_each_state_has_a_place_of_its_own_and_says_what_it_took() -> None:
    study = run(read(MEASURED, ["run.for=1 h", "run.replications=1"]), designs=["express"])
    definition = study.scenario.designs["express"].services["measured_app8"]._machine  # type: ignore[attr-defined]
    places, arrows = _layout(definition)
    assert len(set(places.values())) == len(places) == 14
    assert all(places[end][1] > places[start][1] for start, end, inside in arrows if inside)
    assert ("Choice State 3", "f7", False) in arrows
    made = machine(study, "express", "measured_app8")
    said = [text.get_text() for text in made.axes[0].texts]
    assert "f7" in said
    assert any("p99" in text for text in said)
