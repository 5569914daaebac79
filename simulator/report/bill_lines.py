"""The bill as few lines as a picture can hold: the largest ones, and the rest as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from simulator.study.study import Study

SHOWN = 6
REST = "the rest"


def bill_lines(study: Study) -> pd.DataFrame:
    """Dollars a run: one row per design and one column per line, the largest line first."""
    table = study.bill()
    if table.empty:
        return pd.DataFrame()
    table = table.assign(line=table["service"] + ": " + table["item"])
    amounts = table.pivot_table(index="design", columns="line", values="amount_usd", fill_value=0.0)
    amounts = amounts.reindex(list(study.replications), fill_value=0.0)
    order = amounts.max().sort_values(ascending=False, kind="stable").index
    shown = amounts[order[:SHOWN]].copy()
    if len(order) > SHOWN:
        shown[REST] = amounts[order[SHOWN:]].sum(axis=1)
    return shown
