"""`simulate config`: the merged file of each design, every value with its origin."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.config import config, merged
from simulator.scenario.read import read
from simulator.scenario.text import parse
from tests.scenario.writing import SMALL, changed, scenario, write

DATA = Path(__file__).resolve().parent / "data"


@pytest.mark.parametrize("design", ["plain", "small", "past", "bigger", "external-store"])
def test_the_merged_file_of_a_design_is_that_design(design: str) -> None:
    whole = read(DATA / "everything.yaml")
    file = DATA / "merged.yaml"
    file.write_text(whole.merged[design], "utf-8")
    try:
        again = read(file)
    finally:
        file.unlink()
    assert again.designs["architecture"].services == whole.designs[design].services
    assert again.designs["architecture"].account == whole.designs[design].account
    assert again.designs["architecture"].era == whole.designs[design].era
    assert (again.traffic, again.windows, again.objectives) == (
        whole.traffic,
        whole.windows,
        whole.objectives,
    )
    assert (again.bill, again.run, again.name, again.region) == (
        whole.bill,
        whole.run,
        whole.name,
        whole.region,
    )


def test_every_value_tells_its_origin(tmp_path: Path) -> None:
    write(tmp_path, SMALL, "base.yaml")
    text = "extends: base.yaml\ndesigns:\n  big: {shop: {memory: 1 GB}}\n"
    lines = config(scenario(tmp_path, text, "run.seed=7")).splitlines()
    assert lines[0] == "# design: big"
    origins = {
        line.partition("  # ")[0].strip(): line.partition("  # ")[2] for line in lines[1:] if "  # " in line
    }
    assert origins["name: Small"] == "base.yaml:1"
    assert origins["runtime: nodejs22"] == "base.yaml:6"
    assert origins["memory: 1 GB"] == "scenario.yaml:3"
    assert origins["seed: 7"] == "--set run.seed"


@pytest.mark.parametrize(
    ("written", "reads", "writes"),
    [
        ("", "1 # default", "0 # default"),
        (", reads: 2", "2 # scenario.yaml:7", "0 # default"),
        (", writes: 1", "0 # default", "1 # scenario.yaml:7"),
    ],
)
def test_what_settings_imply_of_each_other_is_told_as_a_default(
    tmp_path: Path, written: str, reads: str, writes: str
) -> None:
    text = changed("rds, instance: db.m5.large, query: 2 ms", f"dynamodb{written}")
    told = " ".join(config(scenario(tmp_path, text)).split())
    assert f"reads: {reads}" in told
    assert f"writes: {writes}" in told


def test_designs_are_documents_one_after_the_other(tmp_path: Path) -> None:
    text = config(scenario(tmp_path, SMALL + "designs: {a: {}, b: {shop: {memory: 1 GB}}}\n"))
    first, second = yaml.load_all(text, yaml.BaseLoader)
    assert "designs" not in first
    assert (first["architecture"]["shop"]["memory"], second["architecture"]["shop"]["memory"]) == (
        "512 MB",
        "1 GB",
    )


def test_a_value_that_yaml_would_take_for_something_else_is_quoted(tmp_path: Path) -> None:
    found = scenario(tmp_path, changed("name: Small", "name: '12'"))
    assert 'name: "12"' in config(found)
    assert scenario(tmp_path, found.merged["architecture"]).name == "12"


PRINTABLE = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff")
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(-1e9, 1e9) | st.text(PRINTABLE)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(PRINTABLE, min_size=1), inner, max_size=3)
    ),
)


@given(
    st.dictionaries(
        st.text(PRINTABLE, min_size=1).filter(lambda key: key not in ("designs", "<<")), TREES, min_size=1
    )
)
def test_any_tree_survives_writing_and_reading(tree: dict[str, object]) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    root, problems = parse("x.yaml", text.encode())
    if problems or root is None:
        return
    again, problems = parse("y.yaml", merged(root, root.get("architecture") or root).encode())
    assert problems == []
    assert again is not None
    assert again.plain() == root.plain()
