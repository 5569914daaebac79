"""Merging sources into one order."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.traffic.arrivals import merge
from simulator.traffic.shape import ArrivalStream
from tests.traffic.examples import EXAMPLES, shape

blocks = st.lists(st.lists(st.integers(0, 12)).map(sorted), max_size=5)


def ascending(written):
    """Blocks of one source: each begins where the last one ended."""
    last, result = 0, []
    for block in written:
        result.append(np.array(block, np.int64) + last)
        last = int(result[-1][-1]) if block else last
    return result


@given(st.lists(blocks.map(ascending), min_size=1, max_size=4))
def test_the_order_is_time_then_source_then_number(sources):
    merged = [
        row
        for block in merge([iter(source) for source in sources])
        for row in zip(*(part.tolist() for part in block), strict=True)
    ]
    assert merged == sorted(
        (int(time), place, number)
        for place, source in enumerate(sources)
        for number, time in enumerate(np.concatenate([*source, np.empty(0, np.int64)]))
    )


def test_a_crowd_at_one_instant_is_held_one_block_at_a_time():
    crowd = (np.zeros(1000, np.int64) for _ in range(50))
    lone = iter([np.array([0, 1], np.int64)])
    sizes = [len(times) for times, _, _ in merge([lone, crowd])]
    assert sum(sizes) == 50_002
    assert max(sizes) <= 1002


def test_a_single_source_is_handed_on_as_it_is():
    block = np.arange(5)
    ((times, sources, numbers),) = merge([iter([block])])
    assert times is block
    assert sources.dtype == np.int32
    assert (sources.tolist(), numbers.tolist()) == ([0] * 5, [0, 1, 2, 3, 4])


def test_numbers_go_on_from_block_to_block():
    parts = [numbers for _, _, numbers in merge([iter([np.arange(3), np.arange(3, 5)])])]
    assert np.concatenate(parts).tolist() == [0, 1, 2, 3, 4]


def test_nothing_comes_from_no_source():
    assert list(merge([])) == []
    assert list(merge([iter(()), iter(())])) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_presence_of_other_sources_changes_nothing(name):
    def stream(name, source):
        return shape(name).blocks(ArrivalStream(1, 0, source), 60 * 10**9)

    alone = [times for times, _, _ in merge([stream(name, "buyers")])]
    together = list(merge([stream("poisson", "sellers"), stream(name, "buyers"), stream("burst", "jobs")]))
    among = [times[sources == 1] for times, sources, _ in together]
    assert np.array_equal(np.concatenate([[], *alone]), np.concatenate([[], *among]))
    for (before, _, _), (after, _, _) in pairwise(together):
        assert before[-1] <= after[0]
