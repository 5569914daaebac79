"""What Lambda logged of its invocations: REPORT lines, or a table of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.errors import SimulatorError

_REPORT = re.compile(
    r"REPORT RequestId:.*?Duration: (?P<duration>[\d.]+) ms.*?Memory Size: (?P<memory>\d+) MB"
    r"(.*?Init Duration: (?P<init>[\d.]+) ms)?"
)
_COLUMNS = ("function", "memory_mb", "duration_ms")
_TIMES = ("utc_epoch_s", "epoch_s", "time_s")


class ImportFileError(SimulatorError):
    """A file that cannot be imported; `where: what; what to write instead`."""


class Invocation(NamedTuple):
    """One REPORT."""

    duration_ms: float
    memory_mb: int
    init_ms: float | None = None
    at_s: float | None = None
    """When it was logged, in seconds since 1970."""


@dataclass
class Logs:
    """Invocations by the names that a function may go by."""

    by_name: dict[str, list[Invocation]] = field(default_factory=dict)

    def of(self, function: str) -> list[Invocation]:
        """Of one function; none, if nothing was logged of it."""
        return self.by_name.get(function, [])

    def names(self) -> Collection[str]:
        return self.by_name


def read_reports(function: str, text: str) -> Logs:
    """A function's log, as text, with REPORT lines among others."""
    found = [
        Invocation(float(match["duration"]), int(match["memory"]), _number(match["init"]))
        for match in _REPORT.finditer(text.replace("\t", " "))
    ]
    if not found:
        raise ImportFileError(f"log of {function}: no REPORT line; give a log of Lambda, or a table")
    return Logs({function: found})


def read_table(name: str, text: str) -> Logs:
    """A CSV table with the columns function, memory_mb, duration_ms, and if known init_ms and epoch_s.

    With a column `app`, a function goes by `app_function` too: names at AWS are those of one account.
    """
    rows = csv.DictReader(text.splitlines())
    columns = rows.fieldnames or ()
    for column in _COLUMNS:
        if column not in columns:
            has = ", ".join(columns) or "nothing"
            raise ImportFileError(
                f"{name}, line 1: no column '{column}' among {has}; write {', '.join(_COLUMNS)}"
            )
    time = next((column for column in _TIMES if column in columns), None)
    by_name: dict[str, list[Invocation]] = {}
    owners: dict[str, set[str]] = {}
    for line, row in enumerate(rows, start=2):
        try:
            found = Invocation(
                float(row["duration_ms"]), round(float(row["memory_mb"])),
                _number(row.get("init_ms")), _number(row.get(time) if time else None),
            )  # fmt: skip
        except (TypeError, ValueError):
            raise ImportFileError(f"{name}, line {line}: a number is missing; write every column") from None
        app = row.get("app") or ""
        owners.setdefault(row["function"], set()).add(app)
        for called in _names(row["function"], app):
            by_name.setdefault(called, []).append(found)
    for function, apps in owners.items():
        if len(apps) > 1:  # which application's is meant, nobody could tell
            del by_name[function]
    return Logs(by_name)


def _names(function: str, app: str) -> Iterator[str]:
    yield function
    if app:
        yield f"{app}_{function}"


def joined(parts: Iterable[Logs]) -> Logs:
    """Several logs as one."""
    whole = Logs()
    for part in parts:
        for name, invocations in part.by_name.items():
            whole.by_name.setdefault(name, []).extend(invocations)
    return whole


def _number(text: str | None) -> float | None:
    return float(text) if text else None


class Executions(NamedTuple):
    """When executions began and ended, in seconds since 1970."""

    starts_s: list[float]
    ends_s: list[float]


def read_executions(name: str, text: str, app: str | None = None) -> Executions:
    """A CSV table with the columns start_epoch_s and end_epoch_s; with a column `app`, the rows of one."""
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or not {"start_epoch_s", "end_epoch_s"} <= set(rows[0]):
        raise ImportFileError(f"{name}, line 1: no executions; write the columns start_epoch_s,end_epoch_s")
    if "app" in rows[0]:
        apps = sorted({row["app"] for row in rows})
        if app not in apps:
            raise ImportFileError(f"{name}: executions of {', '.join(apps)}; say which with --app")
        rows = [row for row in rows if row["app"] == app]
    try:
        both = sorted((float(row["start_epoch_s"]), float(row["end_epoch_s"])) for row in rows)
    except ValueError:
        raise ImportFileError(f"{name}: a time that is no number; write seconds since 1970") from None
    return Executions([start for start, _ in both], [end for _, end in both])


def apps_in(text: str) -> list[str]:
    """The applications of a table."""
    return sorted({row.get("app") or "" for row in csv.DictReader(text.splitlines())} - {""})


def app_of(functions: Collection[str], apps: Iterable[str]) -> str | None:
    """The application whose name all functions begin with."""
    fitting = [app for app in apps if all(function.startswith(f"{app}_") for function in functions)]
    return fitting[0] if len(fitting) == 1 else None
