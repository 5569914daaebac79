"""Objectives that HEAD states otherwise than BASE, no longer, or for the first time.

A change of the limit is no work of the design: what decides is how HEAD's numbers fare by the limit that BASE
has. The study that made HEAD judges them where it is at hand; else they are read from HEAD's document, which
holds the usual statistics, and of counters and single outcomes no interval.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from simulator.measure.statistics import NAN, Estimate
from simulator.report.moved import read
from simulator.report.numbers import estimated, part
from simulator.study.judge import verdict

Document = Mapping[str, Any]

WORSE_THAN: Final = {"pass": 0, "none": 0, "inconclusive": 1, "fail": 2}

_STATED = re.compile(r"(?:([a-z][a-z0-9.]*) )?(<=|>=|<|>) ")


class Found(NamedTuple):
    """HEAD's number and the verdict on it."""

    verdict: str
    value: str
    """With its unit; empty where there is no number."""

    def said(self, would: str = "") -> str:
        """`fails: $644`, or of a limit that is no longer asked for `would fail: $644`."""
        plural = "" if would else "es" if self.verdict == "pass" else "s"
        judged = "undecided" if self.verdict == "inconclusive" else f"{would}{self.verdict}{plural}"
        return f"{judged}: {self.value or 'there is no number'}"


UNKNOWN: Final = Found("inconclusive", "")


class Restated(NamedTuple):
    """One objective that is not stated alike on both sides."""

    key: str
    old: str | None
    """As BASE states it; None where it is new."""
    new: str | None
    """As HEAD states it; None where it is removed."""
    base: str
    """BASE's verdict on its own numbers."""
    by_old: Found | None
    by_new: Found | None

    @property
    def kind(self) -> str:
        """`changed`, `removed` or `new`."""
        return "new" if self.old is None else "removed" if self.new is None else "changed"

    @property
    def verdict(self) -> str:
        """What it counts as: `fail` where HEAD fails it as BASE states it, whatever BASE's own numbers did;
        `inconclusive` where that is undecided and BASE passed, or there is no number; a new one `pass`."""
        if self.by_old is None:
            return "pass"
        found = ["pass"]
        if self.by_old.verdict == "fail" or self.base == "pass" or not self.by_old.value:
            found.append(self.by_old.verdict)
        if self.turned:
            found.append(self.turned)
        return max(found, key=WORSE_THAN.__getitem__)

    @property
    def turned(self) -> str:
        """HEAD's own verdict on a changed one, where it is worse than BASE's own was."""
        if self.kind != "changed" or self.by_new is None:
            return ""
        return self.by_new.verdict if WORSE_THAN[self.by_new.verdict] > WORSE_THAN[self.base] else ""

    @property
    def said(self) -> str:
        """`cost.month < $50 → < $800 (the old one would fail: $644; the new one passes: $644)`."""
        stated = " → ".join(filter(None, (self.old, self.new)))
        if self.by_old and self.by_new:
            old, new = self.by_old.said("would "), self.by_new.said()
            found = f"the old one {old}; the new one {new}".replace(" undecided", " is undecided")
        else:
            found = self.by_old.said("would ") if self.by_old else self.by_new.said() if self.by_new else ""
        return f"{self.key} {stated} ({found})"


def restated(
    base: Document,
    head: Document,
    again: Mapping[str, Document] | None = None,
    spans: Mapping[str, tuple[str, str]] | None = None,
) -> list[Restated]:
    """The objectives that one design has otherwise in both documents; `again` are BASE's as the study that
    made HEAD judges them, by key; `spans` is what they count over, where that is not the same."""
    return list(_restated(base["objectives"], head, again or {}, spans or {}))


def _restated(
    before: Document, head: Document, again: Mapping[str, Document], spans: Mapping[str, tuple[str, str]]
) -> Iterator[Restated]:
    after = head["objectives"]
    for key, was in before.items():
        now = after.get(key)
        if now is None or key in spans or not alike(was, now):
            if key in again:
                by_old = _found(again[key])
            else:
                by_old = UNKNOWN if key in spans else _judged(key, was, now, head)
            old, new = (f", {span}" for span in spans[key]) if key in spans else ("", "")
            text, by_new = (now["objective"] + new, _found(now)) if now else (None, None)
            yield Restated(key, was["objective"] + old, text, was["verdict"], by_old, by_new)
    for key, now in after.items():
        if key not in before:
            yield Restated(key, None, now["objective"], "none", None, _found(now))


def alike(was: Document, now: Document) -> bool:
    """Whether two objectives of one key ask for the same, in whatever unit it is written."""
    return was["objective"] == now["objective"] or _asked(was) == _asked(now)


def _asked(judged: Document) -> tuple[object, ...]:
    return (*_stated(judged["objective"]), judged["limit"], judged["unit"])


def _stated(text: str) -> tuple[str | None, str]:
    """The statistic, where there is one, and the comparison of `p99 < 2 s`."""
    match = _STATED.match(text)
    return (match[1], match[2]) if match else (None, text)


def said(judged: Document) -> str:
    """The number of an objective, and if it passes by survivors, how many requests are missing; null is
    infinite where the verdict is sure, else unknown."""
    if judged["value"] is None:
        return "infinite" if judged["verdict"] != "inconclusive" else "-"
    value = estimated(read(judged["value"], judged.get("ci95"), judged.get("runs")), judged["unit"])
    if judged["verdict"] != "pass" or not judged.get("survivors") or "missing_share" not in judged:
        return value
    return f"{value}, {part(judged['missing_share'])} of requests missing"


def _found(judged: Document) -> Found:
    value = said(judged)
    return Found(judged["verdict"], "" if value == "-" else value)


def _judged(key: str, was: Document, now: Document | None, head: Document) -> Found:
    """HEAD's stored number by BASE's limit."""
    statistic, comparison = _stated(was["objective"])
    if now and _stated(now["objective"])[0] == statistic and now["unit"] == was["unit"]:
        sure = now["value"] is None and now["verdict"] != "inconclusive"
        value = Estimate(math.inf) if sure else read(now["value"], now["ci95"])
    else:
        value = _stored(key, statistic, head)
    if math.isnan(value.value):
        return UNKNOWN
    return Found(verdict(value, comparison, was["limit"]), estimated(value, was["unit"]))


def _stored(key: str, statistic: str | None, design: Document) -> Estimate:
    """The number that an objective asks for, as far as a document has it."""
    about, _, window = key.partition("@")
    subject, _, metric = about.rpartition(".")
    if subject == "cost":
        return read(design.get(f"cost_{metric}_usd"), design.get(f"cost_{metric}_ci95_usd"))
    if subject not in design["traffic"]:
        counters = design["services"].get(subject, {})
        name = "_".join(filter(None, (metric, statistic)))
        return read(counters.get(name, counters.get(f"{name}_s")), None)
    traffic = design["traffic"][subject]
    if window:
        traffic = traffic["windows"].get(window, {})
    if statistic:
        values, intervals = (traffic.get(f"{metric}_{what}s", {}) for what in ("", "ci95_"))
        return read(values.get(statistic), intervals.get(statistic))
    if f"{metric}_share" in traffic:
        return read(traffic[f"{metric}_share"], traffic.get(f"{metric}_share_ci95"))
    requests = traffic.get("requests")
    return Estimate(traffic["outcomes"].get(metric, 0) / requests if requests else NAN)
