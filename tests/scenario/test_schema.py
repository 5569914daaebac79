"""`simulate schema`: what an editor accepts and what it underlines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from simulator.scenario.reserved import KEYS
from simulator.scenario.schema import document, schema
from simulator.scenario.text import parse
from simulator.services.service import kinds
from simulator.traffic import shapes
from tests.scenario import writing

SMALL = writing.SMALL.replace(", {call: store}", "")
HERE = Path(__file__).resolve().parent
GOOD = [HERE / "data" / "everything.yaml", *sorted((HERE.parents[1] / "scenarios").glob("*.yaml"))]
DOCUMENT = document()
VALIDATOR = Draft7Validator(DOCUMENT)


def plain(text: str) -> Any:
    root, problems = parse("x.yaml", text.encode())
    assert problems == []
    assert root is not None
    return root.plain()


def underlined(text: str) -> list[str]:
    return sorted(".".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(plain(text)))


def everywhere(node: Any, path: tuple[str, ...] = ()) -> Any:
    yield path, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from everywhere(child, (*path, str(key)))


def test_it_is_a_valid_draft_07_schema_and_the_text_is_the_same() -> None:
    Draft7Validator.check_schema(DOCUMENT)
    assert json.loads(schema()) == DOCUMENT


def test_nothing_of_later_drafts_is_left() -> None:
    for path, node in everywhere(DOCUMENT):
        if isinstance(node, dict) and (not path or path[-1] != "properties"):
            assert not {"$defs", "prefixItems", "discriminator"} & set(node), path
            assert "$ref" not in node or len(node) == 1, path


def test_every_reference_leads_somewhere() -> None:
    references = {
        node["$ref"] for _, node in everywhere(DOCUMENT) if isinstance(node, dict) and "$ref" in node
    }
    assert {reference.removeprefix("#/definitions/") for reference in references} <= set(
        DOCUMENT["definitions"]
    )


def test_it_knows_every_key_service_and_shape() -> None:
    assert set(DOCUMENT["properties"]) == KEYS
    assert {f"service.{kind}" for kind in kinds()} <= set(DOCUMENT["definitions"])
    assert {f"source.{name}" for name in shapes()} <= set(DOCUMENT["definitions"])


def test_a_unit_has_a_pattern_a_description_and_examples() -> None:
    memory = DOCUMENT["definitions"]["service.lambda"]["properties"]["memory"]
    assert {"pattern", "description", "examples"} <= set(memory)


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.name)
def test_a_good_scenario_is_not_underlined(file: Path) -> None:
    text = file.read_text("utf-8")
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(plain(text))]
    assert errors == []


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ("rate: 10/s", "rte: 10/s", ["traffic.web", "traffic.web"]),
        ("rate: 10/s", "rate: 10", ["traffic.web.rate"]),
        ("shape: poisson", "shape: poison", ["traffic.web.shape"]),
        ("512 MB", "512", ["architecture.shop.memory"]),
        ("512 MB", "512 mb", ["architecture.shop.memory"]),
        ("memory:", "memroy:", ["architecture.shop"]),
        ("service: rds", "service: rdss", ["architecture.store.service"]),
        ("service: rds", "service: msk", ["architecture.store.service"]),
        ("instance: db.m5.large, ", "", ["architecture.store"]),
        ("{for: 10 min}", "{for: 10 min, engine: fast}", ["run.engine"]),
        ("{for: 10 min}", "{for: 10 min, seed: '7'}", ["run.seed"]),
        ("{for: 10 min}", "{for: 10 min, start: soon}", ["run.start"]),
        ("{for: 10 min}", "{warm_up: 10 min}", ["run"]),
        ("run:", "rnu:", ["", ""]),
        ("name: Small", "era: aws-2025", ["era"]),
    ],
)
def test_a_mistake_is_underlined_where_it_stands(old: str, new: str, places: list[str]) -> None:
    assert underlined(SMALL) == []
    assert underlined(SMALL.replace(old, new)) == places


@pytest.mark.parametrize(
    ("patch", "good"),
    [
        ("{}", True),
        ("null", True),
        ("{shop: {memory: 1 GB}}", True),
        ("{shop: {memory: null}}", True),
        ("{store: null}", True),
        ("{store: {service: external, latency: 1 ms}}", True),
        ("{account: {lambda_concurrency: 5}}", True),
        ("{account: null, era: aws-2020-08}", True),
        ("{extends: other}", True),
        ("{api: {routes: {default: {timeout: 1 s}}}}", True),
        ("{shop: {memory: 1}}", False),
        ("{shop: {memroy: 1 GB}}", False),
        ("{store: {service: external, instance: x}}", False),
        ("{account: {lambda_concurency: 5}}", False),
        ("{extends: 5}", False),
        ("5", False),
    ],
)
def test_a_design_is_a_patch_of_which_every_key_is_optional_and_removable(patch: str, good: bool) -> None:
    assert (underlined(SMALL + f"designs: {{a: {patch}}}\n") == []) == good


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("architecture: {shop: {memory: 1 GB}}", []),
        ("architecture: {shop: {memory: 1}}", ["architecture.shop"]),
        ("architecture: {shop: null}", []),
        ("traffic: {web: {rate: 20/s}}", []),
        ("traffic: {web: {rate: 20}}", ["traffic.web"]),
        ("run: {seed: 3}", []),
        ("run: {sed: 3}", ["run"]),
    ],
)
def test_a_file_that_extends_another_need_not_say_everything(text: str, places: list[str]) -> None:
    assert underlined(f"extends: base.yaml\n{text}\n") == places
