"""Objectives: what the answers must be like, as `metric@window: statistic < limit`.

| key                          | value                | about                                           |
|------------------------------|----------------------|-------------------------------------------------|
| `buyers.order.latency@surge` | `p99 < 2 s`          | durations of a source, or of one of its types   |
| `buyers.completion`          | `mean < 1 s`         |                                                 |
| `buyers.failed@surge`        | `< 0.1%`             | share of requests that ended so                 |
| `buyers.lost`                | `< 0.001%`           | share of requests whose effects are not done    |
| `checkout.cold_starts`       | `< 500`              | a service's counter                             |
| `cost.month`, `cost.run`     | `< $900`             | money                                           |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from simulator.scenario.synonyms import key_here
from simulator.scenario.tree import instead_of, nearest
from simulator.values.units import SECOND, parse_duration, parse_money, parse_share, shown

DURATIONS: Final = ("latency", "completion")
SHARES: Final = (
    "failed", "ok", "throttled", "timeout", "error", "expired", "dropped", "in_flight", "lost",
    "dead_lettered", "unfinished",
)  # fmt: skip
COSTS: Final = ("run", "month")

_STATISTIC: Final = r"mean|max|p(?:[1-9]?[0-9](?:\.[0-9]{1,4})?)"
_VALUE: Final = re.compile(rf"(?:({_STATISTIC})\s*)?(<=|>=|<|>)\s*(\S.*)")
_FURTHER: Final = re.compile(r"\s*(?:[,;<>]|&&?|\b(?:and|or)\b)")
_MONTHLY: Final = re.compile(r"\s*(?:/|\bper\b|\ba\b)\s*month$")
_LIKE: Final = 0.87
"""A word with one letter too many or too few is so much like it, and not its singular."""
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")

_SHARE: Final = re.compile(r"(?:share|rate|ratio|utilization(?:_mean|_max)?)$")
"""How the counters end that are shares."""

VALUE_PATTERN: Final = rf"^(({_STATISTIC})\s*)?(<=|>=|<|>)\s*\S.*$"


class UnknownNameError(ValueError):
    """The key of an objective speaks of something that is not there."""


@dataclass(frozen=True)
class Objective:
    """One number that the study must find on the right side of a limit."""

    key: str
    """As written: `buyers.order.latency@surge`."""
    text: str
    """As written: `p99 < 2 s`."""
    subject: str
    """`cost`, a service, a source of traffic, or a source and type: `buyers.order`."""
    metric: str
    window: str | None
    statistic: str | None
    """`mean`, `max` or a percentile such as `p99.9`; None where the metric is one number."""
    comparison: str
    """`<`, `<=`, `>` or `>=`."""
    limit: float
    unit: str
    """Unit of the limit: `s`, `share`, `usd`, or empty for a count."""


@dataclass(frozen=True)
class Names:
    """What an objective may speak of."""

    traffic: Mapping[str, Collection[str]]
    """The types of each source."""
    services: Collection[str]
    windows: Collection[str]
    month: bool
    """Whether the scenario says what a month is."""
    baseline: bool = False
    """Whether a month can go on at the baseline of every source."""
    counters: Callable[[str], Iterable[str]] | None = None
    """What a service may count in any design; None where that is not known, because of other mistakes."""

    def subjects(self) -> dict[str, str]:
        """Every subject by its name: `cost`, `traffic` or `service`."""
        typed = [f"{source}.{kind}" for source, kinds in self.traffic.items() for kind in kinds]
        found = dict.fromkeys(self.services, "service")
        return found | dict.fromkeys([*self.traffic, *typed], "traffic") | {"cost": "cost"}


def parse_objective(key: str, value: object, names: Names) -> Objective:
    """One objective; a mistake is a ValueError that reads `what; what to write instead`."""
    about, at, window = key.partition("@")
    subject, _, metric = about.rpartition(".")
    kind = _kind(key, value, names)
    if at and kind == "traffic" and window not in names.windows:
        raise UnknownNameError(
            f"no window named '{window}'; {instead_of(window, names.windows, 'write it under windows:')}"
        )
    match = _VALUE.fullmatch(value.strip()) if isinstance(value, str) else None
    example = _example(kind, metric)
    if not match:
        raise ValueError(f"not an objective: {shown(value)}; write for example '{example}'")
    statistic, comparison, written = match.groups()
    if "<" in written or ">" in written:
        first = " ".join(filter(None, (statistic, comparison, _FURTHER.split(written)[0])))
        raise ValueError(
            f"several conditions: {shown(value)}; write one condition for each objective, such as '{first}'"
        )
    many = kind == "traffic" and metric in DURATIONS
    if many and statistic is None:
        raise ValueError(f"{metric} without a statistic: {shown(value)}; write for example '{example}'")
    if not many and kind != "service" and statistic is not None:
        raise ValueError(f"a statistic of a single number: {shown(value)}; write for example '{example}'")
    known = names.counters if kind == "service" else None
    if known is not None and counter(metric, statistic, known(subject)) is None:
        meant = [f"{one}{at}{window}" for one in _of_traffic(subject, metric, names)]
        raise UnknownNameError(_unknown_counter(subject, metric, statistic, known(subject), meant))
    if known is not None and written.endswith("%"):
        _check_share(counter(metric, statistic, known(subject)) or metric, f"{comparison} {written}", names)
    if at and kind != "traffic":
        raise UnknownNameError(
            f"a window of {subject}.{metric}; remove '@{window}', only traffic has windows"
        )
    limit, unit = _limit(kind, metric, written)
    text = " ".join(part for part in (statistic, comparison, written) if part)
    return Objective(key, text, subject, metric, window or None, statistic, comparison, limit, unit)


def _kind(key: str, value: object, names: Names) -> str:
    """Whether a metric exists, and what it is a metric of."""
    subject, _, metric = key.partition("@")[0].rpartition(".")
    subjects = names.subjects()
    if subject not in subjects:
        meant = _in_full(key, value, names)
        if not subject:
            instead = meant or "for example 'cost.run' or 'SOURCE.latency'"
            raise UnknownNameError(f"no metric: {shown(key)}; write {instead}")
        if meant:
            raise UnknownNameError(f"no metric: {shown(key)}; write {meant}")
        raise UnknownNameError(f"nothing named '{subject}'; {instead_of(subject, subjects)}")
    kind = subjects[subject]
    known = {"traffic": (*DURATIONS, *SHARES), "cost": COSTS}.get(kind, ())
    if known and metric not in known:
        meant = _in_full(key, value, names)
        here = key_here(metric, known)
        instead = (
            f"write {meant}" if meant else f"did you mean '{here}'?" if here else instead_of(metric, known)
        )
        raise UnknownNameError(f"no metric '{metric}' of {subject}; {instead}")
    if kind == "cost" and metric == "month" and not names.month:
        month = f"{{runs: 4, otherwise: {'baseline' if names.baseline else 'idle'}}}"
        raise UnknownNameError(f"a cost per month of which nothing is said; write bill: {{month: {month}}}")
    return kind


def counter(metric: str, statistic: str | None, counters: Iterable[str]) -> str | None:
    """The counter that is meant: `iterator_age: max < 10 s` asks for `iterator_age_max_s`."""
    name = "_".join(filter(None, (metric, statistic)))
    return next((one for one in counters if one in (name, f"{name}_s")), None)


def _check_share(name: str, text: str, names: Names) -> None:
    """Refuses a percentage of what is no share."""
    if _SHARE.search(name) is None:
        source = next(iter(names.traffic), "SOURCE")
        raise ValueError(
            f"a percentage of {name}, which is none: {shown(text)}; write a number, such as '< 5', or an"
            f" objective on a share of requests, such as '{source}.failed: {text}'"
        )


def _of_traffic(service: str, metric: str, names: Names) -> list[str]:
    """What only traffic has, as metrics of the requests whose type is named like a service, else of all."""
    if metric not in (*DURATIONS, *SHARES):
        return []
    typed = [f"{source}.{service}.{metric}" for source, types in names.traffic.items() if service in types]
    return typed or [f"{source}.{metric}" for source in names.traffic]


def _unknown_counter(
    subject: str, metric: str, statistic: str | None, known: Iterable[str], of_traffic: Sequence[str]
) -> str:
    asked = " ".join(filter(None, (metric, statistic)))
    names = sorted({name for name in known if "." not in name})
    near = list(_of_words(asked, names)) or list(filter(None, [nearest(metric, names)]))
    instead = f"did you mean '{near[0]}'?" if len(near) == 1 else f"write one of: {', '.join(near or names)}"
    if of_traffic and not near:
        instead = (
            f"write {of_traffic[0]}" if len(of_traffic) == 1 else f"write one of: {', '.join(of_traffic)}"
        )
    elif not names:
        instead = "it counts nothing; remove the objective"
    return f"no counter '{asked}' of {subject}; {instead}"


def _of_words(asked: str, names: Iterable[str]) -> Iterator[str]:
    """The counters that have all these words in their names, or some much like them: of `mesages_sent`
    `number_of_messages_sent`."""
    words = [word for word in re.split(r"[\W_]+", asked[:64]) if word]
    for name in names:
        if all(get_close_matches(word, name.split("_"), 1, _LIKE) for word in words):
            yield name


def _in_full(key: str, value: object, names: Names) -> str | None:
    """What is meant by `users: p99 < 500 ms`, by `users.p99: < 500 ms` or `users.latency.p99: < 500 ms`, or
    by `cost: < $50/month`."""
    about, at, window = key.partition("@")
    subjects, text = names.subjects(), value.strip() if isinstance(value, str) else ""
    if about not in subjects:
        about, _, statistic = about.rpartition(".")
        text = f"{statistic} {text}"
    source, _, named = about.rpartition(".")
    if about not in subjects and named in DURATIONS:
        about = source
    else:
        named = "latency"
    match = _VALUE.fullmatch(text)
    if match is None or subjects.get(about, "service") == "service":
        return None
    statistic, comparison, limit = match.groups()
    metric = named if statistic else "failed" if comparison < ">" else "ok"
    if about == "cost":
        amount = _MONTHLY.sub("", limit)
        bare = f"${amount}" if _NUMBER.fullmatch(amount) else amount
        metric, text = "run" if amount == limit else "month", f"{comparison} {bare}"
    full = f"{about}.{metric}{at}{window}"
    try:
        parse_objective(full, text, replace(names, month=True))
    except ValueError:
        return None
    return f"{full}: {text}, or cost.month: {text}" if full == "cost.run" else f"{full}: {text}"


def _limit(kind: str, metric: str, written: str) -> tuple[float, str]:
    if kind == "cost":
        return parse_money(written), "usd"
    if kind == "traffic":
        return (
            (parse_duration(written) / SECOND, "s")
            if metric in DURATIONS
            else (parse_share(written), "share")
        )
    if _NUMBER.fullmatch(written):
        return float(written), ""
    if written.endswith("%"):
        return parse_share(written), "share"
    return parse_duration(written) / SECOND, "s"


def _example(kind: str, metric: str) -> str:
    if kind == "traffic":
        return "p99 < 2 s" if metric in DURATIONS else "< 0.1%"
    return "< $900" if kind == "cost" else "< 5"
