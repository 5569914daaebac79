"""Merge patches (RFC 7396) that know where every value comes from."""

from __future__ import annotations

import pytest

from simulator.errors import Problem
from simulator.scenario.merge import merge, merge_files, resolve_designs
from simulator.scenario.text import parse
from simulator.scenario.tree import Node


def tree(text: str, name: str = "x.yaml") -> Node:
    found, problems = parse(name, text.encode())
    assert problems == []
    assert found is not None
    return found


def merged(base: str, patch: str) -> tuple[object, list[Problem]]:
    problems: list[Problem] = []
    return merge(tree(base), tree(patch), problems).plain(), problems


@pytest.mark.parametrize(
    ("base", "patch", "result"),
    [
        # the table in appendix A of RFC 7396, as far as a design can be written so
        ("{a: b}", "{a: c}", {"a": "c"}),
        ("{a: b}", "{b: c}", {"a": "b", "b": "c"}),
        ("{a: b}", "{a: null}", {}),
        ("{a: b, b: c}", "{a: null}", {"b": "c"}),
        ("{a: [b]}", "{a: c}", {"a": "c"}),
        ("{a: c}", "{a: [b]}", {"a": ["b"]}),
        ("{a: {b: c}}", "{a: {b: d}}", {"a": {"b": "d"}}),
        ("{a: [{b: c}]}", "{a: [1]}", {"a": [1]}),
        ("{a: foo}", "{a: {b: {c: null}}}", {"a": {"b": {}}}),
        ("{e: null}", "{a: 1}", {"e": None, "a": 1}),
    ],
)
def test_maps_merge_scalars_and_lists_replace_null_removes(base: str, patch: str, result: object) -> None:
    assert merged(base, patch) == (result, [])


def test_a_patch_that_changes_the_service_replaces_it_whole() -> None:
    base = "{store: {service: rds, instance: db.m5.large}}"
    assert merged(base, "{store: {service: external, latency: 1 ms}}")[0] == {
        "store": {"service": "external", "latency": "1 ms"}
    }
    assert merged(base, "{store: {service: rds, query: 1 ms}}")[0] == {
        "store": {"service": "rds", "instance": "db.m5.large", "query": "1 ms"}
    }


def test_a_null_that_removes_nothing_is_a_mistake() -> None:
    _, problems = merged("{stock: {a: 1}}", "{stokc: null}")
    assert [str(each) for each in problems] == [
        "x.yaml:1:2: stokc: 'stokc' is to be removed and is not there; did you mean 'stock'?"
    ]


def test_every_value_keeps_its_own_place() -> None:
    result = merge(tree("a: {b: 1, c: 2}"), tree("\n\na: {c: 3, d: 4}", "y.yaml"), [])
    places = {key: str(node.at) for key, node in result.entries["a"].entries.items()}
    assert places == {"b": "x.yaml:1", "c": "y.yaml:3", "d": "y.yaml:3"}


def test_what_a_patch_does_not_touch_is_the_very_same_node() -> None:
    base = tree("a: {b: 1}\nc: {d: 2}")
    assert merge(base, tree("a: {b: 2}"), []).entries["c"] is base.entries["c"]


def test_merging_changes_neither_side() -> None:
    base, patch = tree("a: {b: 1}"), tree("a: {b: null, c: 2}")
    before = base.plain(), patch.plain()
    merge(base, patch, [])
    assert (base.plain(), patch.plain()) == before


def test_a_design_is_the_baseline_with_what_it_extends_and_its_own_changes() -> None:
    patches = tree(
        "first: {a: 2, b: 2}\nsecond: {extends: first, b: 3}\nthird: {extends: second, a: null}"
    ).entries
    designs, problems = resolve_designs(tree("a: 1\nb: 1\nc: 1"), patches)
    assert problems == []
    assert {name: node.plain() for name, node in designs.items()} == {
        "first": {"a": 2, "b": 2, "c": 1},
        "second": {"a": 2, "b": 3, "c": 1},
        "third": {"b": 3, "c": 1},
    }


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        (
            "a: {extends: b}\nb: {extends: c}\nc: {extends: a}",
            "1:14: a.extends: designs that extend each other: a → b → c → a; let one of them stand alone",
        ),
        (
            "a: {extends: a}",
            "1:14: a.extends: designs that extend each other: a → a; let one of them stand alone",
        ),
        (
            "b: {extends: a}\na: {extends: c}\nc: {extends: a}",
            "2:14: a.extends: designs that extend each other: a → c → a; let one of them stand alone",
        ),
        (
            "guarded: {}\nb: {extends: garded}",
            "2:14: b.extends: no design named 'garded'; did you mean 'guarded'?",
        ),
        (
            "a: {extends: [b]}",
            "1:14: a.extends: not the name of a design; write the name of one other design",
        ),
    ],
)
def test_a_broken_chain_of_designs_is_told_once(patches: str, message: str) -> None:
    _, problems = resolve_designs(tree("z: 1"), tree(patches).entries)
    assert [str(each).removeprefix("x.yaml:") for each in problems] == [message]


def test_the_patches_of_a_design_in_two_files_add_up_and_keep_their_nulls() -> None:
    base = tree("designs: {d: {a: null, b: 1}, e: {}, f: {}}")
    extension = tree("designs: {d: {b: 2, c: null}, e: null, g: null}")
    assert merge_files(base, extension, []).plain() == {
        "designs": {"d": {"a": None, "b": 2, "c": None}, "f": {}, "g": None}
    }
