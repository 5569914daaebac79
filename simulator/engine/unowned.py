"""Two hints to the compiler that change no value; interpreted, they do nothing.

Numba counts references to arrays with atomic operations wherever an array is handed to a function, and
checks every index for being negative. In a loop of a few hundred nanoseconds both show.
"""

from __future__ import annotations

import contextlib
from typing import Any, TypeVar

Sequence = TypeVar("Sequence")


def unowned(array: Sequence) -> Sequence:
    """The same array, whose references are not counted; somebody else must keep it alive meanwhile."""
    return array


def index(place: int) -> int:
    """The same place, known not to be negative."""
    return place


def _teach_numba() -> None:
    """What the two mean in compiled code."""
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic, overload

    null: Any = cgutils.get_null_value

    def without_owner(typingctx: Any, array: Any) -> Any:  # noqa: ARG001
        def code(context: Any, builder: Any, _: Any, values: Any) -> Any:
            made = context.make_array(array)(context, builder, value=values[0])
            made.meminfo = null(made.meminfo.type)
            return made._getvalue()

        return array(array), code

    def unsigned(typingctx: Any, place: Any) -> Any:  # noqa: ARG001
        def code(context: Any, builder: Any, _: Any, values: Any) -> Any:
            return context.cast(builder, values[0], place, types.uintp)

        return types.uintp(place), code

    disowned: Any = intrinsic(without_owner)
    positive: Any = intrinsic(unsigned)
    overload(unowned)(lambda array: lambda array: disowned(array))  # noqa: ARG005, PLW0108
    overload(index)(lambda place: lambda place: positive(place))  # noqa: ARG005, PLW0108


with contextlib.suppress(ImportError):  # without Numba there is nobody to hint to
    _teach_numba()
