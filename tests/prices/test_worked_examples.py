"""AWS's own worked examples, to the cent, and infracost's lines from the AWS Price List."""

import csv
from math import ceil
from pathlib import Path

import pytest

from simulator.eras.era import Era
from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import Price, PriceBook, Tier
from simulator.values.units import MILLISECOND

NOW, THEN = PriceBook.load("aws-2026"), PriceBook.load("aws-2020-08")
REQUESTS, DURATION = "lambda.requests", "lambda.duration.x86_64"
CACHES = {
    "0.5": 20, "1.6": 38, "6.1": 200, "13.5": 250, "28.4": 500, "58.2": 1000, "118": 1900, "237": 3800,
}  # fmt: skip
"""USD for 1,000 hours of a REST API's cache of so many GB."""
PRINTED = (Path(__file__).parent / "data" / "infracost_monthly_lines.csv").read_text()
LINES = list(csv.reader(PRINTED.splitlines()))[1:]


def cents(book: PriceBook, usage: dict[str, float], free_tier: bool = False) -> list[float]:
    """The lines of one service, rounded one by one as AWS prints them."""
    lines = bill([Usage("function", item, quantity) for item, quantity in usage.items()], book, free_tier)
    return [to_the_cent(line.amount_usd) for line in lines]


def test_lambda_mobile_backend() -> None:
    """3 million requests of 120 ms at 1,536 MB, free allowance applied (Lambda pricing page)."""
    lines = cents(NOW, {DURATION: 3e6 * 0.120 * 1.5, REQUESTS: 3e6}, free_tier=True)
    assert lines == [2.33, 0.40]
    assert to_the_cent(sum(lines)) == 2.73


def test_a_million_messages_of_128_kb_by_sns_of_which_a_million_units_are_free() -> None:
    """The AWS Price List, by infracost: 0.50 for a million publishes; HTTP deliveries 0.06 for 100,000."""
    for book in (NOW, THEN):
        assert cents(book, {"sns.publishes": 2e6}, free_tier=True) == [0.50]
        assert cents(book, {"sns.http_deliveries": 1e5}) == [0.06]


def test_a_million_custom_events_by_event_bridge() -> None:
    """The AWS Price List, by infracost."""
    for book in (NOW, THEN):
        assert cents(book, {"event_bridge.custom_events": 1e6}) == [1.00]


def test_lambda_enriching_telemetry() -> None:
    """10,000 vehicles, 24 h, 31 days, 2 s at 1,024 MB, no free allowance (Lambda pricing page)."""
    lines = cents(NOW, {DURATION: 7.44e6 * 2, REQUESTS: 7.44e6})
    assert lines == [248.00, 1.49]
    assert to_the_cent(sum(lines)) == 249.49


def test_lambda_provisioned_concurrency_for_a_launch() -> None:
    """100 environments of 1,536 MB for 8 h; 0.5 M requests of 100 ms on them, 2.5 M of 120 ms beside them."""
    usage = {
        "lambda.provisioned_concurrency.x86_64": 100 * 1.5 * 8 * 3600,
        REQUESTS: 3e6,
        "lambda.provisioned_duration.x86_64": 0.5e6 * 0.100 * 1.5,
        DURATION: 2.5e6 * 0.120 * 1.5,
    }
    lines = cents(NOW, usage, free_tier=True)
    assert lines == [18.00, 0.40, 0.73, 0.83]
    assert to_the_cent(sum(lines)) == 19.96


def test_lambda_example_of_the_2020_page() -> None:
    """3 million requests of 1 s at 512 MB: 18.74, with the page's own rounding of the price."""
    printed = Price(DURATION, "GB-second", (Tier(float("inf"), 0.00001667),), "", "", "")
    rounded = PriceBook("2020 page", "us-east-1", {**THEN.prices, DURATION: printed}, THEN.free_monthly)
    usage = {DURATION: 3e6 * 1 * 0.5, REQUESTS: 3e6}
    assert cents(rounded, usage, free_tier=True) == [18.34, 0.40]
    assert cents(THEN, usage, free_tier=True) == [18.33, 0.40]


def test_lambda_billed_in_100_ms_in_2020() -> None:
    """3 million requests of 120 ms at 1,536 MB count 200 ms each: 8.73 instead of today's 2.73."""
    granularity = Era.load("aws-2020-08")["lambda.billing_granularity"]
    billed_s = ceil(120 * MILLISECOND / granularity) * granularity / 1e9
    lines = cents(THEN, {DURATION: 3e6 * billed_s * 1.5, REQUESTS: 3e6}, free_tier=True)
    assert lines == [8.33, 0.40]


def test_http_api_of_10_000_requests_a_minute() -> None:
    """432 million requests in 30 days, 12 KB in and 46 KB out: one metering unit each."""
    unit = Era.load("aws-2026")["http_api.metering_unit"]
    units = ceil(46 * 1024 / unit)
    assert cents(NOW, {"http_api.requests": 10_000 * 60 * 24 * 30 * units}) == [418.80]


def test_http_api_meters_a_large_upload_several_times() -> None:
    assert ceil(4.5 * 1024**2 / Era.load("aws-2026")["http_api.metering_unit"]) == 9


def test_rest_api_with_its_data_transfer() -> None:
    """5 million calls that each return 3 KB."""
    lines = cents(NOW, {"rest_api.requests": 5e6, "data_transfer.out": 5e6 * 3 / 1024**2})
    assert lines == [17.50, 1.29]
    assert to_the_cent(sum(lines)) == 18.79


def test_rest_api_cache_for_a_day() -> None:
    assert NOW.amount("rest_api.cache.1.6GB", 24).amount_usd == pytest.approx(0.912)


def test_websocket_api_of_a_chat() -> None:
    """18 million messages and 21.6 million minutes of connection."""
    usage = {"websocket_api.messages": 18e6, "websocket_api.connection_minutes": 21.6e6}
    assert cents(NOW, usage) == [18.00, 5.40]


def test_fargate_for_ten_minutes_a_day() -> None:
    """Five tasks of 1 vCPU, 2 GB and 30 GB of disk, 600 s a day for 30 days (Fargate pricing page)."""
    hours = 5 * 30 * 600 / 3600
    usage = {
        "fargate.vcpu.x86_64": hours,
        "fargate.memory.x86_64": 2 * hours,
        "fargate.ephemeral_storage": 10 * hours,
    }
    assert cents(NOW, usage) == [1.01, 0.22, 0.03]


def test_rds_proxy_for_a_month() -> None:
    """Two vCPUs, 730 h."""
    assert cents(NOW, {"rds.proxy": 2 * 730}) == [21.90]


@pytest.mark.parametrize(
    ("item", "quantity", "then", "now"),
    [
        ("lambda.requests", 1e6, 0.20, 0.20),
        (DURATION, 1e9, 16666.7, 16666.7),
        # 6 billion at the first price, 9 at the second, 1 at the third; in 2020 there was one price
        (DURATION, 16e9, 266667.2, 100000.2 + 135000.0 + 13333.4),
        ("lambda.provisioned_concurrency.x86_64", 1e9, 4167.0, 4166.7),
        ("lambda.provisioned_duration.x86_64", 1e9, 9722.0, 9722.2),
        ("lambda.ephemeral_storage", 1e9, None, 30.9),
        ("lambda.snap_start.cache", 1e9, None, 1504.6),
        ("lambda.snap_start.restore", 1e6, None, 139.7998),
        ("http_api.requests", 400e6, 300 + 90, 300 + 90),
        # 333 million, 667 million, 19 billion, and a billion beyond
        ("rest_api.requests", 21e9, 49763.10, 1165.50 + 1867.60 + 45220 + 1510),
        *((f"rest_api.cache.{size}GB", 1000, usd, usd) for size, usd in CACHES.items()),
        ("data_transfer.out", 10 * 1024, 921.6, 921.6),
    ],
)
def test_lambda_and_api_gateway_cost_what_their_pages_say(
    item: str, quantity: float, then: float | None, now: float
) -> None:
    assert NOW.amount(item, quantity).amount_usd == pytest.approx(now, rel=1e-9)
    if then is None:
        assert item not in THEN.prices
    else:
        assert THEN.amount(item, quantity).amount_usd == pytest.approx(then, rel=1e-9)


@pytest.mark.parametrize(("item", "quantity", "usd"), LINES)
def test_a_month_costs_what_the_price_list_says(item: str, quantity: str, usd: str) -> None:
    assert to_the_cent(NOW.amount(item, float(quantity)).amount_usd) == float(usd)
