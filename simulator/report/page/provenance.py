"""Where the numbers of a page come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.measure.summary import Summary

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario


def provenance(summary: Summary, scenario: Scenario) -> list[tuple[str, str]]:
    """Where the numbers of a summary come from."""
    found = summary.provenance
    eras, prices = found.get("eras"), found.get("prices")
    return [
        ("version", str(found.get("version", ""))),
        ("scenario", f"sha256 {scenario.hash}"),
        ("seed", str(scenario.run.seed)),
        ("runs of each design", str(summary.replications)),
        ("region", str(found.get("region", ""))),
        ("eras", ", ".join(dict.fromkeys(map(str, eras.values()))) if isinstance(eras, dict) else ""),
        (
            "prices",
            "; ".join(f"{era}: {span['oldest']} to {span['newest']}" for era, span in prices.items())
            if isinstance(prices, dict)
            else "",
        ),
    ]
