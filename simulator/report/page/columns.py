"""Tables as columns of a JSON document."""

from __future__ import annotations

from typing import Any

import pandas as pd

Columns = dict[str, list[float] | dict[str, list[Any]]]


def columns(table: pd.DataFrame) -> Columns:
    """Each column as a list; one of texts as its different texts and, for each row, which of them it is."""
    found: Columns = {}
    for column in table:
        if pd.api.types.is_numeric_dtype(table[column]):
            found[str(column)] = table[column].tolist()
        else:
            places, texts = pd.factorize(table[column])
            found[str(column)] = {"texts": [str(text) for text in texts], "places": places.tolist()}
    return found
