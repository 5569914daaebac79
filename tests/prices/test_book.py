import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.eras.era import eras
from simulator.errors import PriceError
from simulator.prices.book import PriceBook
from simulator.prices.items import billed_as

BOOK = PriceBook.load("aws-2026")


@pytest.mark.parametrize("era", eras())
def test_every_price_has_a_unit_a_source_a_date_and_a_known_confidence(era: str) -> None:
    for item, price in PriceBook.load(era).prices.items():
        assert all((price.unit, price.source, price.date)), item
        assert price.confidence in ("documented", "inferred"), item
        assert price.note or price.confidence != "inferred", item


@pytest.mark.parametrize("era", eras())
def test_every_tier_begins_where_the_last_ends_and_the_last_has_no_end(era: str) -> None:
    for item, price in PriceBook.load(era).prices.items():
        ends = [tier.up_to for tier in price.tiers]
        assert ends == sorted(set(ends)), item
        assert ends[-1] == float("inf"), item
        assert all(tier.usd > 0 for tier in price.tiers), item


@pytest.mark.parametrize("era", eras())
def test_every_item_has_words_of_its_own(era: str) -> None:
    said = {item: billed_as(item) for item in PriceBook.load(era).prices}
    assert len(set(said.values())) == len(said)
    for item, words in said.items():
        assert item not in words, item
    assert billed_as("rds.postgres.db.r6g.large") == "RDS for PostgreSQL db.r6g.large"
    assert billed_as("mine.requests") == "mine.requests", "nobody has words for it"


@given(st.sampled_from(sorted(BOOK.prices)), st.floats(0, 1e12), st.floats(0, 1e12))
def test_more_never_costs_less(item: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert BOOK.amount(item, low).amount_usd <= BOOK.amount(item, high).amount_usd * (1 + 1e-12)


@pytest.mark.parametrize(
    ("quantity", "usd"),
    [(0, 0.0), (1, 0.000001), (300e6, 300.0), (300e6 + 1, 300.0000009), (400e6, 390.0)],
)
def test_a_tiers_price_holds_for_what_lies_in_the_tier(quantity: float, usd: float) -> None:
    assert BOOK.amount("http_api.requests", quantity).amount_usd == pytest.approx(usd, rel=1e-9)


def test_the_unit_price_is_the_average_over_the_tiers() -> None:
    assert BOOK.amount("http_api.requests", 400e6).unit_price_usd == pytest.approx(390 / 400e6)
    assert BOOK.amount("http_api.requests", 0).unit_price_usd == pytest.approx(1e-6)


def test_a_book_says_how_old_its_prices_are() -> None:
    assert BOOK.dates == ("2025", "2026-09-03")


def test_an_unknown_item_names_the_nearest() -> None:
    with pytest.raises(
        PriceError, match=r"no price of 'lambda\.request' in .*; did you mean 'lambda\.requests'\?"
    ):
        BOOK.amount("lambda.request", 1)


def test_arm_had_no_price_in_2020() -> None:
    with pytest.raises(PriceError, match=r"no price of 'lambda\.duration\.arm64' in the book aws-2020-08"):
        PriceBook.load("aws-2020-08").price("lambda.duration.arm64")


def test_an_unknown_region_says_which_there_are() -> None:
    with pytest.raises(
        PriceError,
        match=r"no prices of Region 'eu-south-1' in the book aws-2026; write 'us-east-1', and read what",
    ):
        PriceBook.load("aws-2026", "eu-south-1")


def test_an_unknown_era_names_the_nearest() -> None:
    with pytest.raises(
        PriceError, match=r"no price book of era 'aws-2020'; write 'aws-2020-08' or 'aws-2026'"
    ):
        PriceBook.load("aws-2020")


@pytest.mark.parametrize("quantity", [-1.0, float("inf"), float("nan")])
def test_a_quantity_that_cannot_be_is_refused(quantity: float) -> None:
    with pytest.raises(PriceError, match=r"lambda\.requests: a quantity of "):
        BOOK.amount("lambda.requests", quantity)
