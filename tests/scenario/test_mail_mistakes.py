"""Queues and streams that nobody reads, or nobody sends to: mistakes, unless they are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.writing import mistakes

MAIL = """\
name: Mail
traffic:
  web: {to: api, shape: poisson, rate: 10/s}
architecture:
  api: {service: http_api, routes: {default: {to: box}}}
  box: {service: sqs}
  shop: {service: lambda, runtime: nodejs22, duration: 20 ms, events: {box: {from: box}}}
run: {for: 10 min}
"""
UNREAD = (
    "nobody reads what {sender} sends to it; write 'events: {{{name}: {{from: {name}}}}}' in a function that"
    " reads it, or 'consumer: none' here if nobody in this scenario is to"
)
READS = ", events: {box: {from: box}}"


def unread(name: str = "box", sender: str = "api") -> str:
    return UNREAD.format(name=name, sender=sender)


def mail(*changes: tuple[str, str]) -> str:
    """The scenario with pieces of its text replaced."""
    text = MAIL
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_a_queue_with_a_sender_and_a_reader_is_no_mistake(tmp_path: Path) -> None:
    assert mistakes(tmp_path, MAIL) == []


@pytest.mark.parametrize("kind", ["sqs", "kinesis", "dynamodb_stream"])
def test_what_requests_come_to_and_nobody_reads_is_told_where_it_stands(kind: str, tmp_path: Path) -> None:
    text = mail(("sqs", kind), (READS, ""))
    assert mistakes(tmp_path, text) == [f"scenario.yaml:6:3: architecture.box: {unread()}"]


@pytest.mark.parametrize(
    "kind",
    ["sqs, consumer: none", "kinesis, consumer: none", "dynamodb_stream, consumer: none",
     "dynamodb_stream, other_reads: 5/s"],
)  # fmt: skip
def test_the_scenario_may_say_that_nobody_in_it_reads(kind: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, mail(("sqs", kind), (READS, ""))) == []


def test_nobody_and_a_reader_contradict_each_other(tmp_path: Path) -> None:
    assert mistakes(tmp_path, mail(("sqs", "sqs, consumer: none"))) == [
        "scenario.yaml:6:33: architecture.box.consumer: shop reads from it; remove 'consumer'"
    ]


@pytest.mark.parametrize(
    "sender",
    [
        "{service: lambda, runtime: nodejs22, handler: [{call: box}]}",
        "{service: lambda, runtime: nodejs22, handler: [{choose: [{share: 100%, do: [{send: box}]}]}]}",
        "{service: client, to: box}",
        "{service: sns, subscriptions: {one: {to: box}}}",
        "{service: event_bridge, rules: {dead_letter: {to: box}}}",
        "{service: step_functions, type: express, states: [{call: box}]}",
    ],
)
def test_whoever_sends_to_it_is_named(sender: str, tmp_path: Path) -> None:
    text = mail(("{service: http_api, routes: {default: {to: box}}}", sender), (READS, ""))
    assert mistakes(tmp_path, text) == [f"scenario.yaml:6:3: architecture.box: {unread()}"]


def test_traffic_itself_may_be_who_sends(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, mail(("to: api", "to: box"), (READS, "")))
    assert told.endswith(unread(sender="web"))


@pytest.mark.parametrize(
    "settings",
    [
        "{event_invoke_config: {on_failure: kept}",
        "{event_invoke_config: {dead_letter: kept}",
        "{event_invoke_config: {on_success: kept}",
        "{event_invoke_config: {on_failure: told}",
    ],
)
def test_what_only_keeps_what_failed_or_went_well_need_not_be_read(settings: str, tmp_path: Path) -> None:
    invoked = mail(("to: box", "to: shop"), (READS, ", " + settings.removeprefix("{")))
    invoked = invoked.replace("  box:", "  told: {service: sns, subscriptions: {one: {to: kept}}}\n  kept:")
    assert mistakes(tmp_path, invoked) == []


def test_dead_letters_of_a_queue_and_of_a_stream_need_not_be_read(tmp_path: Path) -> None:
    dead = "dead_letter: {to: kept, max_receives: 2}}\n  kept: {service: sqs"
    assert mistakes(tmp_path, mail(("sqs", f"sqs, {dead}"))) == []
    stream = mail(("sqs", "kinesis"), ("from: box", "from: box, on_failure: kept"))
    assert mistakes(tmp_path, stream.replace("run:", "  kept: {service: sqs}\nrun:")) == []


def test_a_success_that_goes_on_through_a_topic_is_still_a_request(tmp_path: Path) -> None:
    text = mail(("to: box", "to: shop"), (READS, ", event_invoke_config: {on_success: told}"))
    text = text.replace("run:", "  told: {service: sns, subscriptions: {one: {to: box}}}\nrun:")
    (told,) = mistakes(tmp_path, text)
    assert told.endswith(unread(sender="told"))


def test_a_dead_letter_queue_that_requests_are_sent_to_as_well_must_be_read(tmp_path: Path) -> None:
    dead = "sqs, dead_letter: {to: kept, max_receives: 2}}\n  kept: {service: sqs"
    (told,) = mistakes(tmp_path, mail(("sqs", dead), ("duration: 20 ms", "handler: [{send: kept}]")))
    assert told == f"scenario.yaml:7:3: architecture.kept: {unread('kept', 'shop')}"


def test_a_sender_that_no_request_comes_to_sends_nothing(tmp_path: Path) -> None:
    idle = "  idle: {service: lambda, runtime: nodejs22, handler: [{send: log}]}\n  log: {service: sqs}\nrun:"
    assert mistakes(tmp_path, mail(("run:", idle))) == []


def test_a_fleet_may_be_who_reads(tmp_path: Path) -> None:
    fleet = "service: server, servers: 1, vcpus: 2, price_per_month: $60, receives: {from: box}"
    text = mail(("service: lambda, runtime: nodejs22", fleet), (READS, ""))
    assert mistakes(tmp_path, text) == []


@pytest.mark.parametrize("kind", ["sqs", "kinesis", "dynamodb_stream"])
def test_what_is_read_and_nothing_is_sent_to_is_told(kind: str, tmp_path: Path) -> None:
    text = mail(("{to: box}", "{to: shop}"), ("sqs", kind))
    assert mistakes(tmp_path, text) == [
        (
            "scenario.yaml:6:3: architecture.box: shop reads from it and nothing is sent to it;"
            " write 'to: box' or 'send: box' where requests come from, or remove it"
        )
    ]


def test_a_backlog_and_what_failed_elsewhere_are_something_to_read(tmp_path: Path) -> None:
    backlog = mail(
        ("{to: box}", "{to: shop}"),
        ("sqs", "kinesis, backlog: {records: 10, age: 1 min}"),
        ("from: box", "from: box, starting_position: trim_horizon"),
    )
    assert mistakes(tmp_path, backlog) == []
    first = "{service: lambda, runtime: nodejs22, duration: 5 ms, event_invoke_config: {on_failure: box}}"
    redriven = mail(("{to: box}", "{to: first}"), ("run:", f"  first: {first}\nrun:"))
    assert mistakes(tmp_path, redriven) == []


def test_a_consumer_that_only_one_design_forgets_is_told_of_that_design(tmp_path: Path) -> None:
    text = MAIL + "designs: {whole: {}, part: {shop: null}}\n"
    (told,) = mistakes(tmp_path, text)
    assert "architecture.box: nobody reads what api sends to it in design part; write" in told


def test_a_name_that_leads_nowhere_is_told_alone(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, mail(("from: box", "from: bx")))
    assert "no service named 'bx'" in told
    (told,) = mistakes(tmp_path, mail(("to: api", "to: ap"), (READS, "")))
    assert "no service named 'ap'" in told


def test_what_a_producer_sends_in_a_request_is_told_what_to_write_instead(tmp_path: Path) -> None:
    text = mail(("{service: sqs}", "{service: kinesis, producer: {records: 100}}"))
    (told,) = mistakes(tmp_path, text)
    assert told.endswith(
        "producer.records: unknown key 'records'; write linger (how long records wait to be sent together)"
        " or aggregation (how many become one record of the stream)"
    )
