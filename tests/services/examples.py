"""One small example of every kind of service, with the others it needs; a new kind adds its own here."""

from __future__ import annotations

from typing import Any, NamedTuple

START = {"service": "lambda", "runtime": "java11"}  # of every era
FUNCTION = {**START, "duration": "20 ms"}


class Example(NamedTuple):
    """The service stands under `subject`; requests enter at `to`."""

    services: dict[str, dict[str, Any]]
    to: str = "subject"


SERVERS = {"service": "server", "servers": 2, "vcpus": 2, "price_per_month": "$50", "duration": "20 ms"}
EXAMPLES: dict[str, Example] = {
    "alb": Example(
        {
            "subject": {
                "service": "alb",
                "to": "f",
                "scheme": "internet-facing",
                "request": "1 KB",
                "response": "2 KB",
                "rules": 12,
                "client_connections": {"requests": 2, "lasts": "5 s"},
            },
            "f": FUNCTION,
        }
    ),
    "cloudfront": Example(
        {
            "subject": {
                "service": "cloudfront",
                "to": "f",
                "cache": {"keys": {"count": 5, "zipf": 1}, "ttl": "1 s"},
                "request": "1 KB",
                "response": "20 KB",
                "overhead": "5 ms",
            },
            "f": FUNCTION,
        }
    ),
    "waf": Example(
        {
            "subject": {
                "service": "waf",
                "to": "cdn",
                "rate_rules": {"flood": {"limit": 100}},
                "rules": 2,
            },
            "cdn": {"service": "cloudfront", "to": "f", "hits": "50%"},
            "f": FUNCTION,
        }
    ),
    "dynamodb": Example(
        {
            "subject": {
                "service": "dynamodb",
                "reads": 1,
                "writes": 1,
                "item": "5 KB",
                "keys": {"count": 50, "zipf": 1},
                "provisioned": {"read": 2, "write": 2},
                "stored": "10 GB",
            }
        }
    ),
    "efs": Example(
        {
            "f": {**START, "init": {"connects": ["subject"]}, "handler": [{"call": "subject"}]},
            "subject": {
                "service": "efs",
                "stored": "20 GB",
                "load": "1 MB",
                "read": "100 KB",
                "credits": "1 GB",
            },
        },
        to="f",
    ),
    "elasticache": Example(
        {
            "subject": {
                "service": "elasticache",
                "node": "cache.m4.large",
                "hits": "90%",
                "to": "table",
                "latency": "1 ms",
            },
            "table": {"service": "dynamodb"},
        }
    ),
    "nlb": Example({"subject": {"service": "nlb", "to": "s", "response": "2 KB"}, "s": SERVERS}),
    "cloud_map": Example({"subject": {"service": "cloud_map", "to": "s", "resources": 2}, "s": SERVERS}),
    "client": Example(
        {
            "subject": {
                "service": "client",
                "to": "f",
                "timeout": "1 s",
                "spread": "100 ms",
                "retries": {"attempts": 1},
            },
            "f": FUNCTION,
        }
    ),
    "event_bridge": Example(
        {
            "subject": {
                "service": "event_bridge",
                "event": "70 KB",
                "rules": {
                    "all": {"to": "f"},
                    "some": {"to": "partner", "event_pattern": "30%", "maximum_event_age": "1 min"},
                },
            },
            "f": {**FUNCTION, "event_invoke_config": {"maximum_retry_attempts": 1, "on_failure": "partner"}},
            "partner": {"service": "external", "latency": "100 ms", "fails": "30%"},
        }
    ),
    "sns": Example(
        {
            "subject": {
                "service": "sns",
                "message": "70 KB",
                "subscriptions": {"all": {"to": "f"}, "some": {"to": "partner", "filter_policy": "30%"}},
            },
            "f": {**FUNCTION, "event_invoke_config": {"on_success": "partner"}},
            "partner": {"service": "external", "latency": "100 ms", "fails": "30%"},
        }
    ),
    "ec2": Example(
        {
            "subject": {
                "service": "ec2",
                "instance": "t3.small",
                "concurrency": 2,
                "backlog": 1,
                "init": {"work": "1 s", "connects": ["db"], "connections": 2},
                "handler": [{"work": "30 ms"}, {"call": "db"}],
                "min_capacity": 1,
                "max_capacity": 3,
                "detailed_monitoring": True,
                "target_tracking": {"target": "40%"},
                "scheduled_actions": {"doors": {"schedule": "rate(1 minute)", "min_capacity": 2}},
            },
            "db": {"service": "rds", "instance": "db.t3.large", "query": "2 ms", "max_connections": 5},
        }
    ),
    "ecs": Example(
        {
            "subject": {
                "service": "ecs",
                "cpu": 512,
                "memory": "1 GB",
                "ephemeral_storage": "30 GB",
                "concurrency": 2,
                "backlog": 1,
                "duration": {"measured": "30 ms", "at": "1769 MB", "cpu": "50%"},
                "max_capacity": 3,
                "target_tracking": {"target": "40%"},
            }
        }
    ),
    "server": Example(
        {
            "subject": {
                "service": "server",
                "servers": 1,
                "vcpus": 2,
                "price_per_month": "$100",
                "concurrency": 2,
                "backlog": 1,
                "handler": [{"work": "30 ms"}, {"fail": "1%"}],
            }
        }
    ),
    "external": Example(
        {"subject": {"service": "external", "latency": "50 ms", "capacity": "10/s", "fails": "10%"}}
    ),
    "http_api": Example(
        {
            "subject": {
                "service": "http_api",
                "routes": {
                    "default": {
                        "to": "f",
                        "request": "1 KB",
                        "response": "2 KB",
                        "throttle": {"rate": "20/s", "burst": 5},
                    },
                },
            },
            "f": FUNCTION,
        }
    ),
    "lambda": Example(
        {
            "subject": {
                **START,
                "memory": "1 GB",
                "init": {"work": "1 s", "connects": ["db"]},
                "handler": [
                    {"work": {"lognormal": {"median": "30 ms", "p99": "120 ms"}}},
                    {"call": "db"},
                    {"call": {"to": "bank", "timeout": "1 s", "retries": {"attempts": 1}}},
                    {
                        "choose": [
                            {"share": "20%", "respond": "sold_out"},
                            {"share": "80%", "do": [{"work": "5 ms"}]},
                        ]
                    },
                    {"fail": "1%"},
                ],
                "provisioned_concurrency": {"schedule": {"sale": {"at": "0 s", "for": "100 s", "amount": 2}}},
            },
            "db": {"service": "rds", "instance": "db.m5.large", "query": "2 ms"},
            "bank": {"service": "external", "latency": "20 ms"},
        }
    ),
    "rest_api": Example(
        {
            "subject": {
                "service": "rest_api",
                "routes": {
                    "default": {
                        "to": "f",
                        "request": "1 KB",
                        "response": "2 KB",
                        "cache": {"keys": {"count": 100, "zipf": 0.8}, "ttl": "1 s"},
                    },
                },
                "usage_plans": {
                    "gold": {
                        "sources": ["load"],
                        "api_keys": 3,
                        "throttle": {"rate": "10/s", "burst": 5},
                        "quota": {"limit": 1000, "period": "day"},
                    }
                },
                "cache": {"size": "0.5 GB"},
            },
            "f": FUNCTION,
        }
    ),
    "nat_gateway": Example(
        {
            "f": {**SERVERS, "logs": "2 KB", "internet": {"sent": "1 KB", "nat": "subject"}},
            "subject": {"service": "nat_gateway", "gateways": 2},
        },
        to="f",
    ),
    "rds": Example(
        {
            "f": {**START, "handler": [{"call": "subject"}]},
            "subject": {
                "service": "rds",
                "instance": "db.t3.micro",
                "query": "5 ms",
                "max_connections": 2,
                "vcpus": "of_class",
                "proxy": {"max_connections_percent": 50, "borrow_timeout": "1 s"},
            },
        },
        to="f",
    ),
    "sqs": Example(
        {
            "subject": {
                "service": "sqs",
                "visibility_timeout": "30 s",
                "dead_letter": {"to": "dead", "max_receives": 2},
            },
            "dead": {"service": "sqs"},
            "f": {**FUNCTION, "poison": "5%", "events": {"mail": {"from": "subject", "batch_size": 5}}},
        }
    ),
    "kinesis": Example(
        {
            "subject": {
                "service": "kinesis",
                "shards": 2,
                "producer": {"linger": "20 ms", "retries": {"attempts": 1}},
            },
            "dead": {"service": "sqs"},
            "f": {
                **FUNCTION,
                "poison": "2%",
                "events": {
                    "records": {
                        "from": "subject",
                        "parallelization_factor": 2,
                        "bisect_batch_on_function_error": True,
                        "maximum_retry_attempts": 1,
                        "on_failure": "dead",
                    }
                },
            },
            "g": {**FUNCTION, "events": {"records": {"from": "subject", "enhanced_fan_out": True}}},
        }
    ),
    "dynamodb_stream": Example(
        {
            "subject": {"service": "dynamodb_stream", "shards": 2},
            "f": {**FUNCTION, "events": {"changes": {"from": "subject", "batch_window": "1 s"}}},
        }
    ),
    "step_functions": Example(
        {
            "subject": {
                "service": "step_functions",
                "states": [
                    {"call": "f", "name": "Do it", "retry": {}, "catch": {"do": [{"fail": "No"}]}},
                    {"parallel": [[{"call": "f"}], [{"wait": "1 s"}]]},
                    {"map": {"items": 2, "do": [{"call": "f"}]}},
                ],
            },
            "f": FUNCTION,
        }
    ),
}
