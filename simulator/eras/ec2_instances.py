"""EC2 instance types: how many vCPUs and how much memory."""

from __future__ import annotations

from typing import NamedTuple

from simulator.eras.document import document, instead
from simulator.values.units import parse_memory, shown


class Ec2Instance(NamedTuple):
    """One type of virtual machine."""

    name: str
    vcpus: int
    memory_mb: int
    source: str
    date: str


def ec2_instance(name: str) -> Ec2Instance:
    """A type by AWS's name for it, `m5.large`."""
    table = document(__package__, "ec2_instances.yaml")
    if name not in table["types"]:
        raise ValueError(f"unknown instance type: {shown(name)}; {instead(name, table['types'])}")
    row = table["types"][name]
    return Ec2Instance(name, int(row["vcpus"]), parse_memory(row["memory"]), table["source"], table["date"])
