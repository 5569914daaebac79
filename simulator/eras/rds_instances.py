"""RDS instance classes: how many vCPUs and how much memory."""

from __future__ import annotations

from typing import NamedTuple

from simulator.eras.document import document, instead
from simulator.values.units import parse_memory, shown


class RdsInstance(NamedTuple):
    """One class of database instance."""

    name: str
    vcpus: int
    memory_mb: int
    """Nominal; RDS and the operating system keep a part (the era's `rds.memory_share` is what is left)."""
    source: str
    date: str


def rds_instances() -> tuple[str, ...]:
    """The names of the classes that are known."""
    return tuple(document(__package__, "rds_instances.yaml")["classes"])


def rds_instance(name: str) -> RdsInstance:
    """A class by AWS's name for it, `db.m5.large`."""
    table = document(__package__, "rds_instances.yaml")
    if name not in table["classes"]:
        raise ValueError(f"unknown instance class: {shown(name)}; {instead(name, rds_instances())}")
    row = table["classes"][name]
    return RdsInstance(name, int(row["vcpus"]), parse_memory(row["memory"]), table["source"], table["date"])
