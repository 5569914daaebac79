"""The loop, compiled by Numba and kept on disk, or as it is where Numba is missing.

Numba's disk cache does not notice a changed rule in another file, so its folder is named after a hash
of all the code that is compiled together, and of the versions that matter.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.engine.code_hash import code_hash
from simulator.engine.levels import look_at, write_levels
from simulator.engine.loop import advance, govern
from simulator.engine.storage import Arrays, Lists, Storage

if TYPE_CHECKING:
    from simulator.engine.machine import Machine


class Kernel(NamedTuple):
    """The functions that run a machine and read it, what they are handed for it, and what it is made of."""

    advance: Callable[[Any, int], int]
    govern: Callable[[Any, int, int, int, int], int]
    levels: Callable[[Any, int, bool, Any], None]
    """Written into a row of zeros, and looked at: see `World.levels`."""
    handle: Callable[[Machine, Machine | None, Any], Any]
    """Made of a machine, the one before it and the handle of that one."""
    storage: Storage
    name: str


def _itself(machine: Machine, before: Machine | None, handle: Any) -> Machine:  # noqa: ARG001
    return machine


def _levels(machine: Machine, now: int, looked: bool, found: Any) -> None:
    full = machine.pools, machine.quotas, machine.servers
    write_levels(*full, machine.mailboxes, machine.lanes, machine.items, now, found)
    if looked:
        look_at(*full)


INTERPRETED = Kernel(advance, govern, _levels, _itself, Lists(), "interpreted")


def numba_version() -> str | None:
    """Numba's version; None if it is not installed."""
    try:
        import numba
    except ImportError:
        return None
    return str(numba.__version__)


@cache
def kernel() -> Kernel:
    """The compiled loop; the first use in a process loads it from disk or compiles it."""
    from simulator.engine import compiled_kernel as source

    with _kept_on_disk():
        declare = source.jit(**source.OPTIONS)
        compiled = declare(source.advance_at), declare(source.govern_at), declare(source.levels_at)
    return Kernel(*compiled, source.addresses, Arrays(), "compiled")


@cache
def compiled_leaves() -> tuple[Callable[..., Any], ...]:
    """Single rules, compiled, for the `simpy` engine."""
    from simulator.engine import compiled_kernel as source

    with _kept_on_disk():
        return source.leaves()


@contextlib.contextmanager
def _kept_on_disk() -> Iterator[None]:
    """What is declared meanwhile is kept in our folder; settings count when a function is declared. An
    older Numba knows no `CACHE_LOCATOR_CLASSES`, and keeps it once for each place of the code."""
    from numba import config as settings

    from simulator.engine import compiled_kernel as source

    config: Any = settings
    ours = {"CACHE_DIR": str(cache_folder()), "CACHE_LOCATOR_CLASSES": f"{source.__name__}.Anywhere"}
    before = {name: getattr(config, name, "") for name in ours}
    vars(config).update(ours)
    try:
        yield
    finally:
        vars(config).update(before)


def is_compiled() -> bool:
    """Whether this version of the loop is on disk already."""
    return any(cache_folder().rglob("compiled_kernel.advance_at*.nbc"))


@cache
def cache_folder() -> Path:
    """Where the compiled loop is kept: in the user's own cache folder, else in a private one of this process.

    Numba runs what it finds there, so it is never a folder that others can write to.
    """
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "surgesim" / f"kernel-{fingerprint()}"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="surgesim-"))


def fingerprint() -> str:
    """A hash of the code, as this process has loaded it, and of what compiles it."""
    from simulator.engine import compiled_kernel

    digest = hashlib.sha256(f"{sys.version} {numba_version()} {code_hash(compiled_kernel)}".encode())
    return digest.hexdigest()[:16]
