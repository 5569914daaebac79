"""The page of comparisons is what the code says, and its badges are as sure as what they rest on."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from simulator.eras.era import Era, eras
from simulator.prices.book import PriceBook
from validation.mechanisms import MECHANISMS, Mechanism, mechanism_of, standing
from validation.page import modules, number, page
from validation.row import Row

PAGE = Path(__file__).parents[2] / "docs" / "background" / "validation.md"
FAST = [name for name, module in modules().items() if not getattr(module, "SLOW", False)]


@cache
def rows(name: str) -> tuple[Row, ...]:
    return tuple(modules()[name].rows())


def tables(text: str) -> dict[str, list[list[str]]]:
    """The cells of the table under each heading."""
    sections = re.split(r"^## +", text, flags=re.MULTILINE)[1:]
    return {
        section.partition("\n")[0]: [
            [cell.strip() for cell in line.strip("|").split(" | ")]
            for line in section.splitlines()
            if line.startswith("|")
        ]
        for section in sections
    }


def same(printed: str, made: str) -> bool:
    """The same text, or decimal numbers that differ by one in the last digit that is printed."""
    if printed == made or not re.fullmatch(r"-?[\d,]+\.\d+", printed):
        return printed == made
    step = 10.0 ** -len(printed.partition(".")[2])
    return abs(float(printed.replace(",", "")) - float(made.replace(",", ""))) < 1.5 * step


@pytest.mark.parametrize("name", FAST)
def test_every_claim_is_within_what_it_allows_and_what_is_missed_is_beyond(name: str) -> None:
    met = [row for row in rows(name) if row.badge != "missed"]
    assert [row for row in met if not row.error <= row.allowed] == []
    assert [row for row in rows(name) if row.badge == "missed" and not row.error > row.allowed] == []
    assert len({row.claim for row in rows(name)}) == len(rows(name))


@pytest.mark.parametrize("name", FAST)
def test_the_page_says_what_the_code_says(name: str) -> None:
    """If this fails: `python -m validation > docs/background/validation.md`."""
    heading, made = list(tables(page({name: rows(name)})).items())[1]
    printed = tables(PAGE.read_text("utf-8"))[heading]
    assert [line[0] for line in printed] == [line[0] for line in made]
    cells = [pair for lines in zip(printed, made, strict=True) for pair in zip(*lines, strict=True)]
    assert [pair for pair in cells if not same(*pair)] == []


def test_the_page_says_how_sure_each_mechanism_is() -> None:
    made = tables(page({name: rows(name) for name in FAST}))["Mechanisms"]
    known = {mechanism.name for mechanism in MECHANISMS if {name for name, _ in mechanism.rows} <= set(FAST)}
    printed = tables(PAGE.read_text("utf-8"))["Mechanisms"]
    assert [line for line in printed if line[0] in known] == [line for line in made if line[0] in known]
    assert [line[0] for line in printed] == [line[0] for line in made]


def test_the_page_has_a_table_for_every_module() -> None:
    assert len(tables(PAGE.read_text("utf-8"))) == 1 + len(modules())


@pytest.mark.parametrize("era", eras())
def test_every_fact_and_every_price_belongs_to_a_mechanism(era: str) -> None:
    assert [fact for fact in Era.load(era).facts if mechanism_of(fact) is None] == []
    starts = tuple(start for mechanism in MECHANISMS for start in mechanism.prices)
    assert [item for item in PriceBook.load(era).prices if not item.startswith(starts)] == []


def row(claim: str, badge: str) -> Row:
    return Row(claim, "somebody", "ms", 1.0, 1.0, 0.0, 0.0, badge)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mechanism", "badges", "expected"),
    [
        (Mechanism("documented facts"), (), "documented"),
        (MECHANISMS[0], ("measured",), "measured"),
        (MECHANISMS[0], ("documented",), "documented"),
        (MECHANISMS[0], ("measured", "assumed"), "assumed"),
        (MECHANISMS[0], ("measured", "missed"), "assumed"),
        (MECHANISMS[1], (), "assumed"),
        (MECHANISMS[1], ("documented",), "assumed"),
        (MECHANISMS[1], ("measured",), "measured"),
        (MECHANISMS[1], ("calibrated",), "assumed"),
        (Mechanism("x", assumed="so"), ("measured",), "assumed"),
    ],
)
def test_a_mechanism_is_as_sure_as_what_it_rests_on(
    mechanism: Mechanism, badges: tuple[str, ...], expected: str
) -> None:
    """The second mechanism has an inferred fact, the first only documented ones."""
    found = [row("About it: yes", badge) for badge in badges] + [row("About others", "assumed")]
    linked = mechanism._replace(rows=(("module", "About it"),))
    assert standing(linked, {"module": found}).badge == expected


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(3.5, "USD", "3.50"), (10_000, "", "10,000"), (3.14159, "ms", "3.142"), (0.0001234567, "s", "0.0001235"),
     (123456.7, "ms", "123,457"), (-2.5, "%", "-2.5")],
)  # fmt: skip
def test_numbers_are_printed_to_the_cent_or_to_four_digits(value: float, unit: str, text: str) -> None:
    assert number(value, unit) == text
