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


def states(services: tuple[str, ...], depth: int = 2) -> st.SearchStrategy[list[dict[str, Any]]]:
    """The short form of a few states, with others inside, that use these services."""
    inner = states(services, depth - 1) if depth else st.just([{"pass": True}])
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
        st.fixed_dictionaries(
            {
                "repeat": st.fixed_dictionaries(
                    {"share": st.sampled_from(["25%", "50%"]), "do": inner.filter(bool)}
                )
            }
        ),
    ]
    return st.lists(st.one_of(*simple, *(nested if depth else [])), max_size=3)


def defined(folder: Path, definition: dict[str, Any], **settings: Any) -> Service:
    """The service that a definition makes."""
    (folder / "m.asl.json").write_text(json.dumps(definition, indent=2), encoding="utf-8")
    written = {"definition": "m.asl.json", **settings}
    return kinds()["step_functions"].model_validate(written, context={"folder": folder})
