import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook

BOOK = PriceBook.load("aws-2026")
DURATION = "lambda.duration.x86_64"


def test_a_line_says_who_used_how_much_of_what_at_what_price() -> None:
    (line,) = bill([Usage("checkout", "lambda.requests", 5e6)], BOOK)
    assert line[:4] == ("checkout", "lambda.requests", 5e6, "request")
    assert line[4:] == pytest.approx((2e-7, 1.00))


def test_tiers_apply_to_the_sum_of_all_services_and_each_bears_its_share() -> None:
    lines = bill(
        [Usage("small", "http_api.requests", 100e6), Usage("large", "http_api.requests", 300e6)], BOOK
    )
    assert [line.amount_usd for line in lines] == pytest.approx([97.5, 292.5])
    assert [line.unit_price_usd for line in lines] == pytest.approx([390 / 400e6] * 2)


def test_what_a_service_reports_in_parts_is_one_line() -> None:
    lines = bill([Usage("a", DURATION, 1.0), Usage("b", DURATION, 2.0), Usage("a", DURATION, 3.0)], BOOK)
    assert [(line.service, line.quantity) for line in lines] == [("a", 4.0), ("b", 2.0)]


def test_an_item_that_was_not_used_costs_nothing_and_keeps_its_price() -> None:
    (line,) = bill([Usage("idle", "lambda.requests", 0.0)], BOOK)
    assert line[4:] == pytest.approx((2e-7, 0.00))


def test_the_free_allowance_is_off_unless_asked_for() -> None:
    usage = [Usage("f", "lambda.requests", 1_500_000.0)]
    assert bill(usage, BOOK)[0].amount_usd == pytest.approx(0.30)
    assert bill(usage, BOOK, free_tier=True)[0].amount_usd == pytest.approx(0.10)


def test_less_than_the_free_allowance_costs_nothing() -> None:
    assert bill([Usage("f", "lambda.requests", 999_999.0)], BOOK, free_tier=True)[0].amount_usd == 0.0


def test_architectures_use_one_free_allowance_together() -> None:
    usage = [Usage("x", DURATION, 300_000.0), Usage("a", "lambda.duration.arm64", 500_000.0)]
    x86, arm = bill(usage, BOOK, free_tier=True)
    assert x86.amount_usd == pytest.approx(150_000 * 0.0000166667)
    assert arm.amount_usd == pytest.approx(250_000 * 0.0000133334)


@given(st.lists(st.floats(0, 1e10), min_size=1, max_size=6))
def test_the_shares_of_the_services_add_up_to_the_amount_of_the_item(quantities: list[float]) -> None:
    lines = bill(
        [Usage(f"s{number}", DURATION, quantity) for number, quantity in enumerate(quantities)], BOOK
    )
    assert sum(line.amount_usd for line in lines) == pytest.approx(
        BOOK.amount(DURATION, sum(quantities)).amount_usd
    )


@pytest.mark.parametrize(
    ("usd", "printed"), [(421.335, 421.34), (1.005, 1.01), (0.004999, 0.0), (2.5, 2.5), (0.0, 0.0)]
)
def test_half_a_cent_rounds_up(usd: float, printed: float) -> None:
    assert to_the_cent(usd) == printed
