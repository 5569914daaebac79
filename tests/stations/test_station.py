"""What all stations share: named whole numbers, the same as an object and as a record."""

from __future__ import annotations

import pickle

import pytest

from simulator.stations.environment_pool import ConcurrencyQuota, EnvironmentPool
from simulator.stations.server_pool import ServerPool
from simulator.stations.station import Station
from simulator.stations.token_bucket import TokenBucket, token_bucket

KINDS = (ConcurrencyQuota, EnvironmentPool, ServerPool, TokenBucket)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_named_once_and_begins_as_a_whole_number(kind: type[Station]) -> None:
    assert len(set(kind.fields())) == len(kind.fields())
    assert all(type(value) is int for value in kind().values().values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_station_has_no_room_for_other_fields(kind: type[Station]) -> None:
    with pytest.raises(TypeError, match=f"{kind.__name__} has no field colour"):
        kind(colour=1)
    with pytest.raises(AttributeError):
        kind().colour = 1  # type: ignore[attr-defined]


def test_a_limited_station_has_refused_nothing_yet() -> None:
    assert ServerPool().first_refused == -1


def test_a_copy_is_changed_apart() -> None:
    bucket = token_bucket(1, 1, 5)
    other = bucket.copy()
    other.level = 0  # type: ignore[attr-defined]
    assert bucket.level == 5


def test_a_station_can_be_pickled() -> None:
    bucket = token_bucket(3, 7, 5)
    assert pickle.loads(pickle.dumps(bucket)).values() == bucket.values()


def test_a_station_shows_what_is_not_zero() -> None:
    assert repr(ServerPool(capacity=3, first_refused=0)) == "ServerPool(capacity=3)"
