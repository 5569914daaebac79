"""What a scenario may write for a distribution, what it means, and what is refused."""

import math
import pickle

import jsonschema
import numpy as np
import pytest
import scipy.stats
from pydantic import BaseModel, TypeAdapter, ValidationError

from simulator.values.distributions import Distribution, SizeDistribution, distribution

MS = 1e-3
SCIPY = {
    "exponential": ({"mean": "30 ms"}, scipy.stats.expon(scale=30 * MS)),
    "lognormal": ({"mean": "30 ms", "cv": 1.5}, scipy.stats.lognorm(
        math.sqrt(math.log1p(1.5**2)), scale=30 * MS / math.sqrt(1 + 1.5**2))),
    "uniform": ({"from": "10 ms", "to": "50 ms"}, scipy.stats.uniform(10 * MS, 40 * MS)),
    "weibull": ({"scale": "30 ms", "shape": 0.7}, scipy.stats.weibull_min(0.7, scale=30 * MS)),
    "gamma": ({"mean": "30 ms", "cv": 0.5}, scipy.stats.gamma(4, scale=7.5 * MS)),
    "pareto": ({"minimum": "10 ms", "alpha": 2.5}, scipy.stats.pareto(2.5, scale=10 * MS)),
}  # fmt: skip
"""Each distribution with a formula, beside scipy's."""

ALL = [
    "30 ms",
    *({name: settings} for name, (settings, _) in SCIPY.items()),
    {"lognormal": {"median": "30 ms", "p99.9": "120 ms"}},
    {"quantiles": {"p0": "8 ms", "p50": "30 ms", "p90": "60 ms", "p99": "120 ms"}},
    {"mix": [{"share": "95%", "of": "30 ms"}, {"share": "5%", "of": {"exponential": {"mean": "2 s"}}}]},
]


class Setting(BaseModel):
    time: Distribution
    size: SizeDistribution | None = None


@pytest.mark.parametrize("name", SCIPY)
def test_mean_and_quantiles_are_those_of_scipy(name):
    settings, oracle = SCIPY[name]
    spec = distribution({name: settings})
    assert spec.mean() == pytest.approx(oracle.mean(), rel=1e-12)
    for u in (1e-6, 0.1, 0.5, 0.9, 0.999):
        assert spec.quantile(u) == pytest.approx(oracle.ppf(u), rel=1e-9)
    assert spec.quantile(1 - 2**-40) == pytest.approx(oracle.isf(2**-40), rel=1e-9)


def test_a_lognormal_keeps_its_median_and_its_percentile():
    spec = distribution({"lognormal": {"median": "30 ms", "p99": "120 ms"}})
    assert spec.quantile(0.5) == pytest.approx(30 * MS)
    assert spec.quantile(0.99) == pytest.approx(120 * MS)


def test_a_pareto_without_a_mean_says_infinity():
    assert distribution({"pareto": {"minimum": "1 s", "alpha": 1}}).mean() == math.inf


def test_quantiles_go_straight_between_levels_flat_below_the_first_and_on_exponentially_above_the_last():
    spec = distribution({"quantiles": {"p50": "30 ms", "p90": "70 ms"}})
    assert spec.quantile(0.01) == pytest.approx(30 * MS)
    assert spec.quantile(0.7) == pytest.approx(50 * MS)
    per_fifth = 40 * MS / math.log(5)  # from p50 to p90 the rest shrinks to a fifth
    assert spec.quantile(0.98) == pytest.approx(70 * MS + per_fifth * math.log(5))
    assert spec.mean() == pytest.approx((15 + 20 + 7) * MS + 0.1 * per_fifth)


def test_quantiles_that_end_with_p100_have_no_tail():
    spec = distribution({"quantiles": {"p100": "90 ms", "p0": "10 ms", "p50": "30 ms"}})
    assert spec.quantile(0.999999) == pytest.approx(90 * MS, rel=1e-5)
    assert spec.mean() == pytest.approx(40 * MS)


def test_a_mix_has_the_mean_and_the_quantiles_of_all_its_values_together():
    spec = distribution({"mix": [
        {"share": "50%", "of": {"uniform": {"from": "0 s", "to": "1 s"}}},
        {"share": "50%", "of": {"uniform": {"from": "1 s", "to": "2 s"}}},
    ]})  # fmt: skip
    assert spec.mean() == pytest.approx(1)
    for u in (0.01, 0.3, 0.5, 0.77):
        assert spec.quantile(u) == pytest.approx(2 * u)


def test_nested_mixes_are_one_mix_to_the_engine():
    part = {"share": "50%", "of": {"exponential": {"mean": "1 s"}}}
    nested = [{"share": "50%", "of": "1 s"}, {"share": "50%", "of": {"mix": [part, part]}}]
    flat = [{"share": "50%", "of": "1 s"}, *[part | {"share": "25%"}] * 2]
    assert distribution({"mix": nested}).lower() == distribution({"mix": flat}).lower()


def test_samples_are_the_values_of_a_column_in_the_unit_of_its_name(tmp_path):
    (tmp_path / "took.csv").write_text("run,took_ms\n1,30\n2,10.5\n3,20\n")
    written = {"samples": {"file": "took.csv", "column": "took_ms"}}
    spec = TypeAdapter(Distribution).validate_python(written, context={"folder": tmp_path})
    assert spec.mean() == pytest.approx(60.5 * MS / 3)
    assert [spec.quantile(u) for u in (0.1, 0.5, 0.9)] == pytest.approx([10.5 * MS, 20 * MS, 30 * MS])
    assert str(spec) == "samples(took.csv took_ms, 3 values)"


@pytest.mark.parametrize("written", ALL, ids=str)
def test_a_distribution_is_a_value(written):
    spec = distribution(written)
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert {spec: 1}[distribution(written)] == 1
    with pytest.raises(ValidationError):
        spec.name_of_nothing = 1
    assert distribution(spec) is spec


def test_a_distribution_reads_as_it_was_written():
    assert str(distribution("1500 ms")) == "1.5 s"
    spec = distribution({"lognormal": {"median": "30 ms", "p99": "120 ms"}})
    assert repr(spec) == "lognormal(median 30 ms, p99 120 ms)"
    assert str(distribution(ALL[-1])) == "mix(95% 30 ms, 5% exponential(mean 2 s))"


def test_sizes_are_read_in_bytes():
    size = Setting(time="1 s", size={"lognormal": {"median": "300 B", "p99": "2 KB"}}).size
    assert size.quantile(0.99) == pytest.approx(2048)
    assert Setting(time="1 s", size="12 KB").size.mean() == 12288


@pytest.mark.parametrize("written", ALL, ids=str)
def test_the_json_schema_takes_what_the_reader_takes(written):
    validator = jsonschema.Draft202012Validator(Setting.model_json_schema())
    validator.validate({"time": written, "size": "300 B"})


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        (30, "constant", "a number without its unit: 30; write '30 s' or '30 ms'"),
        ("2 mins", "constant", "not a duration: '2 mins'; write '2 min'"),
        ({}, "", "not a distribution: a map; write one of constant, exponential"),
        ({"lognorml": {}}, "", "not a distribution: lognorml; write 'lognormal'"),
        ({"gamma": {}, "mix": []}, "", "not a distribution: gamma, mix; write one of constant"),
        ({"lognormal": {"median": "30 ms"}}, "lognormal", "median given; write a median and one percentile"),
        ({"lognormal": {"mean": "1 s", "p99": "2 s"}}, "lognormal", "p99 and mean given; write a median"),
        ({"lognormal": {"median": "2 s", "p99": "1 s"}}, "lognormal", "p99 1 s is not above the median 2 s"),
        ({"lognormal": {"mean": "1 s", "cv": 0}}, "lognormal cv", "not a number above 0: 0; write for"),
        ({"lognormal": {"median": "1 s", "p97": "2 s"}}, "lognormal p97", "Extra inputs are not permitted"),
        ({"exponential": {"mean": "0 s"}}, "exponential mean", "nothing at all: '0 s'; write for"),
        ({"exponential": {"mean": 3}}, "exponential mean", "a number without its unit: 3; write '3 s'"),
        ({"uniform": {"from": "2 s", "to": "1 s"}}, "uniform", "to 1 s is not above from 2 s; write"),
        ({"gamma": {"mean": "1 s", "cv": 100}}, "gamma", "cv 100 is out of a gamma's range; write"),
        ({"weibull": {"scale": "1 s", "shape": math.nan}}, "weibull shape", "not a number above 0: nan"),
        ({"pareto": {"minimum": "1 s", "alpha": True}}, "pareto alpha", "not a number above 0: true"),
        ({"quantiles": {"p50": "1 s"}}, "quantiles", "fewer than two percentiles; write two or more"),
        ({"quantiles": {"p50": "2 s", "p90": "1 s"}}, "quantiles", "p90 1 s is below p50 2 s; write values"),
        ({"quantiles": {"p50": "1 s", "p50.0": "2 s"}}, "quantiles", "p50 and p50.0 are the same percentile"),
        ({"quantiles": {"p50": "1 s", "q9": "2 s"}}, "quantiles percentiles q9 [key]", "not a percentile:"),
        ({"quantiles": {"p0": "0 s", "p101": "2 s"}}, "quantiles percentiles p101 [key]", "p0 to p100"),
        ({"mix": [{"share": "5%", "of": "1 s"}]}, "mix", "shares make 5%; write shares that make 100%"),
        ({"mix": [{"share": "50%", "of": "1 s"}, {"share": "50%", "of": "1 B"}]}, "mix", "times and sizes"),
        ({"mix": [{"share": "100%", "of": 1}]}, "mix parts 0 of constant", "a number without its unit"),
        ({"lognormal": {"median": "300 B", "p99": "2 KB"}}, "", "a size, not a time: lognormal(median"),
        ("12 KB", "", "a size, not a time: 12 KB; write for example '30 ms'"),
        ({"samples": {"file": "none.csv"}}, "samples", "no file 'none.csv'; write a path relative to"),
        ({"samples": {"file": "../x.csv"}}, "samples", "'../x.csv' is outside the scenario's folder; copy"),
        ({"samples": {"file": "two.csv"}}, "samples", "two.csv has a, b_ms; write which one as 'column:'"),
        ({"samples": {"file": "two.csv", "column": "a"}}, "samples", "column 'a' has no unit; write"),
        ({"samples": {"file": "two.csv", "column": "b_m"}}, "samples", "no column 'b_m'; write 'b_ms'"),
        ({"samples": {"file": "two.csv", "column": "a", "unit": "s"}}, "samples", "line 3: not a number"),
        ({"samples": {"file": "empty.csv"}}, "samples", "'empty.csv' has no rows; write a header line"),
        ({"samples": {"file": "ragged.csv"}}, "samples", "ragged.csv, line 3: 2 cells; write 1"),
    ],
    ids=str,
)  # fmt: skip
def test_a_refusal_says_what_to_write_instead(written, place, message, tmp_path):
    (tmp_path / "two.csv").write_text("a,b_ms\n1,2\nnan,3\n")
    (tmp_path / "empty.csv").write_text("took_ms\n")
    (tmp_path / "ragged.csv").write_text("took_ms\n1\n2,3\n")
    with pytest.raises(ValidationError) as caught:
        Setting.model_validate({"time": written}, context={"folder": tmp_path})
    errors = {" ".join(map(str, error["loc"])): error["msg"] for error in caught.value.errors()}
    where = [
        found for found in errors if found.replace("constant value", "constant") == f"time {place}".strip()
    ]
    assert where, errors
    assert message in errors[where[0]]


def test_the_lowered_numbers_are_finite_for_every_distribution():
    for written in ALL:
        lowered = distribution(written).lower()
        assert np.isfinite([lowered.a, lowered.b, *lowered.table]).all()


@pytest.mark.parametrize("bare", [200, "200", "many"])
def test_what_is_no_size_is_told_the_units_of_sizes(bare):
    with pytest.raises(ValueError, match=r"write '?.*KB") as refused:
        TypeAdapter(SizeDistribution).validate_python(bare)
    assert "200 s" not in str(refused.value)
