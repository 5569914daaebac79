"""Sliders on a scenario, in a notebook: move one, and the designs are simulated anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import SimulatorError
from simulator.experiment import read

if TYPE_CHECKING:
    from ipywidgets import VBox


def explore(
    path: str | Path,
    sliders: Mapping[str, Sequence[str]],
    picture: str = "distribution",
    designs: Sequence[str] | None = None,
    replications: int = 1,
) -> VBox:
    """A slider for each setting, such as `traffic.buyers.peak`, over these values of it, units included.

    What follows from the chosen values, verdict, table and `picture`, stands below them and is
    simulated anew when one is moved; the same values give the same answer. Needs the extra `notebook`.
    """
    try:
        from ipywidgets import HTML, Image, SelectionSlider, VBox
    except ImportError as missing:
        raise SimulatorError("sliders need ipywidgets; pip install 'surgesim[notebook]'") from missing

    moved = {
        key: SelectionSlider(
            options=list(values),
            description=key,
            continuous_update=False,
            style={"description_width": "initial"},
            layout={"width": "36rem"},
        )
        for key, values in sliders.items()
    }
    answer, drawn = HTML(), Image(format="png", layout={"max_width": "60rem", "object_fit": "contain"})

    def simulate(_moved: Any = None) -> None:
        sets = [f"{key}={slider.value}" for key, slider in moved.items()]
        try:
            found = read(path, sets).run(designs, replications)
            answer.value, drawn.value = found._repr_html_(), found.plot(picture).png()
        except SimulatorError as mistake:
            answer.value, drawn.value = _said(mistake), b""

    for slider in moved.values():
        slider.observe(simulate, names="value")
    simulate()
    return VBox([*moved.values(), answer, drawn])


def _said(mistake: SimulatorError) -> str:
    from markupsafe import Markup

    return str(Markup("<pre>{}</pre>").format(str(mistake)))
