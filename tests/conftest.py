"""Fixtures of all tests."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import settings

from tests.harness import ENGINES, Run
from tests.harness import run as run_with

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session", params=ENGINES)
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a small design, on every engine in turn."""
    return partial(run_with, engine=request.param)
