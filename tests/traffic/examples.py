"""One example of every shape, in the words of a scenario."""

from pathlib import Path

import numpy as np

from simulator.traffic import shapes
from simulator.traffic.shape import ArrivalStream, Shape
from simulator.traffic.types import Times

FOLDER = Path(__file__).parents[2] / "scenarios"
FLASH_SALE = {
    "baseline": "5/s", "peak": "400/s", "starts": "40 s", "ramp": "5 s", "hold": "20 s", "half_life": "10 s",
}  # fmt: skip
EXAMPLES = {
    "constant": {"rate": "7/s"},
    "poisson": {"rate": "50/s"},
    "stages": {"start": "10/s", "stages": {
        "up": {"target": "200/s", "for": "30 s"},
        "jump": {"target": "20/s", "for": "0 s"},
        "down": {"target": "0/s", "for": "1 min"},
    }},
    "flash_sale": FLASH_SALE,
    "daily": {"baseline": "1/min", "peak": "1/s", "peak_at": "20:30"},
    "burst": {"every": "7 s", "requests": 90, "length": "2 s", "starts": "3 s", "baseline": "4/s"},
    "trace": {"file": "traces/agdq2019_donations.csv", "from": "2019-01-13T04:00:30Z"},
    "live_stream": {
        "audience": {"file": "traces/agdq2019_viewers.csv", "scale": {"peak": 150000}},
        "ad_breaks": {"second": {"at": "50 s", "share": "60%"}, "first": {"at": "10 s", "share": "90%"}},
    },
    "users": {"count": 20, "think": {"exponential": {"mean": "2 s"}}, "ramp": "10 s"},
}  # fmt: skip


def shape(name: str, folder: Path = FOLDER, **settings: object) -> Shape:
    """A shape with the settings of its example, or others."""
    return shapes()[name].model_validate(settings or EXAMPLES[name], context={"folder": folder})


def arrivals(shape: Shape, seconds: float, replication: int = 0, **stream: object) -> Times:
    """All arrivals of a run of so many seconds."""
    luck = ArrivalStream(**({"seed": 1, "replication": replication, "source": "buyers"} | stream))
    return np.concatenate([np.empty(0, np.int64), *shape.blocks(luck, round(seconds * 1e9))])
