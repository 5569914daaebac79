"""What `kernel` has Numba compile: the loop, on arrays found by their addresses. Importing this needs Numba.

A machine has three dozen arrays, and handing them over one by one costs as much as a hundred events. So
the compiled functions take one array, with the address and the length of each; they count no
references to the arrays, which the engine keeps alive.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.core.caching import UserProvidedCacheLocator
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from simulator.engine.levels import look_at, write_levels
from simulator.engine.loop import advance, govern
from simulator.engine.machine import DTYPES, Machine
from simulator.engine.random import uniform
from simulator.engine.sampling import drawn
from simulator.measure.recorder import count_answer, count_attempt, count_effects, count_request, measure

jit: Any = njit
OPTIONS = {"nogil": True, "cache": True, "_nrt": False}
"""Nothing is allocated, so the references of arrays are not counted: that would take half of the time."""
tuple_of: Any = types.NamedTuple
fill: Any = populate_array
ARRAYS = [types.Array(from_dtype(DTYPES[name]), 1, "C") for name in Machine._fields]
MACHINE = tuple_of(ARRAYS, Machine)


class Anywhere(UserProvidedCacheLocator):
    """Keeps what is compiled wherever the code was installed: Numba would compile it again for each place."""

    @classmethod
    def get_suitable_cache_subpath(cls, py_file: str) -> str:  # noqa: ARG003
        return "loop"


def addresses(machine: Machine, before: Machine | None, places: Any) -> NDArray[np.int64]:
    """Address and length of every array; they hold until the machine is given another one. Those of the
    machine `before` are in `places`, and what it shared is not looked up again."""
    found: NDArray[np.int64] = np.zeros(2 * len(machine), np.int64) if before is None else places
    arrays: Any = machine
    for place, array in enumerate(arrays):
        if before is None or array is not before[place]:
            found[2 * place], found[2 * place + 1] = array.ctypes.data, len(array)
    return found


def _machine_at(typingctx: Any, places: Any) -> Any:  # noqa: ARG001
    """The machine whose arrays lie at these addresses."""

    def code(context: Any, builder: Any, _: Any, values: Any) -> Any:
        numbers = context.make_array(places)(context, builder, values[0]).data

        def number(place: int) -> Any:
            return builder.load(builder.gep(numbers, [context.get_constant(types.intp, place)]))

        made = []
        for place, kind in enumerate(MACHINE.types):
            array = context.make_array(kind)(context, builder)
            size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
            fill(
                array,
                data=builder.inttoptr(number(2 * place), array.data.type),
                shape=[number(2 * place + 1)],
                strides=[context.get_constant(types.intp, size)],
                itemsize=context.get_constant(types.intp, size),
                meminfo=None,
            )
            made.append(array._getvalue())
        return context.make_tuple(builder, MACHINE, made)

    return MACHINE(places), code


machine_at: Any = intrinsic(_machine_at)


def advance_at(places: Any, until: int) -> int:
    """`advance` on the machine at these addresses."""
    return advance(machine_at(places), until)


def govern_at(places: Any, what: int, place: int, amount: int, now: int) -> int:
    """`govern` on the machine at these addresses."""
    return govern(machine_at(places), what, place, amount, now)


def levels_at(places: Any, now: int, looked: bool, found: Any) -> None:
    """`write_levels` of the machine at these addresses, and `look_at`."""
    machine = machine_at(places)
    write_levels(
        machine.pools, machine.quotas, machine.servers, machine.mailboxes, machine.lanes, machine.items,
        now, found,
    )  # fmt: skip
    if looked:
        look_at(machine.pools, machine.quotas, machine.servers)


def leaves() -> tuple[Any, ...]:
    """What the `simpy` engine calls, in the order of `simulator.engine.leaves.Leaves`."""
    key = "i8, i8, i8, i8, i8"
    return tuple(
        jit(f"{result}({arguments})", **OPTIONS)(leaf)
        for leaf, result, arguments in (
            (uniform, "f8", key),
            (drawn, "i8", f"{key}, i8, f8, f8, f8[::1], i8, i8"),
            (count_request, "void", "i8[::1], i8, i8"),
            (count_attempt, "void", "i8[::1], i8, i8"),
            (count_answer, "void", "i8[::1], i8, i8, i8, i8, i8, i8, b1"),
            (count_effects, "void", "i8[::1], i8, i8, i8, i8, i8, i8"),
            (measure, "void", "i8[::1], i8, i8, i8"),
        )
    )
