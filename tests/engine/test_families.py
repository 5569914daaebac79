"""How the parts of a request add up."""

from __future__ import annotations

from simulator.engine.families import UNCOUNTED, UNDER_WAY, Family, begin_family, part_done
from simulator.engine.steps import COMPLETED, DEAD_LETTERED, ERROR, LOST, OK


def ends(*parts: int, answered: int = OK) -> list[int]:
    """What each part's end comes to."""
    family = Family()
    begin_family(family, 0, 0, 0, 0)
    family.parts = len(parts)
    family.answered = answered
    return [part_done(family, how) for how in parts]


def test_only_the_last_part_settles_what_becomes_of_a_request() -> None:
    assert ends(COMPLETED) == [COMPLETED]
    assert ends(COMPLETED, COMPLETED) == [UNDER_WAY, COMPLETED]
    assert ends(LOST, COMPLETED) == [UNDER_WAY, LOST]
    assert ends(COMPLETED, DEAD_LETTERED) == [UNDER_WAY, DEAD_LETTERED]
    assert ends(DEAD_LETTERED, LOST, DEAD_LETTERED) == [UNDER_WAY, UNDER_WAY, LOST]


def test_without_an_ok_answer_nothing_is_counted() -> None:
    assert ends(LOST, answered=ERROR) == [UNCOUNTED]
    assert ends(COMPLETED, answered=-1) == [UNCOUNTED]
