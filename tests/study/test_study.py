"""A study: the same numbers from any executor, in any order, and tables of them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest

from simulator.errors import ScenarioError
from simulator.measure.result import Limit, Replication
from simulator.measure.usage import Usage
from simulator.study import tasks
from simulator.study.study import Study, run
from simulator.study.tasks import Task
from tests.fabricate import THROTTLED, counted, replication
from tests.study import workers
from tests.study.made import scenario


def perform(made: object, task: Task) -> Replication:
    """`plain` is slow and refuses some; `better` is quick and costs a little more."""
    slow = task.design == "plain"
    lost = {THROTTLED: 40 + task.number} if slow else {}
    ok = [
        (1.0 if slow else 0.1) * (1 + task.number / 50 + n / 1000) for n in range(1000 - sum(lost.values()))
    ]
    return replication(
        task.design,
        task.number,
        {"buyers": counted(ok, lost)},
        {"checkout": {"invocations": 1000.0, "cold_starts": 10.0 + task.number}},
        [Limit("checkout", "account_concurrency", "executions", 1200.0, 950.0, 40, 3.0 if slow else None)],
        [Usage("api", "http_api.requests", 1e6 if slow else 2e6)],
    )


@pytest.fixture(autouse=True)
def performing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "perform", perform)


class Backwards(Executor):
    """Runs what was submitted last first."""

    def __init__(self) -> None:
        self.held: list[tuple[Future[object], Callable[[], object]]] = []

    def submit(self, fn, /, *args, **kwargs):
        future: Future[object] = Future()
        self.held.append((future, lambda: fn(*args, **kwargs)))
        if len(self.held) == 6:
            for waiting, work in reversed(self.held):
                waiting.set_result(work())
        return future


def test_the_same_bytes_whatever_runs_them_and_in_whatever_order() -> None:
    expected = run(scenario(), workers=1).to_json()
    assert run(scenario(), executor=Backwards()).to_json() == expected
    with ThreadPoolExecutor(4) as pool:
        assert run(scenario(), executor=pool).to_json() == expected


def test_replications_are_interleaved_so_that_every_design_is_known_early() -> None:
    order: list[tuple[str, int]] = []

    def note(made: object, task: Task) -> Replication:
        order.append((task.design, task.number))
        return perform(made, task)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "perform", note)
        run(scenario(), workers=1)
    assert order == [(name, number) for number in range(3) for name in ("plain", "better")]


def test_a_small_study_runs_in_this_process_and_a_large_one_in_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "perform", workers.where)

    def processes(study: Study) -> set[int]:
        return {one.events for found in study.replications.values() for one in found}

    assert processes(run(scenario())) == {os.getpid()}
    assert os.getpid() not in processes(run(scenario(replications=100)))


def test_designs_and_replications_can_be_chosen() -> None:
    study = run(scenario(), designs=["better"], replications=2, workers=1)
    assert {name: len(found) for name, found in study.replications.items()} == {"better": 2}
    assert study.summary.replications == 2


def test_progress_counts_to_the_end() -> None:
    seen: list[tuple[int, int]] = []
    run(scenario(month=True), workers=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert {done for done, _ in seen} == set(range(7))
    assert {total for _, total in seen} == {6}, "what is run of a month's rest, six times as well, is no run"
    assert len(seen) == 12


def test_a_month_has_a_price_only_if_the_scenario_says_what_a_month_is() -> None:
    month = run(scenario(month=True), workers=1).summary.designs["plain"].cost_month
    assert month is not None
    calls = 730 * 6
    assert month.value == pytest.approx(300 + 0.9 * (calls - 300)), "a million calls every ten minutes"
    assert run(scenario(), workers=1).summary.designs["plain"].cost_month is None


def interrupted_after(count: int, **how: object) -> Study:
    seen = itertools.count(1)

    def stop(done: int, total: int) -> None:
        if next(seen) == count:
            raise KeyboardInterrupt

    return run(scenario(), progress=stop, workers=1, **how)  # type: ignore[arg-type]


def test_an_interrupt_keeps_the_rounds_that_all_designs_finished() -> None:
    study = interrupted_after(5)
    assert study.interrupted
    assert {name: len(found) for name, found in study.replications.items()} == {"plain": 2, "better": 2}
    assert study.summary.replications == 2


def test_an_interrupt_before_the_first_round_goes_on_to_the_caller() -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted_after(1)


@pytest.fixture
def study() -> Study:
    return run(scenario({"buyers.failed": "< 1%", "buyers.latency": "p99 < 2 s"}), workers=1)


def test_lost_requests_are_charged_to_the_limit_the_client_saw_last(study: Study) -> None:
    limit = study.summary.designs["plain"].limits[0]
    assert (limit.requests_lost, limit.first_at_s, limit.runs) == (41.0, 3.0, 3)


def test_the_comparison_is_a_table_of_designs_and_metrics(study: Study) -> None:
    table = study.table()
    assert list(table.index) == ["plain", "better"]
    assert table.loc["plain", "buyers.failed"] == pytest.approx(0.041)
    assert table.loc["better", "cost.run_usd"] == pytest.approx(2.0)
    assert table.loc["better", "buyers.latency.p50_s"] == pytest.approx(0.152, rel=1e-2)


def test_tables_are_tidy_and_carry_their_units(study: Study) -> None:
    columns = {
        "latency": [
            "design", "traffic", "window", "clock", "statistic", "value_s", "low_s", "high_s", "few",
            "survivors",
        ],
        "outcomes": ["design", "traffic", "window", "outcome", "service", "limit", "requests", "share"],
        "bill": ["design", "service", "item", "quantity", "unit", "unit_price_usd", "amount_usd"],
        "services": ["design", "service", "counter", "value"],
        "objectives": [
            "design", "objective", "verdict", "value", "low", "high", "limit", "unit", "few", "survivors",
            "missing_share",
        ],
        "metrics": ["design", "metric", "value", "low", "high"],
        "limits": [
            "design", "service", "limit", "unit", "demand", "allowed", "refused", "first_at_s", "runs",
            "requests_lost", "burst", "allowed_at_first", "waits_for", "in_turn", "unrefused", "tightest",
            "ratio",
        ],
        "series": ["design", "time_s", "buyers.requests"],
    }  # fmt: skip
    for name, expected in columns.items():
        assert list(getattr(study, name)().columns) == expected, name


def test_shares_of_outcomes_add_up(study: Study) -> None:
    assert study.outcomes().groupby("design")["share"].sum().to_list() == pytest.approx([1.0, 1.0])


def test_objectives_are_judged_per_design(study: Study) -> None:
    verdicts = study.objectives().set_index(["design", "objective"])["verdict"]
    assert verdicts["plain", "buyers.failed: < 1%"] == "fail"
    assert verdicts["better", "buyers.failed: < 1%"] == "pass"
    assert study.summary.cheapest == "better"


def test_time_bins_are_means_over_replications(study: Study) -> None:
    series = study.series()
    plain = series[series["design"] == "plain"]
    assert plain["buyers.requests"].to_list() == [1.0, 2.0, 3.0], "the stand-in counts n, 2n, 3n in run n"


def test_a_study_says_what_it_holds(study: Study) -> None:
    assert repr(study) == "Study(Flash sale: plain × 3, better × 3)"


def test_designs_are_compared_pair_by_pair() -> None:
    study = run(scenario(), workers=1)
    table = study.compare().set_index("metric")
    waited = table.loc["buyers.latency.max_s"]
    assert waited["base"] > waited["value"]
    assert waited["difference"] == pytest.approx(waited["value"] - waited["base"])
    assert waited["difference_low"] < waited["difference"] < waited["difference_high"] < 0
    assert waited["share"] == pytest.approx(waited["difference"] / waited["base"])
    assert bool(waited["differs"])
    assert not table.loc["buyers.requests", "differs"], "demand is the same"
    assert set(study.compare("better")["design"]) == {"plain"}
    with pytest.raises(ScenarioError, match="no design named 'best'; write one of: plain, better"):
        study.compare("best")
