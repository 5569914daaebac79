"""The bill as few lines as a picture can hold: the largest ones, and the rest as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from simulator.study.study import Study

SHOWN = 5
REST = "the rest"
SPANS = {"run": False, "month": True}


def bill_lines(study: Study) -> dict[str, pd.DataFrame]:
    """Dollars a run, and a month where one is declared: a row per design, a column per line.

    The largest lines of either are columns of both, the largest first; the others are one.
    """
    found = {span: table for span, month in SPANS.items() if not (table := _amounts(study, month)).empty}
    largest = [_order(table)[:SHOWN] for table in found.values()]
    shown = list(dict.fromkeys(line for lines in largest for line in lines))
    return {span: _few(table, shown) for span, table in found.items()}


def _amounts(study: Study, month: bool) -> pd.DataFrame:
    table = study.bill(month)
    if table.empty or not table["amount_usd"].any():
        return pd.DataFrame()
    table = table.assign(line=table["service"] + ": " + table["item"])
    amounts = table.pivot_table(index="design", columns="line", values="amount_usd", fill_value=0.0)
    return amounts.reindex(list(study.replications), fill_value=0.0)


def _order(amounts: pd.DataFrame) -> list[str]:
    return list(amounts.max().sort_values(ascending=False, kind="stable").index)


def _few(amounts: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    rest = [line for line in amounts if line not in shown]
    few = amounts.reindex(columns=shown, fill_value=0.0)
    return few.assign(**{REST: amounts[rest].sum(axis=1)}) if rest else few
