"""No file makes the reader do anything but give a Scenario or say what is wrong and where.

Thousands of mutations of real scenarios, the same in every run: of bytes, of lines, of single YAML
tokens, and of the tree itself.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest

from simulator.errors import ScenarioError
from simulator.scenario.model import Scenario
from simulator.scenario.read import read
from simulator.scenario.text import parse

HERE = Path(__file__).resolve().parent
EXAMPLES = [HERE / "data" / "everything.yaml", *sorted((HERE.parents[1] / "scenarios").glob("*.yaml"))]
LONGEST_S = 5.0
"""Far more than a scenario takes (10 ms), far less than a hang."""

Random = np.random.Generator
Mutation = Callable[[bytes, Random], bytes]

NASTY = (
    "", "~", "null", "no", "yes", "True", "1:30", "010", "0x1f", "1_000", "1e3", "1e400", ".nan", "-1",
    "-0.0", "9999999999999999999", "0", "1", "1.5", "10", "10 s", "10 mins", "-10 s", "0 s", "36501 d",
    "5%", "150%", "$1", "$-1", "1/s", "1/0 s", "1e3/s", "99999999999999/s", "512 MB", "0 MB", "1 XB",
    "''", '""', '"\\0"', '"\\ud800"', "'", '"', "[", "]", "{", "}", "[]", "{}", "[[]]", "{a: {}}",
    "[1, [2]]", "{a: 1, a: 2}", "&a x", "*a", "&a [*a]", "!!python/object/apply:os.system [ls]", "!x y",
    "!!binary x", "<<: {a: 1}", "? a", "|", ">", "%", "@", "`", "- a", "#", "---", "...", "\t", "\u00a0",
    "\u2028", "\ufeff", "ä", "\U0001f600", "a.b", "a@b", "a b", "a" * 300, "/etc/passwd",
    "../everything.yaml", "visits.csv", "base/shop.yaml", "everything.yaml", ".", "..", "app", "checkout",
    "store", "lambda", "sqs", "client", "aws-2020-08", "2026-11-27", "2026-11-27T08:50", "24:00",
    "p99 < 1 s", "< 1", "p100 < 1 s",
)  # fmt: skip


def pick(random: Random, items: Any) -> Any:
    return items[int(random.integers(len(items)))]


def bytes_changed(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        place = int(random.integers(len(changed)))
        match random.integers(4):
            case 0:
                changed[place] = int(random.integers(256))
            case 1:
                del changed[place : place + int(random.integers(1, 20))]
            case 2:
                changed[place:place] = pick(random, NASTY).encode()
            case _:
                del changed[max(place, len(changed) // 2) :]
    return bytes(changed)


def lines_changed(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    for _ in range(int(random.integers(1, 4))):
        place, other = int(random.integers(len(lines))), int(random.integers(len(lines)))
        match random.integers(5):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[other])
            case 2:
                lines[place], lines[other] = lines[other], lines[place]
            case 3:
                lines[place] = b" " * int(random.integers(4)) + lines[place]
            case _:
                lines[place] = lines[place].removeprefix(b"  ")
    return b"\n".join(lines)


def token_changed(content: bytes, random: Random) -> bytes:
    text = content.decode()
    starts = [
        place for place, sign in enumerate(text) if sign in ":,{[-" and text[place + 1 : place + 2] == " "
    ]
    start = pick(random, starts) + 2
    end = min((text.find(sign, start) for sign in ",}]\n" if text.find(sign, start) >= 0), default=len(text))
    return f"{text[:start]}{pick(random, NASTY)}{text[end:]}".encode()


def tree_changed(content: bytes, random: Random) -> bytes:
    plain = json.loads(as_json(content))
    for _ in range(int(random.integers(1, 4))):
        inside = [each for each in containers(plain) if each]
        where, other = pick(random, inside), pick(random, inside)
        key, value = pick(random, keys(where)), other[pick(random, keys(other))]
        match random.integers(5):
            case 0:
                del where[key]
            case 1:
                where[key] = json.loads(json.dumps(value))
            case 2:
                where[key] = pick(random, NASTY)
            case 3:
                where[key] = pick(random, (None, True, 0, -1, 1.5, 10**30, 1e300, [], {}, [None], {"": None}))
            case _ if isinstance(where, dict):
                where[pick(random, (*NASTY, *keys(other)))] = where.pop(key)
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")


@cache
def as_json(content: bytes) -> str:
    tree, _ = parse("x", content)
    assert tree is not None
    return json.dumps(tree.plain())


def containers(plain: Any) -> Iterator[Any]:
    if isinstance(plain, dict | list):
        yield plain
        for each in plain.values() if isinstance(plain, dict) else plain:
            yield from containers(each)


def keys(container: Any) -> list[Any]:
    return list(container) if isinstance(container, dict) else list(range(len(container)))


MUTATIONS = (bytes_changed, lines_changed, token_changed, tree_changed)
ALTOGETHER = 2400
TIMES = ALTOGETHER // (len(MUTATIONS) * len(EXAMPLES))


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_mutated_file_gives_a_scenario_or_problems_with_a_place(
    example: Path, mutation: Mutation, tmp_path: Path
) -> None:
    folder = tmp_path / "scenario"
    shutil.copytree(example.parent, folder)
    content, file = example.read_bytes(), folder / "mutated.yaml"
    for number in range(TIMES):
        file.write_bytes(mutation(content, np.random.Generator(np.random.Philox(key=number))))
        begun = process_time()
        try:
            assert isinstance(read(file), Scenario)
        except ScenarioError as error:
            check_problems(error, folder)
        except Exception as error:  # noqa: BLE001  whatever else it is, it is a defect
            pytest.fail(f"mutation {number}: {error!r}")
        assert process_time() - begun < LONGEST_S, f"mutation {number}"


def check_problems(error: ScenarioError, folder: Path) -> None:
    assert error.problems
    for problem in error.problems:
        assert problem.file is not None
        assert problem.line is not None
        assert problem.column is not None
        assert problem.what
        assert "\n" not in str(problem)
        assert "Traceback" not in str(problem)
        assert str(folder) not in str(problem)
