"""Without Numba everything works, says so once, and gives the same bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCENARIO = """
name: Small
traffic: {people: {to: f, shape: poisson, rate: 5/s}}
architecture: {f: {service: lambda, runtime: python3.12, duration: {gamma: {mean: 100 ms, cv: 0.5}}}}
run: {for: 30 s, replications: 2, seed: 4}
"""
COMMAND = "from simulator.cli import main; main()"


def simulate(file: Path, engine: str, before: str = "") -> tuple[str, str]:
    """What the command prints: the document, and the notes."""
    ran = subprocess.run(
        [sys.executable, "-c", before + COMMAND, str(file), "--json", "--engine", engine, "--workers", "1"],
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout, ran.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO)
    return path


def test_without_numba_the_compiled_engine_gives_way_with_one_line_of_notice(file: Path) -> None:
    document, notes = simulate(file, "compiled", "import sys; sys.modules['numba'] = None\n")
    assert notes.count("Numba is not installed") == 1
    assert document == simulate(file, "compiled")[0]
