"""Records of many sizes: each brings its own bytes to its shard."""

from __future__ import annotations

from pydantic import TypeAdapter

from simulator.values.distributions import SizeDistribution
from tests.harness import Load, Run, plain


def test_records_bring_sizes_of_their_own(run: Run) -> None:
    """Of 400 records between 1 and 9 KB a shard is given 2,000 KB, give or take what chance does."""
    size = TypeAdapter(SizeDistribution).validate_python({"uniform": {"from": "1 KB", "to": "9 KB"}})
    services = {"s": {"service": "kinesis", "consumer": "none"}}
    at = [0.01 * n for n in range(400)]
    ran = run(services, Load("s", at, size=size), era=plain("aws-2026"))
    written = ran.seen("s")["shard bytes.asked"]
    assert 400 * 4.6 * 1024 < written < 400 * 5.4 * 1024
    assert written % 400, "not all of one size"
