"""What was asked of a limit and what it refused: how an architect learns which limit binds first."""

from __future__ import annotations

from simulator.stations.rule import rule
from simulator.stations.station import Station

SECOND = 1_000_000_000


class Limited(Station):
    """A station that can refuse."""

    asked: int
    refused: int
    first_refused: int
    """When, in ns; -1: never."""
    second: int
    """The second now counted."""
    in_second: int
    """What was asked in it."""
    lost_in_second: int
    peak: int
    """The most asked in any second."""
    lost_peak: int
    """The most refused in any second."""

    def __init__(self, **values: int) -> None:
        super().__init__(**{"first_refused": -1, **values})


@rule
def ask(station: Limited, amount: int, now: int) -> None:
    """Count what is asked for, by whole seconds."""
    station.asked += amount
    second = now // SECOND
    if second != station.second:
        station.second = second
        station.in_second = 0
        station.lost_in_second = 0
    station.in_second += amount
    if station.in_second > station.peak:
        station.peak = station.in_second


@rule
def refuse(station: Limited, amount: int, now: int) -> None:
    """Count what is refused, and remember the first time. To be called in the instant of asking,
    or later by one who has lost patience (then the second is that of the last asking)."""
    if station.refused == 0:
        station.first_refused = now
    station.refused += amount
    station.lost_in_second += amount
    if station.lost_in_second > station.lost_peak:
        station.lost_peak = station.lost_in_second
