"""What is billed and has no price, in the words of the settings that it is billed for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from simulator.eras.document import instead
from simulator.errors import Problem
from simulator.prices.book import PriceBook
from simulator.scenario.tree import Node
from simulator.services.service import Service
from simulator.values.written import listed, shown

BOOK: Final = "the price book"


def unpriced(entry: Node, service: Service, item: str, book: PriceBook) -> Problem:
    """An item without a price: `no price of instance 'db.r6g.large' with engine 'mysql' in us-east-1`, at the
    setting that says most of it."""
    billed = item.partition(".")[2]
    said = dict(sorted(_named(service.model_dump(), billed), key=lambda pair: -len(pair[1])))
    where = f"in {book.region}, {book.era}"
    written = (node for value in said.values() for node in entry.walk() if node.value == value)
    node = next(written, entry)
    others = {key: _others(item, value, book) for key, value in said.items()}
    known = [f"{key}: {listed(said[key], all_, BOOK)}" for key, all_ in others.items() if all_]
    if not known or sorted(".".join(said.values()).split(".")) != sorted(billed.split(".")):
        return node.problem(f"no price of {shown(item)} {where}", instead(item, book.prices, BOOK), key=True)
    what = " with ".join(f"{key} {shown(value)}" for key, value in said.items())
    return node.problem(f"no price of {what} {where}", f"write {' or '.join(known)}", key=node is entry)


def _named(settings: Mapping[str, object], billed: str) -> Iterator[tuple[str, str]]:
    """The settings that an item is named after, with their values."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _named(value, billed)
        elif isinstance(value, str) and f".{value}." in f".{billed}.":
            yield key, value


def _others(item: str, value: str, book: PriceBook) -> list[str]:
    """What else may stand in the place of a value of an item that has no price."""
    before, _, after = item.partition(value)
    pattern = re.compile(rf"{re.escape(before)}([^.]+(?:\.[^.]+){{{value.count('.')}}}){re.escape(after)}")
    return [match[1] for other in book.prices if (match := pattern.fullmatch(other))]
