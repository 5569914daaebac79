import pytest

from simulator.eras.era import Era
from simulator.eras.rds_instances import rds_instance, rds_instances


def test_every_class_has_cpus_memory_a_source_and_a_date() -> None:
    for name in rds_instances():
        found = rds_instance(name)
        assert all((found.vcpus, found.memory_mb, found.source, found.date)), name


@pytest.mark.parametrize(
    ("name", "engine", "connections"),
    [
        ("db.t3.micro", "mysql", 76),
        ("db.t3.small", "mysql", 153),
        ("db.t3.medium", "mysql", 307),
        ("db.m5.large", "mysql", 614),
        ("db.r5.large", "mysql", 1228),
        ("db.r5.xlarge", "mysql", 2457),
        ("db.t3.medium", "postgres", 405),
        ("db.m5.large", "postgres", 811),
        ("db.r5.xlarge", "postgres", 3244),
    ],
)
def test_memory_gives_the_published_number_of_connections(name: str, engine: str, connections: int) -> None:
    """db.t3.medium showed 307 (MySQL); the others follow from the same share of the nominal memory."""
    era = Era.load("aws-2026")
    memory = rds_instance(name).memory_mb * 1024**2 * era["rds.memory_share"]
    assert int(memory / era[f"rds.{engine}.bytes_per_connection"]) == connections


def test_an_unknown_class_names_the_nearest() -> None:
    with pytest.raises(
        ValueError, match=r"unknown instance class: 'm5\.large'; did you mean 'db\.m5\.large'\?"
    ):
        rds_instance("m5.large")
