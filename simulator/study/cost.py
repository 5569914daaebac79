"""What a design costs: its bill per run, and the month that such runs are part of."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.measure.result import Replication
from simulator.measure.statistics import Estimate, estimate
from simulator.measure.summary import Charge
from simulator.measure.usage import Usage
from simulator.prices.bill import Line, bill
from simulator.prices.book import PriceBook

MONTH_S = 730 * 3600
"""AWS's month: 730 hours."""


def per_run(replications: Sequence[Replication], book: PriceBook) -> tuple[tuple[Charge, ...], Estimate]:
    """The mean bill of a run, and the cost of a run."""
    return _mean_of([bill(replication.usage, book) for replication in replications])


def per_thousand(cost_run: Estimate, done: Sequence[int]) -> Estimate:
    """What 1,000 requests that were answered `ok` and are done cost, in runs that had so many of them."""
    each = [
        cost * 1000 / count if count else math.nan for cost, count in zip(cost_run.samples, done, strict=True)
    ]
    total = sum(done)
    return estimate(each, sum(cost_run.samples) * 1000 / total if total else math.nan)


def per_month(
    replications: Sequence[Replication], runs: int, otherwise: Sequence[Replication], book: PriceBook
) -> tuple[tuple[Charge, ...], Estimate]:
    """The mean bill of a month with so many runs and the rest as in `otherwise`, one for each of the
    replications, and its cost.

    Tiers see the month's totals.
    """
    bills = []
    for replication, rest in zip(replications, otherwise, strict=True):
        rest_s = max(MONTH_S - runs * replication.counted_s, 0.0)
        usage = _times(replication, runs) + _times(rest, rest_s / rest.counted_s)
        bills.append(bill(usage, book))
    return _mean_of(bills)


def _mean_of(bills: Sequence[Sequence[Line]]) -> tuple[tuple[Charge, ...], Estimate]:
    lines: dict[tuple[str, str], list[Line]] = {}
    for one in bills:
        for line in one:
            lines.setdefault((line.service, line.item), []).append(line)
    charges = tuple(_mean(found, len(bills)) for found in lines.values())
    return charges, estimate([sum(line.amount_usd for line in one) for one in bills])


def _times(replication: Replication, factor: float) -> list[Usage]:
    return [Usage(one.service, one.item, one.quantity * factor) for one in replication.usage]


def _mean(lines: Sequence[Line], runs: int) -> Charge:
    """One line of several bills; the unit price is what the mean unit cost."""
    quantity = sum(line.quantity for line in lines) / runs
    amount = sum(line.amount_usd for line in lines) / runs
    price = amount / quantity if quantity else lines[0].unit_price_usd
    return Charge(lines[0].service, lines[0].item, quantity, lines[0].unit, price, amount)
