"""An objective on a counter that no design has is refused before anything runs; one on any other is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenario.writing import SMALL, mistakes, scenario

DOCUMENTED = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
EVERYTHING = """\
name: Everything
traffic:
  web: {to: rest, shape: poisson, rate: 10/s}
  mobile: {to: http, shape: poisson, rate: 10/s}
  members: {to: fifo, shape: poisson, rate: 10/s, key: {keys: 5}}
architecture:
  rest:
    service: rest_api
    cache: {size: 0.5 GB, ttl: 1 s}
    routes: {default: {to: shop, cache: {keys: 5}}}
  http: {service: http_api, routes: {default: {to: shop}}}
  shop:
    service: lambda
    runtime: nodejs22
    poison: 0.1%
    handler: [{work: 20 ms}, {send: queue}, {send: stream}, {send: mail}, {call: store}]
  mail: {service: lambda, runtime: nodejs22, duration: 20 ms}
  store: {service: rds, instance: db.m5.large, query: 2 ms}
  queue: {service: sqs}
  fifo: {service: sqs, fifo: true}
  stream: {service: kinesis, mode: on_demand}
  worker:
    service: lambda
    runtime: nodejs22
    duration: 20 ms
    events: {one: {from: queue, batch_size: 1}, other: {from: fifo, batch_size: 1}}
  reader: {service: lambda, runtime: nodejs22, duration: 20 ms, events: {all: {from: stream, batch_size: 1}}}
run: {for: 10 min}
"""


def test_a_misspelt_counter_is_refused_where_it_is_written(tmp_path: Path) -> None:
    text = f"{SMALL}objectives:\n  shop.cold_start: < 5\n  web.latncy: p99 < 1 s\n  shop.errors: p99 < 5\n"
    assert mistakes(tmp_path, text) == [
        (
            "scenario.yaml:10:3: objectives.shop.cold_start: no counter 'cold_start' of shop;"
            " did you mean 'cold_starts'?"
        ),
        "scenario.yaml:11:3: objectives.web.latncy: no metric 'latncy' of web; did you mean 'latency'?",
        (
            "scenario.yaml:12:3: objectives.shop.errors: no counter 'errors p99' of shop;"
            " did you mean 'errors'?"
        ),
    ]


@pytest.mark.parametrize(
    ("asked", "instead"),
    [
        ("queue.mesages_sent", "did you mean 'number_of_messages_sent'?"),
        ("queue.visible_mesages", "write one of: messages_visible_end, messages_visible_max"),
        ("queue.age_p50", "did you mean 'message_age_p50_s'?"),
        ("shop.coldstart", "did you mean 'cold_starts'?"),
    ],
)
def test_counters_that_have_the_words_of_an_unknown_one_are_proposed(
    asked: str, instead: str, tmp_path: Path
) -> None:
    (said,) = mistakes(tmp_path, f"{EVERYTHING}objectives: {{{asked}: < 5}}\n")
    (until,) = mistakes(tmp_path, EVERYTHING, f"run.until={asked} ± 5%")
    assert said.endswith(f"; {instead}")
    assert until.endswith(f"; {instead}")


def test_what_only_traffic_has_is_asked_of_the_requests_of_that_name_else_of_all(tmp_path: Path) -> None:
    text = f"{SMALL}windows: {{noon: {{from: 1 min, for: 1 min}}}}\n"
    asked = "objectives: {shop.latency@noon: p99 < 5 s}\n"
    (said,) = mistakes(tmp_path, f"{text}{asked}")
    assert said.endswith("no counter 'latency p99' of shop; write web.latency@noon")
    mixed = text.replace("rate: 10/s", "rate: 10/s, mix: {shop: 50%, look: 50%}")
    (said,) = mistakes(tmp_path, f"{mixed}{asked}")
    assert said.endswith("no counter 'latency p99' of shop; write web.shop.latency@noon")


def test_that_a_counter_is_not_there_comes_before_that_it_has_no_windows(tmp_path: Path) -> None:
    text = f"{SMALL}windows: {{noon: {{from: 1 min, for: 1 min}}}}\n"
    (said,) = mistakes(tmp_path, f"{text}objectives: {{shop.trottles@noon: < 5}}\n")
    assert said.endswith("no counter 'trottles' of shop; did you mean 'throttles'?")


def test_a_percentage_is_of_counters_that_are_shares(tmp_path: Path) -> None:
    asked = "objectives: {shop.cold_share: < 1%, shop.throttles: < 1%}\n"
    (said,) = mistakes(tmp_path, f"{SMALL}{asked}")
    assert said.endswith(
        ": objectives.shop.throttles: a percentage of throttles, which is none: '< 1%'; write a number,"
        " such as '< 5', or an objective on a share of requests, such as 'web.failed: < 1%'"
    )


def test_where_no_name_is_near_all_are_told(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, f"{SMALL}objectives: {{api.requests: < 5}}\n")
    assert said.endswith(
        "no counter 'requests' of api;"
        " write one of: 4xx, 5xx, count, integration_latency_mean_s, latency_mean_s"
    )


def test_a_service_that_counts_nothing_has_no_objective(tmp_path: Path) -> None:
    text = SMALL.replace(
        "{service: rds, instance: db.m5.large, query: 2 ms}", "{service: external, latency: 1 ms}"
    )
    (said,) = mistakes(tmp_path, f"{text}objectives: {{store.requests: < 5}}\n")
    assert said.endswith("no counter 'requests' of store; it counts nothing; remove the objective")


def test_the_number_that_is_to_be_sure_must_exist_too(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, SMALL, "run.until=shop.cold_start ± 5%")
    assert said.endswith("run.until: no counter 'cold_start' of shop; did you mean 'cold_starts'?")


def test_a_counter_of_one_design_is_enough(tmp_path: Path) -> None:
    designs = "designs: {a: {}, b: {store: {service: dynamodb, mode: on_demand}}}\n"
    text = f"{SMALL}{designs}objectives: {{store.connections_max: < 5, store.throttled_requests: < 5}}\n"
    assert len(scenario(tmp_path, text).objectives) == 2


def documented() -> Iterator[tuple[str, str]]:
    """A service of `EVERYTHING` and a counter that the reference says it has."""
    text = DOCUMENTED.read_text("utf-8")
    of = {"a function": "reader", "a stream": "stream", "a queue": "queue", "a FIFO": "fifo"}
    service = ""
    for line in table(text, "| counter | of | meaning |"):
        names, about = (cell.strip() for cell in line.split("|")[1:3])
        service = next((name for kind, name in of.items() if about.startswith(kind)), service)
        yield from ((service, name) for name in in_full(names))
    for line in table(text, "| number | of a queue | of a stream's consumer |"):
        for service, cell in zip(("queue", "reader"), line.split("|")[2:4], strict=True):
            yield from ((service, name) for name in in_full(cell))
    counters = text.partition("Counters carry AWS's names in snake case:")[2].partition("\n\n")[0]
    functions, apis, events = re.split("APIs count|A function that is invoked asynchronously", counters)
    for name in in_full(functions):
        yield "store" if name == "connections_max" else "shop", name
    yield from (("mail", name) for name in in_full(events))
    http, rest, both = re.split(r"\(REST:|\)", apis)
    yield from (("http", name) for name in in_full(http + both))
    yield from (("rest", name) for name in in_full(rest + both))


def table(text: str, head: str) -> list[str]:
    """The rows below a head."""
    return text.partition(f"{head}\n|---|---|---|\n")[2].partition("\n\n")[0].splitlines()


def in_full(text: str) -> Iterator[str]:
    """The names in a text, of which `…` stands for a piece of the one before, or for a statistic."""
    before = ""
    for name in re.findall(r"`([^`]+)`", text):
        if name.startswith("…"):
            parts = name.count("_")
            yield "_".join([*before.split("_")[:-parts], name.removeprefix("…_")])
        else:
            before = name.replace("…", "p99")
            yield before


def test_every_documented_counter_may_have_an_objective_though_nothing_comes(tmp_path: Path) -> None:
    asked = dict.fromkeys(f"{service}.{name}" for service, name in documented())
    assert len(asked) > 60
    text = EVERYTHING + "objectives:\n" + "".join(f"  {key}: < 5\n" for key in asked)
    assert mistakes(tmp_path, text) == []
    assert len(scenario(tmp_path, text).objectives) == len(asked)
