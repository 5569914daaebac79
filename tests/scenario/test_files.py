"""The files of a scenario: those it extends and names, all inside its own folder."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from simulator.errors import ScenarioError
from simulator.scenario.read import read
from tests.scenario.writing import SMALL, changed, mistakes, write

DATA = Path(__file__).resolve().parent / "data"
EXTENDING = "extends: base.yaml\nname: Extended\nrun: {for: 5 min}\n"
TRACE = changed("shape: poisson, rate: 10/s", "shape: trace, file: visits.csv")


def test_a_file_is_merged_over_the_one_it_extends(tmp_path: Path) -> None:
    write(tmp_path, SMALL, "base.yaml")
    found = read(write(tmp_path, EXTENDING))
    assert (found.name, found.run.for_, list(found.traffic)) == ("Extended", 300_000_000_000, ["web"])


def test_paths_are_those_of_the_file_that_names_them(
    tmp_path: Path,
) -> None:
    write(tmp_path, "time_s,visits\n0,1\n600,2\n", "a/b/visits.csv")
    write(tmp_path, TRACE, "a/b/deep.yaml")
    write(tmp_path, "extends: b/deep.yaml\nname: Middle\n", "a/middle.yaml")
    found = read(write(tmp_path, "extends: a/middle.yaml\nrun: {seed: 3}\n"))
    assert (found.name, found.run.seed) == ("Middle", 3)
    assert found.traffic["web"].shape.model_dump()["file"] == "a/b/visits.csv"


def test_a_mistake_in_an_extended_file_is_told_there(tmp_path: Path) -> None:
    write(tmp_path, changed("512 MB", "512"), "base.yaml")
    assert mistakes(tmp_path, EXTENDING)[0].startswith("base.yaml:6:54: architecture.shop.memory")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "extends: scenario.yaml",
            (
                "scenario.yaml:1:10: extends: files that extend each other:"
                " scenario.yaml → scenario.yaml; let one stand alone"
            ),
        ),
        (
            "extends: bose.yaml",
            "scenario.yaml:1:10: extends: no such file: 'bose.yaml'; did you mean 'base.yaml'?",
        ),
        ("extends: 5", "scenario.yaml:1:10: extends: not the name of a file: 5; write one relative path"),
        ("extends: sub", "scenario.yaml:1:10: extends: not a file: 'sub'; name a file"),
        (
            "extends: ../outside.yaml",
            (
                "scenario.yaml:1:10: extends: a file outside the scenario's folder:"
                " '../outside.yaml'; copy it into the folder and name it by a relative path"
            ),
        ),
        (
            "extends: /etc/passwd",
            (
                "scenario.yaml:1:10: extends: a file outside the scenario's folder:"
                " '/etc/passwd'; copy it into the folder and name it by a relative path"
            ),
        ),
        (
            "extends: link.yaml",
            (
                "scenario.yaml:1:10: extends: a file outside the scenario's folder:"
                " 'link.yaml'; copy it into the folder and name it by a relative path"
            ),
        ),
        ("extends: loop.yaml", "scenario.yaml:1:10: extends: no such file: 'loop.yaml'; check the path"),
        (
            "extends: pipe.yaml",
            "scenario.yaml:1:10: extends: not a file: 'pipe.yaml'; name a file",
        ),
    ],
)
def test_extends_leads_to_a_file_inside_the_folder(text: str, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write(tmp_path, SMALL, "outside.yaml")
    write(folder, SMALL, "base.yaml")
    write(folder, SMALL, "sub/other.yaml")
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    os.mkfifo(folder / "pipe.yaml")
    assert mistakes(folder, text) == [message]


def test_two_files_that_extend_each_other_are_told(tmp_path: Path) -> None:
    write(tmp_path, "extends: scenario.yaml\n", "base.yaml")
    assert mistakes(tmp_path, EXTENDING) == [
        (
            "base.yaml:1:10: extends: files that extend each other:"
            " scenario.yaml → base.yaml → scenario.yaml;"
            " let one stand alone"
        )
    ]


def test_a_row_of_files_has_an_end(tmp_path: Path) -> None:
    for number in range(30):
        write(tmp_path, f"extends: f{number + 1}.yaml\n", f"f{number}.yaml")
    (message,) = mistakes(tmp_path, "extends: f0.yaml\n")
    assert "more than 20 files in a row" in message


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("visitts.csv", "no such file: 'visitts.csv'; did you mean 'visits.csv'?"),
        (
            "../visits.csv",
            (
                "a file outside the scenario's folder: '../visits.csv';"
                " copy it into the folder and name it by a relative path"
            ),
        ),
    ],
)
def test_a_trace_that_cannot_be_read_is_told_once(file: str, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write(tmp_path, "time_s,visits\n0,1\n600,2\n", "visits.csv")
    write(folder, "time_s,visits\n0,1\n600,2\n", "visits.csv")
    assert mistakes(folder, TRACE.replace("visits.csv", file)) == [
        f"scenario.yaml:3:38: traffic.web.file: {message}"
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.yaml", "none.yaml:1:1: scenario: no such file; give the path of a scenario file"),
        ("", "folder:1:1: scenario: a folder; give the path of a scenario file"),
    ],
)
def test_the_scenario_itself_must_be_a_file(name: str, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(ScenarioError) as caught:
        read(folder / name)
    assert str(caught.value) == message


def test_nothing_outside_the_folder_is_ever_opened(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(DATA, folder)
    for name in ("secret.yaml", "secret.csv"):
        write(tmp_path, SMALL, name)
    text = (folder / "everything.yaml").read_text("utf-8")
    opened: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open":
            opened.append(str(arguments[0]))

    sys.addaudithook(watch)
    for old, new in (
        ("base/shop.yaml", "../secret.yaml"),
        ("base/shop.yaml", str(tmp_path / "secret.yaml")),
        ("visits.csv", "../secret.csv"),
        ("visits.csv", "base/../../secret.csv"),
        ("visits.csv", str(tmp_path / "secret.csv")),
    ):
        with pytest.raises(ScenarioError, match="outside the scenario's folder"):
            read(write(folder, text.replace(old, new)))
    watching = False
    assert [path for path in opened if "secret" in path] == []
