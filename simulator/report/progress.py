"""How far a study is, on standard error: a bar on a terminal, otherwise a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

EVERY_S = 10.0


@contextmanager
def progress(stream: TextIO, of_month: int = 0) -> Iterator[Callable[[int, int], None]]:
    """A function to call with the finished and all runs; besides these there are so many hours of the month's
    rest."""
    if not stream.isatty():
        lines = _Lines(stream, of_month)
        yield lines.show
        lines.end()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=_said(done, total, of_month))

        yield show


def _said(done: int, total: int, of_month: int) -> str:
    """`12 of 60 runs + 6 for the month`."""
    besides = f" + {of_month} for the month" if of_month else ""
    return f"{done} of {total} runs{besides}"


class _Lines:
    """A line after every few seconds in which something finished, and after them one at the end."""

    def __init__(self, stream: TextIO, of_month: int) -> None:
        self.stream, self.of_month = stream, of_month
        self.last = time.monotonic()
        self.said = self.printed = ""

    def show(self, done: int, total: int) -> None:
        self.said = _said(done, total, self.of_month)
        if time.monotonic() - self.last >= EVERY_S:
            self.last = time.monotonic()
            self._print()

    def end(self) -> None:
        if self.printed and self.printed != self.said:
            self._print()

    def _print(self) -> None:
        self.printed = self.said
        print(self.said, file=self.stream, flush=True)
