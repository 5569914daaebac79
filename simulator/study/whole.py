"""A folder that is there with all that belongs into it, or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

UNFINISHED = ".unfinished-"
"""How the names of folders begin that are not whole yet."""


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A folder to write into that becomes `target` in the end; if anything goes wrong it is gone.

    A process that is killed leaves its folder: who writes beside it next takes it away. A lock tells
    whether somebody still writes into it, and ends with its process, on this machine or another.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already")
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f"{UNFINISHED}*"):
        _clear(left)
    folder, lock = _begin(target.parent)
    try:
        yield folder
        folder.chmod(0o755)
        folder.rename(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _begin(parent: Path) -> tuple[Path, int | None]:
    """A new folder, and its lock where there are locks; one that was taken away before it had its lock is
    made again."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=parent))
        lock = _lock(folder, wait=True)
        if folder.exists():
            return folder, lock
        if lock is not None:
            os.close(lock)


def _clear(folder: Path) -> None:
    """Takes a folder away that nobody has the lock of."""
    lock = _lock(folder)
    if lock is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _lock(folder: Path, wait: bool = False) -> int | None:
    """The lock of a folder; None where another has it and is not waited for, or where folders have none."""
    if sys.platform == "win32":
        return None
    with suppress(OSError):
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
        else:
            return lock
    return None
