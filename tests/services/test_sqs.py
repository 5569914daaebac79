"""SQS and its pollers: who receives what when, what comes back, what it costs; by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from simulator.errors import ScenarioError
from simulator.services.events import EventSource
from simulator.services.sqs import Queue
from simulator.values.distributions import SizeDistribution
from simulator.values.keys import Keys
from simulator.values.units import SECOND
from tests.harness import Load, Ran, Run, Watch, function, plain, service

QUEUE: dict[str, Any] = {"service": "sqs", "visibility_timeout": "30 s"}


def worker(batch_size: int = 1, handler: Any = None, **settings: Any) -> dict[str, Any]:
    """A function of 1 s that polls the queue."""
    own = {key: settings.pop(key) for key in list(settings) if key in EventSource.model_fields}
    event = {"from": "q", "batch_size": batch_size, **own}
    work = {"handler": handler} if handler else {"duration": "1 s"}
    return function(**{"timeout": "10 s", **work, "events": {"mail": event}, **settings})


def completions(ran: Ran) -> tuple[int, float]:
    return ran.load.completion.count, round(ran.load.completion.mean * ran.load.completion.count, 6)


def test_sending_is_answered_at_once_and_is_complete_when_the_function_is_done(run: Run) -> None:
    ran = run({"q": QUEUE, "f": worker()}, Load("q", [1.0]))
    assert ran.answers == [(1.0, "ok")]
    assert completions(ran) == (1, 1.0)
    assert ran.counters("q")["number_of_messages_deleted"] == 1


def test_five_batches_at_a_time_at_first_then_sixty_more_a_minute(run: Run) -> None:
    era = plain("aws-2020-08")
    watch = Watch([0.5, 10.5, 60.5], lambda world: world.pools[0].busy)
    run(
        {"q": QUEUE, "f": worker()}, Load("q", [0.0] * 8000), era=era, until=70, controls=[watch],
        account={"lambda_concurrency": 1000},
    )  # fmt: skip
    assert watch.found == [5, 15, 65]


def test_today_three_hundred_more_a_minute(run: Run) -> None:
    watch = Watch([0.5, 10.5], lambda world: world.pools[0].busy)
    run({"q": QUEUE, "f": worker()}, Load("q", [0.0] * 2000), until=15, controls=[watch])
    assert watch.found == [5, 55]


def test_maximum_concurrency_bounds_them(run: Run) -> None:
    ran = run({"q": QUEUE, "f": worker(maximum_concurrency=8)}, Load("q", [0.0] * 500), until=20)
    assert ran.counters("f")["concurrency_max"] == 8


def test_provisioned_pollers_are_ten_batches_each_and_paid_for(run: Run) -> None:
    settings = worker(provisioned_pollers={"minimum": 3, "maximum": 4})
    watch = Watch([0.5, 10.5], lambda world: world.pools[0].busy)
    ran = run({"q": QUEUE, "f": settings}, Load("q", [0.0] * 900), until=15, controls=[watch])
    assert watch.found == [30, 40]
    seconds = ran.usage("q")["lambda.provisioned_poller"] * 3600
    assert seconds == pytest.approx(3 + 13 * 4, abs=1.1)


def test_pollers_go_when_there_is_nothing_to_do(run: Run) -> None:
    watch = Watch([20.0, 400.0], lambda world: world.mailboxes[0].idle)
    run({"q": QUEUE, "f": worker()}, Load("q", [0.0] * 400), until=401, controls=[watch])
    assert watch.found[1] == 5 < watch.found[0]


@pytest.mark.parametrize(("poison", "kept"), [("0%", 1.0), ("3.1%", 0.5), ("100%", 0.0)])
def test_while_batches_fail_fewer_pollers_are_used(run: Run, poison: str, kept: float) -> None:
    """Of 205 after 40 seconds; never fewer than five."""
    watch = Watch([40.5], lambda world: world.mailboxes[0].receivers)
    services = {"q": QUEUE | {"visibility_timeout": "1 h"}, "f": worker(poison=poison)}
    run(services, Load("q", [0.0] * 6000), until=41, controls=[watch])
    assert watch.found[0] == pytest.approx(max(205 * kept, 5), rel=0.15)


def test_in_2020_failures_do_not_slow_the_pollers(run: Run) -> None:
    watch = Watch([10.5], lambda world: world.mailboxes[0].receivers)
    services = {"q": QUEUE | {"visibility_timeout": "1 h"}, "f": worker(poison="100%")}
    run(services, Load("q", [0.0] * 500), until=11, era=plain("aws-2020-08"), controls=[watch])
    assert watch.found == [15]


def test_a_batch_is_what_waits_up_to_its_size(run: Run) -> None:
    """Five pollers that wait get one message each, as it comes; the others find what is left."""
    ran = run({"q": QUEUE, "f": worker(10)}, Load("q", [0.0] * 23))
    assert ran.counters("f")["invocations"] == 5 + 2
    assert ran.counters("q")["batch_size_mean"] == pytest.approx(23 / 7)


def test_with_a_window_a_batch_gathers_until_it_is_full_or_the_window_ends(run: Run) -> None:
    load = Load("q", [0.0, 0.1, 0.2, 5.0])
    ran = run({"q": QUEUE, "f": worker(3, batch_window="2 s")}, load)
    assert ran.counters("f")["invocations"] == 2
    assert completions(ran) == (4, 1.2 + 1.1 + 1.0 + 3.0)


@pytest.mark.parametrize(("receives", "ends"), [(1, 1.0), (2, 31.0), (3, 61.0)])
def test_a_message_that_fails_is_received_again_and_then_a_dead_letter(
    run: Run, receives: int, ends: float
) -> None:
    queue = QUEUE | {"dead_letter": {"to": "dead", "max_receives": receives}}
    dead = Watch([ends + 28.9, ends + 29.1], lambda world: world.mailboxes[0].waiting)
    services = {"q": queue, "dead": {"service": "sqs"}, "f": worker(poison="100%")}
    ran = run(services, Load("q", [0.0]), until=200, controls=[dead])
    assert dead.found == [0, 1]
    assert ran.counters("f")["errors"] == receives
    assert (ran.load.dead_lettered, ran.load.lost, ran.load.completion.count) == (1, 0, 0)
    assert ran.usage("dead")["sqs.requests"] == 0, "SQS moves it"
    assert ran.counters("q")["messages_received_again"] == receives - 1


def test_only_what_was_reported_comes_back(run: Run) -> None:
    queue = QUEUE | {"dead_letter": {"to": "dead", "max_receives": 1}}
    for reports, lost in ((False, 5), (True, 1)):
        services = {
            "q": queue,
            "dead": {"service": "sqs"},
            "f": worker(5, batch_window="1 s", poison="20%", report_batch_item_failures=reports),
        }
        ran = run(services, Load("q", [0.0] * 5), until=100, seed=6)
        assert ran.counters("q")["messages_dead_lettered"] == lost, "one of the five is poison, of this seed"


def test_what_is_not_done_within_the_visibility_timeout_is_received_again_though_it_ends(run: Run) -> None:
    queue = QUEUE | {"visibility_timeout": "2 s"}
    handler = [{"work": {"uniform": {"from": "1 s", "to": "5 s"}}}]
    ran = run({"q": queue, "f": worker(handler=handler)}, Load("q", [0.0] * 20), until=100)
    counters = ran.counters("q")
    assert counters["messages_received_again"] > 0
    assert counters["number_of_messages_deleted"] == ran.load.completion.count == 20
    assert ran.counters("f")["invocations"] == counters["number_of_messages_received"] > 20


def test_throttled_batches_were_received_again_later_in_2020_and_are_invoked_again_today(run: Run) -> None:
    services = {"q": QUEUE, "f": worker(reserved_concurrency=1)}
    load = Load("q", [0.0] * 3)
    then = run(services, load, era=plain("aws-2020-08"), until=100)
    now = run(services, load, until=100)
    assert then.counters("q")["messages_received_again"] == 3, "two wait for 30 s, one of them twice"
    assert now.counters("q")["messages_received_again"] == 0
    assert now.load.completion.max < 10 < then.load.completion.max
    assert now.counters("f")["throttles"] > 0


def test_messages_of_a_group_stay_in_order_and_one_batch_at_a_time(run: Run) -> None:
    fifo = QUEUE | {"fifo": True}
    one = run({"q": fifo, "f": worker()}, Load("q", [0.0] * 6, key=Keys(keys=1)))
    assert completions(one) == (6, 1 + 2 + 3 + 4 + 5 + 6.0)
    assert one.counters("f")["concurrency_max"] == 1
    many = run({"q": fifo, "f": worker()}, Load("q", [0.0] * 6, key=Keys(keys=1000)), seed=5)
    assert many.counters("f")["concurrency_max"] == 5


@pytest.mark.parametrize(("deduplicates", "invoked"), [(False, 3), (True, 1)])
def test_what_a_client_sends_again_is_taken_once_by_a_queue_that_deduplicates(
    run: Run, deduplicates: bool, invoked: int
) -> None:
    services = {
        "c": {"service": "client", "to": "q", "timeout": "1 s", "retries": {"attempts": 2, "backoff": "2 s"}},
        "q": QUEUE | {"fifo": True, "content_based_deduplication": deduplicates},
        "f": worker(),
    }
    era = plain("aws-2026", {"sqs.send": "1.5 s"})
    ran = run(services, Load("c", [0.0], key=Keys(keys=1)), era=era, until=60)
    assert ran.outcomes == {"timeout": 1}
    assert ran.counters("f")["invocations"] == invoked
    assert ran.counters("q")["messages_deduplicated"] == 3 - invoked


@pytest.mark.parametrize(("hidden", "taken"), [("2 min", 1), ("6 min", 2)])
def test_deduplication_lasts_five_minutes(run: Run, hidden: str, taken: int) -> None:
    """A function sends on, and fails: it is invoked again when its message is visible again."""
    services = {
        "q": QUEUE | {"visibility_timeout": hidden, "dead_letter": {"to": "dead", "max_receives": 2}},
        "dead": {"service": "sqs"},
        "f": worker(handler=[{"call": "ordered"}, {"fail": "100%"}]),
        "ordered": {"service": "sqs", "fifo": True, "content_based_deduplication": True},
        "g": function(timeout="10 s", duration="1 s", events={"mail": {"from": "ordered"}}),
    }
    ran = run(services, Load("q", [0.0], key=Keys(keys=1)), until=1000)
    assert ran.counters("f")["errors"] == 2
    assert ran.counters("ordered")["messages_deduplicated"] == 2 - taken
    assert ran.counters("g")["invocations"] == taken


def test_only_a_fifo_queue_deduplicates() -> None:
    made = service({"service": "sqs", "content_based_deduplication": True})
    (mistake,) = made.check({"q": made}, plain())
    assert mistake.path == ("content_based_deduplication",)


def test_what_a_consumer_sends_on_has_groups_like_those_of_the_traffic(run: Run) -> None:
    """A queue or stream in the middle does not make one group of all."""
    services = {
        "q": QUEUE,
        "f": worker(handler=[{"send": "ordered"}]),
        "ordered": QUEUE | {"fifo": True},
        "g": function(timeout="10 s", duration="1 s", events={"mail": {"from": "ordered", "batch_size": 1}}),
    }
    ran = run(services, Load("q", [0.0] * 5, key=Keys(keys=1000)), seed=5)
    assert ran.counters("g")["concurrency_max"] == 5
    one = run(services, Load("q", [0.0] * 5, key=Keys(keys=1)), seed=5)
    assert one.counters("g")["concurrency_max"] == 1
    with pytest.raises(ScenarioError, match="the messages of load have no group"):
        run(services, Load("q", [0.0]))


def test_a_group_waits_for_its_message_that_failed(run: Run) -> None:
    fifo = QUEUE | {"fifo": True, "dead_letter": {"to": "dead", "max_receives": 2}}
    services = {
        "q": fifo,
        "dead": {"service": "sqs", "fifo": True},
        "f": worker(handler=[{"work": "1 s"}], poison="30%"),
    }
    ran = run(services, Load("q", [0.0, 0.1], key=Keys(keys=1)), until=200, seed=4)
    assert ran.load.dead_lettered == 1, "the first is poison, of this seed"
    assert completions(ran) == (1, 60.0 + 1 - 0.1), "received again at 30 s, given up at 60 s"


def test_dead_letters_keep_their_groups(run: Run) -> None:
    services = {
        "q": QUEUE | {"fifo": True, "dead_letter": {"to": "dead", "max_receives": 1}},
        "f": worker(poison="100%"),
        "dead": QUEUE | {"fifo": True},
        "g": function(timeout="10 s", duration="9 s", events={"mail": {"from": "dead", "batch_size": 1}}),
    }
    several = run(services, Load("q", [0.0] * 5, key=Keys(keys=1000)), until=100, seed=5)
    assert several.counters("g")["concurrency_max"] == 5
    one = run(services, Load("q", [0.0] * 5, key=Keys(keys=1)), until=100, seed=5)
    assert one.counters("g")["concurrency_max"] == 1


def test_a_fifo_queue_refuses_what_is_more_than_its_quota(run: Run) -> None:
    fifo = QUEUE | {"fifo": True}
    ran = run({"q": fifo, "f": worker()}, Load("q", [0.0] * 400, key=Keys(keys=9)), until=5)
    assert ran.outcomes == {"ok": 300, "throttled": 100}
    assert ran.causes == {"q: send rate": 100}


def test_requests_are_sends_receives_deletes_and_long_polls_that_found_nothing(run: Run) -> None:
    ran = run({"q": QUEUE, "f": worker(10)}, Load("q", [0.0] * 20), until=100)
    busy_s, batches = 7.0, 5 + 2
    empty = (5 * 100 - busy_s) / 20
    assert ran.usage("q")["sqs.requests"] == pytest.approx(20 + batches + batches + empty, abs=1)


def test_a_large_message_is_billed_by_each_started_64_kb(run: Run) -> None:
    size = TypeAdapter(SizeDistribution).validate_python("65 KB")
    ran = run({"q": QUEUE}, Load("q", [0.0] * 10, size=size))
    assert ran.usage("q")["sqs.requests"] == 20


def test_memory_is_that_of_what_waits_and_not_of_all_that_came(run: Run) -> None:
    load = Load("q", np.arange(4000) * (SECOND // 100))
    ran = run({"q": QUEUE, "f": worker(handler=[{"work": "20 ms"}])}, load, rows=False)
    items = ran.world.items if ran.world.name == "simpy" else ran.world.machine.items  # type: ignore[union-attr]
    assert ran.counters("q")["number_of_messages_deleted"] == 4000
    assert len(items) <= 64


def test_a_function_may_not_take_longer_than_its_messages_are_hidden() -> None:
    made = {"q": service(QUEUE), "f": service(worker(timeout="31 s"))}
    (mistake,) = made["f"].check(made, plain())
    assert mistake.path == ("events", "mail", "from")
    assert "longer than the visibility timeout" in mistake.what


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"parallelization_factor": 2}, "parallelization_factor"),
        ({"batch_size": 11}, "batch_size"),
        ({"maximum_concurrency": 3, "provisioned_pollers": {}}, "maximum_concurrency"),
    ],
)
def test_what_lambda_would_refuse_is_refused(settings: dict[str, Any], path: str) -> None:
    made = {"q": service(QUEUE), "f": service(worker(**settings))}
    assert [mistake.path[-1] for mistake in made["f"].check(made, plain())] == [path]


def test_what_an_era_did_not_have_is_refused() -> None:
    era = plain("aws-2020-08")
    later = {"maximum_concurrency": 3, "report_batch_item_failures": True, "batch_window": "1 s"}
    for settings in ({key: value} for key, value in later.items()):
        made = {"q": service(QUEUE), "f": service(worker(**settings))}
        assert len(list(made["f"].check(made, era))) == 1


def test_two_functions_do_not_poll_one_queue() -> None:
    made = {"q": service(QUEUE), "f": service(worker()), "g": service(worker())}
    assert isinstance(made["q"], Queue)
    assert "both poll" in next(iter(made["q"].check(made, plain()))).what
