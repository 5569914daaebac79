"""A page as one HTML file: its template, style, scripts, data and licences; nothing is fetched.

Scripts stand in the page and are named by their hashes in its Content-Security-Policy, so that the
browser runs these and no others; the scenario's words are only ever text.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from simulator.report.page import data
from simulator.report.page.vega import style
from simulator.report.palette import DASHES, DESIGNS

VENDORED = ("vendor/vega.min.js", "vendor/vega-lite.min.js", "vendor/vega-embed.min.js")
SWATCH = Markup(
    '<svg class="swatch" viewBox="0 0 26 8" aria-hidden="true"><line x1="1" y1="4" x2="25" y2="4" '
    'style="stroke:var(--design-{});stroke-dasharray:{}"/></svg>'
)


def sheet(template: str, script: str, document: object, **shown: object) -> str:
    """The page of this template, whose script reads the document; `shown` is what the template shows."""
    scripts = [file(name) for name in (*VENDORED, "charts.js", script)]
    environment = Environment(
        loader=FunctionLoader(file), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["breakable"] = breakable
    environment.globals["swatch"] = swatch
    return environment.get_template(template).render(
        **shown,
        licences=file("vendor/LICENSES.txt"),
        style=Markup(style() + file("page.css")),  # noqa: S704 (the project's own)
        scripts=[Markup(script) for script in scripts],  # noqa: S704 (the project's own, and vendored)
        data=Markup(data.as_json(document)),  # noqa: S704 (escaped there)
        policy=policy(scripts),
    )


def swatch(place: int) -> Markup:
    """The line of the design at this place, as the charts draw it."""
    return SWATCH.format(place % len(DESIGNS), " ".join(map(str, DASHES[place % len(DASHES)])))


def breakable(text: str) -> Markup:
    """A long name may be broken after its dots and before its window."""
    return Markup(escape(text).replace(".", Markup(".<wbr>")).replace("@", Markup("<wbr>@")))  # noqa: S704


def policy(scripts: list[str]) -> str:
    """Only these scripts, pictures that stand in the page, nothing from anywhere."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {rest}"


def file(name: str) -> str:
    """A part of the page, as it stands in this package."""
    return (files(__package__) / name).read_text("utf-8")
