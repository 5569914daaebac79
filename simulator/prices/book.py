"""Price books: what AWS charges for one unit of each item, by era and Region, with source and date."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple

from simulator.eras.document import document, instead, names
from simulator.errors import PriceError
from simulator.values.units import shown

_BOOKS: Final = "simulator.prices.books"


class Tier(NamedTuple):
    """A price that holds from the end of the tier before it up to so many units of a month."""

    up_to: float
    usd: float
    """Of one unit."""


class Amount(NamedTuple):
    """What a quantity of one item costs."""

    quantity: float
    unit: str
    unit_price_usd: float
    """Averaged over the tiers the quantity reaches into."""
    amount_usd: float


class Allowance(NamedTuple):
    """What AWS gives every account each month without charge, over all the items together."""

    items: tuple[str, ...]
    quantity: float


@dataclass(frozen=True)
class Price:
    """One item of a price book."""

    item: str
    unit: str
    tiers: tuple[Tier, ...]
    source: str
    date: str
    """Of the text or price list read, as precisely as it is known."""
    confidence: str
    """documented or inferred."""
    note: str = ""

    def of(self, quantity: float) -> float:
        """US dollars for a quantity, each tier at its own price."""
        if not 0 <= quantity < math.inf:
            raise PriceError(
                f"{self.item}: a quantity of {quantity}; quantities are finite and never negative"
            )
        usd, start = 0.0, 0.0
        for tier in self.tiers:
            usd += max(0.0, min(quantity, tier.up_to) - start) * tier.usd
            start = tier.up_to
        return usd


@dataclass(frozen=True)
class PriceBook:
    """All prices of one era in one Region."""

    era: str
    region: str
    prices: Mapping[str, Price] = field(repr=False)
    free_monthly: tuple[Allowance, ...] = field(default=(), repr=False)

    @classmethod
    def load(cls, era: str, region: str = "us-east-1") -> PriceBook:
        """The book of an era for a Region."""
        return _load(era, region)

    def price(self, item: str) -> Price:
        if item not in self.prices:
            raise PriceError(
                f"no price of {shown(item)} in the book {self.era}, {self.region}; "
                f"{instead(item, self.prices, 'the book')}"
            )
        return self.prices[item]

    def amount(self, item: str, quantity: float) -> Amount:
        """What a quantity costs, from the first tier on: the total of a month or a run."""
        price = self.price(item)
        usd = price.of(quantity)
        return Amount(quantity, price.unit, usd / quantity if quantity else price.tiers[0].usd, usd)

    @property
    def dates(self) -> tuple[str, str]:
        """The oldest and the newest date among the book's prices."""
        dates = sorted(price.date for price in self.prices.values())
        return dates[0], dates[-1]


@cache
def _load(era: str, region: str) -> PriceBook:
    if era not in names(_BOOKS):
        raise PriceError(f"no price book of era {shown(era)}; {instead(era, names(_BOOKS))}")
    book = document(_BOOKS, f"{era}.yaml")
    if region not in book["regions"]:
        raise PriceError(
            f"no prices of Region {shown(region)} in the book {era};"
            f" {instead(region, book['regions'])}, and read what is billed as that Region's"
        )
    prices = {item: _price(item, entry, book["sources"]) for item, entry in book["regions"][region].items()}
    free = tuple(
        Allowance(tuple(row["items"].split(", ")), float(row["quantity"])) for row in book["free_monthly"]
    )
    return PriceBook(era, region, prices, free)


def _price(item: str, entry: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> Price:
    per = float(entry.get("per", 1))
    tiers = entry.get("tiers", [{"usd": entry.get("usd")}])
    source = sources[entry["source"]]
    return Price(
        item=item,
        unit=entry["unit"],
        tiers=tuple(Tier(float(tier.get("up_to", math.inf)), float(tier["usd"]) / per) for tier in tiers),
        source=source["text"],
        date=source["date"],
        confidence=entry["confidence"],
        note=entry.get("note", ""),
    )
