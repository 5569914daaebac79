"""Where the time goes, as the document says it under `where`: seconds by part, for pictures and the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

SHOWN = 9
REST = "the rest"
BANDS = {"mean": "all ok answers", "tail": "the slowest hundredth"}


def parts(document: Mapping[str, Any]) -> pd.DataFrame:
    """One row per design, requests, band and part: the seconds that such a request spends there on average.

    A part is a service and what takes time there; the few that are a large share of some bar keep their
    names. Requests that are made of others are left out. Empty where nothing was traced.
    """
    rows = [
        (design, f"{key} @{window}" if window else key, band, _name(share), share[band] * seconds)
        for design, found in document["designs"].items()
        for key, windows in _leaves(found.get("where") or {}).items()
        for window, where in windows.items()
        for band in BANDS
        if (seconds := where[f"{band}_s"])
        for share in where["shares"]
    ]
    columns = ["design", "span", "band", "part", "seconds"]
    table = pd.DataFrame(rows, columns=columns)
    if table.empty:
        return table
    whole = table.groupby(["design", "span", "band"])["seconds"].transform("sum")
    shares = (table["seconds"] / whole).groupby(table["part"]).max()
    largest = shares.sort_values(ascending=False, kind="stable").index[:SHOWN]
    table["part"] = table["part"].where(table["part"].isin(largest), REST)
    table = table.groupby(columns[:-1], sort=False)[["seconds"]].sum().reset_index()
    order = {part: place for place, part in enumerate([*largest, REST])}
    return table.assign(order=table["part"].map(order)).sort_values("order", kind="stable", ignore_index=True)


def _leaves(where: Mapping[str, Any]) -> dict[str, Any]:
    return {key: windows for key, windows in where.items() if not any(o.startswith(f"{key}.") for o in where)}


def _name(share: Mapping[str, str]) -> str:
    """`checkout: cold start, init work`."""
    detail = f", {share['detail']}" if share.get("detail") else ""
    return f"{share['service'] or 'client'}: {share['cause']}{detail}"
