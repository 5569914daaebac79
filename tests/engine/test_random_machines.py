"""State machines made by chance, full of ties: all engines give the same bits, and nothing is lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.test_equivalence import FAST, everything
from tests.harness import Load, examples, function, plain
from tests.harness import run as run_on
from tests.workflows.machines import QUARTERS, states

LIMITS = st.fixed_dictionaries(
    {
        "step_functions_transition_rate": st.sampled_from(["2/s", "8/s"]),
        "step_functions_transition_burst": st.integers(1, 30),
        "step_functions_start_rate": st.just("2/s"),
        "step_functions_start_burst": st.integers(1, 4),
        "step_functions_open_executions": st.integers(1, 4),
    }
)


@examples(15)
@given(
    parent=states(("f", "bank", "child"), depth=2, standard=True).filter(bool),
    child=states(("f", "bank"), depth=1).filter(bool),
    express=st.booleans(),
    waits=st.sampled_from(["synchronous", "asynchronous"]),
    duplicates=st.sampled_from(["0%", "50%"]),
    limits=LIMITS,
    work=QUARTERS,
    at=st.lists(st.integers(0, 12).map(lambda quarter: quarter / 4), min_size=1, max_size=6),
    history=st.sampled_from([12, 30, 25_000]),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_machines_give_the_same_bits_on_all_engines(
    parent: list[Any],
    child: list[Any],
    express: bool,
    waits: str,
    duplicates: str,
    limits: dict[str, Any],
    work: str,
    at: list[float],
    history: int,
    seed: int,
) -> None:
    services = {
        "m": {"service": "step_functions", "states": parent, "timeout": "15 s"},
        "child": {"service": "step_functions", "states": child},
        "f": function(duration=work, reserved_concurrency=2, cold_start=work),
        "bank": {"service": "external", "latency": work, "fails": "40%"},
    }
    if express:
        services["child"] |= {"type": "express", "start": waits, "duplicates": duplicates}

    era = plain(
        overrides={"step_functions.standard.history_events": history, "step_functions.map.open_runs": 1}
    )

    def result(engine: str) -> dict[str, Any]:
        load = Load("m", sorted(at))
        ran = run_on(services, load, engine=engine, until=30, era=era, account=limits, seed=seed)
        seen, counted = ran.load, ran.seen("m")
        assert seen.requests == sum(seen.outcomes.values())
        ended = sum(counted[f"executions_{how}"] for how in ("succeeded", "failed", "timed_out"))
        items = counted["items_standard"] + counted["items_express"]
        assert 0 <= ended <= counted["executions_started"] + items
        assert seen.completion.count + seen.lost <= seen.outcomes["ok"]
        return everything(ran)

    expected = result("simpy")
    for engine in FAST:
        found = result(engine)
        for part in expected:
            assert found[part] == expected[part], (engine, part)
