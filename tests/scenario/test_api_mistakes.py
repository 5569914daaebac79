"""Mistakes in an API, told at their place with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.writing import changed, mistakes

API = "{service: http_api, routes: {default: {to: shop}}}"


@pytest.mark.parametrize(
    ("api", "at", "what"),
    [
        (
            "{service: http_api, routes: {default: {respond: 202}}}",
            "8: architecture.api",
            (
                "route default leads nowhere, and an HTTP API has no mock integrations;"
                " write its 'to', or take a rest_api"
            ),
        ),
        (
            "{service: rest_api, routes: {default: {response: 1 KB}}}",
            "46: architecture.api.routes.default",
            "neither `to` nor `respond`; write `to: SERVICE`, or `respond: 202` for a mock",
        ),
        (
            "{service: rest_api, routes: {default: {to: shop, respond: 404}}}",
            "66: architecture.api.routes.default.respond",
            "not one of the choices: 404; write one of: 200 or 202",
        ),
        (
            "{service: rest_api, routes: {default: {to: shop, cache: {keys: many}}}}",
            "71: architecture.api.routes.default.cache.keys",
            "not a whole number: 'many'; write for example '1'",
        ),
        (
            "{service: rest_api, routes: {default: {to: shop}}, usage_plans: {gold: {sources: [wbe]}}}",
            "90: architecture.api.usage_plans.gold.sources.0",
            "no source named 'wbe'; did you mean 'web'?",
        ),
        (
            "{service: rest_api, routes: {default: {to: shop, request: 7 MB}}}",
            "66: architecture.api.routes.default.request",
            "a payload beyond the 6 MB of a synchronous invocation; write at most '6 MB'",
        ),
        (
            "{service: http_api, routes: {default: {to: shop}}, timeout: 31 s}",
            "68: architecture.api.timeout",
            "longer than the 30 s that an integration may take; write at most '30 s'",
        ),
        (
            "{service: rest_api, routes: {default: {to: shop}}, authorizer: jwt}",
            "59: architecture.api.authorizer",
            "'authorizer' is not simulated yet (authorizers); remove it",
        ),
    ],
)
def test_a_mistake_in_an_api_is_told_at_its_place(api: str, at: str, what: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, changed(API, api)) == [f"scenario.yaml:5:{at}: {what}"]
