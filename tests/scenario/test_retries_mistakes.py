"""Retries that would wait for an answer that their service never gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.writing import changed, mistakes

NEVER = "retries that never happen: 'store' ({}) throttles with 400; write on: [{}]"


def calling(kind: str, retries: str) -> str:
    """The small scenario with a store of another kind, called with these retries."""
    text = changed("rds, instance: db.m5.large, query: 2 ms", kind)
    return text.replace("{call: store}", f"{{call: {{to: store, {retries}}}}}")


@pytest.mark.parametrize(
    ("kind", "more", "retries", "instead"),
    [
        ("dynamodb", "", "retries: {on: [429]}", "400"),
        ("dynamodb", "", "retries: {on: [429, 5xx, timeout]}, timeout: 1 s", "400, 5xx, timeout"),
        ("dynamodb", "", "retries: {on: [5xx]}", "400, 5xx"),
        ("kinesis", ", consumer: none", "retries: {on: [429]}", "400"),
        ("sqs", ", consumer: none", "retries: {on: [429]}", "400"),
    ],
)
def test_retries_of_a_throttling_that_never_comes_are_refused(
    kind: str, more: str, retries: str, instead: str, tmp_path: Path
) -> None:
    (said,) = mistakes(tmp_path, calling(kind + more, retries))
    assert said.startswith("scenario.yaml:6:")
    assert said.endswith(f"on: {NEVER.format(kind, instead)}")


@pytest.mark.parametrize(
    "retries",
    ["retries: {}", "retries: {on: [400]}", "retries: {on: [timeout]}, timeout: 1 s",
     "retries: {attempts: 0, on: [429]}"],
)  # fmt: skip
def test_those_that_may_happen_are_not(retries: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, calling("dynamodb", retries)) == []


@pytest.mark.parametrize("steps", ["{choose: [{share: 100%, do: [CALL]}]}", "{parallel: [[CALL], [CALL]]}"])
def test_they_are_found_inside_choices_and_branches(steps: str, tmp_path: Path) -> None:
    text = calling("dynamodb", "retries: {on: [429]}")
    call = "{call: {to: store, retries: {on: [429]}}}"
    said = mistakes(tmp_path, text.replace(call, steps.replace("CALL", call)))
    assert len(said) == steps.count("CALL")
    assert all("retries.on: retries that never happen" in each for each in said)


def test_a_client_is_told_too(tmp_path: Path) -> None:
    text = changed("rds, instance: db.m5.large, query: 2 ms", "dynamodb")
    text = text.replace("to: api, shape", "to: user, shape")
    text = text.replace("run:", "  user: {service: client, to: store, retries: {on: [429]}}\nrun:")
    (said,) = mistakes(tmp_path, text)
    assert said == f"scenario.yaml:8:52: architecture.user.retries.on: {NEVER.format('dynamodb', '400')}"


def test_an_error_of_an_sdk_is_no_status(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, calling("dynamodb", "retries: {on: [ThrottlingException]}"))
    assert "not a status: 'ThrottlingException'; write for example [400, 429, 5xx, timeout]" in said
