"""The formulas that the simulator must agree with; each tested against a textbook's number by its users."""

from __future__ import annotations

import math


def erlang_b(servers: int, offered: float) -> float:
    """Share of requests that find all servers busy: B(c) = a B(c-1) / (c + a B(c-1))."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """Share of requests that wait for one of the servers."""
    blocked = erlang_b(servers, offered)
    return blocked / (1 - offered / servers * (1 - blocked))


def line_of_one_server(load: float, cv: float) -> float:
    """Pollaczek and Khinchine: mean number in line before one server whose work has this cv."""
    return load * load * (1 + cv * cv) / (2 * (1 - load))


def lost_at_a_bound(load: float, places: int) -> float:
    """M/M/1/K: share of requests that find all places (the server's included) taken."""
    return (1 - load) * load**places / (1 - load ** (places + 1))


def lost_patience(servers: int, offered: float, patience: float) -> float:
    """M/M/c + D: share that leaves the line after waiting `patience` mean works (Barrer 1957).

    Who comes would wait w with density p e^(-(c-a)w) up to the patience, and as c servers empty it beyond,
    where nobody stays: p e^(a patience) e^(-cw). Without patience it is Erlang B, with endless one Erlang C.
    """
    busy = math.prod(offered / number for number in range(1, servers)) * offered
    still = math.exp(-(servers - offered) * patience)
    lost = busy * still / servers
    waits = busy * (1 - still) / (servers - offered)
    free = sum(offered**number / math.factorial(number) for number in range(servers))
    return lost / (free + waits + lost)
