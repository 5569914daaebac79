# ruff: noqa: ARG005, PLW0108 - Numba asks for functions of the same arguments
"""Hints to the compiler and the processor that change no value; interpreted, they do nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

LINE = 64
"""Bytes that the processor's cache fetches at a time."""


def index(place: int) -> int:
    """The same place, known not to be negative: compiled code need not ask whether it counts from the end."""
    return place


def prefetch(records: Sequence[Any], place: int) -> None:
    """The record at `place` will be needed soon: it is fetched from memory while other work goes on."""


def _teach_numba() -> None:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, overload

    def unsigned(typingctx: Any, place: Any) -> Any:  # noqa: ARG001
        def code(context: Any, builder: Any, _: Any, values: Any) -> Any:
            return context.cast(builder, values[0], place, types.uintp)

        return types.uintp(place), code

    def fetch(typingctx: Any, records: Any, place: Any) -> Any:  # noqa: ARG001
        def code(context: Any, builder: Any, _: Any, values: Any) -> Any:
            size = context.get_abi_sizeof(context.get_data_type(records.dtype))
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            data = builder.bitcast(context.make_array(records)(context, builder, values[0]).data, byte)
            hint = builder.module.declare_intrinsic(
                "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            )
            wide = context.cast(builder, values[1], place, types.intp)
            start = builder.mul(wide, context.get_constant(types.intp, size))
            for offset in range(0, size, LINE):
                there = builder.add(start, context.get_constant(types.intp, offset))
                builder.call(hint, [builder.gep(data, [there]), number(1), number(3), number(1)])
            return context.get_dummy_value()

        return types.none(records, place), code

    positive: Any = intrinsic(unsigned)
    fetch_at: Any = intrinsic(fetch)
    overload(index)(lambda place: lambda place: positive(place))
    overload(prefetch)(lambda records, place: lambda records, place: fetch_at(records, place))


with contextlib.suppress(ImportError):  # without Numba there is nobody to hint to
    _teach_numba()
