"""A name that leads nowhere is told together with whatever else is wrong with the service that says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.writing import SMALL, changed, mistakes

STROE = "architecture.shop.handler.1.call: no service named 'stroe'; did you mean 'store'?"


def told(folder: Path, text: str) -> list[str]:
    return [line.split(": ", 1)[1] for line in mistakes(folder, text)]


@pytest.mark.parametrize(
    ("old", "new", "also"),
    [
        ("memory: 512 MB", "memory: 512 MB, timeuot: 2 s", "shop.timeuot: unknown key 'timeuot'"),
        ("memory: 512 MB", "memory: 512", "shop.memory: a number without its unit: 512"),
        ("memory: 512 MB", "memory: lots", "shop.memory: not an amount of memory: 'lots'"),
        ("work: 20 ms", "work: 20", "shop.handler.0.work: a number without its unit: 20"),
        ("nodejs22", "nodejs21", "shop.runtime: no cold starts of runtime 'nodejs21'"),
        ("runtime: nodejs22, ", "", "shop: 'runtime' is missing"),
        (
            "memory: 512 MB",
            "provisioned_concurrency: yes",
            "shop.provisioned_concurrency: ",
        ),
    ],
)
def test_a_call_that_dangles_is_told_beside_another_mistake_of_its_function(
    old: str, new: str, also: str, tmp_path: Path
) -> None:
    text = changed(old, new).replace("call: store", "call: stroe")
    other, name = sorted(told(tmp_path, text), key=lambda line: line == STROE)
    assert other.startswith(f"architecture.{also}")
    assert name == STROE


def test_each_name_of_one_service_is_told_where_it_stands(tmp_path: Path) -> None:
    """Behind a step of the handler that cannot be read, too, and beside the timeout of the very call."""
    text = changed(
        "handler: [{work: 20 ms}, {call: store}]",
        "handler: [{wrok: 20 ms}, {call: {to: stroe, timeout: 5}}], init: {connects: [stor]},"
        " events: {mail: {from: post, batch_size: many}}, event_invoke_config: {on_failure: lost}",
    )
    places = [line.split(": ")[0].removeprefix("architecture.shop.") for line in told(tmp_path, text)]
    assert places == [
        "handler.0.wrok",
        "handler.1.call.to",
        "handler.1.call.timeout",
        "init.connects.0",
        "events.mail.from",
        "events.mail.batch_size",
        "event_invoke_config.on_failure",
    ]


@pytest.mark.parametrize(
    ("handler", "also"),
    [
        ("[{work: 20, call: stroe}]", "handler.0: a handler step is one of "),
        ("[{call: stroe, retry: 3}]", "handler.0: a handler step is one of "),
        ("[{parallel: [[{call: stroe}]]}]", "handler.0: `parallel` needs two branches or more"),
        ("[{parallel: [{call: stroe}], work: 3}]", "handler.0: a handler step is one of "),
        ("[{choose: [{share: 50%, do: [{call: stroe}]}]}]", "handler.0: shares of `choose` add up to"),
        ("[{choose: [{do: [{call: stroe}]}]}]", "handler.0.choose.0: 'share' is missing"),
        ("{call: stroe}", "handler: not a list: a map"),
        ("[call: stroe], duration: 5 ms", ": both `duration` and `handler`"),
    ],
)
def test_so_is_one_below_a_step_that_is_wrong_as_a_whole(handler: str, also: str, tmp_path: Path) -> None:
    text = changed("[{work: 20 ms}, {call: store}]", handler)
    other, name = told(tmp_path, text)
    assert other.startswith(f"architecture.shop{'' if also[0] == ':' else '.'}{also}")
    assert name.endswith("call: no service named 'stroe'; did you mean 'store'?")


def test_so_is_one_beside_a_duration_without_a_unit(tmp_path: Path) -> None:
    """Which the function cannot do without."""
    events = "duration: 40, events: {mail: {from: post}}"
    duration, name = told(tmp_path, changed("handler: [{work: 20 ms}, {call: store}]", events))
    assert duration.startswith("architecture.shop.duration: a number without its unit: 40")
    assert name.startswith("architecture.shop.events.mail.from: no service named 'post'")


@pytest.mark.parametrize(
    ("service", "places"),
    [
        ("sns, message: 5, subscriptions: {s: {to: nn, dead_letter: dd}}",
         ["message", "subscriptions.s.to", "subscriptions.s.dead_letter"]),
        ("event_bridge, rules: {r: {to: nn, dead_letter: dd, share: 5}}",
         ["rules.r.to", "rules.r.dead_letter", "rules.r.share"]),
        ("http_api, routes: {default: {to: nn, throttle: {rate: 5, burst: 5}}}",
         ["routes.default.to", "routes.default.throttle.rate"]),
        ("sqs, dead_letter: {to: nn, max_receives: 0}", ["dead_letter.to", "dead_letter.max_receives"]),
        ("step_functions, states: [{call: nn}, {wait: 5}, {send: dd}]",
         ["states.0.call", "states.1.wait", "states.2.send"]),
        ("alb, to: nn, idle_timeout: 5", ["to", "idle_timeout"]),
        ("cloudfront, to: nn, hits: 5", ["to", "hits"]),
        ("client, to: nn, retries: {attempts: few}", ["to", "retries.attempts"]),
        ("waf, to: nn, clients: {wbe: few}", ["to", "clients.wbe"]),
        ("rest_api, usage_plans: {gold: {sources: [wbe], qouta: 5}}, routes: {default: {to: nn}}",
         ["usage_plans.gold.sources.0", "usage_plans.gold.qouta", "routes.default.to"]),
    ],
)  # fmt: skip
def test_so_is_every_name_in_any_kind_of_service(service: str, places: list[str], tmp_path: Path) -> None:
    text = SMALL.replace("architecture:\n", f"architecture:\n  new: {{service: {service}}}\n")
    assert [line.split(": ")[0].removeprefix("architecture.new.") for line in told(tmp_path, text)] == places


def test_no_name_is_proposed_that_would_be_a_circle_of_calls(tmp_path: Path) -> None:
    """Neither the caller's own, nor that of one that leads to the caller."""
    app = SMALL.replace("architecture:\n", "architecture:\n  app: {service: client, to: apy}\n")
    assert told(tmp_path, app) == ["architecture.app.to: no service named 'apy'; did you mean 'api'?"]
    assert told(tmp_path, changed("call: store", "call: shpo")) == [
        "architecture.shop.handler.1.call: no service named 'shpo'; write one of: store"
    ]
    assert told(tmp_path, changed("call: store", "call: apy")) == [
        "architecture.shop.handler.1.call: no service named 'apy'; write one of: store"
    ]


def test_a_service_whose_kind_is_misspelt_is_not_said_to_be_of_the_wrong_kind(tmp_path: Path) -> None:
    text = changed("call: store}]", "call: store}], events: {mail: {from: post}}")
    (kind,) = told(tmp_path, text.replace("run:", "  post: {service: sqss}\nrun:"))
    assert kind.startswith("architecture.post.service: unknown service: 'sqss'")


def test_what_stands_for_a_setting_that_is_missing_is_no_name(tmp_path: Path) -> None:
    """A client without `to` does not lead to what an example of `to` would be."""
    text = SMALL.replace("architecture:\n", "architecture:\n  new: {service: client, timeout: 5}\n")
    missing, timeout = told(tmp_path, text)
    assert missing.startswith("architecture.new: 'to' is missing")
    assert timeout.startswith("architecture.new.timeout: a number without its unit: 5")
