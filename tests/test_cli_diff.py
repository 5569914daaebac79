"""`simulate diff` and `--junit` on the command line: what they read, write and end with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.measure.result import Replication
from simulator.scenario.model import Scenario
from simulator.study import tasks
from simulator.study.tasks import Task
from simulator.values.duration import SECOND
from tests.fabricate import counted
from tests.study.test_study import perform
from tests.test_cli import SCENARIO, run, simulate


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sale.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def performing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of `plain` fail 4 % of requests, runs of `better` none."""
    monkeypatch.setattr(tasks, "perform", perform)


def swapped(file: Path) -> Path:
    """The scenario with its designs' names exchanged: `better` fails now."""
    other = file.with_name("head.yaml")
    text = SCENARIO.replace("plain: {}", "kept: {}").replace("better:", "plain:").replace("kept:", "better:")
    other.write_text(text, encoding="utf-8")
    return other


def test_a_scenario_compared_with_itself_shows_no_change_and_ends_with_0(file: Path) -> None:
    result = simulate("diff", file, file, "--workers", 1, "--quiet")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("## Flash sale: no change shown\n")


def test_folders_and_documents_are_compared_without_running(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(file, "--out", tmp_path / "results")
    (folder,) = (tmp_path / "results").iterdir()
    document = tmp_path / "summary.json"
    document.write_text(run(file, "--json").stdout, encoding="utf-8")
    monkeypatch.setattr(tasks, "perform", None)
    result = simulate("diff", folder, document)
    assert result.exit_code == 0, result.stderr
    assert "no change shown" in result.stdout


@pytest.mark.parametrize(("verdict", "code"), [("fail", 99), ("inconclusive", 98), ("pass", 0)])
def test_the_exit_code_says_whether_an_objective_turned(
    file: Path, tmp_path: Path, verdict: str, code: int
) -> None:
    base, head = tmp_path / "base.json", tmp_path / "head.json"
    text = run(file, "--json", "--design", "better").stdout
    base.write_text(text, encoding="utf-8")
    head.write_text(text.replace('"verdict": "pass"', f'"verdict": "{verdict}"'), encoding="utf-8")
    assert simulate("diff", base, head).exit_code == code


def test_strict_ends_with_99_when_a_number_is_worse_for_certain(file: Path, tmp_path: Path) -> None:
    base, head = tmp_path / "base.json", tmp_path / "head.json"
    text = run(file, "--json", "--design", "better", "--set", "objectives=null").stdout
    base.write_text(text, encoding="utf-8")
    failing = run(file, "--json", "--design", "plain", "--set", "objectives=null").stdout
    head.write_text(failing.replace('"plain": {', '"better": {'), encoding="utf-8")
    assert simulate("diff", base, head).exit_code == 0
    result = simulate("diff", base, head, "--strict")
    assert result.exit_code == 99
    assert "worse" in result.stdout


def test_both_sides_are_changed_by_set_and_results_cannot_be(file: Path, tmp_path: Path) -> None:
    result = simulate("diff", file, file, "--workers", 1, "--quiet", "--set", "run.replications=3")
    assert result.exit_code == 0
    assert "3 and 3 replications" in result.stdout
    document = tmp_path / "summary.json"
    document.write_text(run(file, "--json").stdout, encoding="utf-8")
    refused = simulate("diff", file, document, "--set", "run.replications=3")
    assert refused.exit_code == 2
    assert f"--set: {document} is no scenario" in refused.stderr


def test_what_is_no_result_is_refused_with_what_to_write(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("[1]", encoding="utf-8")
    result = simulate("diff", other, other)
    assert result.exit_code == 2
    assert "no results; name a scenario file, a folder that --out wrote" in result.stderr
    assert simulate("diff", tmp_path / "nowhere", other).exit_code == 2


def test_results_of_another_shape_ask_for_new_ones(file: Path, tmp_path: Path) -> None:
    old = json.loads(run(file, "--json").stdout)
    for design in old["designs"].values():
        del design["traffic"]
    (tmp_path / "old.json").write_text(json.dumps(old), encoding="utf-8")
    result = simulate("diff", tmp_path / "old.json", file, "--workers", 1, "--quiet")
    said = "results without 'traffic', which this version cannot read; run their scenario again"
    assert (result.exit_code, result.stderr) == (2, f"{tmp_path / 'old.json'}: {said}\n")


def test_what_has_nothing_in_common_is_not_compared(file: Path, tmp_path: Path) -> None:
    base, head = tmp_path / "base.json", tmp_path / "head.json"
    text = run(file, "--json", "--design", "better").stdout
    base.write_text(text, encoding="utf-8")
    for written, other, what in (
        ('"better": {', '"other": {', "no design in common (better; other)"),
        ('"buyers', '"sellers', "no traffic in common (buyers; sellers)"),
    ):
        head.write_text(text.replace(written, other), encoding="utf-8")
        result = simulate("diff", base, head)
        assert (result.exit_code, result.stdout) == (2, "")
        assert what in result.stderr
        assert "compare two states of one scenario" in result.stderr


def head_with(file: Path, objectives: str) -> Path:
    """The scenario with other objectives."""
    other = file.with_name("head.yaml")
    other.write_text(SCENARIO.replace("{buyers.failed: < 1%}", objectives), encoding="utf-8")
    return other


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize(
    ("objectives", "design", "code", "headline", "said"),
    [
        (
            "{buyers.failed: < 10%}",
            "plain",
            99,
            "1 objective changed that would fail as it was",
            "buyers.failed < 1% → < 10% (the old one would fail: 4.10 %; the new one passes: 4.10 %)",
        ),
        (
            "{}",
            "plain",
            99,
            "1 objective removed that would fail as it was",
            "buyers.failed < 1% (would fail: 4.10 %)",
        ),
        (
            "{}",
            "better",
            0,
            "no change shown; objectives: 1 removed",
            "buyers.failed < 1% (would pass: 0 %)",
        ),
        (
            "{buyers.failed: < 1%, buyers.latency: p50 < 1 min}",
            "better",
            0,
            "no change shown; objectives: 1 new",
            "buyers.latency p50 < 1 min (passes: 151.8 ms)",
        ),
    ],
)
def test_an_objective_that_changed_is_told_and_judged_as_base_states_it(
    file: Path,
    tmp_path: Path,
    stored: bool,
    objectives: str,
    design: str,
    code: int,
    headline: str,
    said: str,
) -> None:
    """40 to 42 of 1,000 requests fail in `plain`; half of those of `better` take 0.1 × (1.02 + 0.5) s."""
    sides = [file, head_with(file, objectives)]
    if stored:
        for number, side in enumerate(sides):
            sides[number] = tmp_path / f"{number}.json"
            sides[number].write_text(run(side, "--json").stdout, encoding="utf-8")
    result = simulate("diff", *sides, "--design", design, "--quiet")
    assert result.exit_code == code, result.stderr
    assert result.stdout.startswith(f"## Flash sale: {headline}\n")
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("- **objective ")]
    assert line.split(": ", 1)[1].replace("\\", "") == said


def test_the_runs_of_head_have_what_its_document_does_not(file: Path, tmp_path: Path) -> None:
    before = head_with(file, "{buyers.latency: p97 < 500 ms}").rename(tmp_path / "base.yaml")
    after = head_with(file, "{}")
    said = "- **objective removed**: buyers.latency p97 \\< 500 ms ({})\n"
    both = simulate("diff", before, after, "--design", "plain", "--quiet")
    # answers of the three runs end at 1.959, 1.978 and 1.997 s, one a ms: 3 % of 2,877 are beyond 1.949 s
    assert both.exit_code == 99
    assert said.format("would fail: 1.950 s") in both.stdout
    document = tmp_path / "head.json"
    document.write_text(run(after, "--json").stdout, encoding="utf-8")
    stored = simulate("diff", before, document, "--design", "plain", "--quiet")
    assert stored.exit_code == 98
    assert said.format("undecided: there is no number") in stored.stdout
    assert "1 objective no longer proven to pass" in stored.stdout


@pytest.mark.parametrize("stored", [False, True])
def test_head_runs_once_more_as_base_is_measured_where_a_window_moved(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    """40 to 42 of 1,000 requests of a window fail that begins in the first 10 s, of a later one none."""
    ran: list[dict[str, int]] = []

    def windowed(made: Scenario, task: Task) -> Replication:
        found = perform(made, task)
        ran.append({name: window.from_ // SECOND for name, window in made.windows.items()})
        whole = found.traffic["buyers"]
        inside = {
            name: whole if window.from_ < 10 * SECOND else counted([0.1] * 1000)
            for name, window in made.windows.items()
        }
        return replace(found, traffic={"buyers": replace(whole, windows=inside)})

    monkeypatch.setattr(tasks, "perform", windowed)
    asked = SCENARIO.replace("{buyers.failed: <", "{buyers.failed@surge: <")
    file.write_text(asked + "windows: {surge: {from: 5 s, for: 5 s}}\n", encoding="utf-8")
    head: Path = file.with_name("head.yaml")
    head.write_text(asked + "windows: {surge: {from: 15 s, for: 5 s}}\n", encoding="utf-8")
    if stored:
        (tmp_path / "base.json").write_text(run(file, "--json").stdout, encoding="utf-8")
        file = tmp_path / "base.json"
    ran.clear()
    result = simulate("diff", file, head, "--design", "plain", "--quiet", "--workers", 1)
    said = "undecided: there is no number" if stored else "would fail: 4.10 %"
    assert "5 s to 10 s → \\< 1%, 15 s to 20 s" in result.stdout
    assert f"{said}; the new one passes: 0 %)" in result.stdout
    assert result.exit_code == (98 if stored else 99)
    assert [one["surge"] for one in ran] == ([15] * 3 if stored else [5] * 3 + [15] * 3 + [5] * 3)


def test_another_seed_than_that_of_stored_results_is_told_and_not_paired(file: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    base.write_text(run(file, "--json").stdout, encoding="utf-8")
    same = simulate("diff", base, file, "--quiet").stdout
    assert "paired by replication" in same
    assert "Not measured alike" not in same
    other = simulate("diff", base, file, "--quiet", "--seed", 7).stdout
    assert "- `run.seed`: `1` → `7`" in other
    assert "unpaired, of independent replications" in other


def test_traffic_that_changed_is_told(file: Path) -> None:
    head = file.with_name("head.yaml")
    head.write_text(SCENARIO.replace("rate: 5/s", "rate: 1/s"), encoding="utf-8")
    text = simulate("diff", file, head, "--quiet").stdout
    assert "- `traffic.buyers.rate`: `5/s` → `1/s`\n\n" in text


def test_a_design_that_is_gone_and_passed_ends_with_98(file: Path) -> None:
    head = file.with_name("head.yaml")
    head.write_text(SCENARIO.replace(", better: {checkout: {latency: 10 ms}}", ""), encoding="utf-8")
    gone = simulate("diff", file, head, "--quiet")
    assert (gone.exit_code, "**No longer in head.yaml**: better" in gone.stdout) == (98, True)
    assert simulate("diff", file, head, "--quiet", "--design", "plain").exit_code == 0


def test_only_the_designs_asked_for_are_compared(file: Path) -> None:
    text = simulate("diff", file, file, "--workers", 1, "--quiet", "--design", "better").stdout
    assert "### better" in text
    assert "### plain" not in text


def test_junit_writes_a_case_for_each_objective_of_each_design(file: Path, tmp_path: Path) -> None:
    written = tmp_path / "objectives.xml"
    assert run(file, "--junit", written).exit_code == 0
    suites = ET.fromstring(written.read_text(encoding="utf-8"))  # noqa: S314
    assert [(suite.get("name"), suite.get("failures")) for suite in suites] == [
        ("Flash sale: plain", "1"),
        ("Flash sale: better", "0"),
    ]


def test_the_objectives_of_head_are_written_as_test_cases(file: Path, tmp_path: Path) -> None:
    cases, alone = tmp_path / "cases.xml", tmp_path / "alone.xml"
    head = swapped(file)
    simulate("diff", file, head, "--workers", 1, "--quiet", "--junit", cases)
    run(head, "--junit", alone)
    assert cases.read_text("utf-8") == alone.read_text("utf-8")
    assert 'failures="' in cases.read_text("utf-8")
    document = tmp_path / "summary.json"
    document.write_text(run(file, "--json").stdout, encoding="utf-8")
    refused = simulate("diff", file, document, "--junit", tmp_path / "no.xml")
    assert (refused.exit_code, "--junit: " in refused.stderr) == (2, True)
    assert not (tmp_path / "no.xml").exists()
