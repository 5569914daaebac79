"""A hash of code as it is loaded, so that what is compiled is what was hashed, whatever is on disk by now."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha256
from types import CodeType, FunctionType, ModuleType

PACKAGE = __name__.partition(".")[0]


def code_hash(*modules: ModuleType) -> str:
    """Of all functions of these modules and of those modules of this package that they call.

    Counted are bytecode, constants, and the values of the globals that are used: what a compiler sees.
    Comments and line numbers change nothing.
    """
    digest = sha256()
    reached = {module.__name__: module for module in modules}
    todo = list(reached)
    while todo:
        module = reached[todo.pop(0)]
        for name, function in sorted(vars(module).items()):
            if not isinstance(function, FunctionType) or function.__module__ != module.__name__:
                continue
            digest.update(f"\n{module.__name__}.{name}{function.__defaults__}".encode())
            for part in _parts(function.__code__):
                digest.update(part)
            for used in sorted({name for name in _names(function.__code__) if name in vars(module)}):
                value = vars(module)[used]
                digest.update(f" {used}={_said(value)}".encode())
                home = value.__module__ if isinstance(value, FunctionType) else ""
                if home.partition(".")[0] == PACKAGE and home not in reached:
                    reached[home] = sys.modules[home]
                    todo.append(home)
    return digest.hexdigest()


def _said(value: object) -> str:
    """A value in words that are the same in every process."""
    if isinstance(value, FunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    return value.__name__ if isinstance(value, ModuleType) else repr(value)


def _parts(code: CodeType) -> Iterator[bytes]:
    yield code.co_code + code.co_exceptiontable
    yield repr((code.co_names, code.co_varnames, code.co_freevars)).encode()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)
        else:
            said = sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant
            yield repr(said).encode()


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
