"""The notebooks run from top to bottom and show what they speak of; as text, so that changes can be read."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def shown(path: Path, most: int = 1) -> list[dict[str, str]]:
    """Run a notebook in its own folder, so many replications at most; what each cell shows, by kind."""
    notebook = jupytext.read(path)
    for cell in notebook.cells:
        cell.source = re.sub(
            r"(?<=\breplications=)\d+", lambda found: str(min(int(found[0]), most)), cell.source
        )
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["data"] for output in outputs if "data" in output]


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "01_flash_sale",
        "02_provisioning",
        "03_live_stream",
        "04_workflows",
        "05_evolution",
    ]


def test_the_flash_sale_shows_its_answer_and_four_pictures() -> None:
    data = shown(ROOT / "notebooks" / "01_flash_sale.py", most=3)
    tables = [one["text/html"] for one in data if "text/html" in one]
    assert "<b>Cheapest design that passes: scheduled" in tables[0]
    assert sum("image/png" in one for one in data) == 4


def test_provisioning_shows_that_too_few_spill_over_and_has_sliders() -> None:
    data = shown(ROOT / "notebooks" / "02_provisioning.py")
    (amounts,) = (one["text/plain"] for one in data if "spill-over" in one.get("text/plain", ""))
    spilled = {int(line.split()[0]): float(line.split()[3]) for line in amounts.splitlines()[2:7]}
    assert spilled[25] > spilled[50] > spilled[100] > spilled[150] == 0
    assert sum("image/png" in one for one in data) == 2
    assert any("application/vnd.jupyter.widget-view+json" in one for one in data)


def test_the_live_stream_shows_that_lanes_end_the_delay_and_a_hot_key_does_not_share_them() -> None:
    data = shown(ROOT / "notebooks" / "03_live_stream.py")
    tables = [one["text/plain"] for one in data if "text/plain" in one]
    (factors,) = (table for table in tables if "can read (records/s)" in table)
    rows = {int(line.split()[0]): list(map(float, line.split()[1:])) for line in factors.splitlines()[2:]}
    assert rows[1][0] * 5 == pytest.approx(rows[5][0], rel=0.01)
    assert rows[1][1] > rows[2][1] > rows[5][1]
    (hot,) = (table for table in tables if "hottest lane" in table)
    late = {line.split()[0]: list(map(float, line.split()[1:])) for line in hot.splitlines()[2:]}
    assert late["60%"][1] > 10 * late["3%"][1]
    assert sum("image/png" in one for one in data) == 1


def test_the_evolution_says_what_a_year_costs_and_how_many_servers_would_do() -> None:
    data = shown(ROOT / "notebooks" / "05_evolution.py")
    (years,) = (one["text/plain"] for one in data if "share of bought" in one.get("text/plain", ""))
    costs = {line.split()[0]: float(line.split()[1]) for line in years.splitlines()[1:]}
    assert costs["functions"] < costs["containers-ahead"] / 100 < costs["bought"] / 100
    servers = data[-1]["text/plain"].splitlines()
    lost = {int(line.split()[0]): float(line.split()[1]) for line in servers[1:5]}
    assert lost[1] > lost[2] > lost[4] == 0
    assert sum("image/png" in one for one in data) == 2


def test_workflows_show_what_waits_and_a_picture_of_the_machine() -> None:
    data = shown(ROOT / "notebooks" / "04_workflows.py")
    (counters,) = (one["text/plain"] for one in data if "executions_throttled" in one.get("text/plain", ""))
    rows = [line.split()[1:] for line in counters.splitlines() if line.startswith("throttled_events")]
    waited = [float(number) for row in rows for number in row if number != "NaN"]
    assert max(waited) > 100_000
    assert min(waited) == 0
    assert sum("image/png" in one for one in data) == 1
