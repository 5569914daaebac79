"""A hint to the compiler that changes no value; interpreted, it does nothing."""

from __future__ import annotations

import contextlib
from typing import Any


def index(place: int) -> int:
    """The same place, known not to be negative: compiled code need not ask whether it counts from the end."""
    return place


def _teach_numba() -> None:
    from numba import types
    from numba.extending import intrinsic, overload

    def unsigned(typingctx: Any, place: Any) -> Any:  # noqa: ARG001
        def code(context: Any, builder: Any, _: Any, values: Any) -> Any:
            return context.cast(builder, values[0], place, types.uintp)

        return types.uintp(place), code

    positive: Any = intrinsic(unsigned)
    overload(index)(lambda place: lambda place: positive(place))  # noqa: ARG005, PLW0108


with contextlib.suppress(ImportError):  # without Numba there is nobody to hint to
    _teach_numba()
