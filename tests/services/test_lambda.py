"""Lambda: who gets an environment, what a start takes, what is reported and billed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.eras.era import Era
from simulator.values.units import SECOND
from tests.harness import Load, Run, function, plain, service

NOW, THEN = plain("aws-2026"), plain("aws-2020-08")
ERAS = pytest.mark.parametrize("era", [NOW, THEN], ids=["2026", "2020"])


def billed_ms(run: Run, era: Era, *, init: str, work: str, at: tuple[float, ...] = (0.0,)) -> float:
    """Billed Duration in ms of a function with 1 GB."""
    services = {"f": function(duration=work, cold_start=init, memory="1 GB", timeout="900 s")}
    return run(services, Load("f", at), era=era).usage("f")["lambda.duration.x86_64"] * 1000


@pytest.mark.parametrize(
    ("init", "work", "billed"),
    [("133.61 ms", "80.00 ms", 214), ("3016.78 ms", "84.00 ms", 3101), ("3004.92 ms", "111.23 ms", 3117)],
)
def test_today_init_and_duration_are_billed_together_as_in_awss_sample_logs(
    run: Run, init: str, work: str, billed: int
) -> None:
    assert billed_ms(run, NOW, init=init, work=work) == billed


def test_in_2020_duration_alone_was_billed_in_started_100_ms(run: Run) -> None:
    assert billed_ms(run, THEN, init="3016.78 ms", work="84 ms") == 100
    assert billed_ms(run, THEN, init="3016.78 ms", work="100 ms") == 100
    assert billed_ms(run, THEN, init="3016.78 ms", work="100.000001 ms") == 200


def test_a_warm_start_bills_no_init(run: Run) -> None:
    assert billed_ms(run, NOW, init="2 s", work="80 ms", at=(0.0, 10.0)) == 2080 + 80


def test_making_the_environment_is_waited_for_and_not_billed(run: Run) -> None:
    era = plain("aws-2026", {"lambda.platform_start": "300 ms"})
    services = {"f": function(duration="80 ms", cold_start="120 ms", memory="1 GB")}
    ran = run(services, Load("f", [0, 10]), era=era)
    assert ran.answers == [(0.5, "ok"), (10.08, "ok")]
    assert ran.usage("f")["lambda.duration.x86_64"] == pytest.approx(0.280)
    assert ran.counters("f")["init_duration_mean_s"] == 0.12


@ERAS
def test_waiting_for_what_it_calls_is_duration(run: Run, era: Era) -> None:
    services = {
        "f": function(handler=[{"work": "100 ms"}, {"call": "bank"}], memory="1 GB"),
        "bank": {"service": "external", "latency": "400 ms"},
    }
    assert run(services, Load("f", [0]), era=era).usage("f")["lambda.duration.x86_64"] == 0.5


def test_a_killed_function_is_billed_until_then(run: Run) -> None:
    services = {"f": function(duration="9 s", timeout="1500 ms", cold_start="1 s", memory="1 GB")}
    assert run(services, Load("f", [0]), era=NOW).usage("f")["lambda.duration.x86_64"] == 2.5
    assert run(services, Load("f", [0]), era=THEN).usage("f")["lambda.duration.x86_64"] == 1.5


def test_the_timeout_covers_the_handler_and_not_the_start(run: Run) -> None:
    ran = run({"f": function(duration="1 s", timeout="1 s", cold_start="5 s")}, Load("f", [0]))
    assert ran.answers == [(6.0, "ok")]


def test_storage_beyond_512_mb_is_billed(run: Run) -> None:
    usage = run({"f": function(duration="2 s", ephemeral_storage="1536 MB")}, Load("f", [0])).usage("f")
    assert usage["lambda.ephemeral_storage"] == 2 * 1.0


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_duration_is_billed_by_architecture(run: Run, architecture: str) -> None:
    usage = run({"f": function(duration="1 s", architecture=architecture)}, Load("f", [0])).usage("f")
    assert usage == {"lambda.requests": 1, f"lambda.duration.{architecture}": 0.125}


def test_reserved_concurrency_caps_the_function(run: Run) -> None:
    ran = run({"f": function(duration="1 s", reserved_concurrency=3)}, Load("f", [0] * 5))
    assert ran.outcomes == {"ok": 3, "throttled": 2}
    assert ran.causes == {"f: reserved concurrency": 2}
    counters = ran.counters("f")
    assert (counters["throttles"], counters["invocations"], counters["concurrency_max"]) == (2, 3, 3)


def test_reserved_concurrency_0_switches_the_function_off(run: Run) -> None:
    ran = run({"f": function(duration="1 s", reserved_concurrency=0)}, Load("f", [0, 10, 20]))
    assert ran.causes == {"f: reserved concurrency": 3}


@pytest.mark.parametrize("era", ["aws-2026", "aws-2020-08"])
def test_reserved_concurrency_caps_requests_at_ten_a_second_for_each_of_it(run: Run, era: str) -> None:
    """One request every 4 ms, for two seconds: 500. Of 10 reserved environments one would do, since each
    takes 1 ms. The quota is 100 a second, of which 10 may come at once: 10 and, in the 1.996 s until the last
    request, one for each 10 ms: 199. The quota of the account, 10,000 a second, would refuse none."""
    services = {"f": function(duration="1 ms", reserved_concurrency=10), "g": function(duration="1 ms")}
    at = np.arange(500) * 4_000_000
    loads = [Load(name, at, name=name) for name in "fg"]
    ran = run(services, *loads, era=plain(era, {"lambda.requests_burst": "100 ms"}))
    assert ran.traffic["f"].outcomes["ok"] == 10 + 199
    assert dict(ran.traffic["f"].causes) == {("throttled", "f", "requests per second"): 500 - 209}
    assert ran.counters("f")["concurrency_max"] == 1
    assert ran.traffic["g"].outcomes["ok"] == 500


def test_a_request_beyond_the_rate_is_refused_at_once_and_one_beyond_concurrency_where_it_would_run(
    run: Run,
) -> None:
    era = plain(overrides={"lambda.requests_burst": "100 ms", "lambda.invoke_overhead": "1 s"})
    services = {"f": function(duration="5 s", timeout="9 s", reserved_concurrency=1)}
    ran = run(services, Load("f", [0, 0, 2]), era=era)
    assert ran.answers == [(6.0, "ok"), (0.0, "throttled"), (3.0, "throttled")]
    assert ran.causes == {"f: requests per second": 1, "f: reserved concurrency": 1}


def test_a_throttled_request_is_not_billed(run: Run) -> None:
    usage = run({"f": function(duration="1 s", reserved_concurrency=1)}, Load("f", [0] * 9)).usage("f")
    assert usage == {"lambda.requests": 1, "lambda.duration.x86_64": 0.125}


def test_the_account_shares_what_is_neither_reserved_nor_used_elsewhere(run: Run) -> None:
    services = {
        "f": function(duration="1 s"),
        "g": function(duration="1 s"),
        "h": function(duration="1 s", reserved_concurrency=4),
    }
    loads = [Load(name, [0] * 10, name=name) for name in "fgh"]
    ran = run(services, *loads, account={"lambda_concurrency": 20, "used_elsewhere": 3})
    assert [ran.traffic[name].outcomes["ok"] for name in "fgh"] == [10, 3, 4]
    assert {cause.service for cause in ran.traffic["g"].causes} == {"account"}


def test_today_each_function_scales_by_itself_and_in_2020_all_shared_one_burst(run: Run) -> None:
    services = {"f": function(duration="1 s"), "g": function(duration="1 s")}
    account = {"lambda_concurrency": 10_000}
    ran = {}
    for era, bucket in ((NOW, 1000), (THEN, 3000)):
        at = np.zeros(bucket, dtype=np.int64)
        done = run(services, Load("f", at, name="f"), Load("g", at, name="g"), era=era, account=account)
        ran[era.name] = [done.traffic[name].outcomes["ok"] for name in "fg"]
    assert ran == {"aws-2026": [1000, 1000], "aws-2020-08": [3000, 0]}


def test_today_a_function_makes_100_environments_a_second_after_the_first_1000(run: Run) -> None:
    at = np.repeat(np.array([0, 1, 5, 50], dtype=np.int64), 1500) * SECOND
    services = {"f": function(duration="200 s", timeout="900 s")}
    ran = run(services, Load("f", at), account={"lambda_concurrency": 10_000})
    refused = np.bincount([row.arrived // SECOND for row in ran.log if row.outcome == 1])
    assert [1500 - refused[second] for second in (0, 1, 5, 50)] == [1000, 100, 400, 1000]
    assert ran.causes == {"f: scaling rate": 6000 - 2500}


def test_more_environments_than_the_ring_first_had_room_for_are_all_kept(run: Run) -> None:
    at = np.repeat(np.array([0, 5, 10], dtype=np.int64), [100, 300, 300]) * SECOND
    ran = run({"f": function(duration="1 s")}, Load("f", at))
    assert ran.counters("f")["cold_starts"] == 300
    assert ran.counters("f")["invocations"] == 700
    assert ran.counters("f")["concurrency_max"] == 300


def test_a_handler_may_answer_early_with_a_name(run: Run) -> None:
    choose = [{"share": "25%", "respond": "sold_out"}, {"share": "75%", "do": [{"work": "1 s"}]}]
    ran = run(
        {"f": function(handler=[{"choose": choose}, {"work": "1 s"}])}, Load("f", np.arange(800) * 10_000_000)
    )
    assert ran.outcomes == {"ok": 800}
    assert abs(ran.counters("f")["responded.sold_out"] - 200) < 4 * (800 * 0.25 * 0.75) ** 0.5
    assert {round(row.answered - row.sent, -6) for row in ran.log} == {0, 2 * SECOND}


def test_a_function_error_ends_the_handler_and_keeps_the_environment(run: Run) -> None:
    ran = run(
        {"f": function(handler=[{"work": "1 s"}, {"fail": "100%"}, {"work": "1 s"}])}, Load("f", [0, 2])
    )
    assert ran.answers == [(1.0, "error"), (3.0, "error")]
    assert ran.causes == {"f: fail": 2}
    counters = ran.counters("f")
    assert (counters["errors"], counters["timeouts"], counters["cold_starts"]) == (2, 0, 1)


def test_a_failed_call_fails_the_function_with_the_cause_of_the_callee(run: Run) -> None:
    services = {
        "f": function(handler=[{"call": "bank"}, {"work": "1 s"}]),
        "bank": {"service": "external", "latency": "1 s", "fails": "100%"},
    }
    ran = run(services, Load("f", [0]))
    assert ran.answers == [(1.0, "error")]
    assert ran.causes == {"bank: fails": 1}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"duration": "1 s", "handler": [{"work": "1 s"}]}, "both `duration` and `handler`"),
        ({"handler": []}, "neither `duration` nor `handler`"),
        ({"handler": [{"work": "1 s", "fail": "1%"}]}, "write each as its own"),
        ({"handler": [{"choose": [{"share": "30%"}, {"share": "60%"}]}]}, "add up to 90%; make"),
        ({"duration": "1 s", "runtime": "cobol", "cold_start": None}, "cobol"),
        ({"duration": "1 s", "memory": "64 MB"}, "greater than or equal to 128"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        service(function(**settings))


@pytest.mark.parametrize(
    ("era", "memory", "instead"),
    [
        ("aws-2020-08", "3008 MB", None),
        ("aws-2020-08", "3072 MB", "write at most '3008 MB' in steps of 64 MB"),
        ("aws-2020-08", "1000 MB", "write at most '3008 MB' in steps of 64 MB"),
        ("aws-2026", "1001 MB", None),
        ("aws-2026", "10 GB", None),
    ],
)
def test_memory_comes_in_the_sizes_of_the_era(era: str, memory: str, instead: str | None) -> None:
    found = service(function(duration="1 s", memory=memory)).check({}, plain(era))
    assert [mistake.instead for mistake in found if mistake.path == ("memory",)] == [instead] * bool(instead)


def test_a_connection_to_what_takes_none_is_a_mistake() -> None:
    made = service(function(duration="1 s", init={"connects": ["bank"]}))
    bank = service({"service": "external", "latency": "1 s"})
    (mistake,) = made.check({"f": made, "bank": bank}, plain())
    assert mistake.path == ("init", "connects", 0)
    assert "takes no connections" in mistake.what


@pytest.mark.parametrize("said", [0, None])
def test_no_provisioned_concurrency_is_written_as_0_or_not_at_all(said: int | None) -> None:
    settings = {"service": "lambda", "runtime": "nodejs22", "memory": "512 MB", "duration": "1 s"}
    assert service({**settings, "provisioned_concurrency": said}).provisioned_concurrency is None  # type: ignore[attr-defined]
