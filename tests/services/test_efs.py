"""EFS: throughput that is shared, credits, connections, what is billed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.harness import Load, Ran, Run, function, plain, service

THEN = plain("aws-2020-08", {"efs.read_latency": "0 s"})
"""Reads are metered in full."""


def files(**settings: Any) -> dict[str, Any]:
    return {"service": "efs", "stored": "1 GB", **settings}


def loaded(run: Run, clients: int, fs: dict[str, Any], until: float = 2000, **settings: Any) -> Ran:
    """So many environments start at once and load when they first run; each then answers at once."""
    wanted = {"runtime": "nodejs12", "duration": "0 s", "timeout": "900 s", **settings}
    caller = function(init={"connects": ["fs"]}, **wanted)
    return run(
        {"f": caller, "fs": {"loads": "first_run", **fs}}, Load("f", [0] * clients), until=until, era=THEN
    )


def seconds(ran: Ran) -> list[float]:
    assert set(ran.outcomes) == {"ok"}
    return [second for second, _ in ran.answers]


def test_environments_that_load_together_share_the_throughput(run: Run) -> None:
    """100 environments, 500 MB each, at 100 MB/s: 500 s, and all of them near the end."""
    took = seconds(loaded(run, 100, files(load="500 MB")))
    assert max(took) == pytest.approx(500, rel=0.001)
    assert min(took) > 490


def test_one_alone_is_as_fast_as_a_client_may_be(run: Run) -> None:
    fast = files(load="500 MB", throughput="provisioned", provisioned="10 GB")
    assert seconds(loaded(run, 1, fast)) == [pytest.approx(1, rel=0.01)]
    assert seconds(loaded(run, 1, files(load="500 MB"))) == [pytest.approx(5, rel=0.02)]


def test_without_credits_it_is_as_fast_as_what_is_stored_entitles_to(run: Run) -> None:
    """100 GiB earn 4.88 MiB/s; 1 GiB gets the least there is, 1 MiB/s. 200 MiB of credits last 2.1 s."""
    earned = 100 * 50 / 1024
    after_credits = (500 - 200) / earned
    took = seconds(loaded(run, 1, files(stored="100 GB", load="500 MB", credits="200 MB")))
    assert took == [pytest.approx(after_credits, rel=0.001)]
    assert seconds(loaded(run, 1, files(load="50 MB", credits="0 B"))) == [pytest.approx(50, rel=0.001)]


def test_credits_are_earned_and_spent_as_aws_reckons(run: Run) -> None:
    """AWS: 100 GiB earn 432,000 MiB a day, which is 72 minutes at 100 MiB/s."""
    earns, bursts = (service(files(stored="100 GB")).gives(THEN)[place] for place in (1, 0))
    assert earns * 86_400 / 1024 == pytest.approx(421_875)  # of 50 KiB; AWS's page has MiB of 1,000 KiB
    assert earns * 86_400 / bursts / 60 == pytest.approx(70.3, abs=0.1)
    full = service(files()).gives(THEN)
    assert full.saved / full.most / 3600 == pytest.approx(6.26, abs=0.01)  # AWS: 6.12 h, at 100 MB/s
    ran = loaded(run, 1, files(stored="100 GB", load="500 MB", credits="600 MB"), until=10)
    balance = ran.counters("fs")["burst_credit_balance"] / 1024**2
    assert 100 < balance < 600 - 500 + 10 * 4.9


def test_reads_are_metered_in_part_today(run: Run) -> None:
    now = plain("aws-2026", {"efs.read_latency": "0 s"})
    caller = function(duration="0 s", timeout="900 s", init={"connects": ["fs"]})
    ran = run({"f": caller, "fs": files(load="300 MB")}, Load("f", [0] * 4), until=60, era=now)
    assert max(seconds(ran)) == pytest.approx(4, rel=0.01)  # 300 MB/s
    assert ran.counters("fs")["metered_io_bytes"] == pytest.approx(400 * 1024**2, rel=0.001)


def test_what_is_not_loaded_by_the_init_limit_is_loaded_again_inside_the_invoke(run: Run) -> None:
    """At 100 MB/s: 500 MB are there after 5 s. 1,500 MB are not after 10 s, and take 15 s more."""
    inside = seconds(loaded(run, 1, files(load="500 MB", loads="init")))
    given_up = loaded(run, 1, files(load="1500 MB", loads="init"))
    assert (inside, seconds(given_up)) == ([pytest.approx(5, rel=0.02)], [pytest.approx(25, rel=0.01)])
    assert given_up.counters("fs")["metered_io_bytes"] == pytest.approx(1500 * 1024**2, rel=0.01)
    assert given_up.usage("f")["lambda.duration.x86_64"] == pytest.approx(15 / 8, rel=0.01)
    assert given_up.counters("fs")["client_connections_max"] == 1
    assert given_up.counters("f")["init_timeouts"] == 1


def test_of_environments_that_start_together_all_or_none_load_within_the_init_limit(run: Run) -> None:
    """Code of 2 s leaves 8 s, in which 100 MB/s bring eight models of 100 MB: the ninth stops them all."""
    for together, last in ((7, 2 + 7), (9, 10 + 2 + 9)):
        caller = function(
            runtime="nodejs12", duration="0 s", timeout="60 s", init={"work": "2 s", "connects": ["fs"]}
        )
        ran = run({"f": caller, "fs": files(load="100 MB")}, Load("f", [0] * together), era=THEN)
        took = seconds(ran)
        assert max(took) == pytest.approx(last, rel=0.01)
        assert min(took) > last - 1
        assert ran.usage("f")["lambda.duration.x86_64"] < together * 11 / 8


def test_loading_lazily_knows_no_init_limit_and_happens_once_an_environment(run: Run) -> None:
    caller = function(runtime="nodejs12", duration="1 s", timeout="60 s", init={"connects": ["fs"]})
    services = {"f": caller, "fs": files(load="1500 MB", loads="first_run")}
    assert seconds(run(services, Load("f", [0, 30]), era=THEN)) == [pytest.approx(16, rel=0.01), 31]


def test_the_function_s_timeout_covers_what_is_loaded_inside_the_invoke(run: Run) -> None:
    """And the next invoke of that environment mounts and loads anew."""
    for loads, ends in (("init", 10 + 12), ("first_run", 12)):
        ran = loaded(run, 1, files(load="1500 MB", loads=loads), timeout="12 s")
        assert ran.answers == [(ends, "timeout")]
    caller = function(runtime="nodejs12", duration="20 s", timeout="19 s", init={"connects": ["fs"]})
    again = run({"f": caller, "fs": files(load="500 MB")}, Load("f", [0, 60]), until=120, era=THEN)
    assert again.answers == [(pytest.approx(24, rel=0.01), "timeout"), (60 + 19, "timeout")]
    assert again.counters("fs")["data_read_bytes"] == 2 * 500 * 1024**2
    assert again.counters("fs")["client_connections_max"] == 1


def test_a_database_is_connected_to_once_although_the_init_is_given_up(run: Run) -> None:
    db = {"service": "rds", "instance": "db.t3.micro", "query": "1 s", "max_connections": 1}
    caller = function(
        runtime="nodejs12", timeout="60 s", init={"connects": ["db", "fs"]}, handler=[{"call": "db"}]
    )
    services = {"f": caller, "db": db, "fs": files(load="1500 MB")}
    ran = run(services, Load("f", [0, 40]), until=60, era=THEN)
    assert seconds(ran) == [pytest.approx(26, rel=0.01), 41]
    assert ran.counters("db")["connections_max"] == 1


def test_provisioned_environments_read_before_they_are_needed(run: Run) -> None:
    """Ten of them ask for 100 MB each; the init that loads it is billed."""
    caller = function(
        runtime="nodejs12", duration="0 s", init={"connects": ["fs"]}, lifetime="1 d",
        provisioned_concurrency={"schedule": {"day": {"at": "0 s", "for": "10 min", "amount": 10}}},
    )  # fmt: skip
    ran = run({"f": caller, "fs": files(load="100 MB")}, Load("f", [500]), until=550, era=THEN)
    assert seconds(ran) == [500]
    assert ran.counters("fs")["data_read_bytes"] == 10 * 100 * 1024**2
    assert ran.usage("f")["lambda.provisioned_duration.x86_64"] == pytest.approx(10 * 10 / 8, rel=0.05)


def test_provisioned_environments_load_lazily_at_their_first_requests(run: Run) -> None:
    """100 MB at 100 MB/s, each when it is used first; the second request finds the first's environment."""
    caller = function(runtime="nodejs12", duration="100 ms", timeout="9 s", init={"connects": ["fs"]},
                      provisioned_concurrency=2)  # fmt: skip
    ran = run({"f": caller, "fs": files(load="100 MB", loads="first_run")}, Load("f", [0, 5, 5]), era=THEN)
    assert seconds(ran) == pytest.approx([1.1, 5.1, 6.1], abs=0.02)


def test_a_call_reads_and_waits_for_the_first_byte(run: Run) -> None:
    caller = function(runtime="nodejs12", handler=[{"call": "fs"}], timeout="60 s")
    fs = files(read="100 MB", latency="500 ms")
    ran = run({"f": caller, "fs": fs}, Load("f", [0]), era=THEN)
    assert seconds(ran) == [pytest.approx(1.5, rel=0.02)]


def test_writes_are_metered_in_full_and_share_the_throughput_with_reads(run: Run) -> None:
    """Of 100 MB/s a read of 300 MB takes a third of what a write does: 1 s and 3 s, one behind the other."""
    now = plain("aws-2026", {"efs.read_latency": "0 s", "efs.write_latency": "250 ms"})
    caller = function(duration=None, handler=[{"call": "fs"}], timeout="60 s")
    ran = run({"f": caller, "fs": files(read="300 MB", write="300 MB")}, Load("f", [0]), until=60, era=now)
    assert seconds(ran) == [pytest.approx(1 + 0.25 + 3, rel=0.01)]
    assert ran.counters("fs")["metered_io_bytes"] == pytest.approx(400 * 1024**2, rel=0.001)
    only = run({"f": caller, "fs": files(write="100 MB")}, Load("f", [0, 0]), until=60, era=now)
    assert max(seconds(only)) == pytest.approx(0.25 + 2, rel=0.01)
    (throughput,) = (one for one in only.limits if one.limit == "throughput")
    assert throughput.in_turn
    assert (throughput.allowed, throughput.unit) == (100, "MB/s"), "as the setting says it"
    assert not any(one.in_turn for one in only.limits if one.service != "fs")


def test_elastic_writes_have_a_throughput_of_their_own(run: Run) -> None:
    """2 GB read at the 1,500 MB/s that a client may, and written at 100 MB/s."""
    facts = {"efs.read_latency": "0 s", "efs.write_latency": "0 s", "efs.elastic_write_most": "100 MB"}
    caller = function(duration=None, handler=[{"call": "fs"}], timeout="60 s")
    elastic = files(throughput="elastic", read="1500 MB", write="1000 MB", infrequent_access_share="10%")
    ran = run({"f": caller, "fs": elastic}, Load("f", [0]), until=60, era=plain("aws-2026", facts))
    assert seconds(ran) == [pytest.approx(1 + 10, rel=0.01)]
    used = ran.usage("fs")
    assert used["efs.elastic_read"] == pytest.approx(1500 / 1024)
    assert used["efs.elastic_write"] == pytest.approx(1000 / 1024)
    assert used["efs.infrequent_access_requests"] == pytest.approx(0.1 * 2500 / 1024)


def test_new_connections_are_limited_in_rate_and_in_number(run: Run) -> None:
    limits = {"efs.connections_burst": 3, "efs.connections_maximum": 2, "efs.read_latency": "0 s"}
    caller = function(runtime="nodejs12", duration="1 s", init={"connects": ["fs"]})
    services = {"f": caller, "fs": files()}
    ran = run(services, Load("f", [0] * 5), era=plain("aws-2020-08", limits))
    assert ran.outcomes == {"ok": 2, "error": 3}
    assert ran.causes == {"fs: max_connections": 1, "fs: new connections": 2}


def test_what_is_billed(run: Run) -> None:
    """230 GB with 100 MB/s: 88.5 of them beyond what is stored (infracost, from the AWS Price List)."""
    fs = files(stored="230 GB", throughput="provisioned", provisioned="100 MB")
    ran = run({"f": function(handler=[{"call": "fs"}]), "fs": fs}, Load("f"), until=3600)
    assert ran.usage("fs") == {
        "efs.storage": pytest.approx(230 / 730),
        "efs.provisioned_throughput": pytest.approx(88.5 / 730),
    }
    cheap = files(stored="230 GB", one_zone=True, infrequent_access="100 GB")
    ran = run({"f": function(handler=[{"call": "fs"}]), "fs": cheap}, Load("f"), until=3600)
    assert ran.usage("fs") == {
        "efs.storage_one_zone": pytest.approx(230 / 730),
        "efs.storage_one_zone_infrequent": pytest.approx(100 / 730),
    }
    elastic = files(throughput="elastic", read="512 MB")
    read = run({"f": function(handler=[{"call": "fs"}]), "fs": elastic}, Load("f", [0, 5]), until=60)
    assert read.usage("fs")["efs.elastic_read"] == pytest.approx(1.0)


def test_what_cannot_be_is_said() -> None:
    for settings, said in (
        ({"throughput": "provisioned"}, "says no provisioned throughput"),
        ({"provisioned": "1 MB"}, "is not provisioned"),
    ):
        with pytest.raises(ValidationError, match=said):
            service(files(**settings))
    lazy = service(files(load="1 GB", loads="first_run"))
    snapshot = {"snap_start": True, "runtime": "java21"}
    mounting = service(function(duration="1 s", init={"connects": ["fs"]}, **snapshot))
    (mistake,) = mounting.check({"f": mounting, "fs": lazy}, plain("aws-2026"))
    assert mistake.what == "SnapStart does not support EFS"
    single = service(files(one_zone=True))
    assert [mistake.path for mistake in single.check({"fs": single}, THEN)] == [("one_zone",)]
    elastic = service(files(throughput="elastic"))
    (mistake,) = elastic.check({"fs": elastic}, THEN)
    assert mistake.what == "no elastic throughput in era aws-2020-08"
    fleet = service(
        {
            "service": "server",
            "servers": 1,
            "vcpus": 1,
            "price_per_month": "$1",
            "duration": "1 s",
            "init": {"connects": ["fs"]},
        }
    )
    (refused,) = fleet.check({"s": fleet, "fs": elastic}, THEN)
    assert refused.what == "file systems of fleets are not simulated yet"
