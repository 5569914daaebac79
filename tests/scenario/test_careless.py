"""What somebody writes who knows CloudFormation, SAM, Terraform or the Serverless Framework."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.writing import changed, mistakes

FUNCTION = "memory: 512 MB, handler: [{work: 20 ms}, {call: store}]"
STORE = "{service: rds, instance: db.m5.large, query: 2 ms}"
SAME = "handler: [{work: 20 ms}, {call: store}]"
WORK = "{work: 20 ms}"


def said(tmp_path: Path, old: str, new: str) -> list[str]:
    """What is said about the small scenario with something careless in it, without place and path."""
    told = mistakes(tmp_path, changed(old, new))
    assert all(each.startswith("scenario.yaml:") for each in told)
    return [each.split(": ", 2)[2] for each in told]


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("MemorySize: 1024", "did you mean 'memory: 1024 MB'?"),
        ("memorySize: 1024", "did you mean 'memory: 1024 MB'?"),
        ("Timeout: 30", "did you mean 'timeout: 30 s'?"),
        ("ReservedConcurrentExecutions: 100", "did you mean 'reserved_concurrency'?"),
        ("provisionedConcurrency: 5", "did you mean 'provisioned_concurrency'?"),
        ("Architectures: [arm64]", "did you mean 'architecture'?"),
        ("VpcConfig: {SubnetIds: [a]}", "did you mean 'vpc'?"),
        ("DeadLetterConfig: {TargetArn: q}", "did you mean 'event_invoke_config'?"),
        ("destinations: {on_failure: q}", "did you mean 'event_invoke_config'?"),
        ("triggers: {}", "did you mean 'events: {NAME: {from: …}}'?"),
        ("maximum_concurrency: 5", "write it below events.NAME"),
        ("maximum_retry_attempts: 1", "write it below event_invoke_config or events.NAME"),
        ("CodeUri: src/", "remove it: it is not part of the simulation"),
        ("environment: {TABLE: t}", "remove it: it is not part of the simulation"),
    ],
)
def test_a_setting_of_a_function_leads_to_its_key_here(written: str, instead: str, tmp_path: Path) -> None:
    key = written.partition(":")[0]
    assert said(tmp_path, "memory: 512 MB", written) == [f"unknown key '{key}'; {instead}"]


@pytest.mark.parametrize(
    ("service", "key", "instead"),
    [
        ("sqs, VisibilityTimeout: 30", "VisibilityTimeout", "did you mean 'visibility_timeout: 30 s'?"),
        ("sqs, visibility_timeout_seconds: 30", "visibility_timeout_seconds",
         "did you mean 'visibility_timeout: 30 s'?"),
        ("sqs, MessageRetentionPeriod: 345600", "MessageRetentionPeriod",
         "did you mean 'retention: 345600 s'?"),
        ("sqs, redrive_policy: {}", "redrive_policy", "did you mean 'dead_letter: {to: …}'?"),
        ("sqs, FifoQueue: true", "FifoQueue", "did you mean 'fifo'?"),
        ("sqs, type: fifo", "type", "write 'fifo: true' for a FIFO queue, or nothing"),
        ("kinesis, RetentionPeriodHours: 48", "RetentionPeriodHours", "did you mean 'retention: 48 h'?"),
        ("kinesis, ShardCount: 4", "ShardCount", "did you mean 'shards'?"),
        ("dynamodb, BillingMode: PAY_PER_REQUEST", "BillingMode", "did you mean 'mode: on_demand'?"),
        ("dynamodb, provisioned: {read: 5, write: 5, rcu: 5}", "rcu", "did you mean 'read'?"),
        ("dynamodb, read_capacity: 5", "read_capacity", "did you mean 'provisioned: {read: …, write: …}'?"),
    ],
)  # fmt: skip
def test_a_setting_of_a_queue_stream_or_table_does_too(
    service: str, key: str, instead: str, tmp_path: Path
) -> None:
    kind = service.partition(",")[0]
    consumer = ", consumer: none" if kind in ("sqs", "kinesis") else ""
    found = said(tmp_path, STORE, f"{{service: {service}{consumer}}}")
    assert f"unknown key '{key}'; {instead}" in found


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("BatchSize: 10", "unknown key 'BatchSize'; did you mean 'batch_size'?"),
        ("MaximumBatchingWindowInSeconds: 5",
         "unknown key 'MaximumBatchingWindowInSeconds'; did you mean 'batch_window: 5 s'?"),
        ("ScalingConfig: {}", "unknown key 'ScalingConfig'; did you mean 'maximum_concurrency'?"),
        ("FunctionResponseTypes: []",
         "unknown key 'FunctionResponseTypes'; did you mean 'report_batch_item_failures'?"),
        ("FilterCriteria: {}", "'FilterCriteria' is not simulated yet (filter criteria); remove it"),
        ("Properties: {}", "unknown key 'Properties'; write its settings here, without 'Properties:'"),
    ],
)  # fmt: skip
def test_a_setting_of_an_event_source_does_too(written: str, told: str, tmp_path: Path) -> None:
    found = said(tmp_path, FUNCTION, f"{FUNCTION}, events: {{e: {{from: box, {written}}}}}, ")
    assert found == ["no service named 'box'; add it to the architecture", told]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("rate: 10/s", "rps: 10", "unknown key 'rps'; did you mean 'rate: 10/s'?"),
        ("for: 10 min", "duration: 5", "unknown key 'duration'; did you mean 'for'?"),
        ("for: 10 min", "for: 5", "a number without its unit: 5; write '5 s' or '5 ms'"),
        ("for: 10 min", "for: 10 min, reps: 3", "unknown key 'reps'; did you mean 'replications'?"),
        ("{to: shop}", "{integration: shop}", "unknown key 'integration'; did you mean 'to'?"),
        ("service: lambda", "Type: AWS::Lambda::Function", "'service' is missing; write service: lambda"),
        ("service: lambda", "service: AWS::Serverless::Function",
         "unknown service: 'AWS::Serverless::Function'; write lambda"),
        (WORK, "{sleep: 20 ms}", "unknown key 'sleep'; did you mean 'work'?"),
        (WORK, "{work: {p50: 20 ms, p99: 1 s}}",
         "not a distribution: p50, p99; write {lognormal: {median: 20 ms, p99: 1 s}}"),
        (WORK, "{work: 20-50 ms}", "no single time: '20-50 ms'; write {uniform: {from: 20 ms, to: 50 ms}}"),
        (WORK, "{work: 20 ms}, {fail: 0.05}",
         "a number without its unit: 0.05; write '5%' or '0.05%', whichever is meant"),
        ("{call: store}", "{call: {to: store, retries: 3}}", "not a map: 3; write {attempts: 3}"),
        ("{call: store}", "{call: {to: store, retries: true}}", "not a map: true; write {}"),
        (SAME, "handler: {work: 20 ms}", "not a list: a map; write [{work: 20 ms}]"),
        (SAME, f"{SAME}, events: [{{sqs: box}}]",
         "not a map: a list; write {NAME: {…}, …}, with a name of your choice for each"),
        (STORE, "{service: external, latency: 10 ms, rps: 50}",
         "unknown key 'rps'; did you mean 'capacity: 50/s'?"),
        (STORE, "{service: dynamodb, mode: PAY_PER_REQUEST}",
         "not one of the choices: 'PAY_PER_REQUEST'; write on_demand"),
    ],
)  # fmt: skip
def test_other_habits_are_answered_with_what_to_write(old: str, new: str, told: str, tmp_path: Path) -> None:
    assert said(tmp_path, old, new) == [told]


@pytest.mark.parametrize(
    ("design", "told"),
    [
        ("{extend: a}", "22: designs.b.extend: no service: 'extend'; did you mean 'extends'?"),
        (
            "{memory: 1 GB}",
            "22: designs.b.memory: no service: 'memory'; write it in a service, such as shop: {memory: 1 GB}",
        ),
        (
            "{shop.memory: 1 GB}",
            "22: designs.b.shop.memory: no service: 'shop.memory'; write shop: {memory: 1 GB}",
        ),
        (
            "{table: {mode: on_demand}}",
            (
                "36: designs.b.table.mode: a mode 'on_demand' beside provisioned capacity; remove one of"
                " them, in a design by 'provisioned: null'"
            ),
        ),
        (
            "{table: {previous_peak: {read: 1, write: 1}}}",
            (
                "45: designs.b.table.previous_peak: previous_peak is of tables on demand; remove it, or"
                " 'provisioned'"
            ),
        ),
    ],
)
def test_a_design_is_told_at_its_own_line(design: str, told: str, tmp_path: Path) -> None:
    table = "  table: {service: dynamodb, provisioned: {read: 1, write: 1}}\nrun:"
    text = changed("run:", table) + f"designs: {{a: {{}}, b: {design}}}\n"
    assert mistakes(tmp_path, text) == [f"scenario.yaml:10:{told}"]


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("services", "did you mean 'architecture'?"),
        ("slos", "did you mean 'objectives'?"),
        ("account", "write it under 'architecture:'"),
        ("Parameters", "remove it: it is not part of the simulation"),
    ],
)
def test_a_key_of_the_file_leads_to_its_name_here(key: str, instead: str, tmp_path: Path) -> None:
    assert said(tmp_path, "name: Small\n", f"{key}: {{}}\n") == [f"unknown key '{key}'; {instead}"]


@pytest.mark.parametrize(
    ("objective", "told"),
    [
        ("web.latency.p99: < 2 s", "no metric: 'web.latency.p99'; write web.latency: p99 < 2 s"),
        ("web.availability: '> 99.9%'", "no metric 'availability' of web; did you mean 'ok'?"),
        ("web.errors: < 1%", "no metric 'errors' of web; did you mean 'failed'?"),
        ("web.failed: < 0.001",
         "a number without its unit: 0.001; write '0.1%' or '0.001%', whichever is meant"),
    ],
)  # fmt: skip
def test_an_objective_is_told_as_it_may_be_meant(objective: str, told: str, tmp_path: Path) -> None:
    assert said(tmp_path, "name: Small\n", f"objectives: {{{objective}}}\n") == [told]


def test_a_service_that_is_not_indented_is_told_so(tmp_path: Path) -> None:
    assert said(tmp_path, "  store:", "store:")[-1] == "unknown key 'store'; indent it under 'architecture:'"
