"""95 % means 93 to 97 %: means, shares that fail and costs of M/M/1 queues, of which theory knows the truth.

Percentiles have their own (`test_percentiles`). Shares of requests that fail apart from each other have
intervals that are too wide for few replications, on purpose; how much is tested, too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.measure.statistics import Estimate, estimate, share
from simulator.measure.usage import Usage
from simulator.prices.book import PriceBook
from simulator.study.cost import per_run, per_thousand
from tests.fabricate import replication

RUNS, REQUESTS, LOAD = 20_000, 2_000, 0.6
STUDIES = 2_500
MEAN = 1 / (1 - LOAD)
SHARES = (0.1, 0.01)
BOOK = PriceBook.load("aws-2026")
GB_S = "lambda.duration.x86_64"
REPLICATIONS = pytest.mark.parametrize("runs", [3, 5, 20])


@pytest.fixture(scope="module")
def queues() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Of each run the seconds that its requests took together, and how many took too long, by share.

    Lindley's recursion from a stationary beginning; times in the system are exponential."""
    luck = np.random.Generator(np.random.Philox(key=21))
    patience = -MEAN * np.log(SHARES)
    together, late = np.zeros(RUNS), np.zeros((RUNS, len(SHARES)), dtype=np.int64)
    took = luck.exponential(MEAN, RUNS)
    for _ in range(REQUESTS):
        together += took
        late += took[:, np.newaxis] > patience
        took = np.maximum(took - luck.exponential(1 / LOAD, RUNS), 0.0) + luck.exponential(1.0, RUNS)
    return together, late


def studies(runs: int) -> Iterator[NDArray[np.int64]]:
    """Runs dealt out, anew when all are used up."""
    luck, made = np.random.Generator(np.random.Philox(key=22)), 0
    while made < STUDIES:
        deck = luck.permutation(RUNS)[: RUNS // runs * runs].reshape(-1, runs)[: STUDIES - made]
        made += len(deck)
        yield from deck


def held(found: Iterator[Estimate], truth: float) -> float:
    """In which share of studies; a standard error of 0.4 points."""
    return float(np.mean([one.low <= truth <= one.high for one in found]))


@REPLICATIONS
def test_of_a_mean(queues: tuple[NDArray[np.float64], NDArray[np.int64]], runs: int) -> None:
    means = queues[0] / REQUESTS
    assert 0.93 <= held((estimate(means[study].tolist()) for study in studies(runs)), MEAN) <= 0.97


@REPLICATIONS
@pytest.mark.parametrize("kind", range(len(SHARES)))
def test_of_a_share_whose_requests_fail_together(
    queues: tuple[NDArray[np.float64], NDArray[np.int64]], kind: int, runs: int
) -> None:
    """Whoever waits too long has others before and behind him who do: two hundred or twenty of a run."""
    late = queues[1][:, kind]
    found = (share(late[study].tolist(), [REQUESTS] * runs) for study in studies(runs))
    assert 0.93 <= held(found, SHARES[kind]) <= 0.97


@pytest.mark.parametrize(("runs", "most"), [(3, 0.99), (5, 0.985), (20, 0.97)])
@pytest.mark.parametrize("failing", [0.1, 0.01, 0.001])
def test_of_a_share_whose_requests_fail_apart_it_is_wider_than_it_need_be_with_few_replications(
    failing: float, runs: int, most: float
) -> None:
    """What is known of independent requests does not help, since nothing says that they are."""
    luck = np.random.Generator(np.random.Philox(key=23))
    made = luck.binomial(REQUESTS, failing, (STUDIES, runs)).tolist()
    assert 0.95 <= held((share(counts, [REQUESTS] * runs) for counts in made), failing) <= most


@REPLICATIONS
def test_of_a_cost(queues: tuple[NDArray[np.float64], NDArray[np.int64]], runs: int) -> None:
    """A run is billed by how long its requests take; 1,000 answers by that and by how many were in time."""
    together, late = queues
    done = REQUESTS - late[:, 0]
    made = [replication("a", 0, {}, usage=[Usage("f", GB_S, seconds)]) for seconds in together]
    costs = [per_run([made[run] for run in study], BOOK)[1] for study in studies(runs)]
    price = per_run([replication("a", 0, {}, usage=[Usage("f", GB_S, 1.0)])], BOOK)[1].value
    assert 0.93 <= held(iter(costs), price * REQUESTS * MEAN) <= 0.97
    each = (
        per_thousand(cost, done[study].tolist()) for cost, study in zip(costs, studies(runs), strict=True)
    )
    assert 0.93 <= held(each, price * 1000 * MEAN / (1 - SHARES[0])) <= 0.97


@pytest.mark.parametrize(("runs", "about"), [(3, 0.44), (20, 0.94)])
def test_few_runs_do_not_know_of_failures_that_come_together_in_every_fifth(runs: int, about: float) -> None:
    luck = np.random.Generator(np.random.Philox(key=24))
    made = (10 * luck.poisson(0.2, (STUDIES, runs))).tolist()
    assert held((share(counts, [REQUESTS] * runs) for counts in made), 0.001) == pytest.approx(
        about, abs=0.04
    )
