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


def loaded(run: Run, clients: int, fs: dict[str, Any], until: float = 2000, **rest: Any) -> Ran:
    """So many environments start at once and load; each then answers at once."""
    caller = function(runtime="nodejs12", duration="0 s", timeout="900 s", init={"connects": ["fs"]})
    return run({"f": caller, "fs": fs}, Load("f", [0] * clients), until=until, era=THEN, **rest)


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


def test_a_call_reads_and_waits_for_the_first_byte(run: Run) -> None:
    caller = function(runtime="nodejs12", handler=[{"call": "fs"}], timeout="60 s")
    fs = files(read="100 MB", latency="500 ms")
    ran = run({"f": caller, "fs": fs}, Load("f", [0]), era=THEN)
    assert seconds(ran) == [pytest.approx(1.5, rel=0.02)]


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
