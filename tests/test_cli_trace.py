"""`simulate trace`: what it prints, what it writes, and what it says when there is nothing to show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.cli import main
from tests.study.test_rows import SCENARIO


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_the_slowest_three_of_the_first_design_unless_asked_otherwise(file: Path) -> None:
    result = CliRunner().invoke(main, ["trace", str(file)])
    assert result.exit_code == 0, result.output
    assert result.stdout.count("slowest: ") == 3
    assert result.stdout.startswith("Requests of run 0 of small\n")
    assert result.stdout.count("Requests of run") == 1
    assert result.stderr.startswith("of small; --design names another: free")


def test_where_an_objective_is_on_completion_the_slowest_answers_are_said_to_be_that(file: Path) -> None:
    file.write_text(f"{SCENARIO}objectives: {{buyers.completion: p99 < 9 s}}\n", encoding="utf-8")
    hint = "the slowest answers; an objective is on completion: --by completion"
    for asked, there in (([], True), (["--by", "completion"], False), (["--sample", "1"], False)):
        result = CliRunner().invoke(main, ["trace", str(file), *asked])
        assert result.exit_code == 0, result.output
        assert (hint in result.stderr) is there


def test_files_for_opentelemetry_and_perfetto(file: Path, tmp_path: Path) -> None:
    otlp, chrome = tmp_path / "traces.jsonl", tmp_path / "trace.json"
    asked = ["--design", "small", "--failed", "1", "--sample", "2"]
    asked += ["--otlp", str(otlp), "--chrome", str(chrome)]
    result = CliRunner().invoke(main, ["trace", str(file), *asked])
    assert result.exit_code == 0, result.output
    assert len([json.loads(line)["resourceSpans"] for line in otlp.read_text("utf-8").splitlines()]) == 3
    named = [event for event in json.loads(chrome.read_text("utf-8"))["traceEvents"] if event["ph"] == "M"]
    assert len({event["pid"] for event in named}) == 3
    assert result.stderr.splitlines() == [f"traces: {otlp}", f"traces: {chrome}"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["--of", "nobody"], "no traffic named 'nobody'"),
        (["--design", "big"], "no design named 'big'"),
        (["--identity", "7"], "no request 7 was answered"),
        (
            ["--design", "free", "--of", "staff", "--failed", "1"],
            "no answer failed in run 0 of free; add --by completion",
        ),
        (
            ["--design", "free", "--of", "staff", "--failed", "1", "--by", "completion"],
            "no answer failed in run 0 of free, and nothing was lost or dead-lettered; leave out --failed",
        ),
    ],
)
def test_mistakes_end_with_two_and_say_what_is_there(file: Path, asked: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["trace", str(file), *asked, "--quiet"])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
