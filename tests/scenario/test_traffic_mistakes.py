"""What is wrong with demand over time: a surge that the run never sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.writing import changed, mistakes, write

SALE = "flash_sale, baseline: 1/s, peak: 9/s, ramp: 0 s, hold: 5 min, half_life: 1 min, starts: "
BURST = "burst, every: 1 min, requests: 5, baseline: 1/s, starts: "
STAGES = "stages, start: 1/s, stages: {calm: {target: 1/s, for: TIME}, up: {target: 9/s, for: 1 min}}"
LIVE = (
    "live_stream, audience: {file: fans.csv},"
    " ad_breaks: {late: {at: 14 min, share: 9%}, early: {at: TIME, share: 9%}}"
)
OVER = "the surge starts at {}, when the run of 10 min is over; write a longer run.for, or an earlier start"


@pytest.mark.parametrize(
    ("shape", "where"),
    [
        (SALE + "TIME", "3:113: traffic.web.starts"),
        (BURST + "TIME", "3:82: traffic.web.starts"),
        (STAGES, "3:92: traffic.web.stages.up"),
        (LIVE, "3:121: traffic.web.ad_breaks.early.at"),
    ],
    ids=["flash sale", "burst", "stages", "live stream"],
)
def test_a_surge_that_starts_when_the_run_is_over_is_refused_where_it_is_written(
    shape: str, where: str, tmp_path: Path
) -> None:
    write(tmp_path, "time,n\n2026-01-01T00:00:00Z,5\n2026-01-01T00:30:00Z,6\n", "fans.csv")

    def told(time: str) -> list[str]:
        text = changed("poisson, rate: 10/s", shape.replace("TIME", time))
        return [each.removeprefix("scenario.yaml:") for each in mistakes(tmp_path, text)]

    assert told("12 min") == [f"{where}: {OVER.format('12 min')}"]
    assert told("10 min") == [f"{where}: {OVER.format('10 min')}"]
    assert told("9 min 59 s") == []


def test_stages_that_never_change_the_rate_are_no_surge(tmp_path: Path) -> None:
    shape = "stages, start: 1/s, stages: {a: {target: 1/s, for: 20 min}, b: {target: 60/min, for: 1 min}}"
    assert mistakes(tmp_path, changed("poisson, rate: 10/s", shape)) == []
