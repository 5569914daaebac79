"""`simulate sweep` and `simulate size` at the command line: results, files, exit codes, mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simulator.cli import main
from simulator.study import tasks
from tests.study.shop import SHOP, write


def simulate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_a_sweep_prints_the_answer_and_writes_table_and_page(tmp_path: Path) -> None:
    table, page = tmp_path / "sweep.csv", tmp_path / "what-if.html"
    grid = ("--set", "till.reserved_concurrency=1,9", "--set", "till.memory=512 MB", "--design", "plain")
    result = simulate("sweep", write(tmp_path), *grid, "--workers", 1, "--table", table, "--page", page)
    assert result.exit_code == 0
    assert "2 points of 1 design, 2 replications each" in result.stdout
    assert "Cheapest that passes: plain with till.reserved_concurrency=9, $" in result.stdout
    assert table.read_text().startswith("till.reserved_concurrency,design,metric,value,low,high\n")
    assert page.read_text("utf-8").count('type="range"') == 1


def test_a_sizing_prints_one_document_and_says_by_its_code_whether_there_is_an_answer(tmp_path: Path) -> None:
    file = write(tmp_path)
    found = simulate("size", file, "--knob", "till.reserved_concurrency=1,9", "--json", "--quiet")
    assert found.exit_code == 0
    assert json.loads(found.stdout)["designs"]["plain"]["best"]["setting"] == {
        "till.reserved_concurrency": "9"
    }
    nothing = simulate("size", file, "--knob", "till.reserved_concurrency=1,2", "--quiet")
    assert nothing.exit_code == 99
    assert nothing.stdout.endswith("No setting that was tried passes.\n")


OWN = "nothing changes in fixed, which has its own; write --set designs.fixed.till.memory=…\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("run", "--replications", "1"),
        ("explain",),
        ("trace", "--design", "fixed"),
        ("sweep", "--set", "till.reserved_concurrency=4,9", "--replications", "1"),
        ("size", "--knob", "till.reserved_concurrency=4,9", "--design", "fixed", "--replications", "1"),
    ],
)
def test_a_set_that_a_design_says_otherwise_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    command, *rest = arguments
    result = simulate(command, write(tmp_path), "--set", "till.memory=2 GB", *rest)
    assert f"--set till.memory: {OWN}" in result.output


def test_a_set_that_is_a_mistake_in_a_design_not_asked_for_is_none(tmp_path: Path) -> None:
    server = "{service: server, price_per_month: $50, servers: 1, vcpus: 4, handler: [{work: 1 ms}]}"
    text = SHOP.replace("  fixed: ", f"  machine: {{till: {server}}}\n  fixed: ")
    file = write(tmp_path, text)
    asked = ("explain", file, "--set", "till.vcpus=2")
    assert simulate(*asked, "--design", "machine").exit_code == 0
    both = simulate(*asked, "--design", "plain", "--design", "machine")
    assert (both.exit_code, "unknown key 'vcpus'" in both.output) == (2, True)
    assert simulate(*asked).exit_code == 2
    write(tmp_path, text.replace("memory: 1 GB", "memory: much"))  # a mistake of the file is told in any case
    wrong = simulate(*asked, "--design", "machine")
    assert (wrong.exit_code, "designs.fixed.till.memory" in wrong.output) == (2, True)


def test_provisioned_concurrency_that_comes_after_the_run_is_told(tmp_path: Path) -> None:
    schedule = "{schedule: {sale: {at: AT, for: 1 min, amount: 5}}}"
    text = SHOP.replace("concurrency: 8}", f"concurrency: 8, provisioned_concurrency: {schedule}}}")
    text = text.replace("for: 60 s,", "for: 5 min,")
    told = simulate("check", write(tmp_path, text.replace("AT", "4 min"))).output
    assert (
        "design fixed: schedule sale of till's provisioned concurrency is ready only at 5m30s, when the run"
        " is over: ask for it earlier, or write a longer run.for"
    ) in told
    assert "when the run is" not in simulate("check", write(tmp_path, text.replace("AT", "3 min"))).output


def _at(time: str, least: int = 5) -> str:
    return f"{{schedule: at(2026-11-27T{time}:00), min_capacity: {least}}}"


DAILY = "{schedule: cron(0 HOUR * * ? *), min_capacity: 5}"
BERLIN = "{schedule: at(2026-11-27T09:00:00), timezone: Europe/Berlin, min_capacity: 5}"


@pytest.mark.parametrize(
    ("actions", "start", "told", "instead"),
    [
        ({"a": _at("09:00")}, "2026-01-01T00:00Z", "a of till never happens", "run.start: 2026-11-27T08:59Z"),
        ({"a": _at("09:00")}, "2026-11-27T09:01Z", "a of till never happens", "run.start: 2026-11-27T08:59Z"),
        ({"a": BERLIN}, "2026-11-27T09:00Z", "a of till never happens", "run.start: 2026-11-27T07:59Z"),
        ({"a": DAILY.replace("HOUR", "8"), "b": DAILY.replace("HOUR", "20")}, "2026-11-27T09:00Z",
         "a and b of till never happen", "run.start: 2026-11-27T19:59Z"),
        ({"a": _at("09:00"), "b": _at("09:03", 1)}, "2026-11-27T09:01Z", "a of till never happens",
         "an earlier run.start"),
        ({"a": _at("09:00"), "b": _at("20:00", 1)}, "2026-11-27T08:58Z", "", ""),
    ],
    ids=["long before", "before", "zone", "every day", "one of two", "one of two, after the run"],
)  # fmt: skip
def test_scheduled_actions_that_never_happen_in_the_run_are_told(
    tmp_path: Path, actions: dict[str, str], start: str, told: str, instead: str
) -> None:
    scheduled = ", ".join(f"{name}: {action}" for name, action in actions.items())
    provisioned = f"provisioned_concurrency: {{amount: 1, scheduled_actions: {{{scheduled}}}}}"
    text = SHOP.replace("concurrency: 8}", f"concurrency: 8, {provisioned}}}")
    text = text.replace("for: 60 s, warm_up: 10 s", f"for: 5 min, warm_up: 1 min, start: {start}")
    ends = f"{start[:-2]}{int(start[-2]) + 5}Z"
    file = write(tmp_path, text)
    for command in ("check", "explain"):
        output = simulate(command, file).output
        said = f"design fixed: scheduled_actions {told} in this run ({start} to {ends}): write {instead}\n"
        assert (said in output) if told else ("never happen" not in output)


def test_scheduled_actions_of_a_fleet_are_told_as_well(tmp_path: Path) -> None:
    fleet = (
        "{service: ec2, instance: m5.large, min_capacity: 1, max_capacity: 4, handler: [{work: 1 ms}],"
        f" scheduled_actions: {{sale: {_at('09:00', 2)}}}}}"
    )
    file = write(tmp_path, SHOP.replace("  fixed: ", f"  machines: {{till: {fleet}}}\n  fixed: "))
    told = simulate("check", file).output
    assert "design machines: scheduled_actions sale of till never happens in this run (" in told


def test_both_sides_of_a_diff_are_told_of_once(tmp_path: Path) -> None:
    file = write(tmp_path)
    result = simulate("diff", file, file, "--set", "till.memory=2 GB", "--replications", "1")
    assert result.output.count(f"--set till.memory: {OWN}") == 1


def test_a_set_is_not_told_where_it_arrives_or_the_design_is_set_too_or_not_wanted(tmp_path: Path) -> None:
    file = write(tmp_path)
    for sets in (
        ["till.duration=90 ms"],
        ["designs.fixed.till.memory=2 GB"],
        ["till.memory=2 GB", "designs.fixed.till.memory=2 GB"],
        ["traffic.buyers.rate=9/s"],
    ):
        options = [part for text in sets for part in ("--set", text)]
        assert "nothing changes" not in simulate("check", file, *options).output
    wanted = simulate("explain", file, "--set", "till.memory=2 GB", "--design", "plain")
    assert "nothing changes" not in wanted.output


def test_a_swept_setting_that_some_designs_say_otherwise_is_told_once(tmp_path: Path) -> None:
    result = simulate("sweep", write(tmp_path), "--set", "till.memory=1 GB,2 GB", "--replications", "1")
    text = " ".join(result.output.split())
    assert text.count("nothing changes") == 1
    assert (
        "fixed has its own till.memory: nothing changes there; write --set designs.fixed.till.memory=…"
    ) in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("sweep", "--set", "till.memry=1 GB,2 GB"),
            "--set till.memry:1:12: architecture.till.memry: unknown key",
        ),
        (
            ("sweep", "--set", "till.memory=1 GB,2 GB", "--table", "a.xlsx"),
            "table: a.xlsx is neither CSV nor",
        ),
        (
            ("size", "--knob", "till.memory"),
            "--knob till.memory: no path and values; write for example --knob",
        ),
        (
            ("size", "--knob", "till.memry=1 GB,2 GB"),
            "--knob till.memry=1 GB: unknown key 'memry'; did you mean",
        ),
    ],
)
def test_a_mistake_says_where_and_ends_with_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    command, *rest = arguments
    result = simulate(command, write(tmp_path), *rest)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("command", "early"),
    [
        (("sweep", "--set", "till.memory=512 MB,1 GB"), False),
        (("sweep", "--set", "till.memory=512 MB,1 GB"), True),
        (("size", "--knob", "till.memory=512 MB,1 GB"), True),
    ],
)
def test_who_is_interrupted_is_told_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], early: bool
) -> None:
    def interrupted(scenario: object, task: tasks.Task) -> object:
        if early or task.scenario == 1:
            raise KeyboardInterrupt
        return perform(scenario, task)

    perform = tasks.perform
    monkeypatch.setattr(tasks, "perform", interrupted)
    file, runs = write(tmp_path), tmp_path / "runs"
    what = "interrupted before there was an answer" if early else "interrupted: 1 of 2 points had finished"
    for resume, kept in {
        (): "nothing is kept: --resume FILE keeps finished runs, and the same command goes on from there",
        ("--resume", runs): f"finished runs are in {runs}, the same command goes on from there",
    }.items():
        result = simulate(command[0], file, *command[1:], "--workers", "1", *resume)
        assert result.exit_code == 130
        assert f"{what}; {kept}\n" in result.stderr
