"""Functions whose memory is turned and whose work takes the same time at every memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.report.words import one_sided
from simulator.scenario.read import read
from simulator.study.unscaled import unscaled
from tests.study.shop import SHOP, write
from tests.test_cli import simulate

SAID = (
    "till: its duration is taken to be the same at every memory, so that less memory only costs less;"
    " write duration: {measured: X, at: 1024 MB} if X was measured at 1024 MB"
)
MEASURED = "duration: {measured: 100 ms, at: 1024 MB}"


def found(folder: Path, work: str, *heads: str) -> list[tuple[str, str, bool]]:
    """At the memory of the shop, and with this set."""
    file = write(folder, SHOP.replace("duration: 100 ms", work))
    states = [read(file, sets).designs["plain"] for sets in ([], list(heads))]
    return [tuple(one) for one in unscaled(states)]


@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("duration: 100 ms", [("till", "duration", False)]),
        ("handler: [{parallel: [[{work: 1 s}], [{work: 2 s}]]}]", [("till", "handler", False)]),
        ("duration: {per_record: 2 ms}", [("till", "duration", True)]),
        (MEASURED, []),
        ("handler: [{work: 1 ms}, {work: {measured: 100 ms, at: 1 GB, cpu: 50%}}]", []),
        ("handler: [{fail: 1%}]", []),
    ],
)
def test_work_that_is_not_measured_at_a_memory_is_the_same_at_all(
    tmp_path: Path, work: str, said: list[tuple[str, str, bool]]
) -> None:
    assert found(tmp_path, work, "till.memory=128 MB") == said


def test_vcpus_that_are_turned_without_the_class_cost_nothing(tmp_path: Path) -> None:
    text = """\
name: Stock
traffic: {shops: {to: stock, shape: poisson, rate: 10/s}}
architecture: {stock: {service: rds, instance: db.t3.medium, query: 20 ms, vcpus: 2}}
run: {for: 10 s, replications: 1}
"""
    file = write(tmp_path, text)

    def told(*heads: str) -> list[str]:
        states = [next(iter(read(file, sets).designs.values())) for sets in ([], list(heads))]
        return [one_sided(one) for one in unscaled(states)]

    (said,) = told("stock.vcpus=4")
    assert said == (
        "stock: its vcpus are turned and its instance, which is what is paid for, is not, so that more of"
        " them cost nothing; turn instance, with vcpus: of_class"
    )
    assert not told("stock.vcpus=4", "stock.instance=db.m5.xlarge")
    assert not told("stock.query=9 ms")


def test_where_memory_stays_or_another_duration_goes_with_it_nothing_is_said(tmp_path: Path) -> None:
    assert not found(tmp_path, "duration: 100 ms", "till.memory=512 MB", "till.reserved_concurrency=5")
    assert not found(tmp_path, "duration: 100 ms", "till.memory=128 MB", "till.duration=400 ms")


@pytest.mark.parametrize(("command", "option"), [("size", "--knob"), ("sweep", "--set")])
def test_size_and_sweep_say_so_before_the_runs_and_beside_the_answer(
    tmp_path: Path, command: str, option: str
) -> None:
    knob = (option, "till.memory=128 MB,1024 MB", "--design", "plain", "--workers", "1")
    told = simulate(command, write(tmp_path), *knob, option, "till.reserved_concurrency=5,9")
    assert told.stderr.startswith(f"{SAID}\n")
    assert told.stderr.count(SAID) == 1
    assert f"{SAID}." in " ".join(told.stdout.split())
    measured = simulate(command, write(tmp_path, SHOP.replace("duration: 100 ms", MEASURED)), *knob)
    assert "every memory" not in measured.output
    quiet = simulate(command, write(tmp_path), *knob, "--quiet")
    assert quiet.stderr == ""


def test_a_difference_says_so_of_a_memory_that_was_changed(tmp_path: Path) -> None:
    head = tmp_path / "head.yaml"
    head.write_text(SHOP.replace("512 MB", "128 MB"), "utf-8")
    told = simulate("diff", write(tmp_path), head, "--design", "plain", "--workers", "1")
    assert told.stderr.startswith(f"{SAID}\n")
    assert told.stderr.count(SAID) == 1
