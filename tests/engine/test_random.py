"""Random numbers: the published generator, uniform, the same bits everywhere, keyed so that nothing collides.

NumPy's own Philox is the 4x64 variant (64-bit words, other multipliers), so its output cannot be
compared; the authors' known-answer vectors for philox4x32-10 (Random123, tests/kat_vectors) can.
"""

from __future__ import annotations

import subprocess
import sys

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.engine.random import (
    descendant,
    epoch_below,
    philox,
    request_identity,
    stream_of,
    uniform,
)

VECTORS = (
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
)
WORD = st.integers(0, 2**32 - 1)
IDENTITY = st.integers(0, 2**62 - 1)


def words(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in text.split())


@numba.njit
def compiled_philox(a: int, b: int, c: int, d: int, k: int, m: int) -> tuple[int, int, int, int]:
    return philox(a, b, c, d, k, m)


@numba.njit
def compiled_uniform(seed: int, replication: int, identity: int, stream: int, epoch: int) -> float:
    return uniform(seed, replication, identity, stream, epoch)


@numba.njit
def compiled_identities(identity: int, number: int, epoch: int) -> tuple[int, int]:
    return descendant(identity, number), epoch_below(epoch, number)


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_philox_gives_the_published_answers(counter: str, key: str, expected: str) -> None:
    assert philox(*words(counter), *words(key)) == words(expected)
    assert compiled_philox(*words(counter), *words(key)) == words(expected)


@given(WORD, WORD, WORD, WORD, WORD, WORD)
def test_philox_has_the_same_bits_compiled(a: int, b: int, c: int, d: int, k: int, m: int) -> None:
    assert compiled_philox(a, b, c, d, k, m) == philox(a, b, c, d, k, m)


@given(WORD, WORD, IDENTITY, WORD, WORD)
def test_a_draw_has_the_same_bits_compiled(
    seed: int, replication: int, identity: int, stream: int, epoch: int
) -> None:
    drawn = uniform(seed, replication, identity, stream, epoch)
    assert compiled_uniform(seed, replication, identity, stream, epoch) == drawn
    assert 0.0 < drawn < 1.0


@given(IDENTITY, WORD, WORD)
def test_identities_and_epochs_have_the_same_bits_compiled(identity: int, number: int, epoch: int) -> None:
    assert compiled_identities(identity, number, epoch) == (
        descendant(identity, number),
        epoch_below(epoch, number),
    )


def test_a_draw_keeps_52_bits_of_the_first_two_words() -> None:
    first, second, *_ = words(VECTORS[0][2])
    expected = ((first >> 6) * 2**26 + (second >> 6) + 0.5) / 2**52
    assert uniform(0, 0, 0, 0, 0) == expected


@pytest.mark.parametrize("part", range(5))
def test_draws_are_uniform_along_every_part_of_the_key(part: int) -> None:
    key = [1, 2, request_identity("buyers", 3), stream_of("checkout", "work"), 0]
    drawn = []
    for _ in range(20_000):
        key[part] += 1
        drawn.append(compiled_uniform(*key))
    # the seeds are fixed, so this either holds or does not; a fair generator fails one time in a thousand
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3
    following = np.corrcoef(drawn[:-1], drawn[1:])[0, 1]
    assert abs(following) < 4 / np.sqrt(len(drawn))


@pytest.mark.parametrize("part", range(5))
def test_every_part_of_the_key_matters(part: int) -> None:
    key = [1, 2, 3, 4, 5]
    other = list(key)
    other[part] += 1
    assert uniform(*other) != uniform(*key)


def test_the_upper_bits_of_an_identity_matter() -> None:
    assert uniform(1, 0, 5, 7, 0) != uniform(1, 0, 5 + (1 << 40), 7, 0)


def test_streams_of_names_stay_what_they_are() -> None:
    # as `printf 'checkout\\0work#0' | b2sum -l 32` prints them
    assert stream_of("checkout", "work#0") == 0x2C4AF264
    assert stream_of("source", "buyers") == 0x260E2E22
    assert request_identity("buyers", 7) == 0x260E2E22_00000007


def test_streams_are_the_same_in_every_process() -> None:
    code = "from simulator.engine.random import stream_of; print(stream_of('checkout', 'work#0'))"
    for hash_seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        assert int(done.stdout) == stream_of("checkout", "work#0")


def test_names_are_kept_apart() -> None:
    assert stream_of("ab", "c") != stream_of("a", "bc")


def test_a_hundred_thousand_descendants_are_all_different_and_never_negative() -> None:
    parents = [request_identity("buyers", number) for number in range(1000)]
    offspring = {descendant(parent, number) for parent in parents for number in range(100)}
    assert len(offspring) == 100_000
    assert min(offspring) >= 0
    assert max(offspring) < 2**62
    assert not offspring & set(parents)


def test_without_retries_the_epoch_is_nothing_and_each_retry_has_its_own() -> None:
    assert epoch_below(0, 0) == 0
    tries = range(20)
    paths = {epoch_below(epoch_below(epoch_below(0, a), b), c) for a in tries for b in tries for c in tries}
    assert len(paths) == 20**3
