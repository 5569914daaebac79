"""What the requests of the cheapest design that passes never come to, though those of others do: it may be
cheaper because it does less."""

from __future__ import annotations

from typing import Final

from simulator.measure.summary import DesignSummary, Summary

DEPENDENCIES: Final = ("dynamodb", "elasticache", "external", "rds")
"""Kinds of what requests are about. One front door, queue, function or fleet stands in for another."""


def uncalled(summary: Summary) -> str:
    """`it never calls payments, which containers does`; empty if there is none. What a design leaves out
    altogether stands among what differs."""
    if summary.cheapest is None:
        return ""
    best = summary.designs[summary.cheapest]
    called = {name: _called(design) for name, design in summary.designs.items()}
    never = [
        service
        for service, kind in best.kinds.items()
        if kind in DEPENDENCIES
        and service not in called[summary.cheapest]
        and any(service in found for found in called.values())
    ]
    others = [name for name, found in called.items() if not found.isdisjoint(never)]
    return f"it never calls {', '.join(never)}, which {_does(others)}" if never else ""


def _called(design: DesignSummary) -> set[str]:
    return {service for passed in design.passes.values() for service in passed}


def _does(designs: list[str]) -> str:
    return f"{' and '.join(designs)} {'do' if len(designs) > 1 else 'does'}"
