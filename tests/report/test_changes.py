"""What a design changes of the first one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from simulator.report.changes import Change, Changed, between, changes, differences
from tests.scenario.writing import SMALL, scenario


def test_only_the_keys_that_differ_are_listed_with_both_values() -> None:
    old = {"account": {"lambda_concurrency": 1000, "used_elsewhere": 50}, "checkout": {"memory": "512 MB"}}
    new = {"account": {"lambda_concurrency": 3000, "used_elsewhere": 50}, "checkout": {"memory": "512 MB"}}
    assert list(changes(old, new)) == [Change("account.lambda_concurrency", "1000", "3000")]


def test_what_is_new_is_shown_whole_in_the_scenarios_own_words() -> None:
    new = {"stock": {"proxy": {"borrow_timeout": "2 s", "on": True, "to": ["a", None]}}}
    assert list(changes({"stock": {}}, new)) == [
        Change("stock.proxy", None, "{borrow_timeout: 2 s, on: true, to: [a, null]}")
    ]


def test_what_is_gone_is_named_even_if_it_was_null() -> None:
    assert list(changes({"a": {"b": None, "c": 1}}, {"a": {"c": 1}})) == [Change("a.b", "null", None)]


def test_lists_are_replaced_as_a_whole() -> None:
    assert list(changes({"a": [1, 2]}, {"a": [1, 3]})) == [Change("a", "[1, 2]", "[1, 3]")]


def test_a_design_is_told_by_what_it_changes_of_the_one_before_that_it_is_most_like() -> None:
    written = {
        "plain": {"a": 1, "b": 1, "c": 1},
        "guarded": {"a": 2, "b": 2, "c": 1},
        "both": {"a": 2, "b": 2, "c": 2},
        "other": {"a": 1, "b": 1, "c": 3},
    }
    designs = {name: SimpleNamespace(written=tree) for name, tree in written.items()}
    assert differences(SimpleNamespace(designs=designs), written) == {  # type: ignore[arg-type]
        "guarded": Changed("plain", (Change("a", "1", "2"), Change("b", "1", "2"))),
        "both": Changed("guarded", (Change("c", "1", "2"),)),
        "other": Changed("plain", (Change("c", "1", "3"),)),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1 min", "60 s"),
        ("1.5/s", "90/min"),
        ("5%", "5.0 %"),
        ("1 GB", "1024 MB"),
        ("$5", "$5.00"),
        ({"at": "1 h", "for": ["90 s"]}, {"for": ["1 min 30 s"], "at": "60 min"}),
        (1, 1.0),
    ],
)
def test_the_same_in_other_units_and_another_order_is_no_change(old: object, new: object) -> None:
    assert not list(changes({"a": [{"b": old}], "c": old}, {"c": new, "a": [{"b": new}]}))


@pytest.mark.parametrize(("old", "new"), [("1 min", "61 s"), ("a", "b"), (1, True), ("1/s", "1 s"), ("1", 1)])
def test_what_means_something_else_is_a_change(old: object, new: object) -> None:
    assert len(list(changes({"a": old}, {"a": new}))) == 1


@pytest.mark.parametrize("back", [False, True])
def test_a_setting_that_a_design_leaves_out_is_told_by_its_default(tmp_path: Path, back: bool) -> None:
    """Of a db.m5.large's 8 GiB nine tenths are for connections, 12,582,880 bytes each."""
    patch = """{
      api: {timeout: 10 s}, account: {lambda_concurrency: 3000, api_gateway_burst: 10},
      spare: {service: sqs}, store: {max_connections: 300},
      shop: {timeout: 9 s, init: {connects: [store]}, reserved_concurrency: 9}}"""
    designs = scenario(tmp_path, SMALL + f"designs: {{plain: {{}}, other: {patch}}}\n").designs
    old, new = (designs[name] for name in (("other", "plain") if back else ("plain", "other")))
    found = {key: (new, old) if back else (old, new) for key, old, new in between(old, new)}
    assert found == {
        "api.timeout": ("30 s by default", "10 s"),
        "account.lambda_concurrency": ("1000 by default", "3000"),
        "account.api_gateway_burst": ("5000 by default", "10"),
        "spare": (None, "{service: sqs}"),
        "store.max_connections": ("614 by default", "300"),
        "shop.timeout": ("3 s by default", "9 s"),
        "shop.init": (None, "{connects: [store]}"),
        "shop.reserved_concurrency": (None, "9"),
    }
