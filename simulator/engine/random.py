"""Random numbers as a function: Philox4x32-10 of (seed, replication, who, what, which attempt).

A draw depends on nothing but its own key, so the order of events cannot disturb it, adding a service
leaves all other draws alone, and the designs of a scenario meet the same requests with the same luck.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011; checked in
the tests against the authors' published vectors. The text is the same for Python's integers and for
wrapping int64.
"""

from __future__ import annotations

from hashlib import blake2b

from simulator.stations.rule import rule

MASK = 0xFFFFFFFF


@rule
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Ten rounds of Philox4x32 on four counter words and two key words of 32 bits each."""
    for _ in range(10):
        p = 0xD2511F53 * c0
        q = 0xCD9E8D57 * c2
        c0 = ((q >> 32) & 0xFFFFFFFF) ^ c1 ^ k0
        c2 = ((p >> 32) & 0xFFFFFFFF) ^ c3 ^ k1
        c1 = q & 0xFFFFFFFF
        c3 = p & 0xFFFFFFFF
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


@rule
def uniform(seed: int, replication: int, identity: int, stream: int, epoch: int) -> float:
    """A number strictly between 0 and 1, of 52 random bits.

    `identity` is the request (62 bits), `stream` the service and purpose (see `stream_of`), `epoch`
    the attempts on the way there. Seed, replication, stream and epoch count modulo 2^32.
    """
    a, b, _, _ = philox(
        identity & 0xFFFFFFFF,
        (identity >> 32) & 0xFFFFFFFF,
        stream & 0xFFFFFFFF,
        epoch & 0xFFFFFFFF,
        seed & 0xFFFFFFFF,
        replication & 0xFFFFFFFF,
    )
    return ((a >> 6) * 67108864 + (b >> 6) + 0.5) * (1.0 / 4503599627370496.0)


@rule
def epoch_below(epoch: int, attempt: int) -> int:
    """The epoch of what is called from attempt number `attempt` of a caller at `epoch`; 0 without retries."""
    return (epoch * 1000003 + attempt) & 0xFFFFFFFF


@rule
def descendant(identity: int, number: int) -> int:
    """The identity (62 bits, never negative) of the `number`-th offspring of `identity`."""
    a, b, _, _ = philox(
        identity & 0xFFFFFFFF, (identity >> 32) & 0xFFFFFFFF, number & 0xFFFFFFFF, 0x0FF59, 0x5EED, 0xCA11
    )
    return ((a & 0x3FFFFFFF) << 32) | b


@rule
def child_identity(identity: int, stream: int, epoch: int, number: int) -> int:
    """The identity of the `number`-th child that `identity` begins for a purpose, at an attempt."""
    a, b, _, _ = philox(
        identity & 0xFFFFFFFF,
        (identity >> 32) & 0xFFFFFFFF,
        stream & 0xFFFFFFFF,
        epoch & 0xFFFFFFFF,
        0xC417D,
        number & 0xFFFFFFFF,
    )
    return ((a & 0x3FFFFFFF) << 32) | b


@rule
def batch_identity(identity: int, tries: int, count: int) -> int:
    """The identity of a batch: of its first item, how often that has failed, and how many items there are."""
    return descendant(identity, 0x40000000 + (tries << 16) + count)


def stream_of(*names: object) -> int:
    """A stable 32-bit number for a service and purpose, the same in every process and version."""
    return int.from_bytes(blake2b("\x00".join(map(str, names)).encode(), digest_size=4).digest(), "big")


def request_identity(source: str, number: int) -> int:
    """The identity of a source's `number`-th request: 30 bits of the source's name, then the number."""
    return ((stream_of("source", source) & 0x3FFFFFFF) << 32) | number
