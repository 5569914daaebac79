"""One line before servers: Erlang C, Pollaczek and Khinchine, a bounded line, patience.

Each figure comes from independent replications; the theory must lie within four standard errors.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simulator.values.units import SECOND
from tests.harness import Line, Load, Ran, Run
from tests.theory.agreement import agrees, poisson
from tests.theory.formulas import erlang_b, erlang_c, line_of_one_server, lost_at_a_bound, lost_patience

REPLICATIONS = 24
EXPONENTIAL = {"exponential": {"mean": "1 s"}}


def test_the_formulas_give_the_textbooks_numbers() -> None:
    assert erlang_c(1, 0.7) == pytest.approx(0.7)
    assert erlang_c(4, 3.6) / (4 - 3.6) == pytest.approx(1.9694, abs=1e-4)  # M/M/4 at 90 %: mean wait
    assert line_of_one_server(0.5, 1.0) == 0.5
    assert lost_at_a_bound(0.5, 1) == pytest.approx(1 / 3)
    assert lost_patience(1, 0.5, 0.0) == pytest.approx(1 / 3)
    assert lost_patience(4, 3.6, 0.0) == pytest.approx(erlang_b(4, 3.6))
    # of those who wait, by Erlang C, e^(-(c-a)w) are still there after w: few are lost late, and these
    late = erlang_c(4, 3.0) * math.exp(-(4 - 3.0) * 20)
    assert lost_patience(4, 3.0, 20.0) == pytest.approx(late * (1 - 3.0 / 4), rel=1e-6)


def runs(run: Run, rate: float, requests: int, rows: bool = False, **line: Any) -> list[Ran]:
    """Independent replications of so many requests; the first fifth is warm-up."""
    services, until = {"line": Line(**{"work": EXPONENTIAL, **line})}, requests / rate
    traffic = [Load("line", poisson(rate, until, seed=number)) for number in range(REPLICATIONS)]
    return [
        run(services, load, until=until, warm_up=until / 5, number=number, rows=rows)
        for number, load in enumerate(traffic)
    ]


def averages(ran: list[Ran], field: str) -> list[float]:
    """Time averages of a level of the line."""
    return [each.seen("line")[f"servers.{field}_ns"] / each.counted_ns for each in ran]


def dropped(ran: list[Ran]) -> list[float]:
    """Shares of the requests that were not served."""
    return [each.load.outcomes["dropped"] / each.load.requests for each in ran]


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (4, 0.8), (16, 0.9)])
def test_the_line_before_exponential_servers_is_erlang_cs(
    run: Run, longer: int, servers: int, load: float
) -> None:
    offered = servers * load
    ran = runs(run, offered, 2000 * longer, servers=servers)
    in_line = erlang_c(servers, offered) * load / (1 - load)
    agrees(f"number in line, M/M/{servers} at {load}", averages(ran, "waiting"), in_line)
    agrees(f"busy servers, M/M/{servers} at {load}", averages(ran, "busy"), offered)


def test_one_server_is_lindleys_recursion_to_the_nanosecond(run: Run) -> None:
    """So the intervals that hold the truth on the recursion (`test_percentiles`) do so on a run."""
    arrived = poisson(0.8, 2000.0, seed=5)
    lines = [{"line": Line(work=EXPONENTIAL, servers=count)} for count in (10**6, 1)]
    ran = [run(line, Load("line", arrived), until=9000.0, rows=True) for line in lines]
    alone, crowded = ({row.identity: row for row in one.log} for one in ran)
    stays, free = [], 0
    for identity in sorted(alone):
        request = alone[identity]
        free = max(free, request.arrived) + request.answered - request.arrived
        stays.append(free - request.arrived)
    assert len(stays) == len(arrived)
    assert stays == [crowded[identity].answered - crowded[identity].arrived for identity in sorted(crowded)]


def test_the_wait_itself_is_exponential_beyond_zero(run: Run) -> None:
    """The same requests with a server each show their work; what they take longer is their wait."""
    servers, offered, waits = 3, 2.1, []
    alone = runs(run, offered, 1500, rows=True, servers=10**6)
    crowded = runs(run, offered, 1500, rows=True, servers=servers)
    for one, other in zip(alone, crowded, strict=True):
        work = {row.identity: row.answered - row.arrived for row in one.log}
        waits.append([row.answered - row.arrived - work[row.identity] for row in other.log])
    for seconds in (0.0, 0.5, 2.0):
        longer = [float(np.mean(np.array(wait) > seconds * SECOND)) for wait in waits]
        theory = erlang_c(servers, offered) * math.exp(-(servers - offered) * seconds)
        agrees(f"share that waits longer than {seconds} s", longer, theory)


@pytest.mark.parametrize(("work", "cv"), [("1 s", 0.0), ({"lognormal": {"mean": "1 s", "cv": 1.5}}, 1.5)])
def test_the_line_before_one_server_is_pollaczek_and_khinchines(
    run: Run, longer: int, work: Any, cv: float
) -> None:
    ran = runs(run, 0.7, 2000 * longer, work=work)
    agrees(f"number in line, cv {cv}", averages(ran, "waiting"), line_of_one_server(0.7, cv))


def test_a_bounded_line_turns_away_as_many_as_theory_says(run: Run, longer: int) -> None:
    ran = runs(run, 0.8, 1200 * longer, bound=3)
    agrees("share turned away, M/M/1/4 at 0.8", dropped(ran), lost_at_a_bound(0.8, 4))


@pytest.mark.parametrize(("servers", "load", "patience"), [(1, 0.7, 2), (1, 1.3, 2), (4, 1.1, 0.5)])
def test_as_many_lose_patience_as_erlang_c_with_patience_says(
    run: Run, longer: int, servers: int, load: float, patience: float
) -> None:
    offered = servers * load
    ran = runs(run, offered, 1200 * longer, servers=servers, patience=f"{round(1000 * patience)} ms")
    lost = lost_patience(servers, offered, patience)
    agrees(f"share that leaves {servers} servers after {patience} s at {load}", dropped(ran), lost)


def test_a_fleet_whose_cpus_are_its_bottleneck_waits_as_erlang_c_says(run: Run, longer: int) -> None:
    """Two servers with two CPUs each, pooled: M/M/4; the places for requests are never all taken."""
    fleet = {"service": "server", "servers": 2, "vcpus": 2, "price_per_month": "$1", "duration": EXPONENTIAL}
    offered, requests = 4 * 0.8, 2000 * longer
    until = requests / offered
    ran = [
        run({"line": fleet}, Load("line", poisson(offered, until, seed)), until=until, warm_up=until / 5,
            number=seed, rows=False)
        for seed in range(REPLICATIONS)
    ]  # fmt: skip
    waiting = [each.seen("line")["vcpus.waiting_ns"] / each.counted_ns for each in ran]
    agrees("number waiting for a CPU", waiting, erlang_c(4, offered) * 0.8 / 0.2)


def test_a_fleet_refuses_at_its_backlog_as_a_bounded_line_does(run: Run, longer: int) -> None:
    """With a bounded line in front of one worker it is M/M/1/K: K counts the one being served."""
    fleet = {"service": "server", "servers": 1, "vcpus": 1, "price_per_month": "$1", "duration": EXPONENTIAL,
             "concurrency": 1, "backlog": 3}  # fmt: skip
    offered, requests = 0.9, 1000 * longer
    until = requests / offered
    ran = [
        run({"line": fleet}, Load("line", poisson(offered, until, seed)), until=until, warm_up=until / 5,
            number=seed, rows=False)
        for seed in range(REPLICATIONS)
    ]  # fmt: skip
    lost = [each.load.failed / each.load.requests for each in ran]
    agrees("share refused at the backlog", lost, lost_at_a_bound(0.9, 4))
