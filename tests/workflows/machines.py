"""State machines of Amazon States Language by chance, as dictionaries; and runs of a definition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from simulator.services.service import Service, kinds

QUARTERS = st.integers(1, 8).map(lambda quarters: f"{250 * quarters} ms")
SHARES = st.integers(0, 4).map(lambda quarter: 25 * quarter)
RETRY = {
    "attempts": st.integers(0, 3),
    "on": st.sampled_from([["States.ALL"], ["States.Timeout"], ["Lambda.TooManyRequestsException"], ["Own"]]),
    "interval": QUARTERS,
    "backoff_rate": st.sampled_from([1.0, 1.5, 2.0]),
    "max_delay": st.sampled_from(["1 s", "10 s"]),
    "jitter": st.sampled_from(["none", "full"]),
}
RETRIES = st.lists(st.fixed_dictionaries({}, optional=RETRY), max_size=2)


def states(
    services: tuple[str, ...], depth: int = 2, standard: bool = False
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """The short form of a few states, with others inside, that use these services; with what only a Standard
    machine can do."""
    inner = states(services, depth - 1, standard) if depth else st.just([{"pass": True}])
    catch = st.lists(st.fixed_dictionaries({"do": inner}, optional={"on": RETRY["on"]}), max_size=1)
    guarded = {"retry": RETRIES, "catch": catch}
    use = st.sampled_from(services)
    share = SHARES.flatmap(
        lambda share: st.tuples(inner, inner).map(
            lambda ways: [
                {"share": f"{share}%", "do": ways[0]},
                {"share": f"{100 - share}%", "do": ways[1]},
            ]
        )
    )
    simple = [
        st.fixed_dictionaries({"call": use}, optional={"timeout": QUARTERS, **guarded}),
        st.fixed_dictionaries({"call": use}, optional={"timeout": QUARTERS, **guarded}),
        st.fixed_dictionaries({"wait": QUARTERS}),
        st.just({"pass": True}),
    ]
    spread: dict[str, Any] = {}
    if standard:
        beats = {"heartbeat": QUARTERS, "heartbeats": st.sampled_from(["0%", "50%"])}
        token = {"call": use, "callback": QUARTERS}
        simple += [st.fixed_dictionaries({**token, **beats}, optional=guarded)]
        spread = {
            "distributed": st.sampled_from(["standard", "express"]),
            "tolerated_failure_count": st.integers(0, 2),
            "tolerated_failure_percentage": st.sampled_from(["20%", "50%"]),
        }
    nested = [
        st.fixed_dictionaries({"choose": share}),
        st.fixed_dictionaries({"parallel": st.lists(inner, min_size=1, max_size=3)}, optional=guarded),
        st.fixed_dictionaries(
            {
                "map": st.fixed_dictionaries(
                    {
                        "items": st.integers(0, 5),
                        "max_concurrency": st.integers(0, 3),
                        "do": inner.filter(bool),
                    }
                )
            },
            optional=guarded,
        ),
        *([spreading(states(services, 0), spread, guarded)] if spread else []),
        st.fixed_dictionaries(
            {
                "repeat": st.fixed_dictionaries(
                    {"share": st.sampled_from(["25%", "50%"]), "do": inner.filter(bool)}
                )
            }
        ),
    ]
    return st.lists(st.one_of(*simple, *(nested if depth else [])), max_size=3)


def spreading(
    inner: st.SearchStrategy[Any], spread: dict[str, Any], guarded: dict[str, Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """A distributed Map."""
    tolerated = {name: values for name, values in spread.items() if name != "distributed"}
    each = {"items": st.integers(0, 5), "do": inner.filter(bool), "distributed": spread["distributed"]}
    return st.fixed_dictionaries({"map": st.fixed_dictionaries(each, optional=tolerated)}, optional=guarded)


def defined(folder: Path, definition: dict[str, Any], **settings: Any) -> Service:
    """The service that a definition makes."""
    (folder / "m.asl.json").write_text(json.dumps(definition, indent=2), encoding="utf-8")
    written = {"definition": "m.asl.json", **settings}
    return kinds()["step_functions"].model_validate(written, context={"folder": folder})
