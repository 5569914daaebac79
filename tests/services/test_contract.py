"""What every kind of service keeps to, whoever writes it."""

from __future__ import annotations

import copy
import math
import pickle
import re
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError

from simulator.eras.era import Era, eras
from simulator.prices.book import PriceBook
from simulator.scenario.counters import Counters
from simulator.scenario.model import Design, Source
from simulator.services.account import Account
from simulator.services.service import Service, kinds
from simulator.traffic.poisson import Poisson
from simulator.values.units import MILLISECOND
from tests.harness import Load, Ran, Run, build, plain, service
from tests.harness import run as run_with
from tests.services.examples import EXAMPLES

ALL = pytest.mark.parametrize("kind", sorted(EXAMPLES))
EVERY_ERA = pytest.mark.parametrize("era", eras())


def subject(kind: str) -> Service:
    return service(EXAMPLES[kind].services["subject"])


BUSY = np.r_[np.arange(150) * 20, 95_000 + np.arange(50)] * MILLISECOND
"""200 requests, closer together than an example can bear, and once its provisioning is done."""


def anew(run: Run, kind: str, era: str, at: np.ndarray = BUSY) -> Ran:
    """A run of the example."""
    example = EXAMPLES[kind]
    return run(example.services, Load(example.to, at), until=300, era=Era.load(era))


ran = cache(anew)
"""The same, once for all who only look at it."""


def test_every_kind_of_service_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(kinds())


@ALL
def test_an_example_is_of_its_kind(kind: str) -> None:
    assert type(subject(kind)) is kinds()[kind]
    assert subject(kind).kind == kind


@ALL
@EVERY_ERA
def test_its_steps_make_a_program(kind: str, era: str) -> None:
    example = EXAMPLES[kind]
    program = build(example.services, Load(example.to), era=Era.load(era))
    assert program.rows
    for row in program.rows:  # every label stands somewhere in the program
        assert row.target < len(program.rows)
        assert row.other < len(program.rows)


@ALL
@EVERY_ERA
def test_every_request_comes_back_with_an_answer(run: Run, kind: str, era: str) -> None:
    done = ran(run, kind, era)
    assert done.load.requests == 200
    assert "in_flight" not in done.outcomes
    assert done.outcomes["ok"] > 0


@pytest.mark.parametrize("kind", ["dynamodb", "kinesis", "lambda", "step_functions"])
@EVERY_ERA
def test_what_turns_requests_away_is_a_limit_that_is_told(kind: str, era: str) -> None:
    example = EXAMPLES[kind]
    at = np.zeros(2500, dtype=np.int64)
    done = run_with(example.services, Load(example.to, at), engine="compiled", until=10, era=Era.load(era))
    causes = [cause for cause in done.load.causes if cause.outcome == "throttled"]
    assert causes
    assert {(cause.service, cause.limit) for cause in causes} <= {
        (limit.service, limit.limit) for limit in done.limits if limit.refused
    }


@ALL
def test_the_same_run_twice_is_the_same_run(run: Run, kind: str) -> None:
    first, second = ran(run, kind, "aws-2026"), anew(run, kind, "aws-2026")
    assert first.log == second.log
    assert first.seen("subject").values == second.seen("subject").values


@ALL
@EVERY_ERA
@pytest.mark.parametrize("requests", [0, 200])
def test_its_counters_are_finite_numbers_in_awss_words(run: Run, kind: str, era: str, requests: int) -> None:
    done = ran(run, kind, era) if requests else anew(run, kind, era, BUSY[:0])
    counters = done.counters("subject")
    for name, value in counters.items():
        assert re.fullmatch(r"[a-z0-9][a-z0-9_]*(\.[a-z0-9_]+)?", name)
        assert math.isfinite(value)
        assert value >= 0
    design = Design("only", Era.load(era), Account(), done.services, {})
    source = Source("load", EXAMPLES[kind].to, Poisson.model_validate({"rate": "1/s"}), {})
    may_have = Counters({"only": design}, {"load": source}, datetime(2026, 1, 1, tzinfo=UTC))
    assert counters.keys() <= set(may_have("subject")), "an objective on each can be read"


@ALL
@EVERY_ERA
def test_its_bill_names_items_that_have_a_price(run: Run, kind: str, era: str) -> None:
    book = PriceBook.load(era)
    done = ran(run, kind, era)
    for name in EXAMPLES[kind].services:
        for item, quantity in done.usage(name).items():
            assert math.isfinite(book.amount(item, quantity).amount_usd)


@ALL
def test_its_failures_are_explained(run: Run, kind: str) -> None:
    done = ran(run, kind, "aws-2026")
    assert sum(done.load.causes.values()) == done.load.failed
    for cause in done.load.causes:
        assert cause.service in (*EXAMPLES[kind].services, "account")
        assert cause.limit


@ALL
def test_its_settings_cannot_be_changed_and_make_an_equal_copy(kind: str) -> None:
    made = subject(kind)
    name = next(iter(type(made).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made, name, getattr(made, name))
    for other in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
        assert other == made
        assert type(other) is type(made)


@ALL
@EVERY_ERA
def test_its_defaults_leave_what_is_written(kind: str, era: str) -> None:
    made = subject(kind)
    said = made.with_defaults(Era.load(era))
    written = {name: getattr(made, name) for name in type(made).model_fields}
    changed = [value for name, value in written.items() if getattr(said, name) != value]
    assert all(value is None or isinstance(value, BaseModel) for value in changed)


@ALL
def test_a_setting_it_does_not_know_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="colour"):
        service({**EXAMPLES[kind].services["subject"], "colour": "red"})


@ALL
def test_what_it_does_not_model_yet_is_no_setting(kind: str) -> None:
    made = type(subject(kind))
    assert not set(made.reserved) & set(made.model_fields)


@ALL
def test_it_names_the_services_it_needs(kind: str) -> None:
    references = list(subject(kind).references())
    assert {reference.name for reference in references} <= set(EXAMPLES[kind].services)
    for reference in references:
        value = EXAMPLES[kind].services["subject"]
        for part in reference.path:
            value = value[part]  # type: ignore[index]
        assert value in (reference.name, {**value, "to": reference.name} if isinstance(value, dict) else None)


@ALL
def test_its_example_has_no_mistakes(kind: str) -> None:
    made = {name: service(settings) for name, settings in EXAMPLES[kind].services.items()}
    assert list(made["subject"].check(made, plain())) == []


@ALL
def test_its_docstring_says_what_is_left_out(kind: str) -> None:
    assert "Left out" in (type(subject(kind)).__doc__ or "")
