"""Where the time goes, on a terminal: what a request spends its time on, in the mean and in the tail."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from simulator.measure.summary import Summary
from simulator.measure.where import Spent, Where, left_s
from simulator.report.grid import FEW, Ready, across, alike
from simulator.report.numbers import significant, with_unit
from simulator.report.paper import BOUND, Prose

SHOWN = 5
LITTLE = 0.01
"""Parts below this share of every design's time are not worth a row."""
REST = "the rest"
LEGEND = "latency, and what it is made of in %; mean: of all ok answers, tail: of their slowest hundredth"
RAN_ON = "ran on: time in a run for which work went on after its caller had given up"
MEAN, TAIL = "mean", "tail"
ENOUGH = 10
"""A tail of fewer requests is marked."""


def where(summary: Summary, width: int, full: bool = False) -> Iterator[RenderableType]:
    """One window of each kind of requests, the one that an objective asks for; `full`: all, with all phases
    of cold starts."""
    names = [name for name, design in summary.designs.items() if design.where]
    if not names:
        return
    blocks = [
        _Block(summary, key, window, full)
        for key in summary.leaves
        for window in (_windows(summary, key) if full else [_window(summary, key)])
    ]
    blocks = [block for block in blocks if any(one.mean.total_ns for one in block.found.values())]
    if not blocks:
        return
    designs = [Text(name) for name in names]
    parts: list[RenderableType] = [Text("Where the time goes", style="bold"), Prose(LEGEND, "dim")]
    if kinds := _kinds(summary, blocks):
        parts.append(Prose(f"services: {kinds}", "dim"))
    if any(block.left_behind for block in blocks):
        parts.append(Prose(RAN_ON, "dim"))
    for block in blocks:
        parts += [Text(block.title), *across("", *alike(designs, list(_columns(block, names))), width)]
    yield Group(*parts)


def _kinds(summary: Summary, blocks: Sequence[_Block]) -> str:
    """What the services of the headings are: `app (client), orders (sqs)`."""
    kinds: dict[str, list[str]] = {}
    for service in dict.fromkeys(part.partition(": ")[0] for block in blocks for part in block.parts):
        found = (design.kinds.get(service) for design in summary.designs.values())
        kinds[service] = list(dict.fromkeys(filter(None, found)))
    return ", ".join(f"{service}{BOUND}({' or '.join(found)})" for service, found in kinds.items() if found)


def _windows(summary: Summary, key: str) -> list[str]:
    return ["", *next(iter(summary.designs.values())).traffic[key].windows]


def _window(summary: Summary, key: str) -> str:
    """The window of the first objective on this traffic's latency, else the first window there is."""
    windows = _windows(summary, key)
    for design in summary.designs.values():
        for objective in design.objectives:
            subject, _, window = objective.partition("@")
            if subject == f"{key}.latency" and window in windows:
                return window
    return windows[1] if len(windows) > 1 else ""


class _Block:
    """The rows of one kind of requests."""

    def __init__(self, summary: Summary, key: str, window: str, full: bool) -> None:
        self.title = f"{key} @{window}" if window else key
        self.full = full
        self.found: dict[str, Where] = {
            name: design.where[key][window] for name, design in summary.designs.items() if design.where
        }
        self.traffic = {
            name: design.traffic[key].windows[window] if window else design.traffic[key]
            for name, design in summary.designs.items()
        }
        self.runs = summary.replications
        self.retried = any(one.attempts.value > 1.0005 for one in self.traffic.values())
        self.left_behind = any(one.left.requests for one in self.found.values())
        most: dict[str, float] = {}
        for one in self.found.values():
            for spent in (one.mean, one.tail):
                for part, share in self.shares(spent).items():
                    most[part] = max(most.get(part, 0.0), share)
        ranked = sorted(most, key=lambda part: (-most[part], part))
        self.parts = ranked if full else [part for part in ranked[:SHOWN] if most[part] >= LITTLE]

    def shares(self, spent: Spent) -> dict[str, float]:
        """By part in words; the phases of one cause are one part unless all are wanted."""
        shares: dict[str, float] = {}
        total = spent.total_ns or 1.0
        for part, ns in spent.ns.items():
            detail = f", {part.detail}" if part.detail and self.full else ""
            name = f"{part.service}: {part.cause}{detail}"
            shares[name] = shares.get(name, 0.0) + ns / total
        return shares


def _columns(block: _Block, names: Sequence[str]) -> Iterator[Ready]:
    found = [block.found[name] for name in names]
    few = [FEW if 0 < one.tail.requests < ENOUGH else "" for one in found]
    latency = [(_mean(one.mean), _mean(one.tail) + mark) for one, mark in zip(found, few, strict=True)]
    yield _pairs("latency", latency)
    shares = [(block.shares(one.mean), block.shares(one.tail)) for one in found]
    for part in block.parts:
        pairs = [(_share(mean.get(part, 0.0)), _share(tail.get(part, 0.0))) for mean, tail in shares]
        service, _, cause = part.partition(": ")
        yield _pairs(cause, pairs, service)
    rest = [(_rest(mean, block.parts), _rest(tail, block.parts)) for mean, tail in shares]
    if any(share >= 0.0005 for both in rest for share in both):
        yield _pairs(REST, [(_share(mean), _share(tail)) for mean, tail in rest])
    if block.retried:
        attempts = [significant(block.traffic[name].attempts.value) for name in names]
        yield Ready("attempts\na request", list(map(Text, attempts)))
    if block.left_behind:
        ran_on = [with_unit(left_s(one, block.runs), "s") for one in found]
        yield Ready("ran on,\ngiven up", list(map(Text, ran_on)))


def _pairs(title: str, pairs: Sequence[tuple[str, str]], service: str = "") -> Ready:
    """Of each design two numbers, which stand under what they are; the title takes no more room than they
    and the service do, if it has several words."""
    means, tails = (max(map(len, column)) for column in zip((MEAN, TAIL), *pairs, strict=True))
    mean, *cells = (f"{mean:>{means}} {tail:>{tails}}" for mean, tail in ((MEAN, TAIL), *pairs))
    titles = textwrap.wrap(
        title, max(len(mean), len(service)), break_long_words=False, break_on_hyphens=False
    )
    return Ready("\n".join([*filter(None, [service]), *titles, mean]), list(map(Text, cells)))


def _rest(shares: Mapping[str, float], parts: Sequence[str]) -> float:
    return 1 - sum(shares.get(part, 0.0) for part in parts) if shares else 0.0


def _mean(spent: Spent) -> str:
    return with_unit(spent.total_ns / spent.requests / 1e9, "s") if spent.requests else "-"


def _share(share: float) -> str:
    """Whole percents; a little is not nothing."""
    if share < 0.0005:
        return "0" if share < 1e-12 else "<0.1"
    return f"{100 * share:.0f}" if share >= 0.0095 else f"{100 * share:.1f}"
