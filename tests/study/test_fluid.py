"""Environments as a fluid: Little's law when they are warm, many more when a surge finds them cold."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.study.fluid import (
    RARE,
    SETTLED_S,
    Batches,
    Environments,
    drained,
    environments,
    grown,
    with_chance,
)


def found(rate: np.ndarray, step_s: float = 0.1, kept: float = 0.0, **times: float) -> Environments:
    times = {"warm_s": 0.2, "cold_s": 2.0, "keep_alive_s": 300.0, **times}
    return environments(
        rate, step_s, times["warm_s"], times["cold_s"], np.full(len(rate), kept), times["keep_alive_s"]
    )


@pytest.mark.parametrize("step_s", [0.05, 0.1, 1.0])
def test_a_steady_rate_keeps_rate_times_time_busy(step_s: float) -> None:
    rate = np.full(round(200 / step_s), 100.0)
    busy = found(rate, step_s).busy
    assert busy[-1] == pytest.approx(100 * 0.2, rel=0.01), "Little's law, however long a step is"


def test_a_surge_starts_an_environment_for_every_request_until_the_first_are_ready() -> None:
    surge = np.concatenate([np.zeros(10), np.full(600, 100.0)])
    seen = found(surge)
    assert seen.busy.max() == pytest.approx(100 * 2.0, rel=0.1), "those that came within a cold start"
    assert seen.busy[-1] == pytest.approx(20.0, rel=0.01)
    assert seen.alive[-1] == pytest.approx(seen.busy.max(), rel=0.01), "and they stay"
    assert seen.started_per_s.max() == pytest.approx(100.0)
    assert seen.started_per_s[300:].sum() == 0.0


def test_what_is_kept_ready_saves_the_cold_starts() -> None:
    surge = np.concatenate([np.zeros(10), np.full(600, 100.0)])
    seen = found(surge, kept=25.0)
    assert seen.started_per_s.sum() == 0.0
    assert seen.busy.max() == pytest.approx(20.0, rel=0.01)
    assert (seen.alive == 25.0).all()


def test_idle_environments_are_gone_after_they_were_kept_alive() -> None:
    burst = np.concatenate([np.full(50, 100.0), np.zeros(2000)])
    seen = found(burst, keep_alive_s=60.0)
    last = int(seen.busy.argmax())
    assert seen.alive[last + 590] > 100
    assert seen.alive[last + 700] < 5


def test_chance_leaves_environments_behind_at_a_steady_rate() -> None:
    rate = np.full(2000, 50.0)
    seen = found(rate, keep_alive_s=SETTLED_S / 2)
    assert seen.alive[-1] == math.ceil(10 + 3 * math.sqrt(10))


def test_what_falls_behind_is_caught_up_with_by_all_receivers() -> None:
    """10/s for a second to a consumer that takes 4/s: after 2.5 s nothing waits."""
    items = np.concatenate([np.full(10, 10.0), np.zeros(30)])
    found = drained(items, 0.1, Batches(1, 0.5), Batches(1, 0.5), least=2, most=2, more_per_s=0.0)
    assert found.per_s == pytest.approx([4.0] * 25 + [0.0] * 15)
    assert found.full.tolist() == [1.0] * 24 + [0.0] * 16


def test_pollers_begin_while_items_wait_and_end_a_fifth_as_fast() -> None:
    items = np.concatenate([np.full(20, 10.0), np.zeros(60)])
    found = drained(items, 0.1, Batches(1, 1.0), Batches(1, 1.0), least=2, most=8, more_per_s=4.0)
    assert found.per_s[:6] == pytest.approx([2.0, 2.4, 2.8, 3.2, 3.6, 4.0])
    assert found.per_s.max() == pytest.approx(8.0)
    assert found.per_s.sum() * 0.1 == pytest.approx(20.0), "everything is received"
    assert not found.full[-1]
    again = drained(
        np.concatenate([items, np.full(5, 50.0)]), 0.1, Batches(1, 1.0), Batches(1, 1.0), 2, 8, 4.0
    )
    end = float(np.flatnonzero(found.full)[-1] + 1)
    assert again.per_s[80] == pytest.approx(max(2.0, 8.0 - 0.8 * 0.1 * (80 - end)), abs=0.1)


def test_batches_grow_while_there_are_too_few_receivers_for_small_ones() -> None:
    """A batch of one takes 1 s and one of ten 1.9: 10/s need ten receivers if none waits, 1.9 at the least.
    With five the nine tenths of a second that each batch more takes are saved until five are at work."""
    found = drained(
        np.full(20, 10.0), 0.1, Batches(1, 1.0), Batches(10, 1.9), least=5, most=5, more_per_s=0.0
    )
    assert found.per_s == pytest.approx([10.0] * 20), "nothing is left waiting"
    at_work = found.per_s * ((1 - found.full) * 1.0 + found.full * 1.9 / 10)
    assert at_work == pytest.approx([5.0] * 20)
    more = drained(
        np.full(200, 10.0), 0.1, Batches(1, 1.0), Batches(10, 1.9), least=5, most=20, more_per_s=1.0
    )
    assert more.there[:2] == pytest.approx([5.0, 5.0 + 0.1 * 2 / 3], abs=0.01), "batches of two, nearly"
    assert more.there.max() == pytest.approx(10 + 3 * math.sqrt(10), abs=0.2), (
        "more begin until none has to wait"
    )


def test_receivers_that_grow_too_slowly_let_wait() -> None:
    """Ten are needed and there are two, and two more a second: for four seconds they are too few, and leave
    16 seconds of work undone, 1.6 for each of ten. Then four are needed, and they end a fifth as fast."""
    needed = np.concatenate([np.full(100, 10.0), np.full(300, 4.0), np.full(10, 20.0)])
    there, late_s = grown(needed, 0.1, 2, 12, 2.0)
    assert there[:3] == pytest.approx([2.2, 2.4, 2.6])
    assert there[39:101] == pytest.approx([10.0] * 62, abs=0.05)
    assert there[[110, 200, 399]] == pytest.approx([9.56, 5.96, 4.0])
    assert late_s[38] == pytest.approx(1.6, abs=0.05)
    assert not late_s[40:400].any()
    assert there[400:402] == pytest.approx([4.2, 4.4])
    assert late_s[400] == pytest.approx(0.1 * 7.8 / 12), "no more than there can be are waited for"


@pytest.mark.parametrize("groups", [0.1, 1.0, 5.0, 50.0])
def test_chance_brings_of_groups_what_it_brings_one_time_in_700(groups: float) -> None:
    """Groups of 40, their number a Poisson count."""
    drawn = 40 * np.random.default_rng(1).poisson(groups, 200_000)
    told = float(with_chance(np.array([40 * groups]), 40.0)[0])
    assert told == pytest.approx(np.quantile(drawn, 1 - 1 / RARE), abs=40), "to a group"
    assert with_chance(np.zeros(1), 40.0)[0] == 0
    assert with_chance(np.array([40 / RARE / 2]), 40.0)[0] < 10, "so seldom that a run hardly sees it"
