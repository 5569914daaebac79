"""A closed loop must let time pass."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from simulator.traffic.users import Users


def test_users_who_never_think_are_refused_because_they_could_stop_the_clock() -> None:
    with pytest.raises(ValidationError, match="write at least '1 ms'"):
        Users.model_validate({"count": 5, "think": "0 s"})
    assert Users.model_validate({"count": 5, "think": {"exponential": {"mean": "1 ms"}}}).count == 5
