"""Which shard a partition key belongs to, and which lane of a consumer."""

from __future__ import annotations

from functools import cache
from hashlib import md5


@cache
def lanes(keys: int, shards: int, factor: int) -> tuple[int, ...]:
    """The lane of each key among shards x factor, those of a shard side by side.

    A shard has an equal part of the 128 bits of MD5's hash of the key, as Kinesis does it. How Lambda
    divides a shard's keys is not published; here it is by the remainder of the same hash. The n-th key is
    the text `key-n`.
    """
    found = []
    for key in range(keys):
        spread = int.from_bytes(md5(f"key-{key}".encode(), usedforsecurity=False).digest(), "big")
        found.append((spread * shards >> 128) * factor + spread % factor)
    return tuple(found)
