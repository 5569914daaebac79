"""Single requests followed through a replication, which is played twice: to pick them, and to follow them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import Problem, ScenarioError, SimulatorError
from simulator.measure.result import OUTCOMES
from simulator.measure.rows import (
    ANSWERED,
    ARRIVED,
    BATCH,
    BORN,
    CAUSE,
    IDENTITY,
    NOTED,
    OUTCOME,
    PLACE,
    SENT,
    TYPE,
    WIDTH,
    Block,
)
from simulator.measure.spans import Traced
from simulator.study.pick import Picker, Wanted

if TYPE_CHECKING:
    from simulator.engine.program import Program
    from simulator.scenario.model import Scenario


def trace(
    scenario: Scenario, design: str, wanted: Wanted, of: str = "", number: int = 0, engine: str | None = None
) -> list[Traced]:
    """Follows requests of one design in replication `number`.

    `of` says among which to pick: `buyers.order`, `buyers.order@surge`, `@surge`; all unless given. Requests
    that had no answer when the run ended cannot be picked, nor by completion those that were unfinished then.
    """
    from simulator.engine.message_spans import span_of
    from simulator.engine.replay import program_for, replay
    from simulator.engine.spans import Legend

    if design not in scenario.designs:
        known = ", ".join(scenario.designs)
        raise ScenarioError(Problem("designs", f"no design named '{design}'", f"write one of: {known}"))
    scenario = replace(
        scenario,
        designs={design: scenario.designs[design]},
        run=scenario.run.model_copy(update={"replications": 2}),  # it runs twice
    )
    plain, noting = program_for(scenario, design), program_for(scenario, design, "spans")
    types, span = _among(scenario, plain, of)
    picker = Picker(wanted, types, span)
    picked = picker.picked(replay(scenario, plain, number, picker.take, engine, span, wanted.kept))
    missing = [identity for identity in wanted.identities if identity not in picked]
    if missing:
        what = f"trace: no request {missing[0]} was answered in this run"
        raise SimulatorError(f"{what}; take identities from a trace or from the rows of --rows")
    collector = Collector(list(picked), [place for place, noted in noting.notes.items() if noted.batch])
    replay(scenario, noting, number, collector.take, engine)
    mailboxes = [plan.mailbox for plan in noting.mailboxes.values() for _ in range(plan.copies)]
    legend = Legend(noting.notes, noting.causes, scenario.run.for_, mailboxes)
    arrivals = {place for place, noted in noting.notes.items() if noted.what == "arrive"}
    found = []
    for identity, rows in collector.requests(arrivals):
        row = collector.answers[identity]
        name = noting.types[row[TYPE]]
        failed = bool(row[OUTCOME]) and row[CAUSE] >= 0
        found.append(
            Traced(
                design=design,
                replication=number,
                identity=identity,
                traffic=name,
                picked=picked[identity],
                arrived=int(row[ARRIVED]),
                sent=int(row[SENT]),
                answered=int(row[ANSWERED]),
                outcome=OUTCOMES[row[OUTCOME]],
                cause=noting.causes[row[CAUSE]] if failed else ("", ""),
                root=span_of(rows, name, legend),
            )
        )
    order = {identity: place for place, identity in enumerate(picked)}
    return sorted(found, key=lambda one: order[one.identity])


def _among(scenario: Scenario, program: Program, of: str) -> tuple[Sequence[int], tuple[int, int]]:
    """The types of requests and the time of arrival that `of` speaks of."""
    key, _, window = of.partition("@")
    types = [place for place, name in enumerate(program.types) if key in ("", name, name.split(".")[0])]
    if not types:
        names = dict.fromkeys([*(name.split(".")[0] for name in program.types), *program.types])
        problem = Problem("trace", f"no traffic named '{key}'", f"write one of: {', '.join(names)}")
        raise ScenarioError(problem)
    if window and window not in scenario.windows:
        known = f"one of: {', '.join(scenario.windows)}" if scenario.windows else "it under windows:"
        raise ScenarioError(Problem("trace", f"no window named '{window}'", f"write {known}"))
    if not window:
        return types, (scenario.run.warm_up, scenario.run.for_)
    chosen = scenario.windows[window]
    return types, (max(chosen.from_, scenario.run.warm_up), chosen.from_ + chosen.for_)


class Collector:
    """Keeps the notes of the picked requests and of their children, who share `BORN` with them; of what they
    put into queues and streams; and of the batches that this was in, which have children and put as well."""

    def __init__(self, identities: Sequence[int], of_batches: Sequence[int] = ()) -> None:
        self.identities = np.array(identities, np.int64)
        self.of_batches = np.array(of_batches, np.int64)
        """The places of notes that items of batches have."""
        self.born = self.whose = np.empty(0, np.int64)
        """First identities of those that are followed, batches among them; and all that bear a message."""
        self.answers: dict[int, list[int]] = {}
        """The rows of the picked requests, by identity."""
        self._kept: list[Block] = []

    def take(self, block: Block) -> None:
        """The next rows, notes and answers."""
        noted = block[:, TYPE] == NOTED
        answers = block[~noted & np.isin(block[:, IDENTITY], self.identities)].tolist()
        self.answers |= {row[IDENTITY]: row for row in answers}
        notes = block[noted]
        items = np.isin(notes[:, PLACE], self.of_batches)
        picked = ~items & np.isin(notes[:, IDENTITY], self.identities)
        self.born = np.union1d(self.born, notes[picked, BORN])
        before = -1
        while before < len(self.born):
            before = len(self.born)
            own = ~items & np.isin(notes[:, BORN], self.born)
            self.whose = np.union1d(self.whose, notes[own, IDENTITY])
            messages = items & np.isin(notes[:, IDENTITY], self.whose)
            self.born = np.union1d(self.born, notes[messages, BATCH])
        self._kept.append(notes[own | messages])

    def requests(self, arrivals: set[int]) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
        """For each picked request its notes and those of its children and messages; `arrivals` are places of
        first notes.

        A child of one of a user's requests belongs to the latest of them that began before it.
        """
        rows = np.concatenate([np.empty((0, WIDTH), np.int64), *self._kept])
        of_items = set(self.of_batches.tolist())
        batches = set(rows[np.isin(rows[:, PLACE], self.of_batches), BATCH].tolist())
        begun: dict[int, int] = {}
        whose: dict[int, int] = {}
        notes: dict[int, list[int]] = {}
        """Places of rows by request and by batch, and by the identity that an item bears."""
        items: dict[int, list[int]] = {}
        lines: list[tuple[int, ...]] = list(map(tuple, rows.tolist()))
        for place, row in enumerate(lines):
            identity = row[IDENTITY]
            if row[PLACE] in of_items:
                items.setdefault(identity, []).append(place)
                continue
            if row[BORN] in batches:
                whose[identity] = row[BORN]
            elif row[PLACE] in arrivals:
                begun[row[BORN]] = whose[identity] = identity
            elif identity not in whose:
                whose[identity] = begun.get(row[BORN], identity)
            notes.setdefault(whose[identity], []).append(place)
        for identity in self.identities.tolist():
            if identity in notes:
                yield identity, [lines[place] for place in _all(identity, lines, notes, items)]


def _all(
    identity: int,
    rows: Sequence[tuple[int, ...]],
    notes: Mapping[int, Sequence[int]],
    items: Mapping[int, Sequence[int]],
) -> Sequence[int]:
    """The places of the notes of a request, of its messages, and of the batches that these were in."""
    found: list[int] = []
    ahead, seen, told = [identity], {identity}, set[int]()
    while ahead:
        own = notes.get(ahead.pop(), ())
        found += own
        for bearer in {rows[place][IDENTITY] for place in own} - told:
            told.add(bearer)
            of_messages = items.get(bearer, ())
            found += of_messages
            batches = {rows[place][BATCH] for place in of_messages} - seen
            seen |= batches
            ahead += batches
    return sorted(found)
