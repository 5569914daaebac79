"""What came of reaching a limit: requests failed by it, it refused and none did, or what came waited."""

from __future__ import annotations

from simulator.measure.limits import LimitSummary
from simulator.measure.measured import CPUS, SPILLOVERS
from simulator.measure.summary import DesignSummary
from simulator.report.given_up import meanwhile
from simulator.report.numbers import significant, whole
from simulator.report.words import PROVISIONING_RATE, RECEIVERS, full_of, in_runs, waited

FAILED, REFUSED, WAITED, HELD = "failed", "refused", "waited", ""
EFFECTS = {
    FAILED: "requests failed by it",
    REFUSED: "refused, no request failed by it",
    WAITED: "none refused, what came waited",
}
"""From the worst."""
_RANKS = (HELD, WAITED, REFUSED, FAILED)


def in_time(limit: LimitSummary, design: DesignSummary) -> bool:
    """Whether more environments were asked of the rate at which they are provisioned than it allows, and were
    ready all the same before anybody lacked one: no request spilled over, no surge came before them."""
    if limit.limit != PROVISIONING_RATE or not waited(limit):
        return False
    own = [limit.service] if limit.service in design.services else [*design.services]
    spilled = any(design.services[name].get(SPILLOVERS, 0.0) for name in own)
    return not spilled and not any(late.service in own for late in design.late)


def effect(limit: LimitSummary, design: DesignSummary) -> str:
    """The worst of EFFECTS that a limit had; empty if less was asked for than it allows, or was in time."""
    if limit.requests_lost:
        return FAILED
    if limit.first_at_s is not None:
        return WAITED if limit.in_turn else REFUSED
    full = limit.unit in RECEIVERS and limit.ratio >= 1
    return WAITED if full or (waited(limit) and not in_time(limit, design)) else HELD


def severity(limit: LimitSummary, design: DesignSummary) -> tuple[int, float]:
    """To sort by: first what it did, then how much was asked of it."""
    return _RANKS.index(effect(limit, design)), limit.ratio


def note(limit: LimitSummary, design: DesignSummary) -> str:
    """`in 1 of 2 runs`, `waited`, what it is full of, or how busy the CPUs or the busiest of the lanes were;
    often empty."""
    if effect(limit, design) != WAITED:
        told = [
            "all ready in time" * in_time(limit, design),
            "spilled over" * (limit.spilled and limit.first_at_s is not None),
            in_runs(limit, design.replications),
            full_of(limit),
            busy(limit, design),
            meanwhile(limit, design) if effect(limit, design) == REFUSED else "",
        ]
        return ", ".join(filter(None, told))
    if limit.unit not in RECEIVERS:
        return busy(limit, design) or "waited"
    alone = [one.unit for one in design.limits if one.service == limit.service].count("lanes") == 1
    counters = design.services.get(limit.service, {})
    if limit.unit != "lanes" or "busiest_lane_share" not in counters or not alone:
        return f"all {limit.unit} at work"
    share, mean = (
        significant(100 * counters["busiest_lane_share"], 2),
        significant(counters["batch_size_mean"], 2),
    )
    most = whole(counters["batch_size_max"])
    return f"busiest lane at work {share} % of the run, batches of {mean}, at most {most}"


def busy(limit: LimitSummary, design: DesignSummary) -> str:
    """`33 % busy over the run`: of CPUs that were all in use at times; empty of anything else."""
    share = design.services.get(limit.service, {}).get("cpu_utilization_mean")
    if limit.unit != CPUS or limit.ratio < 1 or share is None:
        return ""
    return f"{significant(100 * share, 2)} % busy over the run"
