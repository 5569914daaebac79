"""What came of reaching a limit: requests failed by it, it refused and none did, or what came waited."""

from __future__ import annotations

from simulator.measure.limits import LimitSummary
from simulator.measure.measured import CPUS
from simulator.measure.summary import DesignSummary
from simulator.report.numbers import significant, whole
from simulator.report.words import RECEIVERS, full_of, in_runs, waited

FAILED, REFUSED, WAITED, HELD = "failed", "refused", "waited", ""
EFFECTS = {
    FAILED: "requests failed by it",
    REFUSED: "refused, none failed by it",
    WAITED: "none refused, what came waited",
}
"""From the worst."""
_RANKS = (HELD, WAITED, REFUSED, FAILED)


def effect(limit: LimitSummary) -> str:
    """The worst of EFFECTS that a limit had; empty if less was asked for than it allows."""
    if limit.requests_lost:
        return FAILED
    if limit.first_at_s is not None:
        return WAITED if limit.in_turn else REFUSED
    full = limit.unit in RECEIVERS and limit.ratio >= 1
    return WAITED if full or waited(limit) else HELD


def severity(limit: LimitSummary) -> tuple[int, float]:
    """To sort by: first what it did, then how much was asked of it."""
    return _RANKS.index(effect(limit)), limit.ratio


def note(limit: LimitSummary, design: DesignSummary) -> str:
    """`in 1 of 2 runs`, `waited`, what it is full of, or how busy the CPUs or the busiest of the lanes were;
    often empty."""
    if effect(limit) != WAITED:
        told = [
            "spilled over" * (limit.spilled and limit.first_at_s is not None),
            in_runs(limit, design.replications),
            full_of(limit),
            busy(limit, design),
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
