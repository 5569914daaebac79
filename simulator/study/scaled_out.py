"""When fleets scaled out in the runs of a design, and what they wait for before they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.engine.run import demands, program_of
from simulator.measure.measured import CPUS
from simulator.measure.scaled_out import ScaledOut
from simulator.services.ec2 import Ec2
from simulator.services.fleet_control import FleetControl
from simulator.services.scaling_fleet import ScalingFleet

if TYPE_CHECKING:
    from simulator.measure.result import Replication
    from simulator.scenario.model import Scenario


def scaled_out(scenario: Scenario, runs: Sequence[Replication]) -> tuple[ScaledOut, ...]:
    """Of each fleet of the design whose size follows its load."""
    return tuple(_scaled_out(scenario, runs))


def _scaled_out(scenario: Scenario, runs: Sequence[Replication]) -> Iterator[ScaledOut]:
    design = scenario.designs[runs[0].design]
    fleets = [one for one in design.services.values() if isinstance(one, ScalingFleet)]
    if not any(one.target_tracking or one.step_scaling for one in fleets):
        return
    program = program_of(design, demands(scenario), scenario.run.start)
    names = [service for service, _ in program.servers]
    warm_up_s = scenario.run.warm_up / 1e9
    for control in program.controls:
        if not isinstance(control, FleetControl) or control.policy is None:
            continue
        name = names[control.rent.pool]
        counted = [run.series["time_s"] >= min(warm_up_s, run.series["time_s"][-1]) for run in runs]
        levels = [run.series[f"{name}.servers"][of] for run, of in zip(runs, counted, strict=True)]
        times = [run.series["time_s"][of] for run, of in zip(runs, counted, strict=True)]
        grown = [np.flatnonzero(np.diff(level) > 0) for level in levels]
        # at the end of the slice of time in which they come
        first = [float(2 * at[up[0] + 1] - at[up[0]]) for at, up in zip(times, grown, strict=True) if len(up)]
        fleet, (cpus, workers) = design.services[name], control.per_server
        yield ScaledOut(
            name,
            float(np.mean([level[0] for level in levels])),
            float(np.mean([level.max() for level in levels])),
            control.high,
            min(first, default=None),
            max(first, default=None),
            control.policy.out_points,
            control.policy.period / 1e9,
            control.ready_after / 1e9,
            {CPUS: cpus.capacity, "workers": workers.capacity},
            isinstance(fleet, ScalingFleet) and bool(fleet.scheduled_actions),
            isinstance(fleet, Ec2) and not fleet.detailed_monitoring and fleet.metric == "cpu_utilization",
        )
