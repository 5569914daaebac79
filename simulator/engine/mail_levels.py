"""How full mailboxes are, those of a kind together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simulator.stations.mailbox import Item, Lane, Mailbox, oldest

if TYPE_CHECKING:
    from simulator.engine.program import Program


class Seen(Sequence[Any]):
    """Stations, each to be read by its fields' names."""

    def __init__(self, stations: Any, view: Callable[[Any, int], Any]) -> None:
        self.stations, self.view = stations, view

    def __len__(self) -> int:
        return len(self.stations)

    def __getitem__(self, place: Any) -> Any:
        return self.view(self.stations, place)


def of_kind(program: Program, mailboxes: Sequence[Mailbox]) -> Iterator[Sequence[Mailbox]]:
    """The mailboxes of each name of the program."""
    first = 0
    for plan in program.mailboxes.values():
        yield mailboxes[first : first + plan.copies]
        first += plan.copies


def mail_levels(
    program: Program, mailboxes: Sequence[Mailbox], lanes: Sequence[Lane], items: Sequence[Item], now: int
) -> list[int]:
    """Items that wait, receivers with a batch in hand, the age of the oldest item that waits in ns: each for
    all names."""
    kinds = list(of_kind(program, mailboxes))
    waiting = [sum(mailbox.waiting for mailbox in kind) for kind in kinds]
    busy = [sum(mailbox.receivers for mailbox in kind) for kind in kinds]
    since = [
        [time for mailbox in kind if (time := oldest(mailbox, lanes, items)) >= 0] for kind in kinds
    ]
    return [*waiting, *busy, *(now - min(times, default=now) for times in since)]
