"""What the language will have: refused by name as not yet simulated, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KEYS: Final = frozenset(
    [
        *("name", "era", "region", "extends", "traffic", "architecture", "designs"),
        *("windows", "objectives", "bill", "run"),
    ]
)
"""Keys of a scenario file. No service may have such a name, so that `--set` paths and patches stay clear."""

NOT_A_SERVICE: Final = frozenset(["account", "era", "extends"])
"""Entries of an architecture or a design that are no services."""

SERVICES: Final[Mapping[str, str]] = {
    "app_runner": "AWS App Runner",
    "appsync": "AWS AppSync",
    "aurora": "Amazon Aurora",
    "cognito": "Amazon Cognito",
    "eks": "Amazon EKS",
    "eventbridge_scheduler": "Amazon EventBridge Scheduler",
    "firehose": "Amazon Data Firehose",
    "function_url": "Lambda function URLs",
    "lambda_edge": "Lambda@Edge",
    "msk": "Amazon MSK",
    "rds_proxy": "Amazon RDS Proxy",
    "s3": "Amazon S3",
    "websocket_api": "API Gateway WebSocket APIs",
}
