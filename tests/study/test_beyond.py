"""What is written to look beyond the values of a knob."""

from __future__ import annotations

import pytest

from simulator.study.beyond import beyond
from simulator.study.knobs import parse_knob


def number(value: str) -> int:
    return int(value.split(maxsplit=1)[0])


@pytest.mark.parametrize(
    ("values", "end", "least", "most", "said"),
    [
        ("8..20", "lowest", 0, 99, "4..8"),
        ("8..20/4", "lowest", 7, 99, "7..8"),
        ("3..20", "lowest", 2, 99, "2..3"),
        ("2..20", "lowest", 2, 99, ""),
        ("0..20", "lowest", 0, 99, ""),
        ("8..20/4", "highest", 0, 99, "20..40/4"),
        ("8..20/4", "highest", 0, 31, "20..31/4"),
        ("8..20/4", "highest", 0, 20, ""),
        ("512..1024/256 MB", "lowest", 128, 2048, "256..512/256 MB"),
        ("512..1024/256 MB", "lowest", 300, 2048, "300..512/212 MB"),
        ("512..1024/256 MB", "highest", 128, 1536, "1024..1536/256 MB"),
    ],
)
def test_values_go_on_as_far_as_may_be(values: str, end: str, least: int, most: int, said: str) -> None:
    found = beyond(parse_knob(f"a.b={values}", "--knob"), end, lambda one: least <= number(one) <= most)
    assert found == (f"a.b={said}" if said else "")
    assert not said or parse_knob(found, "--knob").numbers is not None
