"""`--set path=value`: one value changed before anything is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import ScenarioError
from simulator.scenario.model import Scenario
from simulator.scenario.read import tree_of
from tests.scenario.writing import SMALL, changed, mistakes, scenario, write

DESIGNS = SMALL + "designs: {plain: {}, big: {shop: {memory: 1 GB}}}\nobjectives: {web.latency: p99 < 1 s}\n"


def memory(found: Scenario, design: str = "architecture") -> int:
    return int(getattr(found.designs[design].services["shop"], "memory"))  # noqa: B009


@pytest.mark.parametrize("path", ["shop.memory", "architecture.shop.memory", " shop.memory "])
def test_a_path_begins_with_a_service_or_with_a_key_of_the_scenario(path: str, tmp_path: Path) -> None:
    assert memory(scenario(tmp_path, SMALL, f"{path}=1769 MB")) == 1769


def test_later_sets_win(tmp_path: Path) -> None:
    assert memory(scenario(tmp_path, SMALL, "shop.memory=1 GB", "shop.memory=2 GB")) == 2048


def test_a_design_s_own_value_stands_over_a_set_of_the_baseline(tmp_path: Path) -> None:
    found = scenario(tmp_path, DESIGNS, "shop.memory=3 GB")
    assert (memory(found, "plain"), memory(found, "big")) == (3072, 1024)
    assert memory(scenario(tmp_path, DESIGNS, "designs.big.shop.memory=3 GB"), "big") == 3072


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("run.seed=7", ("run", "seed"), 7),
        ("traffic.web.rate=20/s", ("traffic", "web", "rate"), "20/s"),
        ("account.lambda_concurrency=50", ("architecture", "account", "lambda_concurrency"), 50),
        ("era=aws-2020-08", ("era",), "aws-2020-08"),
        ("era.sqs.failures_halve=1%", ("era", "sqs.failures_halve"), "1%"),
        ("objectives.web.latency=p50 < 9 s", ("objectives", "web.latency"), "p50 < 9 s"),
        ("shop.handler.0.work=5 ms", ("architecture", "shop", "handler", 0, "work"), "5 ms"),
        (
            "store.query={exponential: {mean: 3 ms}}",
            ("architecture", "store", "query", "exponential", "mean"),
            "3 ms",
        ),
        ("name='12'", ("name",), "12"),
        ("designs.big.shop=null", ("designs", "big", "shop"), None),
    ],
)
def test_a_value_is_yaml_and_lands_where_its_path_leads(
    text: str, path: tuple[str | int, ...], value: object, tmp_path: Path
) -> None:
    root, findings = tree_of(write(tmp_path, DESIGNS), [text])
    assert findings.problems == []
    found = root.plain() if root else None
    for part in path:
        found = found[part]  # type: ignore[index]
    assert found == value


def test_null_removes_a_setting(tmp_path: Path) -> None:
    root, _ = tree_of(write(tmp_path, SMALL), ["shop.memory=null"])
    assert root is not None
    assert "memory" not in root.plain()["architecture"]["shop"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "shop.memory",
            (
                "scenario: no path and value: 'shop.memory';"
                " write --set service.setting=value, for example --set checkout.memory='1769 MB'"
            ),
        ),
        (
            "shop..memory=1",
            (
                "scenario: no path and value: 'shop..memory=1';"
                " write --set service.setting=value, for example --set checkout.memory='1769 MB'"
            ),
        ),
        ("shpo.memory=1 GB", "shpo: no service or key named 'shpo'; did you mean 'shop'?"),
        ("web.rate=5/s", "web: no service or key named 'web'; write traffic.web.rate=…"),
        ("big.shop.memory=1 GB", "big: no service or key named 'big'; write designs.big.shop.memory=…"),
        ("designs.bog.x=1", "designs.bog: no design named 'bog'; did you mean 'big'?"),
        ("shop.memory=", ("scenario: no value; write one after '=', or null to remove the setting")),
        (
            "shop.memory=a: b",
            (
                "scenario: a ':' where none may stand; write 'key: value'"
                " with a space after ':', an inner map on lines of its own, other text in quotes"
            ),
        ),
        ("shop.memory=1\nx: 2", "scenario: not one value: '1\\nx: 2'; write one value"),
        ("shop.memory.x=1", ("architecture.shop.memory.x: a path into a single value; shorten the path")),
        (
            "shop.handler.7=1",
            ("architecture.shop.handler.7: no item '7' in this list; count its items from 0"),
        ),
        (
            "shop.timeout=null",
            (
                "architecture.shop.timeout: 'timeout' is to be removed"
                " and is not there; write one of: handler, memory, runtime, service"
            ),
        ),
    ],
)
def test_a_set_that_leads_nowhere_says_so(text: str, message: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, DESIGNS, text)[0].partition(": ")[2] == message


def test_a_mistake_in_a_set_value_points_at_the_set(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SMALL, "shop.memory=1769") == [
        "--set shop.memory:1:13: architecture.shop.memory: a number without its unit: 1769; write '1769 MB'"
    ]


def test_a_set_mends_a_broken_value(tmp_path: Path) -> None:
    assert memory(scenario(tmp_path, changed("512 MB", "512"), "shop.memory=256 MB")) == 256


@pytest.mark.parametrize("named", ["era: aws-2020-08\n", "era: {use: aws-2020-08}\n", ""])
def test_a_value_of_the_era_is_set_whether_or_not_the_scenario_names_one(named: str, tmp_path: Path) -> None:
    text = "\n".join(line for line in DESIGNS.splitlines() if not line.startswith("era:"))
    text = text.replace("nodejs22", "nodejs12") if named else text
    found = scenario(tmp_path, named + text, "era.lambda.keep_alive=10 min").era
    assert found.name == ("aws-2020-08" if named else "aws-2026")
    assert (found["lambda.keep_alive"], found.fact("lambda.keep_alive").confidence) == (600 * 10**9, "given")
    with pytest.raises(ScenarioError, match=r"--set era.lambda.keep_alife:1:\d+: .*did you mean"):
        scenario(tmp_path, named + text, "era.lambda.keep_alife=10 min")
