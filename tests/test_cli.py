"""The command line: what goes where, and which exit code says what."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner, Result

from simulator import cli
from simulator.report import folder
from simulator.study import tasks
from tests.study.test_study import perform

HEAVY = ("numpy", "pandas", "scipy", "matplotlib", "simpy", "numba", "pydantic", "yaml", "rich")

# what runs in the background may have been told to ignore Ctrl-C, and hands that on to its children
MAIN = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from simulator.cli import main
main()
"""

SCENARIO = """\
name: Flash sale
traffic: {buyers: {to: checkout, shape: poisson, rate: 5/s}}
architecture:
  checkout: {service: external, latency: 20 ms}
designs: {plain: {}, better: {checkout: {latency: 10 ms}}}
objectives: {buyers.failed: < 1%}
run: {for: 20 s, replications: 3}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sale.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def performing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of `plain` fail 4 % of requests, runs of `better` none."""
    monkeypatch.setattr(tasks, "perform", perform)


def simulate(*args: object) -> Result:
    return CliRunner().invoke(cli.main, [*map(str, args)], prog_name="simulate")


def run(file: Path, *args: object) -> Result:
    return simulate(file, "--workers", 1, *args)


def test_help_needs_no_heavy_package() -> None:
    code = (
        "import sys; from simulator.cli import main; main(['--help'], standalone_mode=False);"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stderr.strip() == "[]"
    assert "Exit codes" in found.stdout


def test_a_file_alone_is_a_run(file: Path) -> None:
    assert run(file).stdout == simulate("run", file, "--workers", 1).stdout
    assert simulate("--workers", 1, "--json", file).exit_code == 0


def test_the_comparison_is_on_standard_output_and_nothing_else(file: Path) -> None:
    result = run(file)
    assert result.exit_code == 0
    assert result.stdout.startswith("Flash sale: 2 designs, 3 runs of ")
    assert "Cheapest design that passes: better" in result.stdout
    assert "checkout.latency: 20 ms" in result.stdout, "what differs comes first"
    assert result.stderr == ""
    assert "\x1b" not in result.stdout


def test_json_is_exactly_one_document(file: Path) -> None:
    document = json.loads(run(file, "--json").stdout)
    assert document["schema_version"] == 1
    assert document["replications"] == 3
    assert list(document["designs"]) == ["plain", "better"]


def test_the_same_seed_gives_the_same_bytes(file: Path) -> None:
    assert run(file, "--json").stdout_bytes == run(file, "--json").stdout_bytes


def test_replications_seed_and_settings_can_be_changed(file: Path) -> None:
    changed = run(file, "--json", "--replications", 2, "--seed", 7, "--set", "name=Other")
    document = json.loads(changed.stdout)
    assert (document["replications"], document["provenance"]["seed"], document["scenario"]) == (2, 7, "Other")


@pytest.mark.parametrize(
    ("objective", "designs", "code"),
    [
        ("< 1%", (), 0),
        ("< 1%", ("plain",), 99),
        ("< 0.01%", (), 98),
        ("< 0.01%", ("plain",), 99),
    ],
)
def test_the_exit_code_says_whether_a_design_passes(
    file: Path, objective: str, designs: tuple[str, ...], code: int
) -> None:
    """Of 3,000 requests none failed with `better`: that is no proof of less than 0.01 %."""
    chosen = [part for name in designs for part in ("--design", name)]
    assert run(file, "--set", f"objectives.buyers.failed={objective}", *chosen).exit_code == code


def test_without_objectives_there_is_nothing_to_fail(file: Path) -> None:
    assert run(file, "--set", "objectives=null").exit_code == 0


def test_mistakes_are_shown_as_compilers_do_and_end_with_2(file: Path) -> None:
    file.write_text(SCENARIO.replace("20 ms", "20 parsecs").replace("5/s", "5"), encoding="utf-8")
    result = run(file)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "sale.yaml:4:42: " in result.stderr
    line, caret = "  checkout: {service: external, latency: 20 parsecs}", "^"
    assert f"   | {line}\n   | {caret:>42}\n" in result.stderr
    assert "sale.yaml:2:" in result.stderr, "all mistakes at once"


@pytest.mark.parametrize("args", [["nowhere.yaml"], ["run"], ["sale.yaml", "--wrong"], []])
def test_wrong_usage_ends_with_2(args: list[str]) -> None:
    result = simulate(*args)
    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["sale"], "no such file; did you mean 'scenarios/sale.yaml'?"),
        (["check", "scenarios/sael.yaml"], "no such file; did you mean 'scenarios/sale.yaml'?"),
        (["nothing"], "no such file; give the path of a scenario file"),
        (["ru", "scenarios/sale.yaml"], "no command 'ru'; did you mean 'run'?"),
        (["validate", "scenarios/sale.yaml"], "no command 'validate'; write one of: check, config, diff"),
        (["scenarios/sale.yaml", "--reps", "3"], "No such option '--reps'. Did you mean '--replications'?"),
        (["scenarios/sale.yaml", "--relications=3"], "Did you mean '--replications'?"),
        (["--verison"], "No such option '--verison'. Did you mean '--version'?"),
    ],
)
def test_what_was_meant_is_asked(
    args: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "sale.yaml").write_text(SCENARIO, "utf-8")
    monkeypatch.chdir(tmp_path)
    done = simulate(*args)
    assert done.exit_code == 2
    assert said in done.stderr


def test_an_unknown_design_is_refused_with_the_known_ones(file: Path) -> None:
    result = run(file, "--design", "beter")
    assert result.exit_code == 2
    assert "no design named 'beter'; write one of: plain, better" in result.stderr


def test_a_defect_asks_to_be_reported_in_one_line(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scenario: object, task: object) -> None:
        raise KeyError("station")

    monkeypatch.setattr(tasks, "perform", broken)
    result = run(file)
    assert result.exit_code == 1
    assert result.stderr == "internal error: KeyError: 'station'; please report it with what --debug prints\n"
    assert "Traceback" in run(file, "--debug").stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--out", "sale.yaml/there"], "sale.yaml' is no folder; name one."),
        (["--rows", "sale.yaml/there"], "sale.yaml' is no folder; name one."),
        (["--junit", "nowhere/it.xml"], "nowhere'; make it, or name another."),
        (["--resume", "nowhere/it"], "nowhere'; make it, or name another."),
        (["--out", "closed/there"], "closed'; name another folder."),
    ],
)
def test_what_cannot_be_written_is_said_before_the_runs(
    args: list[str], said: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "closed").mkdir()
    monkeypatch.setattr(os, "access", lambda path, _: Path(path).name != "closed")  # root may write anywhere
    monkeypatch.setattr(tasks, "perform", None)
    result = run(file, *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_what_cannot_be_written_after_all_is_no_defect(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "it.xml")

    monkeypatch.setattr(Path, "write_text", full)
    result = run(file, "--quiet", "--junit", file.parent / "it.xml")
    assert result.exit_code == 2
    assert result.stderr == "it.xml: no space left on device; name another file or folder\n"


def test_an_interrupt_keeps_finished_replications(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(scenario: object, task: tasks.Task) -> object:
        if task.number == 2:
            raise KeyboardInterrupt
        return perform(scenario, task)

    monkeypatch.setattr(tasks, "perform", interrupted)
    result = run(file, "--json")
    assert result.exit_code == 130
    assert json.loads(result.stdout)["replications"] == 2
    assert result.stderr == (
        "interrupted: 2 of 3 replications of each design had finished; nothing is kept: --resume FILE keeps"
        " finished runs, and the same command goes on from there\n"
    )


def test_an_interrupt_of_what_is_written_says_of_what_the_results_are(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(scenario: object, task: tasks.Task) -> object:
        if task.number == 2:
            raise KeyboardInterrupt
        return perform(scenario, task)

    def amid_writing(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "perform", interrupted)
    assert "; the results are of these alone: --resume" in run(file, "--out", tmp_path / "some").stderr
    monkeypatch.setattr(tasks, "perform", perform)
    monkeypatch.setattr(folder, "write", amid_writing)
    result = run(file, "--out", tmp_path / "none")
    assert result.exit_code == 130
    assert "interrupted before all that it was to be written to was; nothing is kept" in result.stderr


def test_an_interrupt_before_anything_finished_says_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(scenario: object, task: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "perform", interrupted)
    result = run(file)
    assert (result.exit_code, result.stdout) == (130, "")
    assert "interrupted before there was an answer; nothing is kept" in result.stderr


def test_out_writes_a_folder_and_says_where_unless_quiet(file: Path, tmp_path: Path) -> None:
    result = run(file, "--out", tmp_path / "results", "--json")
    (folder,) = (tmp_path / "results").iterdir()
    assert result.stderr == f"results: {folder}\n"
    assert (folder / "summary.json").read_bytes() == result.stdout_bytes
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["argv"][:2] == ["simulate", str(file)]
    assert run(file, "--out", tmp_path / "again", "--quiet").stderr == ""


def test_rows_go_into_a_new_folder_named_by_the_user(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def writing(scenario: object, task: tasks.Task) -> object:
        assert isinstance(task.rows, Path)
        (task.rows / f"{task.design}-{task.number}.parquet").touch()
        return perform(scenario, task)

    monkeypatch.setattr(tasks, "perform", writing)
    result = run(file, "--rows", tmp_path / "rows", "--json")
    assert result.stderr == f"rows: {tmp_path / 'rows'}\n"
    assert len(list((tmp_path / "rows").iterdir())) == 6
    again = run(file, "--rows", tmp_path / "rows")
    assert again.exit_code == 2
    assert "is there already; name a new folder" in again.stderr


def test_quiet_silences_the_notes_of_a_run_but_no_mistake(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noting(scenario: object, task: tasks.Task) -> object:
        sys.stderr.write("note: compiling\n")
        return perform(scenario, task)

    monkeypatch.setattr(tasks, "perform", noting)
    assert run(file, "--quiet").stderr == ""
    assert "note: compiling" in run(file).stderr
    assert "no design named" in run(file, "--quiet", "--design", "x").stderr


def test_check_config_and_schema_print_and_end_with_0(file: Path) -> None:
    assert simulate("check", file).stdout == "sale.yaml: fine; designs: plain, better\n"
    config = simulate("config", file)
    assert config.exit_code == 0
    assert "10 ms" in config.stdout
    assert json.loads(simulate("schema").stdout)["$schema"] == "http://json-schema.org/draft-07/schema#"


def started(file: Path, *args: str) -> subprocess.Popen[str]:
    """The real command in a process of its own."""
    command = [sys.executable, "-c", MAIN, str(file), *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_reader_that_goes_away_is_no_error(file: Path) -> None:
    with started(file, "--workers", "1", "--quiet", "--set", "objectives=null") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(120) == 0
        assert process.stderr.read() == ""


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_ctrl_c_ends_long_runs_with_130(file: Path) -> None:
    long = ("--set", "run.for=10 h", "--set", "traffic.buyers.rate=1000/s", "--set", "run.engine=simpy")
    with started(file, "--workers", "2", *long) as process:
        try:
            wait_for_work(process, 2)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=120)  # far less than the runs would take
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.startswith("interrupted before there was an answer; nothing is kept")
    assert errors.count("\n") == 1


def wait_for_work(process: subprocess.Popen[str], workers: int) -> None:
    """Until the command's workers have used some seconds of a processor, and so are amid their runs."""
    if not Path(f"/proc/{process.pid}/task").exists():
        time.sleep(10)
        return
    while process.poll() is None:
        used = [seconds_used(worker) for child in children(process.pid) for worker in children(child)]
        if sum(seconds >= 4 for seconds in used) >= workers:
            return
        time.sleep(0.2)


def children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def seconds_used(process: int) -> float:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11]) / 100
    except OSError:
        return 0.0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_can_print_the_comparison(file: Path, encoding: str) -> None:
    command = [str(file), "--workers", "1"]
    found = CliRunner(charset=encoding).invoke(cli.main, command, prog_name="simulate")
    assert found.exit_code == 0, found.stderr
    said = found.stdout_bytes.decode(encoding)
    assert "Objectives" in said
    assert ("✓" in said) == (encoding == "utf-8")
