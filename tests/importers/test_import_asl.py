"""Import of state machines: what logs tell, whole executions kept together, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from simulator import cli
from simulator.importers.flows import estimate
from simulator.importers.lambda_logs import Executions, ImportFileError, read_reports, read_table
from simulator.importers.paths import paths, select
from simulator.scenario.read import read
from simulator.study.study import run
from simulator.workflows.asl import read_asl
from simulator.workflows.machine import Machine


def task(function: str, **rest: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:lambda:us-east-1:1:function:{function}", **rest}


def choice(*ways: str, default: str) -> dict[str, Any]:
    rules = [{"Variable": "$.x", "NumericEquals": number, "Next": way} for number, way in enumerate(ways)]
    return {"Type": "Choice", "Choices": rules, "Default": default}


RETRY = [{"ErrorEquals": ["States.ALL"]}]
BRANCHES = [
    {"StartAt": "b", "States": {"b": task("b", Next="which"), "which": choice("c", default="d"),
                                "c": task("c", End=True), "d": task("d", End=True)}},
    {"StartAt": "e", "States": {"e": task("e", End=True)}},
]  # fmt: skip
EACH = {"StartAt": "i", "States": {"i": task("i", End=True)}}
STATES = {
    "both": {"Type": "Parallel", "Branches": BRANCHES, "Next": "a"},
    "a": task("a", Next="again"),
    "again": choice("a", default="each"),
    "each": {"Type": "Map", "ItemProcessor": EACH, "Next": "last"},
    "last": task("last", Retry=RETRY, End=True),
}
DEFINITION = json.dumps({"StartAt": "both", "States": STATES}, indent=1)


def machine() -> Machine:
    read_, refusals = read_asl(DEFINITION)
    assert read_ is not None
    assert not refusals
    return read_


def test_shares_items_and_retries_follow_from_how_often_functions_ran() -> None:
    counts = {"b": 1000, "c": 300, "d": 700, "e": 1000, "a": 1250, "i": 4000, "last": 1100}
    flows = estimate(machine(), counts, 1000)
    assert flows.off < 1e-9
    assert flows.open == []
    assert flows.choices["which"] == pytest.approx({"c": 0.3, "d": 0.7})
    assert flows.choices["again"] == pytest.approx({"a": 0.2, "each": 0.8})
    assert flows.items == pytest.approx({"each": 4.0})
    assert flows.failing == pytest.approx({"last": 100 / 1100})


def test_what_no_count_tells_stays_open() -> None:
    flows = estimate(machine(), {"b": 1000, "e": 1000, "a": 1250, "i": 4000, "last": 1000}, 1000)
    assert flows.open == ["which"]


def test_ways_of_single_executions_are_laid_in_order() -> None:
    ran = {"b": [0, 1], "c": [1], "d": [0], "e": [0, 1], "a": [0, 0, 0, 1], "i": [0, 0, 1], "last": [0, 1]}
    assert paths(machine(), [0, 1], ran) == [
        {"again": ["a", "a", "each"], "which": ["d"]},
        {"again": ["each"], "which": ["c"]},
    ]


def test_sessions_lose_what_is_trimmed_at_their_ends() -> None:
    starts = [*np.arange(10) * 10.0, *(5000 + np.arange(8) * 10.0)]
    assert select(Executions(starts, [at + 1 for at in starts]), 3) == [3, 4, 5, 6, 13, 14]


def test_report_lines_are_read_as_cloudwatch_shows_them() -> None:
    text = (
        "2026-01-01T00:00:00Z REPORT RequestId: 1-2\tDuration: 12.34 ms\tBilled Duration: 13 ms\t"
        "Memory Size: 512 MB\tMax Memory Used: 90 MB\tInit Duration: 160.12 ms\t\nEND RequestId: 1-2\n"
        "REPORT RequestId: 3-4\tDuration: 5.00 ms\tBilled Duration: 5 ms\tMemory Size: 512 MB\n"
    )
    assert read_reports("f", text).of("f") == [(12.34, 512, 160.12, None), (5.0, 512, None, None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("function,duration_ms\nf,1\n", "t.csv, line 1: no column 'memory_mb'"),
        ("function,memory_mb,duration_ms\nf,128,1\nf,128,\n", "t.csv, line 3: a number is missing"),
    ],
)
def test_a_table_that_lacks_something_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ImportFileError, match=said):
        read_table("t.csv", text)


def imported(folder: Path, *args: object) -> Result:
    return CliRunner().invoke(cli.main, ["import", "asl", *map(str, args), "--out", str(folder)])


def write_logs(folder: Path) -> None:
    """1,000 executions, one every 10 s: `c` in 3 of 10, a second `a` in every fourth, 2 or 4 items."""
    rows, began = [], []
    for number in range(1000):
        start = 1_000_000 + 10 * number
        began.append(f"{start},{start + 2}")
        ran = ["b", "c" if number % 10 < 3 else "d", "e", "a", "last"]
        ran += ["a"] * (number % 4 == 0) + ["i"] * (2 + 2 * (number % 2))
        rows += [f"{name},256,{100 + number % 7},{start}" for name in ran]
    (folder / "m.asl.json").write_text(DEFINITION, "utf-8")
    (folder / "logs.csv").write_text("\n".join(["function,memory_mb,duration_ms,epoch_s", *rows]), "utf-8")
    (folder / "ran.csv").write_text("\n".join(["start_epoch_s,end_epoch_s", *began]), "utf-8")


def test_what_is_imported_runs_as_the_logs_say(tmp_path: Path) -> None:
    write_logs(tmp_path)
    files = (tmp_path / "m.asl.json", "--logs", tmp_path / "logs.csv", "--executions", tmp_path / "ran.csv")
    done = imported(tmp_path / "out", *files, "--runtime", "python3.13", "--task-delay", "20 ms")
    assert done.exit_code == 0, done.output
    scenario = read(tmp_path / "out" / "m.yaml", ["run.replications=1", "run.for=2 h"])
    counters = run(scenario).summary.designs["imported"].services["m"]
    started = counters["executions_started"]
    assert counters["c.entered"] / started == pytest.approx(0.3, abs=0.07)
    assert counters["a.entered"] / started == pytest.approx(1.25, abs=0.07)
    assert counters["i.entered"] / started == pytest.approx(3.0, abs=0.15)
    assert counters["last.retried"] == 0
    assert counters["last.time_p50_s"] == pytest.approx(0.123, abs=0.003)
    assert (tmp_path / "out" / "m_paths.csv").read_text().splitlines()[:2] == ["again,which", "a|each,c"]


def test_what_the_logs_leave_open_is_assumed_and_said(tmp_path: Path) -> None:
    (tmp_path / "m.asl.json").write_text(DEFINITION, "utf-8")
    done = imported(tmp_path, tmp_path / "m.asl.json")
    assert done.exit_code == 0
    assert "note: shares of 'which' cannot be told from logs: all alike, write your own" in done.output
    assert "which: {c: 50%, d: 50%}  # assumed" in (tmp_path / "m.yaml").read_text()
    assert list(read(tmp_path / "m.yaml").designs) == ["imported"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--trim", "500"), "--trim 500: of no session an execution is left; write a smaller number"),
        (("--trim", "-1"), "-1 is not in the range x>=0"),
        (("--samples", "0"), "0 is not in the range x>=1"),
        (("--task-delay", "soon"), "task_delay"),
        (("--runtime", "cobol"), "runtime"),
        (("--era", "aws-1999"), "era"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(
    tmp_path: Path, options: tuple[str, str], said: str
) -> None:
    write_logs(tmp_path)
    files = (tmp_path / "m.asl.json", "--logs", tmp_path / "logs.csv", "--executions", tmp_path / "ran.csv")
    done = imported(tmp_path / "out", *files, *options)
    assert done.exit_code == 2
    assert said in done.output


def test_logs_of_functions_that_the_definition_does_not_name_are_told(tmp_path: Path) -> None:
    (tmp_path / "m.asl.json").write_text(DEFINITION, "utf-8")
    (tmp_path / "logs.csv").write_text("function,memory_mb,duration_ms\nother,128,5\n", "utf-8")
    done = imported(tmp_path, tmp_path / "m.asl.json", "--logs", tmp_path / "logs.csv")
    assert "note: no function that was logged (other) is one of the definition (" in done.output


def test_a_definition_that_is_not_understood_is_refused_whole(tmp_path: Path) -> None:
    text = DEFINITION.replace('"Next": "each"', '"Nxt": "each"').replace('"Type": "Map"', '"Type": "Maps"')
    (tmp_path / "m.asl.json").write_text(text, "utf-8")
    done = imported(tmp_path, tmp_path / "m.asl.json")
    assert done.exit_code == 2
    assert "m.asl.json, line" in done.output
    assert "state 'each': Type 'Maps'; did you mean 'Map'?" in done.output
