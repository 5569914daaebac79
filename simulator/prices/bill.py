"""The bill of a design: every service's quantities at the book's prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from simulator.measure.usage import Usage
from simulator.prices.book import PriceBook

_CENT: Final = Decimal("0.01")
_NOISE: Final = Decimal("0.000000001")
"""Finer than any unit price makes a difference, coarser than what float arithmetic leaves behind."""


class Line(NamedTuple):
    """What one service is charged for one item."""

    service: str
    item: str
    quantity: float
    unit: str
    unit_price_usd: float
    """The average over tiers and free units; AWS prints a line for each tier instead."""
    amount_usd: float


def bill(usages: Iterable[Usage], book: PriceBook, free_tier: bool = False) -> tuple[Line, ...]:
    """The lines of a bill, in the order in which services first use an item.

    AWS counts an account's quantities together: tiers apply to the sum of an item over all services,
    and each service bears its share of the amount. `free_tier` takes off what AWS gives each month.
    """
    used: dict[tuple[str, str], float] = {}
    totals: dict[str, float] = {}
    for service, item, quantity in usages:
        used[service, item] = used.get((service, item), 0.0) + quantity
        totals[item] = totals.get(item, 0.0) + quantity
    charged = _without_free(totals, book) if free_tier else totals
    lines = []
    for (service, item), quantity in used.items():
        amount = book.amount(item, charged[item])
        usd = amount.amount_usd * quantity / totals[item] if totals[item] else 0.0
        average = usd / quantity if quantity else amount.unit_price_usd
        lines.append(Line(service, item, quantity, amount.unit, average, usd))
    return tuple(lines)


def _without_free(totals: dict[str, float], book: PriceBook) -> dict[str, float]:
    """What is charged of each total; items that share an allowance use it in proportion."""
    charged = dict(totals)
    for items, free in book.free_monthly:
        together = sum(totals.get(item, 0.0) for item in items)
        for item in totals.keys() & set(items):
            charged[item] = totals[item] * max(0.0, 1 - free / together) if together else 0.0
    return charged


def to_the_cent(usd: float) -> float:
    """An amount as AWS prints it: half a cent rounds up. AWS rounds each line, then adds."""
    return float(Decimal(usd).quantize(_NOISE).quantize(_CENT, ROUND_HALF_UP))
