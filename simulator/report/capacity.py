"""What the peak needs of each limit, as text for a terminal and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from simulator.measure.need import (
    Behind,
    Capacity,
    Need,
    Reading,
    Ready,
    Shard,
    exceeded,
    first_to_bind,
    spills,
)
from simulator.report.grid import plain
from simulator.report.numbers import clock, significant, whole, with_unit
from simulator.report.paper import Prose, printed
from simulator.report.remedies import quotas, remedies, shown
from simulator.report.words import ASCII, GIVE_UP, ONE_KEY, Glyphs, limit

NEAR = 0.8
"""Of what is allowed: more than this leaves little room for a mistake in the assumptions."""

SHORT = 9.95
"""Seconds: of fewer a tenth is told."""
SMALL = 0.1
"""Less than this needs no line of its own."""

Found = Mapping[str, Capacity]


def render(scenario: str, found: Found, width: int = 100, colour: bool = False, unicode: bool = True) -> str:
    """The limits of each design, the one with least room first."""
    glyphs = Glyphs() if unicode else ASCII
    blocks: list[RenderableType] = [
        Text.assemble((scenario, "bold"), ": what the peak needs of each limit, if nothing is refused")
    ]
    blocks += [_design(name, one, glyphs) for name, one in found.items()]
    least = any(need.at_least for one in found.values() for need in one.needs)
    legend = (
        "warm: on average at the peak, by Little's law; most: with chance and the cold starts of a surge;"
        " in 3 s: of a rate with a burst, in the time that leaves least, both included; batches at a time: if"
        " they are full, more wait in the queue or stream; when: from when it is exceeded, or at which time"
        " it is nearest to that. Each limit as if the others were not there, and nothing is"
        " refused. An estimate: whether a quota is enough, and"
        " objectives are met, a run says. ! is more than 80 % of what is allowed"
        + least
        * f"; {glyphs.at_least}: at the least, since a limit is exceeded"
    )
    return printed([*blocks, Prose(legend, "dim")], width, colour)


def _design(name: str, found: Capacity, glyphs: Glyphs) -> RenderableType:
    needs = found.needs
    table = plain("", "limit", "warm", "most", "allowed", "", "used", "when")
    table.columns[0].min_width = 1
    for column in (2, 3, 4, 6):
        table.columns[column].justify = "right"
        table.columns[column].no_wrap = True
    shown = [need for place, need in enumerate(needs) if not place or need.ratio >= SMALL or need.at_least]
    for need in shown:
        sign = Text()
        if exceeded(need):
            sign = Text(glyphs.failed, style="red")
        elif need.ratio > NEAR:
            sign = Text("!", style="yellow")
        asked, unit = need.span or need, need.unit
        if need.span:
            unit = f"{unit.replace('/s', '', 1)} in {_seconds(need.span.length_s)}"
        table.add_row(
            sign,
            Text(limit(need.service, need.limit)),
            significant(asked.steady),
            f"{glyphs.at_least} {significant(asked.demand)}" if need.at_least else significant(asked.demand),
            significant(asked.allowed),
            Text(unit),
            f"{significant(100 * need.ratio, 2)} %" if need.ratio < 1 else f"{whole(100 * need.ratio)} %",
            Text(f"at {clock(need.at_s)}" if need.binds_at_s is None else f"from {clock(need.binds_at_s)}"),
        )
    small = [limit(need.service, need.limit) for need in needs if need not in shown]
    said = [f"below {whole(100 * SMALL)} %: {', '.join(small)}"] if small else []
    said += remedies(found)
    said += [_waiting(need) for need in needs if (need.waiting or need.occupied) and need.ratio > 1]
    said += [_in_line(need) for need in needs if need.in_line >= 1]
    said += [_again(need) for need in needs if need.attempts != 1 and need.ratio > 1]
    said += [_in_vain(need) for need in needs if need.owners and need.ratio > 1]
    said += [_spilling(need) for need in needs if spills(need) and need.ratio > 1]
    said += [_polled(need) for need in shown if need.all_of]
    said += [_growing(need) for need in needs if need.a_minute]
    said += [*map(_shard, found.shards), *map(_reading, found.reading)]
    title = Text.assemble((name, "bold"), f": {_conclusion(needs)}")
    return Group(
        title, *([table] if table.row_count else []), *(Padding(Prose(line), (0, 0, 0, 3)) for line in said)
    )


def _seconds(length_s: float) -> str:
    """Of every span, so that they can be compared: `220 s`, `9.1 s`."""
    return f"{whole(length_s) if length_s >= SHORT else significant(length_s, 2)} s"


def _waiting(need: Need) -> str:
    """What an estimate that lets nobody wait leaves out."""
    held = [f"an execution of {' and '.join(need.waiting)}"] if need.waiting else []
    held += [f"one of {shown(place)}" for place in need.occupied]
    return (
        f"Requests wait for {limit(need.service, need.limit)}, each with {' and '.join(held)} in hand:"
        " with them more are under way than is told here."
    )


def _in_line(need: Need) -> str:
    """Who waits for a server, for how many there is room, and from when on no longer."""
    said = f"{shown(need.name)}: when most comes all are taken, and up to {whole(need.in_line)} wait in"
    if need.places is None:
        return f"{said} line."
    full = f", which is full from {clock(need.binds_at_s or 0.0)}" if exceeded(need) else ": none is refused"
    return f"{said} a line of {whole(need.places)} places{full}."


def _again(need: Need) -> str:
    """What an estimate without refusals leaves out."""
    often = f"up to {need.attempts} times in all" if need.attempts else "until it is taken or given up"
    refuses = f"What {limit(need.service, need.limit)} refuses is sent again"
    said = f"{refuses}, {often}: it is told of before retries."
    if need.retrying:
        said += f" Meanwhile each has an execution of {' and '.join(need.retrying)} in hand."
    return said


def _in_vain(need: Need) -> str:
    """What becomes of environments that do not get what they take as they start."""
    return (
        f"New environments of {' and '.join(need.owners)} that find no {need.unit} left start in vain, and"
        " the next request starts another: more executions may be under way than is told here."
    )


def _spilling(need: Need) -> str:
    """What becomes of what provisioned environments do not take."""
    each = need.unit.partition("/")[0]
    return (
        f"{shown(need.name)}: {each} beyond it spill over to on-demand environments, which start cold,"
        " though provisioned ones are free; none is refused."
    )


def _polled(need: Need) -> str:
    """Why no more executions are told of than there are pollers or lanes."""
    return (
        f"{limit(need.service, need.limit)}: when most comes, all {' and all '.join(need.all_of)} are at"
        " work, each with one execution at a time; what comes beyond waits."
    )


def _growing(need: Need) -> str:
    """How fast there are more of what is too few for a time."""
    return (
        f"No more than {whole(need.a_minute)} {need.limit.removeprefix('growth of ')} can begin a minute,"
        " each for a batch at a time: until there are enough of them messages wait, and none is refused."
    )


def _shard(found: Shard) -> str:
    """`reactions: shard 2 is the hottest of 4, …`."""
    share = significant(100 * found.share, 2)
    which = f"shard {found.number} is the hottest of {found.shards}"
    return f"{found.stream}: {which}, with {share} % of the records."


def _reading(found: Reading) -> str:
    """Capacity against traffic, of all lanes and, where one gets more, of that one."""
    lanes = f"{found.shards} shard{'s' * (found.shards > 1)}"
    lanes += f" x {found.factor}" if found.factor > 1 else ""
    said = (
        f"{found.function} can read {significant(found.capacity_per_s)} records/s of {found.stream}"
        f" ({lanes} x {found.batch_size} records / {with_unit(found.batch_s, 's')}); up to"
        f" {significant(found.traffic_per_s)} come"
    )
    if found.shards * found.factor > 1:
        said += (
            f", {significant(found.hot_traffic_per_s)} of them to its hottest lane, of shard"
            f" {found.hot_shard}, which can read {significant(found.hot_capacity_per_s)}"
        )
    return " ".join([f"{said}.", *_key(found), *_poison(found)])


def _key(found: Reading) -> Iterator[str]:
    """What no more lanes help."""
    alone_per_s = found.hot_key * found.traffic_per_s
    if alone_per_s >= SMALL * found.hot_capacity_per_s:
        said = f"{significant(alone_per_s)} have one key, which is in one lane, however many there are"
        yield said + (f": {ONE_KEY}." if alone_per_s > found.hot_capacity_per_s else ".")


def _poison(found: Reading) -> Iterator[str]:
    """What records that always fail cost of the lanes, with the settings by which they are given up."""
    if not found.poison:
        return
    one = f"Of {significant(1 / found.poison, 2)} records one always fails, and"
    if found.blocks:
        yield f"{one} blocks its lane until after the run, which is not counted here: {GIVE_UP}."
    else:
        held = with_unit(found.stalled_s, "s", 2)
        yield f"{one} makes its lane work {held} more until it is given up, which is counted above."


def _conclusion(needs: Sequence[Need]) -> str:
    first = first_to_bind(needs)
    if first is not None and first.a_minute:
        more, since = first.limit.removeprefix("growth of "), clock(first.binds_at_s or 0.0)
        return f"messages wait for more {more}, from {since}; no other limit is exceeded"
    if first is not None:
        return f"first to bind is {_place(first)}, from {clock(first.binds_at_s or 0.0)}"
    if not needs:
        return "no limit is met"
    return f"no limit is exceeded, which says nothing of objectives; the nearest is {_place(needs[0])}"


def _place(need: Need) -> str:
    return limit(need.service, need.limit).replace(":", ",", 1)


def to_json(scenario: str, found: Found) -> str:
    """The same as one document."""
    designs = {
        name: {
            "limits": list(map(_needed, one.needs)),
            "first_to_bind": _named(first_to_bind(one.needs)),
            "quota_raises": [
                {
                    "service": need.service,
                    "limit": need.raised[0],
                    "unit": need.raised[1],
                    "more": more,
                    "quota": need.quota,
                }
                for need, more in quotas(one)
            ],
            "settings": [
                setting._asdict() | {"sold": setting.sold and setting.sold._asdict()}
                for setting in one.settings
            ],
            "then": list(map(_needed, one.then)),
            "behind": list(map(_behind, one.behind)),
            "ready": one.ready and _ready(one.ready),
            "shards": [shard._asdict() for shard in one.shards],
            "reading": [reading._asdict() for reading in one.reading],
        }
        for name, one in found.items()
    }
    document = {"schema_version": 1, "scenario": scenario, "designs": designs}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _needed(need: Need) -> Mapping[str, object]:
    return need._asdict() | {"span": need.span and need.span._asdict()}


def _behind(found: Behind) -> Mapping[str, object]:
    """What is no rate, or grows, bears no number that is known."""
    known = {key: value if math.isfinite(value) else None for key, value in zip(
        ("allowed", "bears"), (found.allowed, found.bears), strict=True)}  # fmt: skip
    return found._asdict() | known | {"capped": found.capped and found.capped._asdict()}


def _ready(found: Ready) -> Mapping[str, object]:
    return {
        "settings": dict(found.settings),
        "usd_an_hour": found.usd_an_hour,
        "then": list(map(_needed, found.then)),
        "besides": list(found.besides),
    }


def _named(need: Need | None) -> Mapping[str, object] | None:
    return need and {"service": need.service, "limit": need.limit, "from_s": need.binds_at_s}
