"""Traffic: one arrival shape per file, and the merging of sources into one order."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.traffic.shape import Shape


@cache
def shapes() -> Mapping[str, type[Shape]]:
    """Every arrival shape by its name: this package's files, then installed plug-ins.

    Plug-ins are modules named by entry points of the group `simulator.traffic`.
    """
    from simulator.traffic.shape import registered

    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    for plugin in entry_points(group="simulator.traffic"):
        plugin.load()
    return dict(sorted(registered.items()))
