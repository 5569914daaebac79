"""Levels for time series: of the fullest moment of each time bin, without touching the run."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.controls import Sampler, WarmUp
from simulator.values.keys import Keys
from simulator.values.units import SECOND
from tests.harness import Line, Load, Run, build, function, plain

SERVICES = {
    "f": function(handler=[{"work": "2500 ms"}, {"call": "line"}], timeout="60 s", keep_alive="4 s"),
    "line": Line(work="1 s", servers=1),
}
LOAD = Load("f", [0.5, 0.5, 1.5])


def sampled(run: Run) -> dict[str, np.ndarray]:
    sampler = Sampler(build(SERVICES, LOAD), SECOND)
    run(SERVICES, LOAD, until=12, controls=[sampler])
    return sampler.series()


def test_levels_are_those_of_the_fullest_moment_of_each_bin(run: Run) -> None:
    series = sampled(run)
    assert series["time_s"].tolist() == list(range(12))
    # in at 0.5, 0.5, 1.5; in line from 3, 3, 4; served until 4, 5, 6; idle for 4 s
    assert series["f.concurrency"].tolist() == [2, 3, 3, 3, 3, 2, 1, 0, 0, 0, 0, 0]
    assert series["f.environments"].tolist() == [0, 2, 3, 3, 3, 3, 3, 3, 2, 1, 0, 0]
    assert series["line.servers"].tolist() == [0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert series["line.servers waiting"].tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert series["account.concurrency in use"].tolist() == series["f.concurrency"].tolist()


def test_executions_that_began_cold_or_on_provisioned_environments_are_counted_apart(run: Run) -> None:
    kept = {"schedule": {"early": {"at": "1 s", "for": "5 s", "amount": 1}}}
    services = {"f": function(duration="2 s", provisioned_concurrency=kept, keep_alive="1 min")}
    load = Load("f", [0.5, 3.5, 3.6, 3.7])
    era = plain("aws-2026", {"lambda.provisioned.start_delay": "1 s", "lambda.provisioned.burst": 1})
    sampler = Sampler(build(services, load, era=era), SECOND)
    run(services, load, until=10, era=era, controls=[sampler])
    series = sampler.series()
    # cold from 0.5 to 2.5; then one each provisioned, warm and cold from 3.5 on
    assert series["f.concurrency"].tolist() == [1, 1, 1, 3, 3, 3, 0, 0, 0, 0]
    assert series["f.cold"].tolist() == [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]
    assert series["f.provisioned in use"].tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0]


def test_every_column_is_as_long_as_the_time(run: Run) -> None:
    assert {len(column) for column in sampled(run).values()} == {12}


def test_sampling_changes_nothing(run: Run) -> None:
    sampler = Sampler(build(SERVICES, LOAD), SECOND)
    era = plain("aws-2026", {"lambda.keep_alive": "1 s"})
    watched = run(SERVICES, LOAD, until=12, era=era, controls=[sampler])
    alone = run(SERVICES, LOAD, until=12, era=era)
    assert watched.log == alone.log
    assert watched.seen("f").values == pytest.approx(alone.seen("f").values)


def test_what_is_provisioned_from_the_beginning_is_there_in_the_first_bin(run: Run) -> None:
    services = {"f": function(duration="1 s", provisioned_concurrency=3)}
    sampler = Sampler(build(services, Load("f")), SECOND)
    run(services, Load("f"), until=3, controls=[sampler])
    assert sampler.series()["f.provisioned"].tolist() == [3, 3, 3]


def test_levels_of_a_queue_are_what_waits_what_is_in_hand_and_how_old_the_oldest_is(run: Run) -> None:
    services = {
        "q": {"service": "sqs"},
        "f": function(
            duration="2 s", events={"mail": {"from": "q", "maximum_concurrency": 2, "batch_size": 1}}
        ),
        "unread": {"service": "sqs"},
    }
    loads = (Load("q", [0.5, 0.5, 0.5, 1.25]), Load("unread", [2.5], name="other"))
    sampler = Sampler(build(services, *loads, era=plain()), SECOND)
    run(services, *loads, until=6, controls=[sampler])
    series = sampler.series()
    assert series["q.messages waiting"].tolist() == [0, 1, 2, 0, 0, 0]
    assert series["q.messages in hand"].tolist() == [0, 2, 2, 2, 2, 0]
    assert series["q.messages age"].tolist() == [0, 0.5, 1.5, 0, 0, 0]
    assert series["unread.messages waiting"].tolist() == [0, 0, 0, 1, 1, 1]
    assert series["unread.messages age"].tolist() == [0] * 6


def test_messages_of_a_group_are_held_up_while_a_batch_of_it_is_in_hand(run: Run) -> None:
    """Three of one group, each for two seconds; and a queue that nobody reads holds up nothing."""
    event = {"from": "q", "batch_size": 1}
    services = {
        "q": {"service": "sqs", "fifo": True},
        "f": function(duration="2 s", events={"mail": event}),
        "unread": {"service": "sqs", "fifo": True},
    }
    loads = [Load(to, [0.5, 0.5, 1.25], key=Keys(keys=1), name=to) for to in ("q", "unread")]
    sampler = Sampler(build(services, *loads, era=plain()), SECOND)
    run(services, *loads, until=7, controls=[sampler])
    series = sampler.series()
    assert series["q.messages held up"].tolist() == [0, 1, 2, 1, 1, 0, 0]
    assert series["unread.messages held up"].tolist() == [0] * 7
    assert series["unread.messages waiting"].tolist() == [0, 2, 3, 3, 3, 3, 3]


@pytest.mark.parametrize("warm_up", [0, 1, 1.75, 3])
def test_what_is_taken_in_a_bin_is_told_to_the_end_whatever_a_warm_up_forgets(
    run: Run, warm_up: float
) -> None:
    """One at 0.5, the four that came meanwhile at 2.5, one at 4.5; a queue that nobody reads has no batch."""
    event = {"from": "q", "maximum_concurrency": 2, "batch_size": 4}
    services = {
        "q": {"service": "sqs"},
        "f": function(duration="2 s", reserved_concurrency=9, events={"mail": event}),
        "unread": {"service": "sqs"},
    }
    loads = (Load("q", [0.5, 0.5, 0.75, 1.5, 1.5, 4.5]), Load("unread", [2.5], name="other"))
    sampler = Sampler(build(services, *loads, era=plain()), SECOND)
    run(services, *loads, until=5, controls=[sampler, WarmUp(round(warm_up * SECOND), sampler)])
    series = sampler.series()
    assert series["q.messages taken"].tolist() == [2, 0, 3, 0, 1]
    assert series["q.messages batches"].tolist() == [2, 0, 1, 0, 1]
    assert series["unread.messages batches"].tolist() == [0] * 5


@pytest.mark.parametrize("warm_up", [0, 1, 2.25, 4])
def test_the_age_of_an_iterator_is_that_of_the_last_record_of_batches_handed_over_in_a_bin(
    run: Run, warm_up: float
) -> None:
    """One at 0.5, the next two at 2.1, two at 3.7 and the last at 5.3; those of a warm-up are not counted."""
    event = {"from": "s", "batch_size": 2, "enhanced_fan_out": True}
    services = {
        "s": {"service": "kinesis", "shards": 1},
        "f": function(duration="1600 ms", reserved_concurrency=9, events={"chat": event}),
    }
    load = Load("s", [0.5, 0.75, 1, 1.25, 1.5, 4.5], key=Keys(keys=1))
    era = plain("aws-2026", {"kinesis.put": "0 s", "kinesis.spread": "0 s", "kinesis.push": "0 s"})
    sampler = Sampler(build(services, load, era=era), SECOND)
    ran = run(services, load, until=7, era=era, warm_up=warm_up, controls=[sampler])
    series, ages = sampler.series(), {0.5: 0, 2.1: 1.1, 3.7: 2.2, 5.3: 0.8}
    counted = [
        [age for at, age in ages.items() if at >= warm_up and begin <= at < begin + 1] for begin in range(7)
    ]
    assert series["f.iterator_age sample count"].tolist() == [len(found) for found in counted]
    assert series["f.iterator_age sum"].tolist() == pytest.approx([sum(found) for found in counted])
    mean_s = ran.counters("f")["iterator_age_mean_s"]
    assert series["f.iterator_age sum"].sum() == pytest.approx(sum(map(len, counted)) * mean_s)
