"""Where the numbers of a page come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.measure.summary import Summary
from simulator.report.inferred import used_by

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario


def inferred(summary: Summary) -> list[tuple[str, str]]:
    """What is taken for true of AWS that nobody documents or has measured: each value, from what and how."""
    said = []
    for one in summary.inferred:
        used = used_by(one, summary)
        note = f" {one.note}" if one.note else ""
        said.append((one.key, f"{one.value}{used and f' (in {used})'}. From {one.source}, {one.date}.{note}"))
    return said


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
