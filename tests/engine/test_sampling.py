"""The sampling rule: exact against scipy, and the same bits compiled and interpreted."""

import math

import numba
import numpy as np
import pytest
import scipy.stats

from simulator.engine.random import uniform
from simulator.engine.sampling import drawn, normal_quantile, sample
from simulator.values.distributions import distribution
from simulator.values.lowered import EXPONENTIAL
from simulator.values.population import Population

SMALLEST, LARGEST = 2.0**-53, 1 - 2.0**-53
NS = 1e9
EXACT, TABLE = 1e-12, 1e-4
CONTINUOUS = [
    ({"exponential": {"mean": "30 ms"}}, scipy.stats.expon(scale=0.03 * NS), EXACT),
    ({"lognormal": {"median": "30 ms", "p99": "120 ms"}},
     scipy.stats.lognorm(math.log(4) / scipy.stats.norm.ppf(0.99), scale=0.03 * NS), EXACT),
    ({"uniform": {"from": "10 ms", "to": "50 ms"}}, scipy.stats.uniform(0.01 * NS, 0.04 * NS), EXACT),
    ({"weibull": {"scale": "30 ms", "shape": 0.7}}, scipy.stats.weibull_min(0.7, scale=0.03 * NS), EXACT),
    ({"pareto": {"minimum": "10 ms", "alpha": 2.5}}, scipy.stats.pareto(2.5, scale=0.01 * NS), EXACT),
    *(({"gamma": {"mean": "1 s", "cv": cv}}, scipy.stats.gamma(cv**-2, scale=NS * cv**2), TABLE)
      for cv in (0.01, 0.3, 1.0, 3.0, 20.0)),
]  # fmt: skip
TABLES = [
    {"quantiles": {"p0": "8 ms", "p50": "30 ms", "p90": "60 ms", "p99": "120 ms"}},
    {"quantiles": {"p50": "30 ms", "p90": "60 ms", "p100": "120 ms"}},
    {"mix": [
        {"share": "90%", "of": {"lognormal": {"median": "30 ms", "p99": "120 ms"}}},
        {"share": "9%", "of": {"gamma": {"mean": "1 s", "cv": 2}}},
        {"share": "1%", "of": {"quantiles": {"p50": "30 ms", "p90": "60 ms"}}},
    ]},
]  # fmt: skip


def uniforms(number: int) -> np.ndarray:
    """Uniforms of 53 bits, both tails down to the last bit among them."""
    ends = 2.0 ** -np.arange(1.0, 54)
    middle = np.random.default_rng(1).random(number - 2 * len(ends))
    return np.concatenate((ends, np.clip(middle, SMALLEST, LARGEST), 1 - ends))


def draws(written, us):
    """One value per uniform, from a table in which others stand before and after."""
    kind, a, b, table = distribution(written).lower()
    shared = np.array([math.nan, *table, math.nan])
    return np.array([sample(kind, a, b, shared.tolist(), 1, len(table), u) for u in us.tolist()])


@pytest.mark.parametrize(("written", "oracle", "tolerance"), CONTINUOUS, ids=range(len(CONTINUOUS)))
def test_draws_are_the_quantiles_of_scipy_in_both_tails(written, oracle, tolerance):
    us = uniforms(2000)
    expected = np.where(us < 0.5, oracle.ppf(us), oracle.isf(1 - us))
    np.testing.assert_allclose(draws(written, us), expected, rtol=tolerance, atol=0.500001)


@pytest.mark.parametrize("written", TABLES[:2], ids=str)
def test_draws_from_measured_quantiles_are_the_distribution_itself(written):
    us = uniforms(2000)
    expected = [distribution(written).quantile(u) * NS for u in us.tolist()]
    np.testing.assert_allclose(draws(written, us), expected, rtol=1e-12, atol=0.500001)


def test_draws_from_a_mix_have_the_quantiles_of_the_mix():
    number = 20_000
    values = np.sort(draws(TABLES[2], (np.arange(number) + 0.5) / number)) / NS
    for rank in (1000, 10_000, 18_000, 19_000, 19_900):
        expected = distribution(TABLES[2]).quantile((rank + 0.5) / number)
        assert values[rank] == pytest.approx(expected, rel=2e-3)


def test_a_mix_draws_each_part_as_often_as_its_share_says():
    written = {"mix": [{"share": f"{share}%", "of": f"{share} s"} for share in (1, 29, 70)]}
    values, counts = np.unique(draws(written, (np.arange(1000) + 0.5) / 1000), return_counts=True)
    assert values.tolist() == [NS, 29 * NS, 70 * NS]
    assert counts.tolist() == [10, 290, 700]


def test_a_uniform_at_the_end_of_a_share_is_the_beginning_of_the_next_part():
    part = {"share": "50%", "of": {"weibull": {"scale": "1 s", "shape": 1}}}
    assert draws({"mix": [part, part]}, np.array([0.5, 1 - 2.0**-53])).tolist() == [
        0, round(math.log(2**52) * NS),
    ]  # fmt: skip


@pytest.mark.parametrize("zipf", [0, 1, 2.5])
def test_a_member_is_drawn_as_often_as_its_rank_says(zipf):
    kind, a, b, table = Population(count=4, zipf=zipf).lower()
    us = (np.arange(100_000) + 0.5) / 100_000
    counts = np.bincount([sample(kind, a, b, table, 0, 4, u) for u in us.tolist()], minlength=4)
    weights = np.arange(1, 5) ** -float(zipf)
    np.testing.assert_allclose(counts / 100_000, weights / weights.sum(), atol=1.1e-5)
    assert [sample(kind, a, b, table, 0, 4, u) for u in (SMALLEST, LARGEST)] == [0, 3]


def test_samples_are_drawn_equally_often(tmp_path):
    (tmp_path / "took_s.csv").write_text("took_s\n3\n1\n2\n")
    written = {"samples": {"file": str(tmp_path / "took_s.csv")}}
    values = draws(written, (np.arange(999) + 0.5) / 999)
    assert np.unique(values, return_counts=True)[1].tolist() == [333] * 3
    assert draws(written, np.array([SMALLEST, LARGEST])).tolist() == [NS, 3 * NS]


@pytest.mark.parametrize("text", ["0 s", "1 ns", "100 ms", "36500 d"])
def test_a_constant_is_exact_to_the_nanosecond(text):
    spec = distribution(text)
    assert draws(text, np.array([SMALLEST, 0.5, LARGEST])).tolist() == [spec.value.amount] * 3


def test_draws_are_rounded_half_up():
    written = {"uniform": {"from": "0 s", "to": "2 ns"}}
    assert draws(written, np.array([0.2, 0.25, 0.7, 0.75, 0.8])).tolist() == [0, 1, 1, 2, 2]


def test_no_draw_is_longer_than_a_hundred_years():
    written = {"pareto": {"minimum": "1 d", "alpha": 0.01}}
    assert draws(written, np.array([LARGEST])).tolist() == pytest.approx([36500 * 86400 * NS])


def test_the_normal_quantile_is_that_of_scipy_to_the_last_digits():
    for u in uniforms(2000).tolist():
        expected = scipy.stats.norm.ppf(u) if u < 0.5 else scipy.stats.norm.isf(1 - u)
        assert normal_quantile(u) == pytest.approx(expected, rel=4e-15, abs=1e-16)


@numba.njit
def compiled(kind, a, b, table, length, us):
    values = np.empty(len(us), np.int64)
    for place in range(len(us)):
        values[place] = sample(kind, a, b, table, 0, length, us[place])
    return values


@numba.njit
def compiled_normal(us):
    values = np.empty(len(us))
    for place in range(len(us)):
        values[place] = normal_quantile(us[place])
    return values


ALL = [*(distribution(case[0]) for case in CONTINUOUS[:7]), *map(distribution, TABLES)]


@pytest.mark.parametrize("drawn", [*ALL, Population(count=1000, zipf=0.8)], ids=str)
def test_compiled_and_interpreted_draws_are_identical(drawn):
    kind, a, b, table = drawn.lower()
    us = uniforms(100_000)
    interpreted = [sample(kind, a, b, table, 0, len(table), u) for u in us.tolist()]
    assert compiled(kind, a, b, np.array(table), len(table), us).tolist() == interpreted


def test_compiled_and_interpreted_normal_quantiles_are_the_same_bits():
    us = uniforms(100_000)
    interpreted = np.array([normal_quantile(u) for u in us.tolist()])
    assert compiled_normal(us).tobytes() == interpreted.tobytes()


def test_a_draw_is_the_sample_at_the_uniform_of_its_key() -> None:
    luck = uniform(1, 2, 3, 4, 5)
    assert drawn(1, 2, 3, 4, 5, EXPONENTIAL, 1e9, 0.0, (), 0, 0) == sample(
        EXPONENTIAL, 1e9, 0.0, (), 0, 0, luck
    )


def test_members_that_are_alike_are_found_as_in_the_table_of_their_shares() -> None:
    alike, ends = Population(count=1000).lower(), Population(count=1000).lower().table
    for u in (SMALLEST, *uniforms(500), LARGEST):
        at_once = sample(alike.kind, alike.a, 1.0, ends, 0, len(ends), u)
        assert at_once == sample(alike.kind, alike.a, 0.0, ends, 0, len(ends), u)
    assert alike.b == 1.0
    assert Population(count=1000, zipf=0.1).lower().b == 0.0
