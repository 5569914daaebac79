"""Tables that a scenario brings along: CSV files with a header, inside the scenario's folder.

Every refusal is a ValueError that reads `what was found; what to write instead` and names the line.
"""

from __future__ import annotations

import csv
import difflib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Table:
    """The header and rows of one file; row 0 stands in line 2."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> int:
        """The position of a column."""
        if name in self.header:
            return self.header.index(name)
        near = difflib.get_close_matches(name, self.header, n=1)
        instead = f"'{near[0]}'" if near else f"one of {', '.join(self.header)}"
        raise ValueError(f"{self.file} has no column '{name}'; write {instead}")

    def cells(self, name: str) -> tuple[str, ...]:
        """The texts of a column, from top to bottom."""
        position = self.column(name)
        return tuple(row[position].strip() for row in self.rows)

    def number(self, row: int, text: str) -> float:
        """A number of at least zero."""
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not 0 <= number < math.inf:
            raise ValueError(f"{self.line(row)}: not a number of at least 0: '{text}'; write a plain number")
        return number

    def line(self, row: int) -> str:
        return f"{self.file}, line {row + 2}"


def read_table(file: str, context: Any) -> Table:
    """The table in `file`, looked up in the folder that the validation context names."""
    path = inside(file, context)
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            lines = list(csv.reader(text))
    except FileNotFoundError:
        raise ValueError(f"no file '{file}'; write a path relative to the scenario's folder") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"'{file}' cannot be read ({error}); write the name of a CSV file") from None
    while lines and not any(lines[-1]):
        lines.pop()
    if len(lines) < 2:
        raise ValueError(f"'{file}' has no rows; write a header line and below it at least one row")
    header, *rows = (tuple(line) for line in lines)
    for row, cells in enumerate(rows):
        if len(cells) != len(header):
            raise ValueError(f"{file}, line {row + 2}: {len(cells)} cells; write {len(header)}")
    return Table(file, tuple(name.strip() for name in header), tuple(rows))


def inside(file: str, context: Any) -> Path:
    """The path of a file in the folder that the validation context names, and not outside it."""
    folder = context.get("folder") if isinstance(context, dict) else None
    if folder is None:
        return Path(file)
    folder = Path(folder)
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"'{file}' is outside the scenario's folder; copy the file into that folder")
    return path
