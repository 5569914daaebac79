"""Fixtures of all tests."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import settings

from tests.harness import ENGINES, Run
from tests.harness import run as run_with
from tests.shipped import together

# `pytest --hypothesis-profile stress` looks at twenty times as many random designs, other ones each time
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=100)
settings.register_profile("stress", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Notebooks first: they take longest, and at the end one worker would wait for the other."""
    items.sort(key=lambda item: item.path.name != "test_notebooks.py")


@pytest.fixture(scope="session", autouse=True)
def _together(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    if hasattr(request.config, "workerinput"):
        together.folder = tmp_path_factory.getbasetemp().parent


@pytest.fixture(scope="session", params=ENGINES)
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a small design, on every engine in turn."""
    return partial(run_with, engine=request.param)
