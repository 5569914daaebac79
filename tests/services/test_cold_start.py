"""Lambda: the phases of a start, what each is billed as, and what limits it."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.eras.era import Era
from simulator.scenario.read import read
from tests.harness import Load, Run, function, plain
from tests.scenario.writing import mistakes

NOW, THEN = plain("aws-2026"), plain("aws-2020-08")
DURATION = "lambda.duration.x86_64"


def seconds(run: Run, *at: float, era: Era = NOW, **settings: Any) -> list[float]:
    """How long each request took, in a function of 1 GB that works for 1 s."""
    services = {"f": function(**{"duration": "1 s", "memory": "1 GB", "timeout": "60 s", **settings})}
    log = run(services, Load("f", at), era=era, until=300).log
    return [(row.answered - row.arrived) / 1e9 for row in sorted(log, key=lambda row: row.arrived)]


def billed(run: Run, *at: float, era: Era = NOW, **settings: Any) -> float:
    """Billed seconds of the same."""
    services = {"f": function(**{"duration": "1 s", "memory": "1 GB", "timeout": "60 s", **settings})}
    return run(services, Load("f", at), era=era, until=300).usage("f")[DURATION]


# ---------------------------------------------------------------------------- the first run


def test_the_first_run_in_an_environment_takes_longer_and_the_second_does_not(run: Run) -> None:
    assert seconds(run, 0, 10, first_run="300 ms") == [1.3, 1.0]


@pytest.mark.parametrize("era", [NOW, THEN], ids=["2026", "2020"])
def test_the_first_run_is_duration_and_billed_in_either_era(run: Run, era: Era) -> None:
    assert billed(run, 0, era=era, first_run="300 ms") == pytest.approx(1.3)


def test_the_timeout_covers_the_first_run(run: Run) -> None:
    assert seconds(run, 0, timeout="1200 ms", first_run="300 ms") == [1.2]


def test_the_first_run_is_measured_and_shrinks_with_memory(run: Run) -> None:
    at_512, at_1024 = (
        seconds(run, 0, 10, runtime="dotnet8", cold_start=None, memory=memory, first_run=None)
        for memory in ("512 MB", "1 GB")
    )
    init = at_512[0] - 1 - 0.1684  # the same luck, whatever the memory
    assert at_1024[0] == pytest.approx(1 + init + 0.0751, abs=1e-6)
    assert at_1024[1] == 1


def test_beyond_one_vcpu_the_first_run_stays_as_it_is(run: Run) -> None:
    at_one, at_more = (
        seconds(run, 0, runtime="dotnet8", cold_start=None, memory=memory, first_run=None)
        for memory in ("1769 MB", "10240 MB")
    )
    assert at_one == at_more


# ---------------------------------------------------------------------------- the platform


def test_a_zip_is_fetched_and_an_image_is_read_as_it_runs(run: Run) -> None:
    era = plain("aws-2026", {"lambda.zip_fetch_per_mb": "10 ms"})
    assert seconds(run, 0, era=era, package={"type": "zip", "size": "50 MB"}) == [1.5]
    assert seconds(run, 0, era=era, package={"type": "image", "size": "5 GB"}) == [1.0]


@pytest.mark.parametrize(("era", "vpc"), [(NOW, 0.230), (THEN, 0.210)], ids=["2026", "2020"])
def test_fetching_and_the_vpc_are_waited_for_and_not_billed(run: Run, era: Era, vpc: float) -> None:
    settings = {"package": {"size": "50 MB"}, "vpc": True, "era": era}
    assert seconds(run, 0, 10, **settings) == [pytest.approx(1 + 50 * 0.012 + vpc), 1.0]
    assert billed(run, 0, 10, **settings) == 2.0


@pytest.mark.parametrize(
    ("architecture", "package", "median"),
    [("x86_64", "zip", 0.1505), ("arm64", "zip", 0.1296), ("x86_64", "image", 0.3066)],
)
def test_the_runtime_starts_as_measured_on_its_architecture_and_from_its_package(
    run: Run, architecture: str, package: str, median: float
) -> None:
    """Of 290 cold starts about half, to four standard errors, take longer than the median measured."""
    settings = {"architecture": architecture, "package": {"type": package}, "keep_alive": "1 ms"}
    took = seconds(run, *range(290), cold_start=None, first_run="0 s", duration="1 ms", **settings)
    longer = sum(each - 0.001 > median for each in took)
    assert abs(longer - 145) < 4 * (290 / 4) ** 0.5


# ---------------------------------------------------------------------------- the INIT limit


@pytest.mark.parametrize("era", [NOW, THEN], ids=["2026", "2020"])
def test_an_init_of_the_limit_is_given_up_and_run_again_inside_the_invoke(run: Run, era: Era) -> None:
    assert seconds(run, 0, 60, era=era, init={"work": "12 s"}) == [10 + 12 + 1, 1]
    assert seconds(run, 0, era=era, init={"work": "9999 ms"}) == [9.999 + 1]


def test_an_init_that_is_given_up_is_counted(run: Run) -> None:
    settings = {"duration": "1 s", "timeout": "60 s"}
    for work, counted in (("12 s", 2), ("9999 ms", 0)):
        ran = run({"f": function(init={"work": work}, **settings)}, Load("f", [0, 0, 50]), until=100)
        assert ran.counters("f")["init_timeouts"] == counted


@pytest.mark.parametrize("era", [NOW, THEN], ids=["2026", "2020"])
def test_what_was_given_up_is_not_billed_and_what_is_run_again_is_duration(run: Run, era: Era) -> None:
    assert billed(run, 0, era=era, init={"work": "12 s"}) == 12 + 1


def test_the_function_s_timeout_covers_an_init_run_again(run: Run) -> None:
    assert seconds(run, 0, timeout="5 s", init={"work": "12 s"}) == [10 + 5]


def test_the_runtime_s_own_init_counts_towards_the_limit(run: Run) -> None:
    assert seconds(run, 0, cold_start="4 s", init={"work": "7 s"}) == [10 + 11 + 1]


def test_a_provisioned_environment_may_take_longer_than_the_limit(run: Run) -> None:
    schedule = {"schedule": {"day": {"at": "0 s", "for": "250 s", "amount": 1}}}
    settings = {"init": {"work": "12 s"}, "provisioned_concurrency": schedule}
    assert seconds(run, 200, **settings) == [1.0]


# ---------------------------------------------------------------------------- suppressed init


def test_after_a_timeout_the_next_invoke_initialises_anew_without_the_platform(run: Run) -> None:
    era = plain("aws-2026", {"lambda.platform_start": "5 s"})
    settings = {"cold_start": "200 ms", "init": {"work": "300 ms"}, "timeout": "1 s", "duration": "2 s"}
    # cold: 5 s + 0.5 s + 1 s of timeout; then its init is part of the 1 s that the timeout allows
    assert seconds(run, 0, 10, era=era, **settings) == [6.5, 1.0]


def test_after_a_crash_init_is_duration_and_the_first_run_is_one_again(run: Run) -> None:
    settings = {
        "handler": [{"work": "1 s"}, {"crash": "100%"}, {"work": "9 s"}],
        "duration": None,
        "cold_start": "200 ms",
        "first_run": "100 ms",
    }
    assert seconds(run, 0, 10, **settings) == pytest.approx([1.3, 1.3])
    assert billed(run, 0, 10, **settings) == pytest.approx(1.3 + 1.3)
    assert billed(run, 0, 10, era=THEN, **settings) == pytest.approx(1.1 + 1.3)


def test_a_crash_is_an_error_with_its_cause_and_no_cold_start(run: Run) -> None:
    ran = run({"f": function(handler=[{"work": "1 s"}, {"crash": "100%"}])}, Load("f", [0, 2, 4]))
    counters = ran.counters("f")
    assert ran.causes == {"f: crash": 3}
    assert (counters["errors"], counters["cold_starts"], counters["suppressed_inits"]) == (3, 1, 2)
    assert (counters["invocations"], ran.usage("f")["lambda.requests"]) == (3, 3)


def test_a_function_error_needs_no_init(run: Run) -> None:
    ran = run({"f": function(handler=[{"work": "1 s"}, {"fail": "100%"}])}, Load("f", [0, 2]))
    assert ran.counters("f")["suppressed_inits"] == 0


def test_a_short_timeout_lets_a_long_init_never_succeed_again(run: Run) -> None:
    """Once it has been killed: its init is run again within a timeout that is too short for it."""
    services = {"f": function(duration={"uniform": {"from": "1 s", "to": "3 s"}}, timeout="2 s",
                              init={"work": "2500 ms"})}  # fmt: skip
    ran = run(services, Load("f", [30 * place for place in range(60)]), until=1800)
    outcomes = [outcome for _, outcome in ran.answers]
    killed = outcomes.index("timeout")
    assert killed > 0
    assert set(outcomes[killed:]) == {"timeout"}


# ---------------------------------------------------------------------------- SnapStart


def test_a_snapshot_is_restored_instead_of_initialising(run: Run) -> None:
    settings = {"runtime": "java21", "cold_start": "9 s", "init": {"work": "9 s"}}
    assert seconds(run, 0, 10, snap_start={"restore": "600 ms"}, **settings) == [1.6, 1.0]


def test_a_snapshot_needs_no_zip(run: Run) -> None:
    settings = {"runtime": "java21", "package": {"size": "100 MB"}}
    assert seconds(run, 0, snap_start={"restore": "600 ms"}, **settings) == [1.6]


def test_after_a_crash_the_snapshot_is_restored_within_the_next_invoke_as_duration(run: Run) -> None:
    settings = {
        "runtime": "java21",
        "handler": [{"work": "1 s"}, {"crash": "100%"}, {"work": "9 s"}],
        "duration": None,
        "cold_start": "9 s",
        "init": {"work": "9 s"},
        "snap_start": {"restore": "500 ms"},
    }
    assert seconds(run, 0, 10, **settings) == [1.5, 1.5]
    # of the first restore 24 % is billed, of the second, which is part of the invoke, all
    assert billed(run, 0, 10, **settings) == pytest.approx(0.120 + 1 + 0.5 + 1)


def test_of_a_restore_a_share_is_billed(run: Run) -> None:
    restore = {"restore": {"uniform": {"from": "500 ms", "to": "700 ms"}}}
    era = plain("aws-2026", {"lambda.snap_start.billed_share": "25%"})
    took = seconds(run, 0, era=era, runtime="java21", snap_start=restore)[0] - 1
    paid = billed(run, 0, era=era, runtime="java21", snap_start=restore) - 1
    assert 0.5 < took < 0.7
    assert paid == pytest.approx(took / 4, abs=0.001)


def test_restores_are_measured_by_memory(run: Run) -> None:
    small, large = (
        sum(seconds(run, *range(0, 290, 1), runtime="java21", snap_start=True, memory=memory, timeout="2 s",
                    keep_alive="1 ms", duration="1 ms")) / 290
        for memory in ("128 MB", "512 MB")
    )  # fmt: skip
    assert small - large == pytest.approx(0.975 - 0.703 + 0.1044 - 0.0178, abs=0.03)


def test_every_restore_is_billed_that_of_a_reset_environment_too(run: Run) -> None:
    settings = {"runtime": "python3.13", "snap_start": {"restore": "600 ms"}, "memory": "512 MB"}
    f = function(handler=[{"work": "1 s"}, {"crash": "100%"}], **settings)
    usage = run({"f": f}, Load("f", [0, 10, 20]), until=60).usage("f")
    assert usage["lambda.snap_start.restore"] == 3 * 0.5


def test_snap_start_is_free_for_java_and_has_its_price_for_others(run: Run) -> None:
    settings = {"snap_start": {"restore": "600 ms"}, "duration": "1 s", "memory": "512 MB"}
    java, python = (
        run({"f": function(runtime=runtime, **settings)}, Load("f", [0, 0, 10]), until=60).usage("f")
        for runtime in ("java21", "python3.13")
    )
    assert set(python) - set(java) == {"lambda.snap_start.cache", "lambda.snap_start.restore"}
    assert python["lambda.snap_start.cache"] == pytest.approx(60 * 0.5)
    assert python["lambda.snap_start.restore"] == 2 * 0.5


# ---------------------------------------------------------------------------- what is refused

PROVISIONED = "{schedule: {day: {at: 0 s, for: 9 s, amount: 1}}}"
FILE = """\
era: {era}
traffic: {{web: {{to: f, shape: poisson, rate: 1/s}}}}
architecture:
  f: {{service: lambda, memory: 512 MB, duration: 1 ms, {settings}}}
run: {{for: 1 min}}
"""


@pytest.mark.parametrize(
    ("era", "settings", "message"),
    [
        ("aws-2020-08", "runtime: nodejs22", "runtime: no cold starts of runtime 'nodejs22' in era aws-2020"),
        ("aws-2026", "runtime: java8", "runtime: no cold starts of runtime 'java8' in era aws-2026; did you"),
        (
            "aws-2020-08",
            "runtime: java11, package: {type: image}",
            "package.type: no container images in era aws-2020-08; write 'type: zip'",
        ),
        (
            "aws-2026",
            "runtime: java21, package: {size: 300 MB}",
            "package.size: 300 MB is too large for a package of type zip; write at most '250 MB'",
        ),
        (
            "aws-2026",
            "runtime: java21, package: {type: image, size: 10241 MB}",
            "package.size: 10241 MB is too large for a package of type image; write at most '10 GB'",
        ),
        *(
            (
                era,
                "runtime: java11, timeout: 901 s",
                "timeout: longer than Lambda's 15 min; write at most '15 min'",
            )
            for era in ("aws-2020-08", "aws-2026")
        ),
        (
            "aws-2026",
            "runtime: java21, architecture: arm64, snap_start: true",
            "runtime: no restore of java21 on arm64 was measured; write 'snap_start: {restore: …}'",
        ),
        (
            "aws-2020-08",
            "runtime: java11, architecture: arm64",
            "architecture: no arm64 on Lambda in era aws-2020-08; write 'x86_64'",
        ),
        (
            "aws-2020-08",
            "runtime: java11, ephemeral_storage: 513 MB",
            "ephemeral_storage: no more than 512 MB in era aws-2020-08; write at most '512 MB'",
        ),
        ("aws-2020-08", "runtime: java11, snap_start: true", "snap_start: no SnapStart in era aws-2020-08;"),
        (
            "aws-2026",
            "runtime: nodejs22, snap_start: true",
            "runtime: SnapStart does not support 'nodejs22';",
        ),
        (
            "aws-2026",
            "runtime: python3.13, snap_start: true",
            "runtime: no restore of python3.13 on x86_64 was measured; write 'snap_start: {restore: …}'",
        ),
        (
            "aws-2026",
            "runtime: java21, snap_start: true, package: {type: image}",
            "package.type: SnapStart does not support container images; write 'type: zip'",
        ),
        (
            "aws-2026",
            "runtime: java21, snap_start: true, ephemeral_storage: 1 GB",
            "ephemeral_storage: SnapStart supports no more than 512 MB; write '512 MB'",
        ),
        (
            "aws-2026",
            "runtime: java21, snap_start: true, provisioned_concurrency: " + PROVISIONED,
            "provisioned_concurrency: provisioned concurrency and SnapStart exclude each other; remove one",
        ),
        ("aws-2026", "runtime: java21, layers: 5", "layers: 'layers' is not simulated yet (by themselves;"),
    ],
)
def test_ways_to_start_that_there_are_not_are_refused_in_their_place(
    tmp_path: Any, era: str, settings: str, message: str
) -> None:
    (told,) = mistakes(tmp_path, FILE.format(era=era, settings=settings))
    assert f"architecture.f.{message}" in told


@pytest.mark.parametrize("settings", ["architecture: arm64", "ephemeral_storage: 10 GB"])
def test_what_2020_did_not_have_there_is_today(tmp_path: Any, settings: str) -> None:
    assert mistakes(tmp_path, FILE.format(era="aws-2026", settings=f"runtime: java21, {settings}")) == []


def test_snap_start_may_be_switched_off(tmp_path: Any) -> None:
    text = FILE.format(era="aws-2026", settings="runtime: nodejs22, snap_start: false")
    assert mistakes(tmp_path, text) == []
    assert read(tmp_path / "scenario.yaml")
