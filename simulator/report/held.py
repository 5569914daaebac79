"""Lines over time that break where nothing came."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def held(
    table: pd.DataFrame, keys: Sequence[str], values: Sequence[str], time: str, end: float
) -> pd.DataFrame:
    """With a row more where a value is the last before none: its step is drawn until its slice ends."""
    after = table.groupby(list(keys), sort=False)[[time, *values]].shift(-1)
    ends = after[time].fillna(end)
    closing = table.assign(**{time: ends}, **{name: after[name].fillna(table[name]) for name in values})
    last = (table[list(values)].notna() & after[list(values)].isna()).any(axis=1)
    return pd.concat([table, closing[last]]).sort_index(kind="stable")
