"""The contract of every arrival shape, and what is particular to each."""

import math
import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from pydantic import ValidationError

from simulator.traffic import shapes
from simulator.traffic.points import BLOCK
from simulator.traffic.shape import ArrivalStream
from simulator.values.units import Rate
from tests.traffic.examples import EXAMPLES, FLASH_SALE, arrivals, shape

SECONDS = 100
BY_CHANCE = ["poisson", "stages", "flash_sale", "daily", "burst", "trace"]
BY_CLOCK = ["constant", "live_stream"]


def expected(shape, begin, end, start=0.0):
    """Arrivals between two seconds of the run according to the shape's rate."""
    t_s = np.linspace(begin, end, 200_001)
    rate = shape.rate_at((t_s[1:] + t_s[:-1]) / 2 + start)
    return float(rate.mean() * (end - begin))


@pytest.mark.parametrize("name", EXAMPLES)
def test_arrivals_ascend_before_the_horizon_in_bounded_blocks_of_nanoseconds(name):
    luck, horizon, last = ArrivalStream(1, 0, "buyers"), SECONDS * 10**9, 0
    for block in shape(name).blocks(luck, horizon):
        assert block.dtype == np.int64
        assert 0 < len(block) <= BLOCK
        assert (np.diff(block, prepend=last) >= 0).all()
        last = block[-1]
    assert last < horizon


def test_every_shape_has_an_example():
    assert list(shapes()) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", BY_CHANCE)
def test_as_many_come_as_the_rate_says(name):
    counts = [len(arrivals(shape(name), SECONDS, number)) for number in range(30)]
    mean = expected(shape(name), 0, SECONDS)
    assert abs(np.mean(counts) - mean) < 4 * math.sqrt(mean / len(counts))


@pytest.mark.parametrize("name", BY_CLOCK)
def test_exactly_as_many_come_as_the_rate_says(name):
    assert abs(len(arrivals(shape(name), SECONDS)) - expected(shape(name), 0, SECONDS)) <= 2


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_key_gives_the_same_bytes_and_another_gives_others(name):
    first = arrivals(shape(name), SECONDS).tobytes()
    assert arrivals(shape(name), SECONDS).tobytes() == first
    for other in ({"replication": 1}, {"seed": 2}, {"source": "sellers"}):
        assert (arrivals(shape(name), SECONDS, **other).tobytes() != first) == (name in BY_CHANCE)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_longer_run_begins_with_the_arrivals_of_a_shorter_one(name):
    short, long = arrivals(shape(name), 61.3), arrivals(shape(name), SECONDS)
    assert np.array_equal(long[: len(short)], short)
    assert (long[len(short) :] >= 61.3e9).all()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_shape_is_a_value_without_state(name):
    one = shape(name)
    before = arrivals(one, SECONDS)
    again = pickle.loads(pickle.dumps(one))
    assert again == one
    assert np.array_equal(arrivals(again, SECONDS), before)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_json_schema_takes_the_example_and_refuses_an_unknown_setting(name):
    validator = jsonschema.Draft202012Validator(shapes()[name].model_json_schema())
    validator.validate(EXAMPLES[name])
    assert not validator.is_valid(EXAMPLES[name] | {"surge": 3})


@pytest.mark.parametrize("name", ["flash_sale", "stages", "daily"])
def test_counts_follow_the_changing_rate(name):
    """Exactness, part one: counts in ten bins against the integral of the rate."""
    start = datetime(2026, 11, 27, 14, tzinfo=UTC)
    seconds, midnight_s = (86_400, 14 * 3600) if name == "daily" else (SECONDS, 0)
    bins = np.linspace(0, seconds, 11)
    counts = sum(
        np.histogram(arrivals(shape(name), seconds, number, start=start) / 1e9, bins)[0]
        for number in range(20)
    )
    for count, begin, end in zip(counts, bins, bins[1:], strict=False):
        mean = 20 * expected(shape(name), begin, end, midnight_s)
        assert abs(count - mean) <= 4 * math.sqrt(mean), (name, begin)


@pytest.mark.parametrize("name", ["poisson", "flash_sale", "stages"])
def test_gaps_are_exponential_on_the_clock_of_the_rate(name):
    """Exactness, part two: with time stretched by the rate, gaps are independent and exponential."""
    grid = np.linspace(0, SECONDS, 1_000_001)
    passed = scipy.integrate.cumulative_trapezoid(shape(name).rate_at(grid), grid, initial=0)
    gaps = np.concatenate(
        [
            np.diff(np.interp(arrivals(shape(name), SECONDS, number) / 1e9, grid, passed))
            for number in range(3)
        ]
    )
    assert scipy.stats.kstest(gaps, "expon").pvalue > 0.001
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 4 / math.sqrt(len(gaps))


def test_the_bits_do_not_depend_on_the_processor():
    """NumPy's own logarithms do: their last bit changes with the instructions it finds."""
    script = (
        "import hashlib, numpy as np; from tests.traffic.examples import *\n"
        "from simulator.traffic.points import _exponentials\n"
        "found = [arrivals(shape(name), 100) for name in EXAMPLES]\n"
        "found += [_exponentials(ArrivalStream(1, 0, 'a').generator(), 10**5)]\n"
        "print(hashlib.sha256(b''.join(map(bytes, found))).hexdigest())"
    )
    umath = pytest.importorskip("numpy._core._multiarray_umath")
    found = [feature for feature in umath.__cpu_dispatch__ if umath.__cpu_features__[feature]]
    answers = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"NPY_DISABLE_CPU_FEATURES": features},
            capture_output=True, check=True, text=True,
        ).stdout
        for features in ("", " ".join(found))
    }  # fmt: skip
    assert len(answers) == 1


def test_constant_does_not_drift_after_ten_million_arrivals():
    last = 0
    for block in shape("constant", rate="3000/s").blocks(ArrivalStream(1, 0, "a"), 10**7 * 10**9 // 3000):
        assert block[0] == last * 10**9 // 3000
        last += len(block)
    assert last == 10**7
    assert block[-1] == (10**7 - 1) * 10**9 // 3000


def test_constant_is_exact_for_a_rate_that_divides_nothing():
    rate = Rate(999_983, 86_400 * 10**9)
    times = arrivals(shape("constant", rate=rate), 3600)
    assert times.tolist() == [number * rate.per_ns // rate.count for number in range(len(times))]


def test_hours_without_requests_cost_nothing():
    nothing = FLASH_SALE | {"baseline": "0/s", "starts": "10000 h"}
    assert len(arrivals(shape("flash_sale", **nothing), 3600 * 10_000)) == 0


def test_a_high_rate_needs_no_more_memory_than_a_low_one():
    blocks = shape("poisson", rate="5000000/s").blocks(ArrivalStream(1, 0, "a"), 3600 * 10**9)
    assert max(len(next(blocks)) for _ in range(10)) <= BLOCK


def test_a_sale_without_ramp_jumps_to_its_peak():
    sale = shape("flash_sale", **FLASH_SALE | {"ramp": "0 s"})
    assert sale.rate_at(np.array([39.999, 40, 60, 70, 80])) == pytest.approx([5, 400, 400, 202.5, 103.75])


def test_stages_jump_where_they_take_no_time_and_the_last_target_stays():
    rate = shape("stages").rate_at(np.array([0, 15, 29.999999, 30, 60, 90, 1000]))
    assert rate == pytest.approx([10, 105, 200, 20, 10, 0, 0], rel=1e-5)


@pytest.mark.parametrize("hours", [0, -5, 9])
def test_the_day_peaks_at_its_time_on_the_clock_of_the_run(hours):
    start = datetime(2026, 11, 27, 18, tzinfo=timezone(timedelta(hours=hours)))
    times = arrivals(shape("daily", baseline="0/s", peak="10/s", peak_at="20:30"), 86_400, start=start)
    angle = np.exp(2j * math.pi * times / 86_400e9).mean()
    assert np.angle(angle) / (2 * math.pi) * 24 == pytest.approx(2.5, abs=0.05)


def test_a_burst_comes_at_once_or_evenly_over_its_length():
    at_once = arrivals(shape("burst", every="1 min", requests=3), 61)
    assert at_once.tolist() == [0, 0, 0, 60 * 10**9, 60 * 10**9, 60 * 10**9]
    spread = arrivals(shape("burst", every="1 min", requests=3, length="3 s", starts="1 s"), 60)
    assert spread.tolist() == [10**9, 2 * 10**9, 3 * 10**9]


def test_an_advertisement_calls_its_share_of_the_audience_at_one_instant():
    times, counts = np.unique(arrivals(shape("live_stream"), SECONDS), return_counts=True)
    assert times.tolist() == [10 * 10**9, 50 * 10**9]
    viewers = 181_827 * 150_000 / 193_399  # constant in the file's first minute
    assert counts.tolist() == [round(0.9 * viewers), round(0.6 * viewers)]


def test_users_are_a_closed_loop_that_the_engine_turns():
    users = shape("users")
    assert not users.open
    assert (users.count, users.think.mean(), users.ramp) == (20, 2.0, 10 * 10**9)
    assert users.rate_at(np.array([5.0, 50.0])).tolist() == [5, 10]


def test_a_shape_knows_its_ordinary_rate():
    rates = {name: shape(name).baseline_rate() for name in EXAMPLES}
    assert {name: str(rate) for name, rate in rates.items() if rate} == {
        "constant": "7/s", "poisson": "50/s", "stages": "10/s", "flash_sale": "5/s", "daily": "1/min",
        "burst": "4/s",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change", "place", "message"),
    [
        ("flash_sale", {"peak": "1/s"}, "", "peak 1/s is below baseline 5/s; write a higher peak"),
        ("flash_sale", {"half_life": "0 s"}, "half_life", "no time at all: '0 s'; write a duration longer"),
        ("daily", {"peak": "0.01/s"}, "", "peak 0.01/s is below baseline 1/min; write a higher peak"),
        ("daily", {"peak_at": "8 pm"}, "peak_at", "not a time of day: '8 pm'; write for example '20:00'"),
        ("daily", {"peak_at": "20:00Z"}, "peak_at", "not a time of day: '20:00Z'; write for"),
        ("daily", {"peak_at": 20}, "peak_at", "not a time of day: 20; write for example '20:00'"),
        ("burst", {"length": "8 s"}, "", "longer than the time to the next; write a length of"),
        ("poisson", {"rate": 5}, "rate", "a number without its unit: 5; write '5/s'"),
        ("live_stream", {"ad_breaks": {"late": {"at": "4 h", "share": "9%"}}}, "", "break 'late' at 4 h is"),
        ("trace", {"from": "2019-01-14T00:00:00Z"}, "", "from is not within the 3 h 59 min of"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_write_instead(name, change, place, message):
    with pytest.raises(ValidationError) as caught:
        shape(name, **EXAMPLES[name] | change)
    (error,) = caught.value.errors()
    assert ".".join(map(str, error["loc"])) == place
    assert message in error["msg"]
