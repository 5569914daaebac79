"""What the simulator is made of, as an architect sees it, and how sure each part is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from simulator.eras.era import Era
from simulator.prices.book import PriceBook
from validation.row import Row

Badge = Literal["measured", "documented", "assumed"]
ERA: Final = "aws-2026"


class Mechanism(NamedTuple):
    """A part of the model: facts of the era, prices, and claims that are compared."""

    name: str
    facts: tuple[str, ...] = ()
    """How the names of its facts begin; a fact belongs where most of its name is said."""
    prices: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    """Modules of this folder, and how the claims there begin that are about it."""
    assumed: str = ""
    """What no fact says and no comparison shows."""


MECHANISMS: Final = (
    Mechanism("Lambda: concurrency quotas", ("lambda.account_concurrency", "lambda.unreserved_minimum")),
    Mechanism("Lambda: scaling rate of environments and requests", ("lambda.scaling.",)),
    Mechanism("Lambda: requests per second", ("lambda.requests_",)),
    Mechanism(
        "Lambda: reuse and end of environments",
        (
            *("lambda.keep_alive", "lambda.spare_keep_alive", "lambda.lifetime"),
            *("lambda.replaces_ended", "lambda.looks_again"),
        ),
        rows=(("lambda_steady", ""),),
    ),
    Mechanism(
        "Lambda: cold starts",
        ("lambda.platform_start", "lambda.init_limit", "lambda.vpc_start", "lambda.snap_start."),
        rows=tuple(("cold_starts", start) for start in ("Init of", "First run", "Cold start")),
    ),
    Mechanism("Lambda: fetching of zips", ("lambda.zip_fetch",), rows=(("cold_starts", "Package of"),)),
    Mechanism("Lambda: way to a warm environment and back", ("lambda.invoke_overhead",)),
    Mechanism("Lambda: speed by memory", ("lambda.memory_per_vcpu",), rows=(("duration_by_memory", ""),)),
    Mechanism(
        "Lambda: provisioned concurrency",
        ("lambda.provisioned.",),
        rows=(("provisioned", "Launch"), ("provisioned", "Spill-over"), ("provisioned", "7,000")),
    ),
    Mechanism("Target tracking", ("target_tracking.",), rows=(("provisioned", "Target tracking"),)),
    Mechanism("Scheduled actions", ("scheduled_actions.",)),
    Mechanism(
        "Lambda: billing and prices",
        ("lambda.billing_granularity", "lambda.init_billed"),
        ("lambda.",),
        (("lambda_prices", ""), ("provisioned", "Bill"), ("queue_burst", "Bill")),
    ),
    Mechanism("Lambda: asynchronous invocation", ("lambda.async.",)),
    Mechanism("Lambda: ranges of settings", ("lambda.",)),
    Mechanism("API Gateway: throttles", ("api_gateway.",), rows=(("api_gateway", "Account throttle"),)),
    Mechanism(
        "API Gateway: overhead of HTTP APIs",
        ("http_api.overhead",),
        rows=(("api_gateway", "Overhead of an HTTP API"),),
    ),
    Mechanism(
        "API Gateway: overhead of REST APIs",
        ("rest_api.overhead",),
        rows=(("api_gateway", "Overhead of a REST API"),),
    ),
    Mechanism(
        "API Gateway: timeouts and payloads",
        (
            "http_api.integration_timeout",
            "rest_api.integration_timeout",
            "http_api.payload",
            "rest_api.payload",
        ),
    ),
    Mechanism("API Gateway: private integrations", ("rest_api.vpc_link",)),
    Mechanism(
        "API Gateway: statuses of HTTP APIs",
        ("http_api.status.",),
        rows=(("api_gateway", "Status of an HTTP API"),),
    ),
    Mechanism(
        "API Gateway: statuses of REST APIs",
        ("rest_api.status.",),
        rows=(("api_gateway", "Status of a REST API"),),
    ),
    Mechanism("API Gateway: quotas of usage plans", ("rest_api.quota.",)),
    Mechanism(
        "API Gateway: cache of REST APIs",
        ("rest_api.cache.",),
        assumed="requests for an answer on its way are not merged",
    ),
    Mechanism(
        "API Gateway: metering and prices",
        ("http_api.metering",),
        ("http_api.", "rest_api.", "websocket_api.", "data_transfer."),
        (("api_gateway", "Bill"),),
    ),
    Mechanism(
        "Fleets: places, CPUs and lines",
        assumed="a pooled line behind an ideal balancer; CPUs first come, first served",
    ),
    Mechanism(
        "Fleets: receivers of a queue",
        rows=tuple(
            ("queue_burst", f"Burst: {what}")
            for what in ("messages that wait", "oldest message before containers", "time of")
        ),
        assumed="what a server receives is handled by threads that go round",
    ),
    Mechanism("Fleets: Auto Scaling groups of EC2", ("ec2.",)),
    Mechanism("Fleets: tasks on Fargate and EC2", ("ecs.",), rows=(("fleets", "Launch"),)),
    Mechanism(
        "Fleets: prices",
        prices=("ec2.", "fargate.", "server."),
        rows=(("fleets", "Bill: a month"), ("fleets", "Bill: Fargate")),
    ),
    Mechanism("Load balancers", ("alb.", "nlb."), assumed="they add no time and grow at once"),
    Mechanism(
        "Load balancers: prices",
        prices=("alb.", "nlb.", "cloud_map.", "public_ipv4"),
        rows=(("fleets", "Bill: a load balancer"),),
    ),
    Mechanism(
        "CloudFront: quotas, cache, request collapsing",
        ("cloudfront.",),
        assumed="one cache for all edge locations",
    ),
    Mechanism("AWS WAF: rate-based rules", ("waf.",)),
    Mechanism("CloudFront, AWS WAF: prices", prices=("cloudfront.", "waf.")),
    Mechanism("DynamoDB: throughput", ("dynamodb.",), assumed="hot items are isolated at once"),
    Mechanism("DynamoDB, ElastiCache: prices", prices=("dynamodb.", "dynamodb_stream.", "elasticache.")),
    Mechanism(
        "Step Functions: starts and transitions",
        (
            *("step_functions.start_rate", "step_functions.start_burst", "step_functions.transition_"),
            *("step_functions.talk.", "step_functions.express.start_", "step_functions.synchronous"),
        ),
        rows=(("step_functions", "Transitions"),),
    ),
    Mechanism(
        "Step Functions: time of executions",
        ("step_functions.task_delay", "step_functions.start_latency"),
        rows=(("step_functions", "App"),),
        assumed="Standard takes as long for a task as Express, which was measured",
    ),
    Mechanism("Step Functions: limits of executions and Map states", ("step_functions.",)),
    Mechanism(
        "Step Functions: billing and prices",
        ("step_functions.express.rounding",),
        ("step_functions.",),
        (("step_functions", "Bill"), ("step_functions", "Cost")),
    ),
    Mechanism("Logs and NAT gateways: prices", prices=("cloudwatch.logs.", "nat_gateway.")),
    Mechanism("SNS: delivery", ("sns.",), rows=(("messaging", "SNS to Lambda"),)),
    Mechanism("EventBridge: delivery", ("event_bridge.",), rows=(("messaging", "EventBridge to Lambda"),)),
    Mechanism("SNS and EventBridge: prices", prices=("sns.", "event_bridge."), rows=(("messaging", "Bill"),)),
    Mechanism("EFS: throughput and credits", ("efs.",), rows=(("efs", "Credits"), ("efs", "Loading"))),
    Mechanism("EFS: prices", prices=("efs.",), rows=(("efs", "Bill"),)),
    Mechanism("RDS: connections", ("rds.",)),
    Mechanism("RDS: proxy", ("rds.proxy.",), rows=(("rds_proxy", "The sample"),)),
    Mechanism("RDS: prices", prices=("rds.",), rows=(("rds_proxy", "Bill"),)),
    Mechanism(
        "SQS: how fast Lambda's pollers grow",
        ("sqs.pollers.", "sqs.provisioned.", "sqs.maximum_concurrency"),
        rows=(("messages", "Backlog"), ("queue_burst", "Burst: oldest message before Lambda")),
        assumed="how fast they go again",
    ),
    Mechanism(
        "SQS: sending, receiving, deleting",
        ("sqs.send", "sqs.call"),
        rows=(("messages", "Delivery from a standard queue"),),
    ),
    Mechanism("SQS: what becomes of throttled batches", ("sqs.throttle",)),
    Mechanism("SQS: fewer pollers while batches fail", ("sqs.failures",)),
    Mechanism("SQS: quotas and batches", ("sqs.",)),
    Mechanism(
        "SQS: prices",
        prices=("sqs.",),
        rows=(("messages", "Bill: a month of sqs"), ("messages", "Bill: 8,000")),
    ),
    Mechanism(
        "Streams: from a producer to the function",
        tuple(
            f"{stream}.{what}"
            for stream in ("kinesis", "dynamodb_stream")
            for what in ("put", "write", "poll", "push", "spread")
        ),
        rows=(("messages", "Delivery from a Kinesis"), ("messages", "Delivery from a DynamoDB")),
    ),
    Mechanism(
        "Streams: shards, reads and batches",
        ("kinesis.", "dynamodb_stream."),
        assumed="which of a shard's lanes a key goes to",
    ),
    Mechanism("Streams: batches that fail", ("event_source.",)),
    Mechanism(
        "Kinesis: prices",
        prices=("kinesis.",),
        rows=(("messages", "Bill: a stream"), ("messages", "Bill: a month of kinesis")),
    ),
)


class Standing(NamedTuple):
    """How sure a mechanism is, and what that rests on."""

    badge: Badge
    confidences: Mapping[str, int]
    """Facts and prices by what they say of themselves."""
    compared: int
    """Claims that are compared with the simulator."""


def mechanism_of(fact: str) -> str | None:
    """Name of the mechanism that a fact of an era belongs to."""
    fitting = [
        (len(start), place)
        for place, mechanism in enumerate(MECHANISMS)
        for start in mechanism.facts
        if fact.startswith(start)
    ]
    return MECHANISMS[max(fitting)[1]].name if fitting else None


def standing(mechanism: Mechanism, rows: Mapping[str, Iterable[Row]]) -> Standing:
    """Assumed where a part is or missed; measured where a measurement is met; else as the least sure fact."""
    era, book = Era.load(ERA), PriceBook.load(ERA)
    confidences = Counter(
        fact.confidence for key, fact in era.facts.items() if mechanism_of(key) == mechanism.name
    )
    confidences.update(
        price.confidence for item, price in book.prices.items() if item.startswith(mechanism.prices or ("-",))
    )
    compared = [
        row.badge
        for module, start in mechanism.rows
        for row in rows.get(module, ())
        if row.claim.startswith(start)
    ]
    badge: Badge = "documented"
    doubtful = bool(mechanism.assumed) or "assumed" in compared or "missed" in compared
    if doubtful or (confidences["inferred"] and "measured" not in compared):
        badge = "assumed"
    elif "measured" in compared or confidences["measured"]:
        badge = "measured"
    return Standing(badge, confidences, len(compared))
