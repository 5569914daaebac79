"""Luck is a function of request, service, purpose and attempt: nothing else in a run disturbs it."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.values.units import MILLISECOND
from tests.harness import Line, Load, Ran, Run, function

REQUESTS = np.arange(300, dtype=np.int64) * MILLISECOND
WORK = {"lognormal": {"median": "200 ms", "p99": "2 s"}}


def external(mean: str) -> dict[str, Any]:
    return {"service": "external", "latency": {"exponential": {"mean": mean}}}


def calling(*names: str) -> dict[str, Any]:
    """A function that works, then calls these."""
    return function(handler=[{"work": WORK}, *({"call": name} for name in names)], timeout="900 s")


def latencies(ran: Ran, name: str = "load") -> np.ndarray:
    """Of the requests of a source, in the order of their numbers."""
    place = ran.program.types.index(name)
    rows = sorted((row for row in ran.log if row.type == place), key=lambda row: row.identity)
    return np.array([row.answered - row.sent for row in rows])


def test_a_service_added_to_a_design_changes_nobody_elses_draws(run: Run) -> None:
    bank, stock = external("1 s"), external("2 s")
    alone = latencies(run({"f": calling("bank"), "bank": bank}, Load("f", REQUESTS)))
    added = latencies(run({"f": calling("stock", "bank"), "bank": bank, "stock": stock}, Load("f", REQUESTS)))
    only_stock = latencies(run({"stock": stock}, Load("stock", REQUESTS)))
    assert len(set(alone.tolist())) == len(alone)
    assert (added == alone + only_stock).all()


def test_another_source_of_traffic_changes_nobody_elses_draws(run: Run) -> None:
    services = {"f": calling("bank"), "bank": external("1 s")}
    alone = run(services, Load("f", REQUESTS))
    crowded = run(services, Load("f", REQUESTS, name="other"), Load("f", REQUESTS))
    assert (latencies(crowded) == latencies(alone)).all()
    assert not (latencies(crowded, "other") == latencies(crowded)).any()


def test_the_order_of_events_changes_no_draws(run: Run) -> None:
    services = {"f": calling("bank"), "bank": external("1 s")}
    dense, sparse = run(services, Load("f", REQUESTS)), run(services, Load("f", REQUESTS * 1000), until=400)
    assert (latencies(dense) == latencies(sparse)).all()
    assert [row.identity for row in dense.log] != [row.identity for row in sparse.log]


def test_who_waits_has_the_luck_of_who_does_not(run: Run) -> None:
    work = {"exponential": {"mean": "1 s"}}
    free = run({"line": Line(work=work, servers=300)}, Load("line", REQUESTS), until=3000)
    crowded = run({"line": Line(work=work, servers=1)}, Load("line", REQUESTS), until=3000)
    assert crowded.seen("line")["servers.busy_ns"] == free.seen("line")["servers.busy_ns"]


def test_two_designs_meet_the_same_requests_with_the_same_luck(run: Run) -> None:
    mix = {"browse": 0.7, "order": 0.3}
    bank = external("1 s")
    plain = run({"api": bank}, Load("api", REQUESTS, mix=mix))
    other = run({"api": calling("bank"), "bank": bank}, Load("api", REQUESTS, mix=mix))

    def kinds(ran: Ran) -> list[tuple[int, int, int]]:
        return sorted((row.identity, row.arrived, row.type) for row in ran.log)

    assert kinds(plain) == kinds(other)


def test_each_replication_and_each_seed_has_its_own_luck(run: Run) -> None:
    services = {"f": calling()}
    seen = [
        tuple(latencies(run(services, Load("f", REQUESTS[:20]), seed=seed, number=number)))
        for seed, number in ((1, 0), (1, 1), (2, 0), (2, 1))
    ]
    assert len(set(seen)) == 4


def test_a_run_leaves_nothing_behind_for_the_next(run: Run) -> None:
    services = {"f": calling("bank"), "bank": {**external("1 s"), "capacity": "50/s", "fails": "10%"}}
    first, *_, last = (run(services, Load("f", REQUESTS), number=number) for number in (3, 0, 1, 3))
    assert first.log == last.log
    assert first.seen("f").values == last.seen("f").values


def test_the_name_of_a_service_is_its_luck_and_not_its_place(run: Run) -> None:
    one = {"f": calling("a", "b"), "a": external("1 s"), "b": external("1 s")}
    turned = {"b": external("1 s"), "a": external("1 s"), "f": calling("b", "a")}
    assert (latencies(run(one, Load("f", REQUESTS))) == latencies(run(turned, Load("f", REQUESTS)))).all()
