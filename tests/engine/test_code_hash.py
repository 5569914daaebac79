"""The compiled loop is kept under a hash of the very code that was compiled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from simulator.engine import compiled_kernel, heap, loop, machine
from simulator.engine.code_hash import code_hash
from simulator.engine.kernel import cache_folder, fingerprint, kernel
from simulator.measure import sketch
from simulator.stations import demand, token_bucket
from tests.harness import Load, function, run

CODE = """
FACTOR = 2
def rule(x):
    {comment}
    return FACTOR * x in {{1, 2, 3}}
def around(x):
    return lambda y: y + {constant}
"""


def module(comment: str = "pass", constant: int = 1) -> ModuleType:
    made = ModuleType("made")
    exec(CODE.format(comment=comment, constant=constant), made.__dict__)  # noqa: S102
    return made


def test_comments_change_nothing_and_code_does() -> None:
    assert code_hash(module("# a rule\n    pass")) == code_hash(module())
    assert code_hash(module("x += 1")) != code_hash(module())
    assert code_hash(module(constant=2)) != code_hash(module()), "code within code counts"


def test_the_value_of_a_global_counts() -> None:
    changed = module()
    changed.__dict__["FACTOR"] = 3
    assert code_hash(changed) != code_hash(module())


@pytest.mark.parametrize("part", [loop, heap, machine, demand, token_bucket, sketch])
def test_the_fingerprint_is_of_all_modules_that_the_loop_calls(
    part: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that appears in any of them, as when a rule is edited, makes it another one."""
    before = code_hash(compiled_kernel)

    def rule(x: int) -> int:
        return x

    rule.__module__ = part.__name__
    monkeypatch.setattr(part, "another_rule", rule, raising=False)
    assert code_hash(compiled_kernel) != before


def test_it_is_the_same_in_every_process_and_after_the_loop_has_run() -> None:
    run({"f": function(duration="1 s")}, Load("f", [0, 1, 2]), engine="interpreted")
    code = "from simulator.engine.kernel import fingerprint; print(fingerprint())"
    for seed in ("1", "2"):
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            cwd=Path(__file__).parents[2], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        assert found.stdout.strip() == fingerprint()


def test_a_file_that_is_edited_while_a_process_runs_changes_nothing_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "edited.py"
    path.write_text("def rule(x):\n    return x\n")
    monkeypatch.syspath_prepend(tmp_path)
    edited = __import__("edited")
    before = code_hash(edited)
    path.write_text("def rule(x):\n    return 2 * x\n")
    assert code_hash(edited) == before


def test_what_is_compiled_is_found_again_wherever_the_same_code_was_installed() -> None:
    """One environment, or checkout, after the other would else compile it for a minute."""
    compiled: Any = kernel()
    folders = {Path(one.stats.cache_path) for one in (compiled.advance, compiled.govern, compiled.levels)}
    assert folders == {cache_folder() / "loop"}
