"""The page's tables: what stands there without a script, for readers, printers and screen readers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.measure.document import document
from simulator.measure.summary import STATISTICS, Charge, Judged, Summary
from simulator.measure.workflows import workflows
from simulator.measure.worst import Span
from simulator.prices.items import billed_as
from simulator.report import messages as mail
from simulator.report import words
from simulator.report import workflows as telling
from simulator.report.grid import FEW, beside_judged, mark
from simulator.report.month import month as made_of
from simulator.report.numbers import added, estimated, significant, with_unit
from simulator.report.page.metrics import GLYPHS, Metric, value
from simulator.report.parts import BANDS, parts
from simulator.study.over_time import KINDS

if TYPE_CHECKING:
    from simulator.study.study import Study

VERDICTS = {"pass": "passes", "fail": "fails", "inconclusive": "undecided", "none": "no objectives"}


class Cell(NamedTuple):
    """One cell: the text, what stands small below it, a verdict that colours it, the length of a bar."""

    text: str
    note: str = ""
    verdict: str = ""
    bar: float | None = None


class Row(NamedTuple):
    """The row's heading, its cells, and the design it belongs to (a row goes when its design does)."""

    name: str
    cells: Sequence[Cell]
    design: str = ""
    note: str = ""


class Table(NamedTuple):
    """A table with a caption; headings are (text, what stands small below it)."""

    caption: str
    head: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    designs: Sequence[str] = ()
    """Whose the columns after the first are, where each is a design's (it goes when its design does)."""


def answer(summary: Summary, metrics: Sequence[Metric]) -> Table:
    """Designs against the objectives, or where there are none against what one would ask for, and cost."""
    asked = {key: one.text for design in summary.designs.values() for key, one in design.objectives.items()}
    shown = [one for one in metrics if one.name in _usual(summary, asked)]
    rows = []
    for place, (name, design) in enumerate(summary.designs.items()):
        judged = [_verdict(design.objectives.get(key)) for key in asked]
        numbers = [Cell(value(metric, place)) for metric in shown]
        verdict = Cell(f"{GLYPHS.of(design.verdict)} {VERDICTS[design.verdict]}".strip(), "", design.verdict)
        rows.append(Row(name, [verdict, *judged, *numbers], name))
    labels = [(one.label, one.group if one.group in summary.leaves else "") for one in shown]
    head = [("verdict", ""), *asked.items(), *labels]
    said = [
        "Designs and objectives",
        "each number with half of its 95 % interval",
        made_of(summary.month),
    ]
    return Table("; ".join(filter(None, said)), [("design", ""), *head], rows)


def worst(summary: Summary) -> Table:
    """The worst ten seconds of each kind of requests, and when they were."""
    rows, lengths = [], []
    for key in summary.leaves:
        for name, design in summary.designs.items():
            found = design.worst.get(key)
            spans = [(found.p99, "s"), (found.failed, "share")] if found else []
            lengths += [span.length_s for span, _ in spans if span]
            rows.append(Row(name, [Cell(key), *(_span(span, unit) for span, unit in spans)], name))
    caption = f"The worst {words.stretch(max(lengths, default=10.0))} of each kind of requests"
    heads = ("design", "requests", "highest p99", "most failed")
    return Table(caption, [(head, "") for head in heads], rows if lengths else [])


def _span(span: Span | None, unit: str) -> Cell:
    if span is None:
        return Cell("0 %" if unit == "share" else "-")
    said = estimated(span.value, unit) + (FEW if span.few else "")
    return Cell(said, words.worst(span, GLYPHS))


def latencies(summary: Summary, metrics: Sequence[Metric]) -> Iterator[Table]:
    """All statistics of both clocks, one table per traffic and window."""
    names = list(summary.designs)
    for group in dict.fromkeys(metric.group for metric in metrics if metric.name.endswith("_s")):
        found = [metric for metric in metrics if metric.group == group]
        for waited in ("latency", "completion"):
            columns = [m for m in found if m.label in {f"{statistic} {waited}" for statistic in STATISTICS}]
            rows = [
                Row(name, [Cell(value(metric, place)) for metric in columns], name)
                for place, name in enumerate(names)
            ]
            head = [("design", ""), *((metric.label.split(" ")[0], "") for metric in columns)]
            if columns:
                yield Table(f"{group}: {waited} of ok answers", head, rows)


def bill(summary: Summary, month: bool = False) -> Table:
    """The bill of a run, or of a month, designs side by side."""
    bills = {
        name: {
            (charge.service, charge.item): charge for charge in (design.bill_month if month else design.bill)
        }
        for name, design in summary.designs.items()
    }
    units = {key: charge.unit for lines in bills.values() for key, charge in lines.items()}
    amounts = [[lines[key].amount_usd if key in lines else 0.0 for key in units] for lines in bills.values()]
    *said, totals = zip(*added(amounts), strict=True)
    rows = [
        Row(
            f"{service}: {billed_as(item)}",
            [
                _charge(lines.get((service, item)), usd)
                for lines, usd in zip(bills.values(), line, strict=True)
            ],
            note=f"unit: {unit}",
        )
        for ((service, item), unit), line in zip(units.items(), said, strict=True)
    ]
    span = "a month" if month else "a run"
    if units:
        rows.append(Row(f"total of {span}", [Cell(total) for total in totals]))
    head = [("item", ""), *((name, "") for name in bills)]
    what = f"; {made_of(summary.month)}" if month and summary.month else ""
    return Table(f"The bill of {span}, mean of the runs{what}", head, rows, list(bills))


def executions(study: Study) -> Table:
    """The most executions at a time, as a function counts them, and of each kind, as the chart shows it."""
    table = study.concurrency()
    kinds = list(KINDS)
    rows = []
    if not table.empty:
        for (name, service), found in table.groupby(["design", "service"], sort=False):
            counters = study.summary.designs[str(name)].services.get(str(service), {})
            drawn = found[kinds].sum(axis=1).max()
            most = [counters.get("concurrency_max", drawn), *(found[kind].max() for kind in kinds)]
            cells = [Cell(str(service)), *(Cell(significant(one)) for one in most)]
            rows.append(Row(str(name), cells, str(name)))
    caption = "Most executions at a time, mean of the runs; of each kind as charted"
    heads = [(head, "") for head in ("design", "function", "peak")]
    return Table(caption, [*heads, *((kind, "") for kind in kinds)], rows)


def messages(summary: Summary) -> list[Table]:
    """What queues, streams and asynchronous invocations received, how old it was, and in which batches."""
    tables = []
    for caption, rows, titles in mail.blocks(summary):
        head = [(name, "") for name in ("design", "received by", *titles)]
        body = []
        for row in rows:
            cells = [Cell(mail.cell(row, field)) for field in titles.values()]
            body.append(Row(row.design, [Cell(mail.receiver(row)), *cells], row.design))
        tables.append(Table(caption, head, body))
    return tables


def machines(summary: Summary) -> tuple[Table, Table]:
    """State machines by design: executions with their cost, and the states."""
    found = list(workflows(summary))
    heads = ["design", "machine", *telling.EXECUTIONS]
    rows = [
        Row(one.design, [Cell(one.service), *map(Cell, telling.executions(one))], one.design) for one in found
    ]
    shown = telling.columns([state for one in found for state in one.states])
    states = [
        Row(
            one.design,
            [Cell(one.service), Cell(state.state), *(Cell(telling.cell(state, name)) for name in shown)],
            one.design,
        )
        for one in found
        for state in one.states
    ]
    return (
        Table("Executions of state machines, from start to end", [(head, "") for head in heads], rows),
        Table(
            "States: visits a run, and the time of a visit, waiting for tokens included",
            [(head, "") for head in ("design", "machine", "state", *shown)],
            states,
        ),
    )


def where(summary: Summary) -> Table:
    """The time of a request by part, in all answers and in the slowest."""
    found = parts(document(summary))
    rows = [
        Row(
            str(design),
            [Cell(str(span)), Cell(BANDS[band]), Cell(str(part)), Cell(with_unit(seconds, "s"))],
            str(design),
        )
        for design, span, band, part, seconds in found[
            ["design", "span", "band", "part", "seconds"]
        ].itertuples(index=False)
    ]
    heads = ("design", "requests", "of", "part", "mean time")
    return Table("Where the time of requests goes", [(head, "") for head in heads], rows)


def _usual(summary: Summary, asked: Collection[str]) -> set[str]:
    """The metrics that the first table shows besides the objectives."""
    usual = {f"{key}_usd" for key in ("cost.run", "cost.month") if key not in asked} | {"cold_share"}
    if not asked:
        for key in summary.leaves:
            usual |= {f"{key}.latency.p50_s", f"{key}.latency.p99_s", f"{key}.failed"}
    return usual


def _verdict(judged: Judged | None) -> Cell:
    if judged is None:
        return Cell("-")
    said = f"{GLYPHS.of(judged.verdict)} {estimated(judged.value, judged.unit)}{mark(judged)}"
    return Cell(said.strip(), beside_judged(judged, GLYPHS), judged.verdict)


def _charge(charge: Charge | None, usd: str) -> Cell:
    if charge is None:
        return Cell("-")
    return Cell(usd, significant(charge.quantity))
