"""What stands on the bill beside computing: logs, NAT gateways, data transfer."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.eras.era import Era
from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from simulator.services.outward import Logs
from tests.harness import Load, Run, function, service

BOOKS = [PriceBook.load(era) for era in ("aws-2026", "aws-2020-08")]
NAT = {"service": "nat_gateway", "gateways": 2}
FLEET = {"service": "server", "servers": 1, "vcpus": 1, "price_per_month": "$50", "duration": "1 ms"}
MB = 1 / 1024


@pytest.mark.parametrize("book", BOOKS)
def test_a_month_of_logs_to_the_cent(book: PriceBook) -> None:
    """The AWS Price List, by infracost: 1,000 GB taken in cost 500, 500 GB stored cost 15."""
    logs = Logs.model_validate({"size": "1 GB", "retention": "365 h"})
    lines = bill(logs.usage("f", 1000), book)
    assert [(line.item, to_the_cent(line.amount_usd)) for line in lines] == [
        ("cloudwatch.logs.ingested", 500.00),
        ("cloudwatch.logs.stored", 15.00),
    ]


@pytest.mark.parametrize("book", BOOKS)
def test_a_month_of_a_nat_gateway_to_the_cent(book: PriceBook) -> None:
    """The AWS Price List, by infracost: 730 hours and 100 GB are 32.85 and 4.50."""
    lines = bill([Usage("n", "nat_gateway.hour", 730), Usage("n", "nat_gateway.data", 100)], book)
    assert [to_the_cent(line.amount_usd) for line in lines] == [32.85, 4.50]


def test_a_function_is_billed_for_what_its_invocations_log_and_exchange(run: Run) -> None:
    """Four invocations; the one that is throttled logs nothing. Two gateways stand there for an hour."""
    settings: dict[str, Any] = {
        "duration": "10 s",
        "timeout": "20 s",
        "vpc": True,
        "reserved_concurrency": 4,
        "logs": {"size": "1 MB", "retention": "730 h"},
        "internet": {"sent": "2 MB", "received": "3 MB", "nat": "out"},
    }
    services = {"f": function(**settings), "out": NAT}
    ran = run(services, Load("f", [0, 0, 0, 0, 1]), until=3600)
    assert ran.outcomes == {"ok": 4, "throttled": 1}
    used = ran.usage("f")
    assert used["cloudwatch.logs.ingested"] == pytest.approx(4 * MB)
    assert used["cloudwatch.logs.stored"] == pytest.approx(4 * MB)
    assert used["data_transfer.out"] == pytest.approx(8 * MB)
    assert used["nat_gateway.data"] == pytest.approx(20 * MB)
    assert ran.usage("out") == {"nat_gateway.hour": pytest.approx(2)}


def test_a_fleet_is_billed_for_the_requests_it_takes(run: Run) -> None:
    """Of three requests one has a place, one waits and one is rejected, which logs nothing."""
    fleet = {**FLEET, "concurrency": 1, "backlog": 1, "logs": "1 MB", "internet": {"received": "1 MB"}}
    ran = run({"web": fleet}, Load("web", [1, 1, 1]), until=60)
    assert ran.counters("web")["rejected"] == 1
    used = ran.usage("web")
    assert used["cloudwatch.logs.ingested"] == pytest.approx(2 * MB)
    assert "cloudwatch.logs.stored" not in used  # nobody said for how long
    assert used["data_transfer.out"] == 0  # data in is free
    assert "nat_gateway.data" not in used


@pytest.mark.parametrize(
    ("vpc", "internet", "said"),
    [
        (True, {"sent": "1 KB"}, "does not reach the internet"),
        (False, {"sent": "1 KB", "nat": "out"}, "only what is attached to a VPC"),
        (False, {"sent": "1 KB"}, None),
        (True, {"sent": "1 KB", "nat": "out"}, None),
    ],
)
def test_the_way_out_of_a_vpc_is_a_nat_gateway(vpc: bool, internet: dict[str, str], said: str | None) -> None:
    one = service(function(duration="1 ms", vpc=vpc, internet=internet))
    mistakes = list(one.check({"f": one, "out": service(NAT)}, Era.load("aws-2026")))
    assert [said in mistake.what for mistake in mistakes] == ([True] if said else [])


def test_a_size_without_its_unit_is_refused() -> None:
    with pytest.raises(ValidationError, match="2 KB"):
        service(function(duration="1 ms", logs=2))


def test_an_exchange_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="write 'sent: 2 KB'"):
        service(function(duration="1 ms", internet={}))
