"""`simulate explain` and `--headroom` on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from simulator.study import tasks
from tests.study.test_study import perform
from tests.test_cli import SCENARIO, run, simulate

LIMITED = SCENARIO.replace(
    "{service: external, latency: 20 ms}", "{service: external, latency: 20 ms, capacity: 3/s}"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sale.yaml"
    path.write_text(LIMITED, encoding="utf-8")
    return path


def test_explain_tells_without_a_run_and_ends_with_0(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "perform", None)
    result = simulate("explain", file)
    assert (result.exit_code, result.stderr) == (0, "")
    since = re.search("plain: first to bind is checkout, capacity, from (.*)", result.stdout)
    assert since is not None
    assert re.search(rf"checkout: capacity .* from {since[1]}$", result.stdout, re.MULTILINE)
    legend = " ".join(result.stdout.split())
    assert "batches at a time: if they are full, more wait in the queue or stream; when: from when" in legend
    assert "Ask AWS" not in result.stdout, "a partner's capacity is no quota"


def test_explain_as_json_is_one_document(file: Path) -> None:
    document = json.loads(simulate("explain", file, "--json", "--design", "plain").stdout)
    assert list(document["designs"]) == ["plain"]
    (limit,) = document["designs"]["plain"]["limits"]
    assert (limit["service"], limit["limit"], limit["allowed"]) == ("checkout", "capacity", 3.0)
    assert limit["steady"] == pytest.approx(5.0)
    assert document["designs"]["plain"]["first_to_bind"]["service"] == "checkout"


def test_explain_refuses_an_unknown_design_with_the_known_ones(file: Path) -> None:
    result = simulate("explain", file, "--design", "plan")
    assert result.exit_code == 2
    assert "write one of: plain, better" in result.stderr


def test_headroom_is_in_the_report_and_the_document(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "perform", perform)
    sets = ("--headroom", "--design", "plain", "--quiet")
    assert "plain misses its objectives even at 0.0625 times the traffic" in run(file, *sets).stdout
    found = json.loads(run(file, *sets, "--json").stdout)["designs"]["plain"]["headroom"]
    assert (found["holds"], found["breaks"]) == (None, 0.0625)
    assert found["missed"][0]["key"] == "buyers.failed"


def test_headroom_without_an_objective_to_break_is_refused_before_anything_runs(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "perform", None)
    result = run(file, "--headroom", "--set", "objectives=null")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no objectives that could be missed; write one of latency or failures" in result.stderr


def test_an_interrupt_of_the_search_keeps_the_study(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def interrupted(scenario: object, task: tasks.Task) -> object:
        calls.append(task)
        if len(calls) > 6:
            raise KeyboardInterrupt
        return perform(scenario, task)

    monkeypatch.setattr(tasks, "perform", interrupted)
    result = run(file, "--headroom", "--json")
    assert result.exit_code == 130
    document = json.loads(result.stdout)
    assert document["replications"] == 3
    assert document["designs"]["plain"]["headroom"] is None


def test_what_aws_raises_for_nobody_is_told_with_what_helps(tmp_path: Path) -> None:
    """2,000 executions begin within a second: 1,000 can, and 100 more a second."""
    path = tmp_path / "rush.yaml"
    path.write_text(
        "traffic: {fans: {to: order, shape: flash_sale, baseline: 1/s, peak: 4000/s, starts: 20 s, ramp: 1 s,"
        " hold: 10 s, half_life: 5 s}}\n"
        "architecture:\n"
        "  account: {lambda_concurrency: 9000}\n"
        "  order: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 500 ms}\n"
        "objectives: {fans.failed: < 1%}\n"
        "run: {for: 1 min}\n",
        "utf-8",
    )
    said = " ".join(simulate("explain", path).stdout.split())
    assert "first to bind is order, scaling rate" in said
    assert "AWS raises order: scaling rate for nobody. Write order.provisioned_concurrency: " in said
    assert "then order: scaling rate 0 of 100 environments/s are needed." in said
    restored = (
        "order.runtime=python3.13",
        "order.snap_start={restore: 300 ms}",
    )  # which cannot be provisioned
    sets = [part for text in restored for part in ("--set", text)]
    said = " ".join(simulate("explain", path, *sets).stdout.split())
    assert "AWS raises order: scaling rate for nobody: provision concurrency before the surge." in said
    assert "not enough: order: scaling rate" not in said
