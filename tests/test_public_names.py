"""What `import simulator` offers is what it says it offers, and it costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys

import simulator


def test_every_public_name_is_there() -> None:
    for name in simulator.__all__:
        assert getattr(simulator, name).__name__ == name
    assert set(simulator.__all__) <= set(dir(simulator))


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    assert not hasattr(simulator, "simulate")


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, simulator; print([name for name in sys.modules if name.startswith('simulator.')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
