"""A scenario of two designs without a service, for what needs no simulation."""

from __future__ import annotations

from pathlib import Path

from simulator.eras.era import Era
from simulator.scenario.model import Bill, Design, Month, Run, Scenario, Source
from simulator.scenario.objectives import Names, parse_objective
from simulator.services.account import Account
from simulator.traffic.poisson import Poisson

NAMES = Names({"buyers": ()}, (), (), month=True)


def scenario(
    objectives: dict[str, str] | None = None, replications: int = 3, month: bool = False
) -> Scenario:
    """Designs `plain` and `better` for the source `buyers`."""
    era = Era.load("aws-2026")
    written = {"plain": {"checkout": {"memory": "512 MB"}}, "better": {"checkout": {"memory": "1 GB"}}}
    return Scenario(
        name="Flash sale",
        era=era,
        region="us-east-1",
        traffic={"buyers": Source("buyers", "checkout", Poisson.model_validate({"rate": "5/s"}), {})},
        designs={name: Design(name, era, Account(), {}, tree) for name, tree in written.items()},
        windows={},
        objectives=tuple(parse_objective(key, text, NAMES) for key, text in (objectives or {}).items()),
        bill=Bill(month=Month(runs=4, otherwise="idle") if month else None),
        run=Run.model_validate({"for": "10 min", "replications": replications, "engine": "simpy"}),
        folder=Path(),
        hash="0" * 64,
        merged={name: f"name: Flash sale  # {name}\n" for name in written},
    )
