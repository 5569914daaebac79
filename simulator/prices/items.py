"""The words of AWS's bill for the keys of price books."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "lambda.requests": "Lambda requests",
    "lambda.duration.x86_64": "Lambda duration, x86",
    "lambda.duration.arm64": "Lambda duration, Arm",
    "lambda.ephemeral_storage": "Lambda ephemeral storage",
    "lambda.snap_start.cache": "Lambda SnapStart, cache",
    "lambda.snap_start.restore": "Lambda SnapStart, restores",
    "lambda.provisioned_concurrency.x86_64": "Lambda Provisioned Concurrency, x86",
    "lambda.provisioned_concurrency.arm64": "Lambda Provisioned Concurrency, Arm",
    "lambda.provisioned_duration.x86_64": "Lambda provisioned duration, x86",
    "lambda.provisioned_duration.arm64": "Lambda provisioned duration, Arm",
    "lambda.provisioned_poller": "Lambda event pollers, provisioned",
    "http_api.requests": "API Gateway HTTP API calls",
    "rest_api.requests": "API Gateway REST API calls",
    "rest_api.cache.*": "API Gateway cache, {}",
    "websocket_api.messages": "API Gateway WebSocket messages",
    "websocket_api.connection_minutes": "API Gateway WebSocket connection minutes",
    "step_functions.transitions": "Step Functions state transitions",
    "step_functions.express.requests": "Step Functions Express requests",
    "step_functions.express.duration": "Step Functions Express duration",
    "data_transfer.out": "Data transfer out to the internet",
    "nat_gateway.hour": "NAT gateway hours",
    "nat_gateway.data": "NAT gateway data processed",
    "public_ipv4": "Public IPv4 addresses",
    "cloudwatch.logs.ingested": "CloudWatch Logs ingested",
    "cloudwatch.logs.stored": "CloudWatch Logs stored",
    "rds.mysql.*": "RDS for MySQL {}",
    "rds.mariadb.*": "RDS for MariaDB {}",
    "rds.postgres.*": "RDS for PostgreSQL {}",
    "rds.proxy": "RDS Proxy",
    "server.month": "servers",
    "ec2.detailed_monitoring": "EC2 detailed monitoring",
    "ec2.*": "EC2 {}",
    "fargate.vcpu.x86_64": "Fargate vCPU, x86",
    "fargate.vcpu.arm64": "Fargate vCPU, Arm",
    "fargate.memory.x86_64": "Fargate memory, x86",
    "fargate.memory.arm64": "Fargate memory, Arm",
    "fargate.ephemeral_storage": "Fargate ephemeral storage",
    "sqs.requests": "SQS requests",
    "sqs.fifo_requests": "SQS FIFO requests",
    "kinesis.shard": "Kinesis shard hours",
    "kinesis.put_units": "Kinesis PUT payload units",
    "kinesis.fan_out": "Kinesis enhanced fan-out hours",
    "kinesis.fan_out_data": "Kinesis enhanced fan-out data",
    "kinesis.on_demand.hour": "Kinesis on-demand stream hours",
    "kinesis.on_demand.in": "Kinesis on-demand data in",
    "kinesis.on_demand.out": "Kinesis on-demand data out",
    "kinesis.on_demand.fan_out": "Kinesis on-demand enhanced fan-out data",
    "kinesis.extended_retention": "Kinesis extended retention",
    "alb.hour": "Application Load Balancer hours",
    "alb.lcu": "Application Load Balancer LCUs",
    "nlb.hour": "Network Load Balancer hours",
    "nlb.lcu": "Network Load Balancer LCUs",
    "cloud_map.resources": "Cloud Map resources",
    "cloud_map.discover_instances": "Cloud Map DiscoverInstances calls",
    "dynamodb.on_demand.read": "DynamoDB read request units",
    "dynamodb.on_demand.write": "DynamoDB write request units",
    "dynamodb.on_demand.replicated_write": "DynamoDB replicated write request units",
    "dynamodb.provisioned.rcu": "DynamoDB read capacity units",
    "dynamodb.provisioned.wcu": "DynamoDB write capacity units",
    "dynamodb.provisioned.replicated_wcu": "DynamoDB replicated write capacity units",
    "dynamodb.storage": "DynamoDB storage",
    "dynamodb.point_in_time_recovery": "DynamoDB point-in-time recovery",
    "dynamodb.backups": "DynamoDB on-demand backups",
    "dynamodb.restored": "DynamoDB restores",
    "dynamodb_stream.reads": "DynamoDB Streams read requests",
    "elasticache.*": "ElastiCache {}",
    "sns.publishes": "SNS publishes",
    "sns.http_deliveries": "SNS HTTP deliveries",
    "event_bridge.custom_events": "EventBridge custom events",
    "efs.storage": "EFS Standard storage",
    "efs.storage_infrequent": "EFS Infrequent Access storage",
    "efs.storage_one_zone": "EFS One Zone storage",
    "efs.storage_one_zone_infrequent": "EFS One Zone Infrequent Access storage",
    "efs.provisioned_throughput": "EFS Provisioned Throughput",
    "efs.infrequent_access_requests": "EFS Infrequent Access requests",
    "efs.elastic_read": "EFS Elastic Throughput, reads",
    "efs.elastic_write": "EFS Elastic Throughput, writes",
    "cloudfront.https_requests": "CloudFront HTTPS requests",
    "cloudfront.data_out": "CloudFront data transfer out to the internet",
    "cloudfront.data_to_origin": "CloudFront data transfer out to the origin",
    "waf.web_acl": "WAF web ACLs",
    "waf.rule": "WAF rules",
    "waf.requests": "WAF requests",
}
"""`*` is the rest of a key, and {} where it goes."""


def billed_as(item: str) -> str:
    """`Lambda duration, x86` for `lambda.duration.x86_64`; of what has no words, such as an item of somebody
    else's service, the key."""
    for key, said in WORDS.items():
        if fnmatchcase(item, key):
            return said.format(item.removeprefix(key.rstrip("*")))
    return item
