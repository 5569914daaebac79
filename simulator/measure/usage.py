"""What a service reports about a run: measured quantities in, billed quantities out."""

from __future__ import annotations

from typing import NamedTuple


class Usage(NamedTuple):
    """A quantity of one item of the price book, used by one service."""

    service: str
    item: str
    quantity: float
