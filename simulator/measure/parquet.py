"""Rows of requests as a Parquet file, written while the run goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from simulator.errors import SimulatorError
from simulator.measure.rows import WIDTH, Block, Column, Legend, Words

NOTES = "surgesim"
"""The key in a file's metadata under which it says what it is, as JSON."""

ENCODINGS = {"i": "DELTA_BINARY_PACKED", "f": "BYTE_STREAM_SPLIT"}


def file_name(design: str, replication: int) -> str:
    """The file of one run."""
    return f"{design}-{replication}.parquet"


def require_pyarrow() -> None:
    """Refuses, before anything runs, to write what could not be written."""
    try:
        from pyarrow import parquet  # noqa: F401
    except ImportError:
        raise SimulatorError("rows: pyarrow is not installed; pip install 'surgesim[data]'") from None


class RowsFile:
    """The rows of one run in one file: each block a row group, so that no more than a block is held."""

    def __init__(self, folder: Path, legend: Legend) -> None:
        self.path = folder / file_name(legend.design, legend.replication)
        self.legend = legend

    def __enter__(self) -> Self:
        from pyarrow.parquet import ParquetWriter

        columns = self.legend.columns(np.empty((0, WIDTH), np.int64))
        encodings = {
            name: ENCODINGS[column.dtype.kind]
            for name, column in columns.items()
            if not isinstance(column, Words)
        }
        self._writer: Any = ParquetWriter(
            self.path,
            _table(columns).schema,
            compression="zstd",
            use_dictionary=[name for name in columns if name not in encodings],
            column_encoding=encodings,
        )
        return self

    def take(self, block: Block) -> None:
        """The next rows."""
        self._writer.write_table(_table(self.legend.columns(block)))

    def note(self, notes: Mapping[str, object]) -> None:
        """Say in the file's metadata what it is."""
        self._writer.add_key_value_metadata({NOTES: json.dumps(notes)})

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._writer.close()
        if error is not None:
            self.path.unlink()


def _table(columns: Mapping[str, Column]) -> Any:
    import pyarrow as pa

    return pa.table(
        {
            name: pa.DictionaryArray.from_arrays(
                pa.array(column.codes, mask=column.codes < 0), pa.array(column.words, pa.string())
            )
            if isinstance(column, Words)
            else pa.array(column)
            for name, column in columns.items()
        }
    )
