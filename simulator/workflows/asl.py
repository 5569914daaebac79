"""Amazon States Language to a machine; whatever is not understood is refused by name and place.

Read is ASL with JSONPath. What only shapes data (Parameters, ResultPath, …) is passed over, since data is not
simulated. JSONata is refused, and so is what would change when something happens and is not simulated.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from simulator.workflows.located import Located, located
from simulator.workflows.machine import (
    SECOND,
    Catcher,
    Choice,
    Fail,
    Machine,
    Map,
    Parallel,
    Pass,
    Retrier,
    State,
    Succeed,
    Task,
    Tolerated,
    Wait,
)
from simulator.workflows.resources import ResourceError, resource
from simulator.workflows.rules import wrong_in
from simulator.workflows.timing import constant

_DATA: Final = {"Comment", "InputPath", "OutputPath", "Parameters", "ResultPath", "ResultSelector", "Assign"}
"""Fields that only shape data or describe."""
_JSONATA: Final = {"Arguments", "Output", "Condition", "Items"}
_GUARD: Final = {"Retry", "Catch"}
_FLOW: Final = {"Type", "QueryLanguage", "Next", "End"}
_TIMES: Final = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
_FIELDS: Final[Mapping[str, set[str]]] = {
    "Task": {"Resource", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"} | _GUARD,
    "Choice": {"Choices", "Default"},
    "Wait": set(_TIMES),
    "Pass": {"Result"},
    "Succeed": set(),
    "Fail": {"Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": {"Branches"} | _GUARD,
    "Map": {
        *("ItemProcessor", "Iterator", "MaxConcurrency", "ItemsPath", "ItemSelector", "ItemReader"),
        *("ResultWriter", "Label", *_GUARD, "ToleratedFailureCount", "ToleratedFailurePercentage"),
    },
}
_MACHINE: Final = {"StartAt", "States", "Comment", "Version", "QueryLanguage", "TimeoutSeconds"}
_RETRIER: Final = {
    *("ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"),
    "Comment",
}


class Refusal(NamedTuple):
    """Something in a definition that is wrong or not understood."""

    line: int
    state: str
    """Empty: the machine itself."""
    what: str
    instead: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", state {self.state!r}" if self.state else "")
        return f"{where}: {self.what}; {self.instead}"


def read_asl(text: str) -> tuple[Machine | None, list[Refusal]]:
    """The machine of a definition, or None and all that is wrong with it."""
    try:
        tree = located(text)
    except ValueError as error:
        line, _, rest = str(error).partition(": ")
        what, _, instead = rest.partition("; ")
        return None, [Refusal(int(line.removeprefix("line ")), "", what, instead)]
    reader = _Reader()
    machine = reader.machine(tree, "", _MACHINE)
    return (None if reader.refusals else machine), reader.refusals


class _Reader:
    """Reads a definition and collects what is wrong."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []
        self.names: set[str] = set()

    def refuse(self, at: Located, state: str, what: str, instead: str) -> None:
        self.refusals.append(Refusal(at.line, state, what, instead))

    # ------------------------------------------------------------------ machines

    def machine(self, tree: Located, owner: str, fields: Collection[str]) -> Machine | None:
        """A machine, a branch, or what a Map runs."""
        if not isinstance(tree.value, dict):
            self.refuse(tree, owner, "no state machine", "write {StartAt, States}")
            return None
        self.known(tree, owner, fields)
        self.json_path(tree, owner)
        start, states = self.text(tree, owner, "StartAt"), tree.get("States")
        if states is None or not isinstance(states.value, dict) or not states.value:
            self.refuse(states or tree, owner, "no 'States'", "write at least one state")
            return None
        read = {name: self.state(name, node) for name, node in states.items()}
        for name, node in states.items():
            state = read[name]
            for following in state.exits if state else ():
                self.leads(node, name, following, read)
        if start is not None:
            self.leads(tree, owner, start, read, "StartAt")
        timeout = self.seconds(tree, owner, "TimeoutSeconds")
        found = {name: state for name, state in read.items() if state}
        return Machine(start or "", found, timeout) if len(found) == len(read) and start in found else None

    def leads(
        self, at: Located, state: str, name: str, states: Collection[str], field: str = "a way"
    ) -> None:
        if name not in states:
            near = difflib.get_close_matches(name, states, n=1) or list(states)[:1]
            self.refuse(at, state, f"{field} to {name!r}, which is no state here", f"write {near[0]!r}")

    def json_path(self, tree: Located, state: str) -> None:
        language = tree.get("QueryLanguage")
        if language is not None and language.value != "JSONPath":
            self.refuse(language, state, f"QueryLanguage {language.value!r}", "write the machine in JSONPath")

    def known(self, tree: Located, state: str, fields: Collection[str]) -> None:
        for field, node in tree.items():
            if field in fields:
                continue
            if field in _JSONATA:
                self.refuse(node, state, f"'{field}', a field of JSONata", "write the machine in JSONPath")
                continue
            near = difflib.get_close_matches(field, fields, n=1, cutoff=0.8)
            instead = f"did you mean '{near[0]}'?" if near else "leave it out, if it decides nothing"
            self.refuse(node, state, f"'{field}' is not simulated", instead)

    # ------------------------------------------------------------------ states

    def state(self, name: str, node: Located) -> State | None:
        if name in self.names:
            self.refuse(node, name, "two states of this name", "rename one")
        self.names.add(name)
        kind = self.text(node, name, "Type")
        if kind is None:
            return None
        if kind not in _FIELDS:
            near = difflib.get_close_matches(kind, _FIELDS, n=1) or ["Task"]
            self.refuse(node, name, f"Type {kind!r}", f"did you mean '{near[0]}'?")
            return None
        self.known(node, name, _FIELDS[kind] | _DATA | _FLOW)
        self.json_path(node, name)
        common = {"name": name, "line": node.line, "next": self.following(node, name, kind)}
        makers: Mapping[str, Callable[[Located, dict[str, Any]], State | None]] = {
            "Task": self.task,
            "Choice": self.choice,
            "Wait": self.wait,
            "Pass": lambda _, common: Pass(**common),
            "Succeed": lambda _, common: Succeed(**common),
            "Fail": self.fail,
            "Parallel": self.parallel,
            "Map": self.map,
        }
        return makers[kind](node, common)

    def following(self, node: Located, name: str, kind: str) -> str | None:
        """The state that follows; None at the end, and where the state has its own ways."""
        following, ends = node.get("Next"), node.get("End")
        if kind in ("Choice", "Succeed", "Fail"):
            for field in ("Next", "End"):
                if (found := node.get(field)) is not None:
                    self.refuse(found, name, f"'{field}' of a {kind} state", "leave it out")
            return None
        if ends is not None and not isinstance(ends.value, bool):
            self.refuse(ends, name, f"End {ends.plain()!r}", "write true")
        elif (following is not None) == (ends is not None and ends.value):
            what = "neither 'Next' nor 'End'" if following is None else "both 'Next' and 'End'"
            self.refuse(node, name, what, "write one of them")
        return None if following is None else self.text(node, name, "Next")

    def task(self, node: Located, common: dict[str, Any]) -> State | None:
        name = common["name"]
        arn = self.text(node, name, "Resource")
        if arn is None:
            return None
        parameters = node.get("Parameters")
        try:
            used = resource(arn, parameters.plain() if parameters else {})
        except ResourceError as error:
            what, _, instead = str(error).partition("; ")
            self.refuse(node.get("Resource") or node, name, what, instead)
            return None
        timeout = self.seconds(node, name, "TimeoutSeconds")
        heartbeat = self.seconds(node, name, "HeartbeatSeconds")
        if heartbeat is not None and timeout is not None and heartbeat >= timeout:
            self.refuse(
                node.get("HeartbeatSeconds") or node, name,
                "HeartbeatSeconds is not below TimeoutSeconds", "write a smaller number",
            )  # fmt: skip
        return Task(
            **common, **used._asdict(), timeout=timeout, heartbeat=heartbeat, **self.guard(node, name)
        )

    def choice(self, node: Located, common: dict[str, Any]) -> State | None:
        name, rules, default = common["name"], node.get("Choices"), node.get("Default")
        if rules is None or not isinstance(rules.value, list) or not rules.value:
            self.refuse(rules or node, name, "no 'Choices'", "write at least one rule")
            return None
        for rule in rules.value:
            for at, what, instead in wrong_in(rule):
                self.refuse(at, name, what, instead)
        ways = [self.text(rule, name, "Next") for rule in rules.value if isinstance(rule.value, dict)]
        if default is not None:
            ways.append(self.text(node, name, "Default"))
        return Choice(**common, targets=tuple(dict.fromkeys(way for way in ways if way)))

    def wait(self, node: Located, common: dict[str, Any]) -> State:
        given = [field for field in _TIMES if node.get(field) is not None]
        if len(given) != 1:
            what = f"a Wait state with {' and '.join(map(repr, given)) or 'no time'}"
            self.refuse(node, common["name"], what, f"write one of {', '.join(_TIMES)}")
        seconds = self.seconds(node, common["name"], "Seconds")
        return Wait(**common, time=None if seconds is None else constant(seconds))

    def fail(self, node: Located, common: dict[str, Any]) -> State:
        error = node.get("Error")
        return Fail(**common, error=str(error.value) if error else "")

    def parallel(self, node: Located, common: dict[str, Any]) -> State | None:
        name, branches = common["name"], node.get("Branches")
        if branches is None or not isinstance(branches.value, list) or not branches.value:
            self.refuse(branches or node, name, "no 'Branches'", "write at least one")
            return None
        read = [self.machine(branch, name, _MACHINE) for branch in branches.value]
        whole = tuple(machine for machine in read if machine)
        return (
            Parallel(**common, branches=whole, **self.guard(node, name)) if len(whole) == len(read) else None
        )

    def map(self, node: Located, common: dict[str, Any]) -> State | None:
        name = common["name"]
        body = node.get("ItemProcessor") or node.get("Iterator")
        if body is None:
            self.refuse(node, name, "no 'ItemProcessor'", "write what is run for each item")
            return None
        config = body.get("ProcessorConfig")
        settings = config.plain() if config else {}
        known = settings if isinstance(settings, dict) else {"Mode": settings}
        mode, kind = known.get("Mode", "INLINE"), known.get("ExecutionType", "STANDARD")
        if mode not in ("INLINE", "DISTRIBUTED") or kind not in ("STANDARD", "EXPRESS"):
            self.refuse(
                config or body,
                name,
                f"ProcessorConfig {settings}",
                "write INLINE, or DISTRIBUTED and its type",
            )
        machine = self.machine(body, name, {*_MACHINE, "ProcessorConfig"})
        at_once = node.get("MaxConcurrency")
        most = at_once.value if at_once else 0
        if isinstance(most, bool) or not isinstance(most, int) or most < 0:
            self.refuse(at_once or node, name, f"MaxConcurrency {most!r}", "write a whole number")
            most = 0
        if machine is None:
            return None
        distributed: Literal["", "standard", "express"] = ""
        if mode == "DISTRIBUTED":
            distributed = "express" if kind == "EXPRESS" else "standard"
        return Map(
            **common, body=machine, at_once=most, distributed=distributed,
            tolerated=self.tolerated(node, name, distributed), **self.guard(node, name),
        )  # fmt: skip

    def tolerated(self, node: Located, name: str, distributed: str) -> Tolerated:
        """How many items may fail; with both fields, whichever is reached first."""
        given = [each for each in ("ToleratedFailureCount", "ToleratedFailurePercentage") if node.get(each)]
        if given and not distributed:
            self.refuse(
                node.get(given[0]) or node, name, f"'{given[0]}' of an inline Map",
                "leave it out, or write Mode DISTRIBUTED",
            )  # fmt: skip
        number = self.number(node, name, "ToleratedFailureCount", 0, -1)
        percentage = self.number(node, name, "ToleratedFailurePercentage", 0, -1)
        return Tolerated.of(None if number < 0 else int(number), None if percentage < 0 else percentage / 100)

    # ------------------------------------------------------------------ failures

    def guard(self, node: Located, state: str) -> dict[str, Any]:
        """What is tried again and what is caught."""
        retry = [self.retrier(entry, state) for entry in self.entries(node, state, "Retry")]
        catch = []
        for entry in self.entries(node, state, "Catch"):
            following = self.text(entry, state, "Next")
            self.known(entry, state, {"ErrorEquals", "Next", "ResultPath", "Comment", "Assign"})
            if following is not None:
                catch.append(Catcher(self.errors(entry, state), following))
        return {"retry": tuple(retry), "catch": tuple(catch)}

    def retrier(self, entry: Located, state: str) -> Retrier:
        self.known(entry, state, _RETRIER)
        standard = Retrier(())
        cap = self.seconds(entry, state, "MaxDelaySeconds")
        interval = self.seconds(entry, state, "IntervalSeconds")
        attempts = self.number(entry, state, "MaxAttempts", 0, standard.attempts)
        jitter = entry.get("JitterStrategy")
        if jitter is not None and jitter.value not in ("FULL", "NONE"):
            self.refuse(jitter, state, f"JitterStrategy {jitter.value!r}", "write FULL or NONE")
        return Retrier(
            errors=self.errors(entry, state),
            attempts=int(attempts),
            interval=standard.interval if interval is None else interval,
            rate=self.number(entry, state, "BackoffRate", 1, standard.rate),
            cap=standard.cap if cap is None else cap,
            full_jitter=jitter is not None and jitter.value == "FULL",
        )

    def errors(self, entry: Located, state: str) -> tuple[str, ...]:
        names = entry.get("ErrorEquals")
        if names is None or not isinstance(names.value, list) or not names.value:
            self.refuse(names or entry, state, "no 'ErrorEquals'", 'write for example ["States.ALL"]')
            return ()
        return tuple(str(name.value) for name in names.value)

    def entries(self, node: Located, state: str, field: str) -> Iterable[Located]:
        found = node.get(field)
        if found is not None and not isinstance(found.value, list):
            self.refuse(found, state, f"'{field}' is no list", "write a list")
            return ()
        return found.value if found else ()

    # ------------------------------------------------------------------ values

    def text(self, node: Located, state: str, field: str) -> str | None:
        found = node.get(field)
        if found is None or not isinstance(found.value, str) or not found.value:
            self.refuse(found or node, state, f"no '{field}'", f"write '{field}' and a text")
            return None
        return found.value

    def number(self, node: Located, state: str, field: str, least: float, default: float) -> float:
        found = node.get(field)
        if found is None:
            return default
        value = found.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 99_999_999:
            self.refuse(found, state, f"{field} {value!r}", f"write a number from {least:g} to 99999999")
            return default
        return float(value)

    def seconds(self, node: Located, state: str, field: str) -> int | None:
        if node.get(field) is None:
            return None
        return round(self.number(node, state, field, 0, 0) * SECOND)
