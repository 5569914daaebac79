"""A function's work at other memory sizes than the one it was measured at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Load, Run, function, plain
from tests.scenario.writing import SMALL, mistakes

ONE = plain("aws-2026", {"lambda.memory_per_vcpu": "1024 MB"})


def took(run: Run, memory: str, **work: Any) -> float:
    """Seconds of work measured at 1 s, with 1 vCPU at 1024 MB."""
    services = {"f": function(duration={"measured": "1 s", **work}, memory=memory, timeout="60 s")}
    return run(services, Load("f", [0]), era=ONE).answers[0][0]


@pytest.mark.parametrize(
    ("memory", "seconds"), [("128 MB", 8.0), ("512 MB", 2.0), ("1 GB", 1.0), ("2 GB", 1.0), ("10 GB", 1.0)]
)
def test_computing_takes_as_much_longer_as_there_is_less_cpu_and_one_thread_uses_one_vcpu(
    run: Run, memory: str, seconds: float
) -> None:
    assert took(run, memory, at="1 GB") == seconds


def test_waiting_takes_as_long_at_any_memory(run: Run) -> None:
    assert took(run, "256 MB", at="1 GB", cpu="40%") == pytest.approx(0.4 * 4 + 0.6)
    assert took(run, "256 MB", at="1 GB", cpu="0%") == 1.0


def test_two_threads_use_two_vcpus(run: Run) -> None:
    assert took(run, "4 GB", at="1 GB", vcpus=2) == 0.5
    assert took(run, "512 MB", at="2 GB", vcpus=2) == 4.0


def test_who_waits_for_a_disk_needs_no_more_than_half_a_vcpu(run: Run) -> None:
    assert took(run, "1 GB", at="256 MB", vcpus=0.5) == 0.5


def test_a_time_without_a_memory_size_is_the_same_at_any(run: Run) -> None:
    services = {"f": function(duration="1 s", memory="128 MB")}
    assert run(services, Load("f", [0]), era=ONE).answers[0][0] == 1.0


def test_a_vcpu_is_1769_mb_today_and_was_1792_in_2020(run: Run) -> None:
    for era, memory in (("aws-2026", "1769 MB"), ("aws-2020-08", "1792 MB")):
        services = {"f": function(duration={"measured": "1 s", "at": "3008 MB"}, memory=memory)}
        half = {"f": function(duration={"measured": "1 s", "at": "3008 MB"}, memory="896 MB")}
        assert run(services, Load("f", [0]), era=plain(era)).answers[0][0] == 1.0
        share = 1769 / 896 if era == "aws-2026" else 2.0
        assert run(half, Load("f", [0]), era=plain(era)).answers[0][0] == pytest.approx(share)


def test_a_step_of_a_handler_and_the_first_run_may_be_measured_too(run: Run) -> None:
    measured = {"measured": "1 s", "at": "1 GB"}
    services = {
        "f": function(handler=[{"work": measured}], first_run=measured, memory="512 MB", timeout="9 s")
    }
    assert [second for second, _ in run(services, Load("f", [0, 10]), era=ONE).answers] == [4.0, 12.0]


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (
            "{measured: 20 ms}",
            "architecture.shop.handler.0.work: 'at' is missing; write for example 'at: 1769 MB'",
        ),
        ("{measured: 20 ms, at: 1 GB, cpu: 120%}", "work.cpu: more than everything: '120%'; write at most"),
        ("{measured: 20, at: 1 GB}", "work.measured: a number without its unit: 20; write '20 s' or '20 ms'"),
        ("{measured: 20 ms, at: 64 MB}", "work.at: out of range: '64 MB'; write at least '128 MB'"),
        ("{measured: 20 ms, at: 1 GB, cpus: 2}", "work.cpus: unknown key 'cpus'; did you mean 'vcpus'?"),
        ("{lognormal: {median: 20}}", "work.lognormal"),
    ],
)
def test_what_is_wrong_with_it_is_told_in_its_place(tmp_path: Any, work: str, message: str) -> None:
    (told,) = mistakes(tmp_path, SMALL.replace("{work: 20 ms}", f"{{work: {work}}}"))
    assert message in told
