"""The results folder: whole or not at all, and the same for the same answers."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from simulator.report.folder import write
from simulator.study import tasks
from simulator.study.study import Study, run
from simulator.study.whole import whole
from tests.study.made import scenario
from tests.study.test_study import perform

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setattr(tasks, "perform", perform)
    return run(scenario({"buyers.failed": "< 1%"}), workers=1)


def test_the_folder_holds_all_results_and_where_they_come_from(study: Study, tmp_path: Path) -> None:
    scenario = replace(study.scenario, files={"visits.csv": "1" * 64})
    folder = write(replace(study, scenario=scenario), tmp_path, ["simulate", "sale.yaml"], NOON)
    assert folder.name.startswith("flash-sale-20261123T120000Z-")
    assert sorted(file.name for file in folder.iterdir()) == [
        "histogram.csv.gz", "manifest.json", "pictures", "report.html", "scenario.resolved.yaml",
        "summary.csv", "summary.json", "timeline.csv.gz", "timeseries.csv.gz", "where.csv.gz",
    ]  # fmt: skip
    assert sorted(file.name for file in (folder / "pictures").iterdir()) == [
        "bill.png", "distribution.png", "limits.png", "percentiles.png", "requests.png",
    ]  # fmt: skip
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8")) == json.loads(study.to_json())
    pd.testing.assert_frame_equal(pd.read_csv(folder / "summary.csv"), study.metrics())
    assert "# plain" in (folder / "scenario.resolved.yaml").read_text(encoding="utf-8")
    bins = pd.read_csv(folder / "timeseries.csv.gz")
    assert bins["buyers.requests"].sum() == study.series()["buyers.requests"].sum()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["argv"] == ["simulate", "sale.yaml"]
    assert (manifest["seed"], manifest["interrupted"], manifest["replications"]) == (1, False, 3)
    assert (manifest["eras"], manifest["region"]) == (
        dict.fromkeys(study.replications, "aws-2026"),
        "us-east-1",
    )
    assert manifest["prices"]["aws-2026"]["newest"] >= manifest["prices"]["aws-2026"]["oldest"] > "2020"
    assert (manifest["scenario_sha256"], manifest["engines"]) == ("0" * 64, ["simpy"])
    assert manifest["versions"]["numba"] == version("numba")
    assert manifest["inputs_sha256"] == {"visits.csv": "1" * 64}
    assert len(manifest["files_sha256"]) == 13, "all but the manifest itself"
    for name, digest in manifest["files_sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_same_answers_have_the_same_hash_and_bytes(study: Study, tmp_path: Path) -> None:
    first = write(study, tmp_path / "a", [], NOON)
    second = write(study, tmp_path / "b", [], NOON)
    assert first.name == second.name
    for file in filter(Path.is_file, first.rglob("*")):
        assert file.read_bytes() == (second / file.relative_to(first)).read_bytes(), file.name
    assert gzip.decompress((first / "timeseries.csv.gz").read_bytes()).startswith(b"design,time_s,")


def test_what_cannot_be_finished_leaves_nothing(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Study) -> pd.DataFrame:
        raise OSError("no space left on device")

    monkeypatch.setattr(Study, "series", full)
    with pytest.raises(OSError, match="no space left"):
        write(study, tmp_path, [], NOON)
    assert list(tmp_path.iterdir()) == []


def test_results_that_are_there_are_never_overwritten(study: Study, tmp_path: Path) -> None:
    write(study, tmp_path, [], NOON)
    with pytest.raises(FileExistsError):
        write(study, tmp_path, [], NOON)


def test_a_folder_that_a_killed_process_left_is_taken_away(study: Study, tmp_path: Path) -> None:
    """Whoever still writes has the lock of its folder."""
    left = tmp_path / ".unfinished-left"
    left.mkdir()
    (left / "summary.json").write_text("{", encoding="utf-8")
    with whole(tmp_path / "other") as busy:
        folder = write(study, tmp_path, [], NOON)
        assert sorted(tmp_path.iterdir()) == sorted([busy, folder])
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(["other", folder.name])
