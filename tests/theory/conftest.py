"""Theory asks for many requests: it is put to the reference and to the fast engine."""

from __future__ import annotations

from functools import partial

import pytest

from tests.harness import ENGINES, Run
from tests.harness import run as run_with


@pytest.fixture(scope="session", params=[engine for engine in ENGINES if engine != "interpreted"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a small design, on each of the two."""
    return partial(run_with, engine=request.param)


@pytest.fixture(scope="session")
def longer(run: Run) -> int:
    """How much longer the fast engine is let run: ten times the requests, a third of the standard error."""
    return 10 if run.keywords["engine"] == "compiled" else 1  # type: ignore[attr-defined]
