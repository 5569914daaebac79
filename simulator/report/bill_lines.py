"""The bill as few lines as a picture can hold: those that designs differ by, the largest, the rest as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from simulator.prices.items import billed_as
from simulator.report.palette import PARTS

if TYPE_CHECKING:
    from simulator.study.study import Study

MOST = len(PARTS) - 1
"""Lines, so that each has a colour and one is left for the rest."""
DIFFERENT = 4
"""Of the lines that designs differ by, so many of each bill."""
SEEN = 0.01
"""Of the dearest bill: what differs by less cannot be seen."""
REST = "the rest"
SPANS = {"run": False, "month": True}


def bill_lines(study: Study) -> dict[str, pd.DataFrame]:
    """Dollars a run, and a month where one is declared: a row per design, a column per line.

    Lines that differ most between designs in either bill, and then the largest, are columns of both; what
    designs pay most for stands first. The others are one.
    """
    found = {span: table for span, month in SPANS.items() if not (table := _amounts(study, month)).empty}
    return few(found) if found else {}


def few(found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """As few columns of these bills as a picture can hold."""
    shares = [table / table.sum(axis=1).max() for table in found.values()]
    shown: dict[str, None] = {}
    for share in shares:
        spread = _descending(share.max() - share.min())
        shown |= dict.fromkeys(spread[spread >= SEEN].index[:DIFFERENT])
    usual = _descending(pd.concat(shares).fillna(0.0).mean())
    largest = [line for line in usual.index if line not in shown][: MOST - len(shown)]
    columns = [line for line in usual.index if line in shown or line in largest]
    return {span: _few(table, columns) for span, table in found.items()}


def _descending(numbers: pd.Series[float]) -> pd.Series[float]:
    return numbers.sort_values(ascending=False, kind="stable")


def _amounts(study: Study, month: bool) -> pd.DataFrame:
    table = study.bill(month)
    if table.empty or not table["amount_usd"].any():
        return pd.DataFrame()
    table = table.assign(line=table["service"] + ": " + table["item"].map(billed_as))
    amounts = table.pivot_table(index="design", columns="line", values="amount_usd", fill_value=0.0)
    return amounts.reindex(list(study.replications), fill_value=0.0)


def _few(amounts: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    rest = [line for line in amounts if line not in shown]
    few = amounts.reindex(columns=shown, fill_value=0.0)
    return few.assign(**{REST: amounts[rest].sum(axis=1)}) if rest else few
