"""Quantities: what is written is what is meant, exactly; what is not clear is refused with a suggestion."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from simulator.values import units
from simulator.values.units import (
    DAY,
    HOUR,
    LONGEST,
    MILLISECOND,
    MINUTE,
    SECOND,
    Duration,
    Memory,
    Money,
    PositiveDuration,
    Rate,
    Share,
    Size,
)

PINT: Any = pint.UnitRegistry()


class Quantities(BaseModel):
    model_config = ConfigDict(frozen=True)

    duration: Duration
    memory: Memory
    size: Size
    rate: Rate
    share: Share
    money: Money


WRITTEN = {
    "duration": "1h30m",
    "memory": "1 GB",
    "size": "12 KB",
    "rate": "0.5/s",
    "share": "0.1%",
    "money": "$900.50",
}


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("100 ms", 100 * MILLISECOND),
        ("100ms", 100 * MILLISECOND),
        ("2 min", 2 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("1 h 30 min", 90 * MINUTE),
        ("1m30s", 90 * SECOND),
        ("2 d 1 ns", 2 * DAY + 1),
        ("0.1 s", 100_000_000),
        ("5 us", 5_000),
        ("5 µs", 5_000),
        (" 0 s ", 0),
        ("36500 d", LONGEST),
    ],
)
def test_durations_are_whole_nanoseconds(text: str, nanoseconds: int) -> None:
    assert units.parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("parse", "text", "base"),
    [
        (units.parse_memory, "512 MB", 512),
        (units.parse_memory, "1 GB", 1024),
        (units.parse_memory, "1.5 GiB", 1536),
        (units.parse_size, "12 KB", 12_288),
        (units.parse_size, "300 B", 300),
        (units.parse_size, "1 MiB", 1 << 20),
        (units.parse_share, "5%", 0.05),
        (units.parse_share, "0.1 %", 0.001),
        (units.parse_money, "$900", 900.0),
        (units.parse_money, "$0.0000002", 2e-7),
        (units.parse_rate, "5000/s", Rate(5000)),
        (units.parse_rate, "2000 / min", Rate(2000, MINUTE)),
        (units.parse_rate, "0.5/s", Rate(1, 2 * SECOND)),
        (units.parse_rate, "1000/10 s", Rate(100)),
        (units.parse_rate, "1/d", Rate(1, DAY)),
    ],
)
def test_other_quantities_are_in_base_units(parse: Any, text: str, base: object) -> None:
    assert parse(text) == base


@pytest.mark.parametrize(
    ("parse", "value", "message"),
    [
        (units.parse_duration, "2 mins", "not a duration: '2 mins'; write '2 min'"),
        (units.parse_duration, "2 Seconds", "not a duration: '2 Seconds'; write '2 s'"),
        (units.parse_duration, "1 hour 5 minutes", "not a duration: '1 hour 5 minutes'; write '1 h 5 min'"),
        (units.parse_duration, "5 m", "not a duration: '5 m'; write '5 min'"),
        (units.parse_duration, 10, "a number without its unit: 10; write '10 s' or '10 ms'"),
        (units.parse_duration, "10", "a number without its unit: 10; write '10 s' or '10 ms'"),
        (units.parse_duration, 1.5, "a number without its unit: 1.5; write '1.5 s' or '1.5 ms'"),
        (units.parse_duration, "1:30", "not a duration: '1:30'; write '1 min 30 s' or '1 h 30 min'"),
        (units.parse_duration, "1:30:05", "not a duration: '1:30:05'; write '1 h 30 min 5 s'"),
        (units.parse_duration, "30 s 1 min", "units out of order: '30 s 1 min'; write '1 min 30 s'"),
        (units.parse_duration, "1 s 1 s", "units out of order: '1 s 1 s'; write each unit once"),
        (units.parse_duration, "0.1 ns", "finer than a nanosecond: '0.1 ns'; write '1 ns'"),
        (units.parse_duration, "36501 d", "longer than a hundred years: '36501 d'; write at most '36500 d'"),
        (units.parse_duration, "-5 s", "a duration cannot be negative: '-5 s'; write for example '100 ms'"),
        (units.parse_duration, True, "not a duration: true; write for example '100 s'"),
        (units.parse_duration, None, "not a duration: nothing; write for example '100 s'"),
        (units.parse_duration, ["1 s"], "not a duration: a list; write for example '100 s'"),
        (units.parse_duration, "1e3 s", "not a duration: '1e3 s'; write for example '100 ms'"),
        (units.parse_positive_duration, "0 s", "no time at all: '0 s'; write a duration longer than 0 s"),
        (units.parse_memory, 512, "a number without its unit: 512; write '512 MB'"),
        (units.parse_memory, "512Mi", "not an amount of memory: '512Mi'; write '512 MB'"),
        (units.parse_memory, "1000 B", "not a whole number of megabytes: '1000 B'; write '1 MB'"),
        (units.parse_size, "12kb", "not a size: '12kb'; write '12 KB'"),
        (units.parse_size, "0.3 B", "not a whole number of bytes: '0.3 B'; write '0 B'"),
        (units.parse_size, "2000 TB", "more than 1024 TB: '2000 TB'; write for example '12 KB'"),
        (units.parse_rate, 5000, "a number without its unit: 5000; write '5000/s' or '5000/min'"),
        (units.parse_rate, "5000 rps", "not a rate: '5000 rps'; write '5000/s'"),
        (units.parse_rate, "5000/sec", "not a rate: '5000/sec'; write '5000/s'"),
        (units.parse_rate, "5000 per minute", "not a rate: '5000 per minute'; write '5000/min'"),
        (units.parse_rate, "1/0 s", "a rate over no time: '1/0 s'; write for example '50/s'"),
        (units.parse_rate, "2/ns", "more than one per nanosecond: '2/ns'; write for example '50/s'"),
        (
            units.parse_share,
            0.05,
            "a number without its unit: 0.05; write '5%' or '0.05%', whichever is meant",
        ),
        (
            units.parse_share,
            "0.001",
            "a number without its unit: 0.001; write '0.1%' or '0.001%', whichever is meant",
        ),
        (units.parse_rate, "10 req/s", "not a rate: '10 req/s'; write '10/s'"),
        (units.parse_rate, "1.5k/s", "not a rate: '1.5k/s'; write '1500/s'"),
        (units.parse_rate, "1,000 requests/min", "not a rate: '1,000 requests/min'; write '1000/min'"),
        (units.parse_share, 1, "a number without its unit: 1; write '100%' or '1%', whichever is meant"),
        (
            units.parse_share,
            1e-7,
            "a number without its unit: 1e-07; write '0.00001%' or '0.0000001%', whichever is meant",
        ),
        (units.parse_share, 5, "a number without its unit: 5; write '5%'"),
        (units.parse_share, "150%", "more than everything: '150%'; write at most '100%'"),
        (units.parse_money, 900, "a number without its unit: 900; write '$900'"),
        (units.parse_money, "$1,000", "not an amount of money: '$1,000'; write '$1000'"),
        (units.parse_money, "900 USD", "not an amount of money: '900 USD'; write '$900'"),
    ],
)
def test_what_is_unclear_is_refused_with_what_to_write_instead(
    parse: Any, value: object, message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        parse(value)
    assert str(caught.value) == message


def test_a_long_text_is_shown_short() -> None:
    with pytest.raises(ValueError, match="…") as caught:
        units.parse_duration("1" * 100_000)
    assert len(str(caught.value)) < 120


@given(st.integers(0, LONGEST))
def test_a_duration_survives_writing_and_reading(nanoseconds: int) -> None:
    assert units.parse_duration(units.format_duration(nanoseconds)) == nanoseconds


@given(st.integers(0, 1 << 50))
def test_a_size_survives_writing_and_reading(count: int) -> None:
    assert units.parse_size(units.format_size(count)) == count


@given(st.integers(0, 1 << 30))
def test_memory_survives_writing_and_reading(megabytes: int) -> None:
    assert units.parse_memory(units.format_memory(megabytes)) == megabytes


@given(st.fractions(0, 1, max_denominator=10**18))
def test_a_rate_survives_writing_and_reading(exact: Fraction) -> None:
    rate = Rate(exact.numerator, exact.denominator)
    assert units.parse_rate(units.format_rate(rate)) == rate


@given(st.floats(0, 1))
def test_a_share_survives_writing_and_reading(share: float) -> None:
    text = units.format_share(share)
    assert len(text) > 60 or units.parse_share(text) == share


@given(st.floats(0, 1e12))
def test_money_survives_writing_and_reading(dollars: float) -> None:
    text = units.format_money(dollars)
    assert len(text) > 60 or units.parse_money(text) == dollars


@given(st.decimals(0, 1000, places=3), st.sampled_from(["us", "ms", "s", "min", "h", "d"]))
def test_durations_agree_with_pint(number: Any, unit: str) -> None:
    expected = PINT.Quantity(Fraction(number), unit).to("ns").magnitude
    assert units.parse_duration(f"{number} {unit}") == pytest.approx(float(expected), rel=1e-12)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.sampled_from(["", " "]))
def test_compound_durations_are_sums(hours: int, minutes: int, seconds: int, space: str) -> None:
    text = f"{hours}{space}h{space}{minutes}{space}min{space}{seconds}{space}s"
    assert units.parse_duration(text) == hours * HOUR + minutes * MINUTE + seconds * SECOND


def test_a_rate_is_in_lowest_terms_so_that_equal_rates_are_equal() -> None:
    assert Rate(120, MINUTE) == Rate(2) == Rate(1, SECOND // 2)
    assert Rate(2000, MINUTE).per_second == pytest.approx(2000 / 60)
    assert str(Rate(2000, MINUTE)) == "2000/min"
    with pytest.raises(ValueError, match="not a rate"):
        Rate(1, 0)


def test_a_model_reads_text_and_writes_the_same_quantities_again() -> None:
    first = Quantities.model_validate(WRITTEN)
    assert tuple(dict(first).values()) == (90 * MINUTE, 1024, 12_288, Rate(1, 2 * SECOND), 0.001, 900.5)
    assert Quantities.model_validate(first.model_dump()) == first
    assert Quantities.model_validate_json(first.model_dump_json()) == first


def test_no_time_is_no_positive_duration() -> None:
    class Patience(BaseModel):
        timeout: PositiveDuration

    with pytest.raises(ValueError, match="no time at all"):
        Patience.model_validate({"timeout": "0 s"})


@pytest.mark.parametrize("name", WRITTEN)
def test_the_pattern_for_editors_takes_what_the_parser_takes(name: str) -> None:
    schema = Quantities.model_json_schema()["properties"][name]
    parse = getattr(units, f"parse_{name}")
    for text in [*schema["examples"], WRITTEN[name]]:
        assert re.search(schema["pattern"], text)
        parse(text)
    for text in ("", "10", "x", "1 x", "-1 s", "$", "%", "/s"):
        assert not re.search(schema["pattern"], text)
        with pytest.raises(ValueError, match="; write"):
            parse(text)


NUMBERS = st.integers(0, 999).map(str)
UNITS = st.sampled_from(["ns", "us", "ms", "s", "min", "m", "h", "d", "mins", "KB"])
PARTS = st.tuples(NUMBERS, st.sampled_from(["", " "]), UNITS).map("".join)


@given(st.lists(PARTS, min_size=1, max_size=3).map(" ".join))
def test_the_pattern_for_durations_takes_what_the_parser_takes_but_for_their_order(text: str) -> None:
    pattern = Quantities.model_json_schema()["properties"]["duration"]["pattern"]
    said = complaint(text)
    assert said == "units out of order" or bool(re.search(pattern, text)) == (not said)


def complaint(duration: str) -> str:
    try:
        units.parse_duration(duration)
    except ValueError as error:
        return str(error).partition(":")[0]
    return ""
