from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engine.sampling import sample
from simulator.values.distributions import distribution
from simulator.values.scaled import Scaled

SPECS = [
    "30 ms",
    {"uniform": {"from": "10 ms", "to": "50 ms"}},
    {"exponential": {"mean": "30 ms"}},
    {"lognormal": {"median": "30 ms", "p99": "120 ms"}},
    {"weibull": {"scale": "30 ms", "shape": 0.8}},
    {"gamma": {"mean": "30 ms", "cv": 0.5}},
    {"pareto": {"minimum": "10 ms", "alpha": 2.5}},
    {"quantiles": {"p50": "30 ms", "p90": "60 ms", "p99": "120 ms"}},
    {"mix": [{"share": "95%", "of": "30 ms"}, {"share": "5%", "of": {"exponential": {"mean": "2 s"}}}]},
]


def drawn(spec: Any, luck: float) -> int:
    kind, a, b, table = spec.lower()
    return sample(kind, a, b, table, 0, len(table), luck)


@pytest.mark.parametrize("written", SPECS, ids=str)
@given(luck=st.floats(1e-9, 1 - 1e-9), factor=st.sampled_from([0.2, 1.0, 7.5]))
def test_the_same_luck_gives_so_many_times_the_value(written: Any, luck: float, factor: float) -> None:
    spec = distribution(written)
    assert drawn(Scaled(of=spec, factor=factor), luck) == pytest.approx(
        factor * drawn(spec, luck), rel=1e-9, abs=1 + factor
    )


@pytest.mark.parametrize("written", SPECS, ids=str)
def test_its_mean_and_quantiles_are_scaled(written: Any) -> None:
    spec = distribution(written)
    scaled = Scaled(of=spec, factor=3.0)
    assert scaled.mean() == pytest.approx(3 * spec.mean())
    assert scaled.quantile(0.9) == pytest.approx(3 * spec.quantile(0.9))
    assert str(scaled) == f"3 × {spec}"


def test_times_nothing_is_nothing() -> None:
    assert drawn(Scaled(of=distribution({"lognormal": {"median": "1 s", "p99": "2 s"}}), factor=0), 0.7) == 0
