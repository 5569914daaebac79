import pickle

import pytest

from simulator.eras.era import Era, eras
from simulator.values.units import MILLISECOND, MINUTE, SECOND, Rate

THEN, NOW = "aws-2020-08", "aws-2026"
MB = 1024 * 1024
BURSTS = {
    **dict.fromkeys(("us-east-1", "us-west-2", "eu-west-1"), 3000),
    **dict.fromkeys(("ap-northeast-1", "eu-central-1", "us-east-2"), 1000),
    **dict.fromkeys(("sa-east-1", "eu-west-3", "ap-southeast-1"), 500),
}
"""Of 2020: Lambda Developer Guide, August 2020."""


def test_eras_are_listed_from_the_oldest_to_the_newest() -> None:
    assert eras() == (THEN, NOW)


@pytest.mark.parametrize("name", [THEN, NOW])
def test_every_fact_has_a_unit_a_source_a_date_and_a_known_confidence(name: str) -> None:
    for key, fact in Era.load(name).facts.items():
        assert all((fact.unit, fact.source, fact.date)), key
        assert fact.confidence in ("documented", "measured", "inferred"), key


@pytest.mark.parametrize("name", [THEN, NOW])
def test_every_inferred_fact_says_how(name: str) -> None:
    silent = [
        key for key, fact in Era.load(name).facts.items() if fact.confidence == "inferred" and not fact.note
    ]
    assert not silent


def test_both_eras_answer_the_same_questions_in_the_same_units() -> None:
    then, now = Era.load(THEN).facts, Era.load(NOW).facts
    assert {key: fact.unit for key, fact in then.items()} == {key: fact.unit for key, fact in now.items()}


@pytest.mark.parametrize(
    ("key", "then", "now"),
    [
        ("lambda.account_concurrency", 1000, 1000),
        ("lambda.scaling.scope", "account", "function"),
        ("lambda.scaling.bucket", 3000, 1000),
        ("lambda.scaling.refill", Rate(500, MINUTE), Rate(100)),
        ("lambda.keep_alive", 640 * SECOND, 378 * SECOND),
        ("lambda.billing_granularity", 100 * MILLISECOND, MILLISECOND),
        ("lambda.init_billed", False, True),
        ("lambda.memory_maximum", 3008, 10240),
        ("lambda.memory_per_vcpu", 1792, 1769),
        ("lambda.provisioned.refill", Rate(500, MINUTE), Rate(6000, MINUTE)),
        ("lambda.provisioned.all_or_nothing", False, True),
        ("lambda.unreserved_minimum", 100, 100),
        ("lambda.requests_per_concurrency", Rate(10), Rate(10)),
        ("lambda.requests_burst", 100 * MILLISECOND, 100 * MILLISECOND),
        ("lambda.init_limit", 10 * SECOND, 10 * SECOND),
        ("lambda.timeout_maximum", 900 * SECOND, 900 * SECOND),
        ("lambda.payload_maximum", 6 * MB, 6 * MB),
        ("lambda.snap_start.billed_share", 0.0, 0.24),
        ("lambda.provisioned.start_delay", 90 * SECOND, 90 * SECOND),
        ("lambda.provisioned.scope", "account", "function"),
        ("lambda.provisioned.burst", 3000, 0),
        ("lambda.provisioned.shares_scaling", True, False),
        ("lambda.provisioned.billing_increment", 5 * MINUTE, 5 * MINUTE),
        ("lambda.provisioned.requests_per_concurrency", Rate(10), Rate(10)),
        ("lambda.provisioned.init_billed", True, True),
        ("lambda.provisioned.cooldown", 0, 0),
        ("target_tracking.period", MINUTE, MINUTE),
        ("target_tracking.scale_out_points", 3, 3),
        ("target_tracking.scale_in_points", 15, 15),
        ("target_tracking.scale_in_below", 0.9, 0.9),
        ("api_gateway.throttle_rate", Rate(10_000), Rate(10_000)),
        ("api_gateway.throttle_burst", 5000, 5000),
        ("http_api.metering_unit", 512 * 1024, 512 * 1024),
        ("http_api.integration_timeout", 30 * SECOND, 30 * SECOND),
        ("http_api.integration_timeout_maximum", 30 * SECOND, 30 * SECOND),
        ("http_api.payload_maximum", 10 * MB, 10 * MB),
        ("http_api.status.throttled", 429, 429),
        ("http_api.status.lambda_throttled", 503, 503),
        ("http_api.status.timeout", 503, 503),
        ("http_api.status.function_error", 500, 500),
        ("rest_api.integration_timeout", 29 * SECOND, 29 * SECOND),
        ("rest_api.integration_timeout_minimum", 50 * MILLISECOND, 50 * MILLISECOND),
        ("rest_api.integration_timeout_maximum", 29 * SECOND, 300 * SECOND),
        ("rest_api.payload_maximum", 10 * MB, 10 * MB),
        ("rest_api.status.throttled", 429, 429),
        ("rest_api.status.lambda_throttled", 500, 500),
        ("rest_api.status.timeout", 504, 504),
        ("rest_api.status.function_error", 502, 502),
        ("rest_api.cache.ttl", 300 * SECOND, 300 * SECOND),
        ("rest_api.cache.ttl_maximum", 3600 * SECOND, 3600 * SECOND),
        ("rest_api.cache.item_maximum", MB, MB),
        ("rds.memory_share", 0.9, 0.9),
    ],
)
def test_values_are_typed_and_in_base_units(key: str, then: object, now: object) -> None:
    assert (Era.load(THEN)[key], Era.load(NOW)[key]) == (then, now)
    assert (type(Era.load(THEN)[key]), type(Era.load(NOW)[key])) == (type(then), type(now))


@pytest.mark.parametrize(
    ("name", "key", "by_region"),
    [
        (THEN, "lambda.scaling.bucket", BURSTS),
        (THEN, "lambda.provisioned.burst", BURSTS),
        (NOW, "api_gateway.throttle_rate", {"eu-west-1": Rate(10_000), "mx-central-1": Rate(2500)}),
        (NOW, "api_gateway.throttle_burst", {"eu-west-1": 5000, "mx-central-1": 1250, "af-south-1": 1250}),
    ],
)
def test_some_quotas_depend_on_the_region(name: str, key: str, by_region: dict[str, object]) -> None:
    assert {region: Era.load(name, region=region)[key] for region in by_region} == by_region


def test_distributions_are_ready_to_draw_from() -> None:
    era = Era.load(NOW)
    assert era["lambda.platform_start"].quantile(0.5) == pytest.approx(0.110)
    assert era["lambda.platform_start"].quantile(0.99) == pytest.approx(0.602)
    assert era["http_api.overhead"].quantile(0.99) == pytest.approx(0.010)


def test_an_override_is_read_as_the_key_is_and_names_the_scenario_as_its_source() -> None:
    overrides = {
        "lambda.keep_alive": "10 min",
        "lambda.init_billed": False,
        "lambda.account_concurrency": 3000,
    }
    era = Era.load(NOW, {**overrides, "lambda.invoke_overhead": {"exponential": {"mean": "5 ms"}}})
    assert era["lambda.keep_alive"] == 10 * MINUTE
    assert era["lambda.init_billed"] is False
    assert era["lambda.account_concurrency"] == 3000
    assert era["lambda.invoke_overhead"].mean() == pytest.approx(0.005)
    fact = era.fact("lambda.keep_alive")
    assert (fact.text, fact.source, fact.confidence, fact.note) == ("10 min", "the scenario", "given", "")


def test_an_override_leaves_the_era_itself_alone() -> None:
    Era.load(NOW, {"lambda.keep_alive": "1 s"})
    assert Era.load(NOW)["lambda.keep_alive"] == 378 * SECOND


@pytest.mark.parametrize(
    ("key", "given", "said"),
    [
        ("lambda.keep_alive", 6, "lambda.keep_alive: a number without its unit: 6; write '6 s' or '6 ms'"),
        (
            "lambda.scaling.scope",
            "region",
            "lambda.scaling.scope: not function or account: 'region'; write 'account' or 'function'",
        ),
        (
            "lambda.init_billed",
            "yes",
            "lambda.init_billed: neither true nor false: 'yes'; write 'true' or 'false'",
        ),
        ("lambda.scaling.bucket", "many", "lambda.scaling.bucket: not a whole number: 'many'; write"),
        ("http_api.overhead", {"normal": {"mean": "1 ms"}}, "http_api.overhead: "),
        (
            "lambda.keepalive",
            "6 min",
            "not a key of era aws-2026: 'lambda.keepalive'; did you mean 'lambda.keep_alive'?",
        ),
    ],
)
def test_a_bad_override_says_what_to_write_instead(key: str, given: object, said: str) -> None:
    with pytest.raises(ValueError) as error:
        Era.load(NOW, {key: given})
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_of_all_the_keys_some_are_told_and_where_the_others_are() -> None:
    with pytest.raises(ValueError, match=r"write one of: alb\.addresses_billed, ") as error:
        Era.load(NOW, {"zzz": 1})
    more = len(Era.load(NOW).facts) - 12
    assert str(error.value).endswith(f", or one of {more} more in the output of `simulate schema`")


def test_an_unknown_era_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"unknown era: 'aws-2020'; write 'aws-2020-08' or 'aws-2026'"):
        Era.load("aws-2020")


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"'lambda\.lifetimes'; did you mean 'lambda\.lifetime'\?"):
        Era.load(NOW)["lambda.lifetimes"]


def test_an_era_travels_between_processes() -> None:
    era = Era.load(THEN, {"lambda.keep_alive": "9 min"}, region="eu-west-1")
    assert pickle.loads(pickle.dumps(era)) == era
