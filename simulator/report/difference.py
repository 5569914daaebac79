"""Two results of one scenario compared, as Markdown for a pull request.

Both sides are documents as `--json` prints them. Designs of the same name are compared: numbers paired by
replication where both sides have as many of the same requests and luck, so that a small change shows; what is
not shown is left out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from simulator.measure.sketch import SUB_BINS
from simulator.measure.statistics import Estimate, apart
from simulator.measure.summary import Month, Summary
from simulator.report.changes import Change
from simulator.report.conditions import conditions, paired, spans
from simulator.report.grid import SAME, by_how_much
from simulator.report.month import month
from simulator.report.moved import Moved, moved, of_those_left, read, words
from simulator.report.numbers import estimated, significant
from simulator.report.reasons import reasons
from simulator.report.restated import WORSE_THAN, Restated, alike, restated, said
from simulator.report.survivors import MISSING
from simulator.report.words import Glyphs

Document = Mapping[str, Any]

GLYPHS = Glyphs()
SIGNS = {"pass": "✓", "fail": "✗", "inconclusive": "?", "none": "–"}


class Turned(NamedTuple):
    """A verdict that is not what it was, on an objective that is."""

    key: str
    text: str
    base: str
    head: str
    before: str
    value: str
    number: Moved
    """What it is about, whether or not a change of it is shown."""

    @property
    def worse(self) -> bool:
        return WORSE_THAN[self.head] > WORSE_THAN[self.base]


@dataclass(frozen=True)
class Compared:
    """One design on both sides."""

    name: str
    numbers: Sequence[Moved]
    turned: Sequence[Turned]
    written: Sequence[Change] = ()
    """What the scenario says otherwise, where that is known."""
    restated: Sequence[Restated] = ()
    """The objectives that are not stated alike on both sides."""
    why: str = ""
    """`fails …`: those that HEAD fails and BASE did not, and what for; empty where HEAD was only read."""

    @property
    def worse(self) -> Iterator[str]:
        """The verdicts of what is worse off."""
        yield from (turned.head for turned in self.turned if turned.worse)
        yield from (one.verdict for one in self.restated if one.verdict != "pass")


@dataclass(frozen=True)
class Difference:
    """A whole comparison."""

    base: Document
    head: Document
    designs: Sequence[Compared]
    added: Sequence[str]
    removed: Sequence[str]
    conditions: Sequence[Change] = ()
    """What the two sides are measured under that is not alike."""
    paired: bool = True
    """Whether both sides meet the same requests with the same luck."""

    @property
    def verdict(self) -> str:
        """`fail` if an objective fails that did not, `inconclusive` if one that passed is undecided now, or
        its design gone; one that was changed or removed counts as BASE states it."""
        heads = {verdict for design in self.designs for verdict in design.worse}
        gone = any(self.passed(name) for name in self.removed)
        return "fail" if "fail" in heads else "inconclusive" if heads or gone else "pass"

    def passed(self, name: str) -> Sequence[str]:
        """The objectives that a design passed in BASE."""
        return [
            key for key, one in self.base["designs"][name]["objectives"].items() if one["verdict"] == "pass"
        ]

    @property
    def worse(self) -> bool:
        """Whether any number became worse for certain."""
        return any(one.direction == "worse" for design in self.designs for one in design.numbers)


def compare(
    base: Document,
    head: Document,
    written: Mapping[str, Sequence[Change]] | None = None,
    again: Mapping[str, Mapping[str, Document]] | None = None,
    measured: Summary | None = None,
) -> Difference:
    """The designs that both documents have; `written` says what their scenarios say differently, `again` how
    HEAD's designs, measured as BASE's are, fare by BASE's objectives, by design and key; `measured` is what
    HEAD's document was made of."""
    names = [name for name in head["designs"] if name in base["designs"]]
    same, counted = paired(base, head), spans(base, head)
    designs = []
    for name in names:
        before, after = base["designs"][name], head["designs"][name]
        turned = list(_turned(before, after, same, counted))
        failing = {one.key for one in turned if one.head == "fail"}
        designs.append(
            Compared(
                name,
                moved(before, after, same),
                turned,
                (written or {}).get(name, ()),
                restated(before, after, (again or {}).get(name), counted),
                _why(name, failing, measured) if measured and failing else "",
            )
        )
    return Difference(
        base,
        head,
        designs,
        added=[name for name in head["designs"] if name not in names],
        removed=[name for name in base["designs"] if name not in names],
        conditions=conditions(base, head),
        paired=same,
    )


def _why(name: str, failing: Collection[str], head: Summary) -> str:
    """What the first screen says of a design that misses these objectives alone."""
    design = head.designs[name]
    missed = {key: judged for key, judged in design.objectives.items() if key in failing}
    designs = {**head.designs, name: replace(design, objectives=missed)}
    return dict(reasons(replace(head, designs=designs)))[name]


def _turned(base: Document, head: Document, same: bool, counted: Collection[str]) -> Iterator[Turned]:
    for key, judged in head["objectives"].items():
        was = base["objectives"].get(key)
        if was and was["verdict"] != judged["verdict"] and key not in counted and alike(was, judged):
            yield Turned(
                key,
                judged["objective"],
                was["verdict"],
                judged["verdict"],
                said(was),
                said(judged),
                _asked(key, base, head, same),
            )


def _asked(key: str, base: Document, head: Document, same: bool) -> Moved:
    """The number that an objective asks for: one of the usual ones, or its own."""
    known = {number.name: number for number in moved(base, head, same)}
    was, judged = base["objectives"][key], head["objectives"][key]
    metric, _, window = key.partition("@")
    subject, _, what = metric.rpartition(".")
    statistic = judged["objective"].split()[0]
    parts = [subject, *(words(part) for part in (what, statistic) if part != "latency" and part[0].isalpha())]
    at = f" @{window}" if window else ""
    name = {"cost.run": "cost of a run", "cost.month": "cost of a month"}.get(key, " ".join(parts) + at)
    if name in known:
        return known[name]
    before, after = (read(one["value"], one["ci95"], one.get("runs")) for one in (was, judged))
    own = Moved(name, judged["unit"], before, after, apart(before, after, same))
    if subject not in head["traffic"] or what not in MISSING:
        return own
    whole = base["traffic"][subject], head["traffic"][subject]
    sides = (whole[0]["windows"][window], whole[1]["windows"][window]) if window else whole
    return of_those_left(own, what, statistic, sides, same)


# ---------------------------------------------------------------------- Markdown


def markdown(found: Difference, names: tuple[str, str] = ("base", "head")) -> str:
    """A comment on a pull request: the verdict first, the numbers that moved, all numbers folded away."""
    lines = [f"## {_text(str(found.head['scenario']))}: {_headline(found)}", ""]
    if found.conditions:
        lines += ["**Not measured alike**: what follows is not the work of the designs alone.", ""]
        lines += [*map(_change_of, found.conditions), ""]
    for design in found.designs:
        lines += _design(design, names)
    for name in found.removed:
        passed = ", ".join(found.passed(name)) or "no objective"
        lines += [f"**No longer in {_text(names[1])}**: {_text(name)}, which passed {_text(passed)}.", ""]
    if found.added:
        lines += [f"Only in {_text(names[1])}: {', '.join(map(_text, found.added))}.", ""]
    return "\n".join([*lines, _footnote(found, names), ""])


def _headline(found: Difference) -> str:
    """What decides; then, if nothing is worse off, which objectives are not what they were."""
    if found.verdict == "fail":
        return "; ".join(_failing(found))
    worse = sum(1 for design in found.designs for _ in design.worse)
    worse += sum(len(found.passed(name)) for name in found.removed)
    if worse:
        return f"{_count(worse, 'objective')} no longer proven to pass"
    kinds = [one.kind for design in found.designs for one in design.restated]
    told = [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]
    return _better(found) + (f"; objectives: {', '.join(told)}" if told else "")


def _failing(found: Difference) -> Iterator[str]:
    """What fails as it is stated now, and what would only fail as it was."""
    restated = [one for design in found.designs for one in design.restated]
    turned = [one.head for design in found.designs for one in design.turned if one.worse]
    now = [*turned, *(one.turned for one in restated)].count("fail")
    if now:
        yield f"{_count(now, 'objective')} that did not fail before"
    before = [one.kind for one in restated if one.verdict == "fail" and one.turned != "fail"]
    if before:
        kinds = " or ".join(dict.fromkeys(before))
        were = "it was" if len(before) == 1 else "they were"
        yield f"{_count(len(before), 'objective')} {kinds} that would fail as {were}"


def _better(found: Difference) -> str:
    mended = sum(not turned.worse for design in found.designs for turned in design.turned)
    if mended:
        left = sum(bool(turned.number.but) for design in found.designs for turned in design.turned)
        but = f"; {left} of them on fewer requests" if left else ""
        return f"{_count(mended, 'verdict')} better, none worse{but}"
    numbers = [one for design in found.designs for one in design.numbers]
    directions = [one.direction for one in numbers]
    untold = sum(bool(one.untold) for one in numbers)
    open_ = f"; of {_count(untold, 'number')} it cannot be told" if untold else ""
    if not any(directions):
        return f"no change shown{open_}"
    worse, better = (directions.count(one) for one in ("worse", "better"))
    return f"same verdicts; {_count(worse, 'number')} worse, {better} better{open_}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _design(design: Compared, names: tuple[str, str]) -> Iterator[str]:
    verdicts = {turned.number.name: turned for turned in design.turned}
    shown = [number for number in design.numbers if number.said or number.name in verdicts]
    shown.sort(key=lambda number: bool(number.untold))
    usual = {number.name for number in shown}
    shown = [*(one.number for one in design.turned if one.number.name not in usual), *shown]
    yield f"### {_text(design.name)}"
    yield ""
    for change in design.written:
        yield _change_of(change)
    for turned in design.turned:
        was, now = f"{SIGNS[turned.base]} {turned.base}", f"{SIGNS[turned.head]} {turned.head}"
        values = turned.value if turned.before == turned.value else f"{turned.before} → {turned.value}"
        yield f"- **{_text(turned.key)}** {_text(turned.text)}: {was} → **{now}** ({values})"
    for one in design.restated:
        yield f"- **objective {one.kind}**: {_text(one.said)}"
    if design.written or design.turned or design.restated:
        yield ""
    if shown:
        yield from _table(shown, names, verdicts)
    if design.why:
        yield f"{_text(names[1])} {_text(design.why)}."
        yield ""
    rest = [number for number in design.numbers if not number.said and number.name not in verdicts]
    if rest:
        of = _count(len(rest), "other number") if shown else f"All {_count(len(rest), 'number')}"
        yield f"<details><summary>{of}: no change shown</summary>"
        yield ""
        yield from _table(rest, names, {})
        yield "</details>"
        yield ""


def _change_of(one: Change) -> str:
    return f"- `{one.key}`: {_code(one.old)} → {_code(one.new)}"


def _table(found: Sequence[Moved], names: tuple[str, str], verdicts: Mapping[str, Turned]) -> Iterator[str]:
    """A number whose verdict turned says so, even where no change of it is shown."""
    yield f"| | {_text(names[0])} | {_text(names[1])} | change | |"
    yield "|---|---:|---:|---:|---|"
    for one in found:
        before, after = (_value(side, one.unit) for side in (one.base, one.head))
        turned = verdicts.get(one.name)
        sign = f"{SIGNS[turned.base]} → {SIGNS[turned.head]}" if turned else ""
        said = ", ".join(filter(None, (one.said, sign)))
        yield f"| {_text(one.name)} | {before} | {after} | {_change(one)} | {said} |"
    yield ""


def _value(found: Estimate, unit: str) -> str:
    return "-" if math.isnan(found.value) else estimated(found, unit)


def _change(one: Moved) -> str:
    """`+302 ms ±32 (+8.1 %)`."""
    found = one.change
    if one.one_has_no_end:
        return "now infinite" if one.head.value == math.inf else "no longer infinite"
    if not one.said:
        return SAME
    if not math.isfinite(found.value):
        return "-"
    share = abs(found.value) / one.base.value if one.base.value and one.unit != "share" else math.nan
    sign = GLYPHS.minus if found.value < 0 else "+"
    percent = f" ({sign}{significant(100 * share, 2)} %)" if math.isfinite(share) else ""
    return by_how_much(found, one.unit, GLYPHS, points=" points") + percent


def _footnote(found: Difference, names: tuple[str, str]) -> str:
    counts = [document["replications"] for document in (found.base, found.head)]
    how = "paired by replication" if found.paired else "unpaired, of independent replications"
    versions = [document["provenance"].get("version", "?") for document in (found.base, found.head)]
    version = f"version {versions[1]}" if versions[0] == versions[1] else f"versions {' and '.join(versions)}"
    return (
        f"{counts[0]} and {counts[1]} replications of {_text(names[0])} and {_text(names[1])}, {version}."
        f" ± is half of the 95 % interval of the change, {how}; ~ no change shown, and one of a"
        f" tenth ruled out. Percentiles are told apart to {significant(100 / SUB_BINS, 1)} %, a bin of their"
        " histogram."
        f"{_month(found)}"
    )


def _month(found: Difference) -> str:
    """What a month is, where both sides say the same; documents of before do not say it."""
    here, there = (document.get("month") for document in (found.base, found.head))
    return f" {month(Month(**there)).capitalize()}." if there and here == there else ""


def _text(text: str) -> str:
    """Text that Markdown and its tables leave as it is."""
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")


def _code(value: str | None) -> str:
    return "not set" if value is None else f"`{value.replace('`', chr(39))}`"
