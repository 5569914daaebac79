"""Where the compiled engine keeps stations: whole lines of the processor's cache, and places in 32 bits."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine import growth
from simulator.engine.compiled_kernel import addresses
from simulator.engine.families import Family
from simulator.engine.layout import lay_out
from simulator.engine.machine import DTYPES, HEAP_ROOM, IN_LINE, NEEDED
from simulator.engine.storage import Arrays, Lists, Storage, values_of
from simulator.errors import ModelError
from simulator.stations.hints import LINE
from simulator.stations.mailbox import Item, Lane, Mailbox
from simulator.stations.station import MOST_PLACES, Station
from tests.harness import Load, build, function
from tests.harness import run as run_on

ONE_LINE: tuple[tuple[type[Station], str], ...] = ((Item, "items"), (Lane, "lanes"), (Family, "families"))
KINDS = (*ONE_LINE, (Mailbox, "mailboxes"))


def test_an_item_a_lane_or_a_family_is_one_line_of_the_cache() -> None:
    assert [DTYPES[field].itemsize for _, field in ONE_LINE] == [LINE, LINE, LINE]


@pytest.mark.parametrize(("kind", "field"), KINDS)
def test_stations_with_places_begin_with_a_line_of_the_cache(kind: type[Station], field: str) -> None:
    assert DTYPES[field].itemsize % LINE == 0
    storage = Arrays()
    for many in (1, 3, 100):
        stations = storage.records([kind() for _ in range(many)], field)
        for _ in range(3):
            assert stations.ctypes.data % LINE == 0
            stations = storage.grown(stations, kind)


@pytest.mark.parametrize(("kind", "field"), KINDS)
def test_what_has_grown_keeps_every_field_up_to_its_bound_and_the_rest_is_zero(
    kind: type[Station], field: str
) -> None:
    storage = Arrays()
    most = {name: MOST_PLACES if name in kind.all_places else (1 << 63) - 1 for name in kind.fields()}
    stations = storage.records([kind(**most), kind(**dict.fromkeys(most, -1))], field)
    grown = storage.grown(stations, kind)
    assert grown.dtype == DTYPES[field]
    for name, value in most.items():
        assert grown[name].tolist() == [value, -1, 0, 0]


def test_times_identities_and_sizes_are_no_places() -> None:
    wide = [set(kind.fields()) - kind.all_places for kind, _ in ONE_LINE]
    assert wide == [
        {"identity", "since", "size", "tries"},
        {"bytes"},
        {"arrived", "sent", "identity", "messages", "since"},
    ]
    for (_, field), names in zip(ONE_LINE, wide, strict=True):
        assert {DTYPES[field][name] for name in names} == {np.dtype(np.int64)}


def test_what_a_put_touches_of_a_mailbox_lies_in_two_lines_of_the_cache() -> None:
    named = DTYPES["mailboxes"].fields
    assert named is not None
    touched = (
        "tallied waiting_ns receivers_ns put put_bytes most_waiting base ready_head gatherer idle most_held"
    )
    assert max(named[name][1] for name in (*touched.split(), *Mailbox.all_places)) < 2 * LINE
    # of messages that nobody receives there may be more than there is room for: they are counted only
    assert not Mailbox.all_places & {"waiting", "most_waiting", "put", "tallied", "ready_bytes"}


@pytest.mark.parametrize("storage", [Arrays(), Lists()])
def test_stations_are_read_and_written_where_they_are_one_by_one_and_a_field_of_all(storage: Storage) -> None:
    kept = storage.records([Mailbox(put=place) for place in range(5)], "mailboxes")
    mailboxes = storage.views(kept)
    mailboxes[1:4][2].put = 30
    mailboxes[-1].put = 40
    assert [mailbox.put for mailbox in mailboxes] == [0, 1, 2, 30, 40]
    assert values_of(mailboxes[1:4], "put") == [1, 2, 30]
    assert storage.view(kept, 3).put == 30
    with pytest.raises(IndexError):
        mailboxes[5]


def test_a_sum_over_stations_is_exact_beyond_64_bits() -> None:
    storage = Arrays()
    most = (1 << 63) - 1
    mailboxes = storage.views(storage.records([Mailbox(waiting_ns=most)] * 3, "mailboxes"))
    assert sum(values_of(mailboxes, "waiting_ns")) == 3 * most


def test_only_arrays_that_a_machine_does_not_share_with_the_one_before_are_looked_up_again() -> None:
    program, storage = build({"f": function(duration="1 s")}, Load("f")), Arrays()
    before = lay_out(program, np.zeros(8, np.int64), 1, 0, storage, 8, 0)
    machine = before._replace(families=storage.grown(before.families, Family), times=storage.integers([1, 2]))
    places = addresses(machine, before, addresses(before, None, None).copy())
    assert places.tolist() == addresses(machine, None, None).tolist()
    place = machine._fields.index("families")
    assert places[2 * place : 2 * place + 2].tolist() == [machine.families.ctypes.data, 16]


def test_more_messages_at_a_time_than_can_be_numbered_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "MOST_PLACES", 128)
    services = {
        "q": {"service": "sqs"},
        "f": function(duration="30 s", timeout="60 s", events={"mail": {"from": "q", "batch_size": 1}}),
    }
    with pytest.raises(ModelError, match="more than 128 messages"):
        run_on(services, Load("q", [0.0] * 200), engine="interpreted")


def test_there_is_room_for_two_things_due_for_each_who_waits_for_a_batch() -> None:
    """More than there are requests; without it the loop would ask for room for ever."""
    program = build({"f": function(duration="1 s")}, Load("f", [0]))
    machine = lay_out(program, [0], 1, 0, Lists(), 64, 0)
    machine.state[IN_LINE], machine.state[NEEDED] = 2 * 62, 1
    grown = growth.more_room(machine, Lists())
    assert grown.state[HEAP_ROOM] >= grown.state[IN_LINE] + 1 + 8
    assert len(grown.heap) >= 2 * grown.state[HEAP_ROOM]
