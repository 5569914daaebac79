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

CALLED: Final[Mapping[str, str]] = {
    **dict.fromkeys(["api", "apigateway", "apigw"], "http_api or rest_api"),
    **dict.fromkeys(["function", "lambdafunction", "serverlessfunction"], "lambda"),
    **dict.fromkeys(["queue", "sqsqueue", "simplequeueservice"], "sqs"),
    **dict.fromkeys(["topic", "snstopic"], "sns"),
    **dict.fromkeys(["fargate", "ecsfargate", "ecsservice"], "ecs"),
    **dict.fromkeys(["autoscalinggroup", "asg", "instance", "instances"], "ec2"),
    **dict.fromkeys(["elb", "loadbalancer", "elasticloadbalancing"], "alb or nlb"),
    "applicationloadbalancer": "alb",
    "networkloadbalancer": "nlb",
    **dict.fromkeys(["table", "dynamodbtable", "ddb"], "dynamodb"),
    **dict.fromkeys(["postgres", "postgresql", "mysql", "mariadb"], "rds"),
    "database": "rds or dynamodb",
    **dict.fromkeys(["redis", "valkey", "memcached"], "elasticache"),
    **dict.fromkeys(["statemachine", "stepfunction", "sfn"], "step_functions"),
    **dict.fromkeys(["eventbus", "eventbridge", "rule"], "event_bridge"),
    **dict.fromkeys(["restapi", "apigatewayrestapi", "apigatewayrest"], "rest_api"),
    **dict.fromkeys(
        ["httpapi", "apigatewayv2api", "apigatewayv2httpapi", "apigatewayhttp", "apigatewayv2", "v2api"],
        "http_api",
    ),
    **dict.fromkeys(["stepfunctionsstatemachine", "sfnstatemachine"], "step_functions"),
    **dict.fromkeys(["dbinstance", "rdsdbinstance"], "rds"),
    **dict.fromkeys(
        ["elasticachecachecluster", "elasticachereplicationgroup", "elasticachecluster"], "elasticache"
    ),
    **dict.fromkeys(["cloudfrontdistribution", "distribution"], "cloudfront"),
    **dict.fromkeys(["efsfilesystem", "filesystem"], "efs"),
    **dict.fromkeys(["natgateway", "ec2natgateway"], "nat_gateway"),
    **dict.fromkeys(["ec2instance", "autoscalingautoscalinggroup"], "ec2"),
    **dict.fromkeys(["lb", "elasticloadbalancingv2loadbalancer"], "alb or nlb"),
    "stream": "kinesis or dynamodb_stream",
    **dict.fromkeys(["kinesisstream", "kinesisdatastream", "kinesisdatastreams"], "kinesis"),
    "cdn": "cloudfront",
    "webacl": "waf",
    "aurora": "rds, which comes nearest",
}
"""What a scenario calls a service for which AWS, or everybody, has another name; without its blanks."""

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
