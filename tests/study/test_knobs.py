"""Settings to turn, as they are written: values, ranges with a step and a unit."""

from __future__ import annotations

import pytest

from simulator.errors import ScenarioError
from simulator.study.knobs import grid, knobs_of, parse_knob


@pytest.mark.parametrize(
    ("text", "choices", "numbers", "unit"),
    [
        ("a=512 MB,1 GB", ("512 MB", "1 GB"), None, ""),
        ("a=512 MB, 1024 MB", ("512 MB", "1024 MB"), (512, 1024), "MB"),
        ("a=0..3", ("0", "1", "2", "3"), (0, 1, 2, 3), ""),
        ("a=500..2000/500/s", ("500/s", "1000/s", "1500/s", "2000/s"), (500, 1000, 1500, 2000), "/s"),
        ("a=0.1..0.3/0.1%", ("0.1%", "0.2%", "0.3%"), (0.1, 0.2, 0.3), "%"),
        ("a=0,50..100/25", ("0", "50", "75", "100"), (0, 50, 75, 100), ""),
        ("a={mean: 1 s, max: 2 s},3 s", ("{mean: 1 s, max: 2 s}", "3 s"), None, ""),
        ("a='x,y',z", ("'x,y'", "z"), None, ""),
    ],
)
def test_values_and_ranges(
    text: str, choices: tuple[str, ...], numbers: tuple[float, ...] | None, unit: str
) -> None:
    found = parse_knob(text, "--set")
    assert (found.choices, found.numbers, found.unit) == (choices, numbers, unit)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a", "--set a: no path and values; write for example --set 'checkout.memory=512 MB,1 GB'"),
        ("a=", "--set a: an empty value; write values with commas between them"),
        ("a=1,,2", "--set a: an empty value; write values with commas between them"),
        ("a=1,2,1", "--set a: '1' twice; write each value once"),
        ("a=5..1", "--set a: a range that does not go up: '5..1'; write LOW..HIGH"),
        ("a=0..9999999", "--set a: more than 100,000 values: '0..9999999'; write a step: '0..9999999/STEP'"),
    ],
)
def test_a_mistake_says_where_and_what_to_write_instead(text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_knob(text, "--set")
    assert str(caught.value) == said


def test_the_grid_is_every_combination_and_python_writes_lists_or_ranges() -> None:
    knobs = knobs_of({"a": [1, 2], "b": "0..2"})
    assert [one.set(one.choices[0]) for one in knobs] == ["a=1", "b=0"]
    assert grid(knobs) == [("1", "0"), ("1", "1"), ("1", "2"), ("2", "0"), ("2", "1"), ("2", "2")]
