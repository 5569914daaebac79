"""The span in which a token bucket has least to spare."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.study.tightest import Tightest, tightest


def of(rate: list[float], tokens: float, a_step: float) -> Tightest:
    upto = np.concatenate([[0.0], np.cumsum(rate)])
    return tightest(lambda length: upto[length:] - upto[:-length], tokens, a_step, len(rate))


@pytest.mark.parametrize("hold", [270, 283, 311])
def test_a_plateau_is_looked_at_as_a_whole_however_long_it_is(hold: int) -> None:
    """Of 10 a step for so long, with 1,000 tokens and 5 more a step, it ends with least to spare."""
    found = of([1.0] * 500 + [10.0] * hold + [1.0] * 500, 1000, 5)
    assert found.ratio == pytest.approx(10 * hold / (1000 + 5 * hold), rel=1e-3)
    assert found.begins + found.length == pytest.approx(500 + hold, abs=2)
    assert found.exceeded == pytest.approx(500 + 200, abs=10), "when 5 a step have used up 1,000"


def test_what_never_gets_tokens_has_one_span() -> None:
    assert of([1.0] * 10, 20, 0) == Tightest(0.5, 0, 10, None)
