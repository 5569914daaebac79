"""Simulates AWS serverless designs on the same traffic: latency, failures and cost, with intervals.

    import simulator

    study = simulator.read("scenarios/flash_sale.yaml").run()
    study.latency()

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.errors import ModelError, PriceError, Problem, ScenarioError, SimulatorError
    from simulator.experiment import Comparison, Experiment, Sized, Swept, read
    from simulator.sliders import explore
    from simulator.study.study import Study

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "Experiment",
    "ModelError",
    "PriceError",
    "Problem",
    "ScenarioError",
    "SimulatorError",
    "Sized",
    "Study",
    "Swept",
    "explore",
    "read",
]

_HOMES = {
    "Comparison": "simulator.experiment",
    "Experiment": "simulator.experiment",
    "ModelError": "simulator.errors",
    "PriceError": "simulator.errors",
    "Problem": "simulator.errors",
    "ScenarioError": "simulator.errors",
    "SimulatorError": "simulator.errors",
    "Sized": "simulator.experiment",
    "Study": "simulator.study.study",
    "Swept": "simulator.experiment",
    "explore": "simulator.sliders",
    "read": "simulator.experiment",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
