"""What is on no line of a distribution stands beside it: what failed, and what has no end."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import simulator
from simulator.report.page.data import tables
from simulator.report.pictures.distribution import distribution
from tests.report.test_over_grid import POST
from tests.study.shop import write


@cache
def post() -> simulator.Comparison:
    """One design leaves most of the letters, the other none."""
    text = POST.replace(
        "designs: {plain: {}}", "designs: {two: {}, many: {clerk: {reserved_concurrency: 100}}}"
    )
    with TemporaryDirectory() as folder:
        return simulator.read(write(Path(folder), text)).run(workers=1)


def test_a_line_that_ends_because_the_rest_is_infinite_says_so() -> None:
    latency, completion = distribution(post()).axes
    assert latency.get_legend() is None
    (said,) = (text.get_text() for text in completion.get_legend().get_texts())
    line = next(
        one
        for one in completion.get_lines()
        if one.get_color() == completion.get_legend().get_lines()[0].get_color()
    )
    share = 100 * line.get_ydata()[-1]
    assert said == f"two: {share:.0f} % infinite"


def test_a_line_of_latency_says_how_many_requests_failed(tmp_path: Path) -> None:
    study = simulator.read(write(tmp_path, SHOP)).run(workers=1)
    (panel,) = distribution(study).axes
    failed = 100 * study.summary.designs["few"].traffic["buyers"].failed_share.value
    assert failed > 10
    said = [f"few: {failed:.0f} % failed"]
    assert [text.get_text() for text in panel.get_legend().get_texts()] == said
    assert tables(study, ())["left_out"]["said"]["texts"] == said


SHOP = """\
name: Shop
era: aws-2026
traffic: {buyers: {to: shop, shape: constant, rate: 20/s}}
architecture:
  shop: {service: lambda, runtime: python3.13, memory: 1 GB, duration: 200 ms, reserved_concurrency: 3}
designs: {few: {}, many: {shop: {reserved_concurrency: 100}}}
run: {for: 30 s, warm_up: 5 s, replications: 1}
"""
