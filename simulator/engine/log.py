"""Where an engine writes down the requests that are answered: handed on by the block, never kept."""

from __future__ import annotations

import numpy as np

from simulator.measure.rows import AT_ONCE, Take


class Log(list[tuple[int, ...]]):
    """Rows on their way to `take`.

    The compiled engine hands whole arrays to `take`; the `simpy` engine appends row by row.
    """

    def __init__(self, take: Take, at_once: int = AT_ONCE) -> None:
        super().__init__()
        self.take = take
        self.at_once = at_once

    def append(self, row: tuple[int, ...]) -> None:
        super().append(row)
        if len(self) >= self.at_once:
            self.empty()

    def empty(self) -> None:
        """Hand on what is left; after the run."""
        if self:
            self.take(np.array(self, dtype=np.int64))
            self.clear()
