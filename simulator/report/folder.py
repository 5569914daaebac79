"""The results folder of a study: written whole under a name of its own, or not at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import __version__
from simulator.report.page.page import page
from simulator.report.pictures.gallery import PICTURES, draw, machines
from simulator.scenario.config import config
from simulator.study.whole import whole

if TYPE_CHECKING:
    from simulator.measure.summary import Summary
    from simulator.scenario.model import Scenario
    from simulator.study.study import Study

MANIFEST_VERSION = 1
OPTIONAL = ("messages", "states")
"""Tables that stand there only if they have rows."""
LIBRARIES = ("numpy", "scipy", "numba", "pandas", "simpy", "matplotlib")
"""Whose versions are told: what computes an answer, and what draws it."""


def write(study: Study, parent: Path, argv: Sequence[str], now: datetime | None = None) -> Path:
    """Writes `parent/<name>-<UTC>-<hash8>/`; the hash is the same for the same answers.

    `argv` is the command that led here.
    """
    time = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    summary = study.to_json()
    fingerprint = hashlib.sha256(summary.encode()).hexdigest()[:8]
    target = parent / f"{file_name(study.scenario.name)}-{time}-{fingerprint}"
    with whole(target) as folder:
        (folder / "summary.json").write_text(summary + "\n", encoding="utf-8")
        study.metrics().to_csv(folder / "summary.csv", index=False, lineterminator="\n")
        (folder / "scenario.resolved.yaml").write_text(config(study.scenario), encoding="utf-8")
        tables = {
            "timeseries": study.series(),
            "timeline": study.timeline(),
            "histogram": study.histogram(),
            "where": study.where(),
            "messages": study.messages(),
            "states": study.states(),
        }
        for name, table in tables.items():
            if name in OPTIONAL and table.empty:
                continue
            text = table.to_csv(index=False, lineterminator="\n", float_format="%.9g")
            (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
        drawn = [(design, service, made.png()) for design, service, made in machines(study)]
        (folder / "report.html").write_text(page(study, drawn), encoding="utf-8")
        _draw(study, folder / "pictures", drawn)
        found = {
            "engines": sorted({run.engine for runs in study.replications.values() for run in runs}),
            "replications": study.summary.replications,
            "interrupted": study.interrupted,
        }
        manifest(folder, study.scenario, study.summary, argv, time, found)
    return target


def _draw(study: Study, folder: Path, drawn: Sequence[tuple[str, str, bytes]]) -> None:
    folder.mkdir()
    for name in PICTURES:
        picture = draw(study, name)
        if picture is not None:
            (folder / f"{name}.png").write_bytes(picture.png())
    for design, service, png in drawn:
        file = folder / f"{file_name(f'machine {design} {service}')}.png"
        while file.exists():  # names that differ in signs or capitals alone
            file = file.with_stem(f"{file.stem}-again")
        file.write_bytes(png)


def manifest(
    folder: Path,
    scenario: Scenario,
    summary: Summary,
    argv: Sequence[str],
    time: str,
    found: Mapping[str, object],
) -> None:
    """Writes where the results in a folder come from: versions, seed, command, all that was read, what was
    `found` of the runs, and checksums of what is there."""
    said = {
        "manifest_version": MANIFEST_VERSION,
        "written": time,
        "versions": {
            "simulator": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "seed": scenario.run.seed,
        **found,
        **{key: summary.provenance[key] for key in ("scenario_sha256", "region", "eras", "prices")},
        "inputs_sha256": dict(scenario.files),
        "argv": list(argv),
        "files_sha256": {
            file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        },
    }
    (folder / "manifest.json").write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def file_name(name: str) -> str:
    """The name of a scenario as part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "study"
